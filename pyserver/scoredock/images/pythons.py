"""Contents of a base image: found out by running it once, without a network, and remembered by the image's id."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.layer import Layer
from scoredock.data_folder import make_private
from scoredock.errors import DockerFailed, ScoredockError
from scoredock.formats.service_python import OLDEST, OLDEST_OF_SCRIPTS
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Silent

_MISSING = re.compile(r"no such file|not found", re.IGNORECASE)
_FORM = 3
"""Raised when what is remembered changes."""

# Debian's, python.org's and conda's images, each where a shell finds it or where it lies; then further ones.
PLACES = (
    "python3",
    "python",
    "/usr/local/bin/python3",
    "/usr/bin/python3",
    "/opt/conda/bin/python",
    "/opt/miniconda/bin/python",
    *(f"python3.{minor}" for minor in range(OLDEST_OF_SCRIPTS[1], 15)),
)
ENVIRONMENTS = ("/opt/conda/envs", "/opt/miniconda/envs", "/azureml-envs")
"""Folders in each of whose folders a Python may be, looked at last."""

_TELL = """\
import json, os, platform, site, sys, sysconfig
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
except (ValueError, OSError, AttributeError):
    libc = ""
if not libc:
    libc = "musl" if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")) else ""
print("::python " + json.dumps({
    "path": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3], "implementation": platform.python_implementation(),
    "home": os.path.dirname(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)),
    "real": os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable),
    "sites": [path for path in site.getsitepackages() if os.path.isdir(path)], "libc": libc, "machine": platform.machine()}))
"""  # noqa: E501 (a text that would change if it were wrapped)
_LOOK = f"""\
echo "::passwd"; cat /etc/passwd 2>/dev/null
echo "::group"; cat /etc/group 2>/dev/null
echo "::java"; command -v java
echo "::end"
code=$1; shift
for name in "$@" {" ".join(f"{folder}/*/bin/python" for folder in ENVIRONMENTS)}; do
  found=$(command -v "$name" 2>/dev/null) || continue
  "$found" -I -c "$code" 2>/dev/null
done
exit 0
"""


@dataclass(frozen=True, slots=True)
class BasePython:
    """A Python of an image."""

    path: str
    version: str
    home: str
    """Folder of the interpreter itself, as a virtual environment on top of it names it."""
    real: str
    """The interpreter, links followed."""
    sites: tuple[str, ...]
    """Folders where its own packages lie."""
    libc: str
    """`glibc 2.36`, `musl`, or empty when it is neither."""
    machine: str
    """`x86_64`, `aarch64`"""

    @property
    def minor(self) -> tuple[int, int]:
        first, second = self.version.split(".")[:2]
        return int(first), int(second)

    @property
    def hosts(self) -> bool:
        """True if the scoring runtime runs in it; else only a script does, in a process of its own."""
        return self.minor >= OLDEST


@dataclass(frozen=True, slots=True)
class ImageContents:
    """Pythons, accounts and Java of an image."""

    pythons: tuple[BasePython, ...]
    passwd: str
    group: str
    java: str = ""
    """Path of its Java; empty without one."""


def look_around(
    docker: Docker, image: Mapping[str, Any], reference: str, further: Sequence[str], memory: Path, cancel: CancelToken
) -> ImageContents:
    """The Pythons of an image, and its accounts. `further` are paths to look at first; `memory` a folder for what is
    known.

    Raises ScoredockError `image-platform` when it cannot run here, `docker-unavailable`, `cancelled`.
    """
    id = str(image["Id"])
    file = memory / f"{id.removeprefix('sha256:')[:32]}-{_FORM}.json"
    places = [*further, *PLACES]
    if (kept := remembered_contents(file, places)) is not None:
        return kept
    with Layer(docker, id, f"look-{id[7:19]}", command=["/bin/sh", "-c", _LOOK, "sh", _TELL, *places]) as container:
        try:
            code, lines = container.run(Silent(), cancel)
        except ScoredockError as error:
            # No shell in it: nothing else starts a program there either.
            if isinstance(error, DockerFailed) and "/bin/sh" in error.message and _MISSING.search(error.message):
                raise ScoredockError(
                    "image-python-missing",
                    l10n.t("Nothing can be run in the image {image}: it has no shell.", image=reference),
                ) from None
            raise
    if code != 0:
        has = f"{image.get('Os')}/{image.get('Architecture')}"
        raise ScoredockError(
            "image-platform" if "exec format error" in "".join(lines) else "image-python-missing",
            l10n.t(
                "Nothing can be run in the image {image} (for {platform}): {error}.",
                image=reference,
                platform=has,
                error=(lines or [l10n.t("no message")])[-1].strip(),
            ),
        )
    contents = _understood(lines)
    remember_contents(file, places, contents)
    return contents


def remember_contents(file: Path, places: Sequence[str], contents: ImageContents) -> None:
    """Keep what an image offers. Only a shortcut: without it the image is looked at again."""
    with contextlib.suppress(OSError):
        make_private(file.parent)
        temporary = file.with_suffix(f".{os.getpid()}.tmp")
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps({"places": [*places], **asdict(contents)}), "utf-8")
        temporary.replace(file)


def _understood(lines: Sequence[str]) -> ImageContents:
    parts: dict[str, list[str]] = {"passwd": [], "group": [], "java": []}
    pythons: dict[str, BasePython] = {}
    current = ""
    for line in lines:
        if line.startswith("::python "):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                document = json.loads(line.removeprefix("::python "))
                if document.pop("implementation") == "CPython" and re.fullmatch(r"\d+\.\d+\.\d+", document["version"]):
                    python = BasePython(**{**document, "sites": tuple(document["sites"])})
                    pythons.setdefault(python.path, python)
        elif line.startswith("::"):
            current = line[2:]
        elif current in parts:
            parts[current].append(line)
    return ImageContents(tuple(pythons.values()), *("\n".join(parts[name]) for name in ("passwd", "group", "java")))


def remembered_contents(file: Path, places: Sequence[str]) -> ImageContents | None:
    """Contents that were recorded for the same image and the same paths; None if there are none that can be read."""
    try:
        document = json.loads(file.read_text("utf-8"))
        if document.pop("places") != list(places):
            return None
        pythons = tuple(BasePython(**{**each, "sites": tuple(each["sites"])}) for each in document["pythons"])
        return ImageContents(pythons, str(document["passwd"]), str(document["group"]), str(document["java"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
