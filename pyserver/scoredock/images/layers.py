"""The image that services of an environment run in, in the store of a Docker daemon."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import KEY, ROLE, discard, look, remove
from scoredock.containers.layer import Layer, unfinished
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.images.built import (
    DESCRIPTION,
    ENVIRONMENT_REPOSITORY,
    PACKAGES_REPOSITORY,
    PREFIX,
    BuiltImage,
    built_image,
    interpreter_in,
)
from scoredock.images.content_environment import EnvironmentPlan, Layers, environment_content
from scoredock.images.contents import Bench, library
from scoredock.images.daemon_store import DaemonStore
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import from_bytes
from scoredock.oci.images import image_config

_FORM = 6
"""Raised when the same inputs come to give other images."""
_FINISH = """\
import os, subprocess, sys
# Not compared with times that a layer does not keep; 3.6 can only compare, with the time that all files here have.
# Files in the syntax of another Python are passed over. Before 3.11 sets are written in the order of their hashes, so
# that these are the same each time.
how = ["--invalidation-mode", "unchecked-hash"] if sys.version_info >= (3, 7) else []
words = ["-m", "compileall", "-q", "-q", "-j", "0"] + how + [sys.argv[1]]
subprocess.call([sys.executable, "-s", *words], env={"PYTHONHASHSEED": "0"}, cwd="/")
for name in sys.argv[2:]:
    __import__(name)
# Equal contents make equal layers: nothing keeps the time at which it was made. What has that of the layer below is not
# touched, else it would be in this layer once more.
for base, _, names in os.walk(sys.argv[1], topdown=False):
    for path in [os.path.join(base, name) for name in names] + [base]:
        if os.lstat(path).st_mtime:
            os.utime(path, (0, 0), follow_symlinks=False)
"""


@dataclass(frozen=True, slots=True)
class _Finish:
    """Last work on the content before it serves: modules are compiled, and some imported."""

    prefix: str
    """Of the Python that does it."""
    compiled: str
    """The folder whose modules are compiled."""
    proof: tuple[str, ...]
    """Modules that are imported."""

    @property
    def command(self) -> list[str]:
        return [interpreter_in(self.prefix), "-I", "-c", _FINISH, self.compiled, *self.proof]


def environment_image(docker: Docker, bench: Bench, planned: EnvironmentPlan, layers: Layers) -> BuiltImage:
    """The image that services run in: the content of the environment, and above it its compiled modules, which no
    package has. Found by its key, else made. Raises as `EnvironmentImages.prepare`.
    """
    plan, server = planned.packages, planned.server
    parts = [_FORM, bench.base.id, *plan.parts, planned.runtime.digest, server.key]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
    tag = f"{ENVIRONMENT_REPOSITORY}:{key}"
    with hold_lock(bench.locks / f"{key}.lock", "image", bench.progress, bench.cancel):
        image = look(docker, tag)
        if image is None:
            _clear(docker, key)
            _make(docker, bench, planned, layers, key)
            image = look(docker, tag)
    built = built_image(tag, image) if image else None
    if built is None:
        if image is not None:
            remove(docker, tag)
        raise ScoredockError(
            "image-build-failed", l10n.t("Docker created {image}, but does not report what it contains.", image=tag)
        )
    return built


def _make(docker: Docker, bench: Bench, planned: EnvironmentPlan, layers: Layers, key: str) -> None:
    """The content is loaded, and what is compiled is committed on it."""
    content = environment_content(bench, planned, bench.base.reference, layers)
    packages = f"{PACKAGES_REPOSITORY}:{key}"
    store = DaemonStore(docker, layers)
    labels = {**content.configuration["Labels"], KEY: key}
    below_labels = {**labels, ROLE: "packages", DESCRIPTION: labels[DESCRIPTION].replace("Environment", "Packages", 1)}
    with store.base(bench.base) as base:
        changes = {"Entrypoint": [], "Labels": below_labels}
        config = image_config(from_bytes(base.config), content.layers, changes)
        bench.progress.report(l10n.t("Loading the layers into Docker"))
        below = store.load(packages, base, config, [layer for layer, _ in content.layers])
    target, server = planned.packages.target, planned.server
    if server.locked is not None:
        scripts = _Finish(PREFIX, library(target), () if target.hosts else ("json", "socket"))
        below = _compiled(bench, below, key, packages, scripts, changes)
    finish = _Finish(server.prefix, server.library, ("scoredock_runtime.contract",))
    _compiled(bench, below, key, f"{ENVIRONMENT_REPOSITORY}:{key}", finish, {**content.configuration, "Labels": labels})


def _compiled(
    bench: Bench, below: str, key: str, reference: str, finish: _Finish, configuration: Mapping[str, Any]
) -> str:
    """Id of the image with a layer of compiled modules, under its name. Else nothing is left."""
    repository, _, tag = reference.partition(":")
    assert bench.docker is not None  # noqa: S101 (who commits layers has one)
    with Layer(bench.docker, below, key, command=finish.command) as layer:
        bench.progress.report(l10n.t("Compiling its modules"))
        code, output = layer.run(bench.progress, bench.cancel)
        if code != 0:
            last = next((line for line in reversed(output) if line.strip()), l10n.t("no message"))
            raise ScoredockError(
                "environment-build-failed",
                l10n.t(
                    "Python does not work in the image based on {image}: {error}.",
                    image=bench.base.reference,
                    error=last,
                ),
                details={"output": output[-40:]},
            )
        bench.cancel.raise_if_cancelled()
        return layer.commit(repository, tag, configuration, configuration["Labels"][ROLE])


def _clear(docker: Docker, key: str) -> None:
    """Remove what an earlier, killed build of this key left; its lock is ours now."""
    for container, _ in unfinished(docker, key):
        discard(docker, container)
