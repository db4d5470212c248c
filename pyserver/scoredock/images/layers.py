"""The layers of an environment image: its packages, and on them the runtime. Each is named by what it is made of."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import KEY, ROLE, Layer, discard, look, remove, unfinished
from scoredock.environments.pip.wheelhouse import RuntimeSource
from scoredock.environments.spark import JAVA_MODULE, brings_java
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.images import runtime_layer
from scoredock.images.built import (
    BASE,
    DESCRIPTION,
    ENVIRONMENT_REPOSITORY,
    LOCK,
    NAME,
    PACKAGES_REPOSITORY,
    PREFIX,
    PYTHON,
    BuiltImage,
    built_image,
    interpreter_in,
)
from scoredock.images.contents import Bench, library, packages_members, plan_packages, plan_server, runtime_members
from scoredock.images.members import LayerMember, stream_with_progress, with_folders
from scoredock.images.wheels import Target

_FORM = 4
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
# Equal contents make equal layers: nothing keeps the time at which it was made.
for base, _, names in os.walk(sys.argv[1], topdown=False):
    for name in names:
        os.utime(os.path.join(base, name), (0, 0), follow_symlinks=False)
    os.utime(base, (0, 0))
"""


@dataclass(frozen=True, slots=True)
class Packages:
    """The image with the packages."""

    id: str
    key: str
    target: Target
    lock_digest: str


@dataclass(frozen=True, slots=True)
class _Finish:
    """What is done in a layer before it is an image."""

    prefix: str
    """Of the Python that does it."""
    compiled: str
    """The folder whose modules are compiled."""
    proof: tuple[str, ...] = ()
    """Modules that are imported."""

    @property
    def command(self) -> list[str]:
        return [interpreter_in(self.prefix), "-I", "-c", _FINISH, self.compiled, *self.proof]


def packages_image(docker: Docker, bench: Bench, runtime: RuntimeSource, wheel: Path) -> Packages:
    """The image with the packages of an environment: found by its key, else made. Raises as
    `EnvironmentImages.prepare`."""
    progress, cancel = bench.progress, bench.cancel
    plan = plan_packages(bench, runtime, wheel)
    key = hashlib.sha256(json.dumps([_FORM, bench.base.id, *plan.parts]).encode()).hexdigest()[:24]
    tag = f"{PACKAGES_REPOSITORY}:{key}"
    with hold_lock(bench.locks / f"{key}.lock", "image", progress, cancel):
        image = look(docker, tag)
        if image is None:
            _clear(docker, key)
            progress.report(
                l10n.t(
                    "Installing {count} packages into an image based on {image}",
                    count=len(plan.locked.lines),
                    image=bench.base.reference,
                )
            )
            with tempfile.TemporaryDirectory(prefix=f".packages-{os.getpid()}-", dir=bench.wheels) as held:
                members = packages_members(bench, plan, Path(held))
                finish = _Finish(PREFIX, library(plan.target), () if plan.target.hosts else ("json", "socket"))
                labels = _labels(bench, key, "packages", plan.target)
                id = _layer(bench, bench.base.id, key, tag, members, labels, finish)
        else:
            id = str(image["Id"])
    return Packages(id, key, plan.target, plan.lock_digest)


def runtime_image(docker: Docker, bench: Bench, packages: Packages, runtime: RuntimeSource, wheel: Path) -> BuiltImage:
    """The finished image: the runtime on the packages. Raises as `EnvironmentImages.prepare`."""
    server = plan_server(bench, packages.target, runtime, wheel)
    key = hashlib.sha256(f"{_FORM}\0{packages.key}\0{runtime.digest}{server.key}".encode()).hexdigest()[:24]
    tag = f"{ENVIRONMENT_REPOSITORY}:{key}"
    with hold_lock(bench.locks / f"{key}.lock", "image", bench.progress, bench.cancel):
        image = look(docker, tag)
        if image is None:
            _clear(docker, key)
            bench.progress.report(l10n.t("Adding the scoring runtime"))
            labels = {
                **_labels(bench, key, "environment", packages.target),
                LOCK: packages.lock_digest,
                **server.labels,
            }
            with tempfile.TemporaryDirectory(prefix=f".runtime-{os.getpid()}-", dir=bench.wheels) as held:
                members = runtime_members(bench, server, wheel, Path(held))
                modules = f"{library(packages.target)}/site-packages"
                java = f"{modules}/{JAVA_MODULE}" if brings_java(bench.spec.requirements) else ""
                shared = server.locked is None
                compiled = f"{server.library}/site-packages/scoredock_runtime" if shared else server.library
                _layer(
                    bench,
                    packages.id,
                    key,
                    tag,
                    members,
                    labels,
                    _Finish(server.prefix, compiled, ("scoredock_runtime.contract",)),
                    runtime_layer.configuration(bench.base, labels, java, server.prefix),
                )
            image = look(docker, tag)
    built = built_image(tag, image) if image else None
    if built is None:
        if image is not None:
            remove(docker, tag)
        raise ScoredockError(
            "image-build-failed", l10n.t("Docker created {image}, but does not report what it contains.", image=tag)
        )
    return built


def _layer(
    bench: Bench,
    base: str,
    key: str,
    tag: str,
    members: list[LayerMember],
    labels: Mapping[str, str],
    finish: _Finish,
    configuration: Mapping[str, Any] | None = None,
) -> str:
    """Write, compile modules, import those of the proof, and name the image. Else nothing is left."""
    repository, _, name = tag.partition(":")
    size = sum(member.size for member in members)
    assert bench.docker is not None  # noqa: S101 (who commits layers has one)
    with Layer(bench.docker, base, key, command=finish.command) as layer:
        step = l10n.t("Writing a layer of {size:,.0f} MB", size=size / 1000000.0)
        layer.put(stream_with_progress(with_folders(members), step, bench.progress, bench.cancel))
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
        return layer.commit(repository, name, configuration or {"Entrypoint": [], "Labels": dict(labels)}, labels[ROLE])


def _labels(bench: Bench, key: str, role: str, target: Target) -> dict[str, str]:
    what = "Packages" if role == "packages" else "Environment"
    described = (
        f"{what} of Scoredock services: {bench.spec.display_name}, Python {target.python} on {bench.base.reference}"
    )
    return {
        ROLE: role,
        KEY: key,
        NAME: bench.spec.display_name,
        PYTHON: target.python,
        BASE: bench.base.reference,
        DESCRIPTION: described,
    }


def _clear(docker: Docker, key: str) -> None:
    """Remove what an earlier, killed build of this key left; its lock is ours now."""
    for container, _ in unfinished(docker, key):
        discard(docker, container)
