"""Parts of an image, besides its packages, that it needs to serve: the scoring runtime, an account, its folders, its
variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock.images.base_images import BaseImage
from scoredock.images.built import ACCOUNT, APP_ROOT, PORT, PREFIX, STATE, interpreter_in
from scoredock.images.members import LayerMember, folder, text
from scoredock.images.package_layer import modules

_ACCOUNT_NAME = "scoredock"
_WRITABLE = ("HOME", "HF_HOME", "TORCH_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME")
"""Variables that name folders to write to; the root of a container may be read-only, /tmp never is."""


def members(unpacked: Path, minor: str, base: BaseImage, prefix: str = PREFIX) -> Iterator[LayerMember]:
    """The runtime as it was unpacked, the account of services, and the folders that belong to it."""
    yield from modules(unpacked, minor, prefix)
    yield from _accounts(base)
    yield folder(APP_ROOT.lstrip("/"), owner=ACCOUNT)
    yield folder(STATE.lstrip("/"), mode=0o700, owner=ACCOUNT)


def configuration(base: BaseImage, labels: Mapping[str, str], java: str = "", prefix: str = PREFIX) -> dict[str, Any]:
    """Configuration of the image for its start; whatever the base image says of that is replaced.

    `java` is where Spark finds one, `prefix` where the runtime lies.
    """
    path = f"{PREFIX}/bin:{base.path or '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}"
    variables = {
        "PATH": path,
        **dict.fromkeys(_WRITABLE, "/tmp"),  # noqa: S108 (of the container)
        "USER": _ACCOUNT_NAME,
        "AML_APP_ROOT": APP_ROOT,
    }
    if java:
        variables["JAVA_HOME"] = java
    return {
        "Env": [f"{name}={value}" for name, value in variables.items()],
        "Cmd": [interpreter_in(prefix), "-I", "-m", "scoredock_runtime", "serve", STATE],
        "Entrypoint": [],
        "User": f"{ACCOUNT}:{ACCOUNT}",
        "WorkingDir": APP_ROOT,
        "ExposedPorts": {f"{PORT}/tcp": {}},
        "Healthcheck": {"Test": ["NONE"]},
        "StopSignal": "SIGTERM",
        "Labels": dict(labels),
    }


def _accounts(base: BaseImage) -> Iterator[LayerMember]:
    """An account for programs that ask who they are; one that the base has is left as it is."""
    users, groups = base.around.passwd, base.around.group
    if not _has(users):
        yield text("etc/passwd", _lines(users) + f"{_ACCOUNT_NAME}:x:{ACCOUNT}:{ACCOUNT}::/tmp:/usr/sbin/nologin\n")
    if not _has(groups):
        yield text("etc/group", _lines(groups) + f"{_ACCOUNT_NAME}:x:{ACCOUNT}:\n")


def _has(table: str) -> bool:
    return any(line.split(":")[2:3] == [str(ACCOUNT)] for line in table.splitlines())


def _lines(table: str) -> str:
    return f"{table}\n" if table else ""
