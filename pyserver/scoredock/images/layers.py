"""The layers of an environment image: its packages, and on them the runtime. Each is named by what it is made of."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import KEY, ROLE, Layer, discard, look, remove, unfinished
from scoredock.environments.conda.lock import CondaLock
from scoredock.environments.licences import LICENCES_FILE, licences_in, licences_to_json
from scoredock.environments.pip.local_packages import local_fingerprint
from scoredock.environments.pip.locks import HASHED_FILE, entries, lock_lines, without_credentials, without_folders
from scoredock.environments.pip.wheelhouse import RuntimeSource
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spark import JAVA_MODULE, brings_java
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.images import conda_layer, package_layer, runtime_layer
from scoredock.images.base_images import BaseImage
from scoredock.images.built import (
    BASE,
    DESCRIPTION,
    ENVIRONMENT_REPOSITORY,
    LOCK,
    NAME,
    PACKAGES_REPOSITORY,
    PREFIX,
    PYTHON,
    SERVER_PREFIX,
    SERVER_PYTHON,
    BuiltImage,
    built_image,
    interpreter_in,
)
from scoredock.images.members import LayerMember, stream, text, with_folders
from scoredock.images.old_python import also_looked_at, require_conda, server_packages
from scoredock.images.pythons import BasePython
from scoredock.images.wheel_building import Places, wheels_of
from scoredock.images.wheels import LockedPackages, Target, install, lock, unpack, uv_platform
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress

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
class Bench:
    """All that making an image needs at hand."""

    docker: Docker
    base: BaseImage
    spec: EnvironmentSpec
    settings: EnvironmentSettings
    locks: Path
    wheels: Path
    progress: Progress
    cancel: CancelToken


@dataclass(frozen=True, slots=True)
class Packages:
    """The image with the packages."""

    id: str
    key: str
    target: Target
    lock_digest: str


@dataclass(frozen=True, slots=True)
class _Server:
    """The environment of the scoring runtime."""

    target: Target
    prefix: str = PREFIX
    locked: LockedPackages | None = None
    """Its packages; None where it shares the environment of the script."""
    conda: CondaLock | None = None
    """Its Python, where the base image has none that hosts the runtime."""
    key: str = ""
    """What it adds to the key of the image."""

    @property
    def library(self) -> str:
        """Where its Python has its modules in the image."""
        return f"{self.prefix}/lib/python{self.target.minor}"

    @property
    def labels(self) -> dict[str, str]:
        return {SERVER_PYTHON: self.target.python} if self.locked is not None else {}


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


def packages_image(bench: Bench, runtime: RuntimeSource, wheel: Path) -> Packages:
    """The image with the packages of an environment: found by its key, else made. Raises as
    `EnvironmentImages.prepare`."""
    spec, progress, cancel = bench.spec, bench.progress, bench.cancel
    with also_looked_at(bench.base.lacks, spec):
        conda = conda_layer.solved(spec, bench.settings, bench.docker.platform, progress, cancel)
    target = target_of(conda, bench.base.python)
    locked = lock(spec, target, runtime, wheel, bench.settings.index_url, progress, cancel)
    key_parts = [
        _FORM,
        bench.base.id,
        python_key(bench.base.python),
        target.python,
        target.platform,
        locked.hashed,
        spec.user_managed,
        conda.to_json() if conda else "",
    ]
    if fingerprint := local_fingerprint(locked.lines):
        key_parts.append(fingerprint)  # the lock of a package that lies here names its folder only
    key = hashlib.sha256(json.dumps(key_parts).encode()).hexdigest()[:24]
    tag = f"{PACKAGES_REPOSITORY}:{key}"
    with hold_lock(bench.locks / f"{key}.lock", "image", progress, cancel):
        image = look(bench.docker, tag)
        if image is None:
            _clear(bench.docker, key)
            progress.report(
                l10n.t(
                    "Installing {count} packages into an image based on {image}",
                    count=len(locked.lines),
                    image=bench.base.reference,
                )
            )
            with tempfile.TemporaryDirectory(prefix=f".packages-{os.getpid()}-", dir=bench.wheels) as held:
                members = _packages(bench, locked, target, conda, Path(held))
                finish = _Finish(PREFIX, library(target), () if target.hosts else ("json", "socket"))
                id = _layer(bench, bench.base.id, key, tag, members, _labels(bench, key, "packages", target), finish)
        else:
            id = str(image["Id"])
    return Packages(id, key, target, hashlib.sha256(locked.hashed.encode()).hexdigest())


def runtime_image(bench: Bench, packages: Packages, runtime: RuntimeSource, wheel: Path) -> BuiltImage:
    """The finished image: the runtime on the packages. Raises as `EnvironmentImages.prepare`."""
    server = _server(bench, packages, runtime, wheel)
    key = hashlib.sha256(f"{_FORM}\0{packages.key}\0{runtime.digest}{server.key}".encode()).hexdigest()[:24]
    tag = f"{ENVIRONMENT_REPOSITORY}:{key}"
    with hold_lock(bench.locks / f"{key}.lock", "image", bench.progress, bench.cancel):
        image = look(bench.docker, tag)
        if image is None:
            _clear(bench.docker, key)
            bench.progress.report(l10n.t("Adding the scoring runtime"))
            labels = {
                **_labels(bench, key, "environment", packages.target),
                LOCK: packages.lock_digest,
                **server.labels,
            }
            with tempfile.TemporaryDirectory(prefix=f".runtime-{os.getpid()}-", dir=bench.wheels) as held:
                members = _runtime(bench, server, wheel, Path(held))
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
            image = look(bench.docker, tag)
    built = built_image(tag, image) if image else None
    if built is None:
        if image is not None:
            remove(bench.docker, tag)
        raise ScoredockError(
            "image-build-failed", l10n.t("Docker created {image}, but does not report what it contains.", image=tag)
        )
    return built


def library(target: Target) -> str:
    """Where the script's Python has its modules in the image."""
    return f"{PREFIX}/lib/python{target.minor}"


def python_key(python: BasePython | None) -> str:
    """What of a Python of the base is written into a layer."""
    return "" if python is None else json.dumps([python.real, python.home, python.sites])


def target_of(conda: CondaLock | None, python: BasePython | None) -> Target:
    """What packages are chosen for that go on conda's Python, or on one of the base image."""
    if conda is not None:
        machine = "aarch64" if conda.platform == "linux-aarch64" else "x86_64"
        return Target(conda.python, f"{machine}-manylinux_2_28")  # conda's own Python needs as much
    assert python is not None  # noqa: S101 (only conda environments have none)
    return Target(python.version, uv_platform(python.libc, python.machine))


def _server(bench: Bench, packages: Packages, runtime: RuntimeSource, wheel: Path) -> _Server:
    """The script's environment where its Python hosts the runtime, else one beside it. Raises ScoredockError
    `image-python-missing` and what solving and resolving raise."""
    if packages.target.hosts:
        return _Server(packages.target)
    spec, progress, cancel = bench.spec, bench.progress, bench.cancel
    progress.report(
        l10n.t(
            "The script runs in Python {version}, in a process of its own beside the scoring runtime.",
            version=packages.target.python,
        )
    )
    runtime_only = EnvironmentSpec(None, (), spec.source, spec.display_name)
    conda = None
    if bench.base.server is None:
        message = l10n.t(
            "The base image {image} has no Python 3.9 or later, which the scoring runtime needs"
            " beside Python {version}.",
            image=bench.base.reference,
            version=packages.target.minor,
        )
        require_conda(message, spec)
        brought = replace(runtime_only, conda=server_packages())
        with also_looked_at(message, spec):
            conda = conda_layer.solved(brought, bench.settings, bench.docker.platform, progress, cancel)
    target = target_of(conda, bench.base.server)
    locked = lock(runtime_only, target, runtime, wheel, bench.settings.index_url, progress, cancel)
    key_parts = [
        python_key(bench.base.server),
        target.python,
        target.platform,
        locked.hashed,
        conda.to_json() if conda else "",
    ]
    key = "\0" + json.dumps(key_parts)
    return _Server(target, SERVER_PREFIX, locked, conda, key)


def _runtime(bench: Bench, server: _Server, wheel: Path, folder: Path) -> list[LayerMember]:
    """What the layer of the runtime holds, unpacked below `folder`."""
    progress, cancel, minor = bench.progress, bench.cancel, server.target.minor
    unpack(wheel, server.target, folder / "runtime", progress, cancel)
    members = list(runtime_layer.members(folder / "runtime", minor, bench.base, server.prefix))
    if server.locked is None:
        return members
    modules, index = folder / "modules", bench.settings.index_url
    if install(server.locked, server.target, modules, (), index, bench.spec.source, progress, cancel):
        raise ScoredockError(
            "environment-build-failed",
            l10n.t("What the scoring runtime needs has no wheel for Python {version}.", version=minor),
        )
    beside = [*package_layer.modules(modules, minor, server.prefix), *_notes_of(server.locked, modules, server.prefix)]
    if server.conda is not None:
        base = conda_layer.installed(server.conda, folder / "prefix", progress, cancel, server.prefix)
        return [*base, *beside, *members]
    assert bench.base.server is not None  # noqa: S101 (else it is conda's)
    return [*package_layer.frame(bench.base.server, own_packages=False, prefix=server.prefix), *beside, *members]


def _packages(
    bench: Bench, locked: LockedPackages, target: Target, conda: CondaLock | None, folder: Path
) -> list[LayerMember]:
    """What the layer holds, unpacked below `folder`."""
    spec, progress, cancel = bench.spec, bench.progress, bench.cancel
    modules, index = folder / "modules", bench.settings.index_url
    without = install(locked, target, modules, (), index, spec.source, progress, cancel)
    if without:
        if bench.base.python is None:
            raise ScoredockError(
                "environment-build-failed",
                l10n.t(
                    "{packages} has no wheel for Python {version}, and packages are not compiled"
                    " in a conda environment.",
                    packages=without_credentials(", ".join(without)),
                    version=target.minor,
                ),
                l10n.t("Choose a version that has a wheel, or take the package from a conda channel."),
            )
        places = Places(bench.wheels, bench.locks, folder)
        built = wheels_of(
            bench.docker, bench.base, target, without, locked, places, index, spec.source, progress, cancel
        )
        install(_by_file(locked, without, built), target, modules, built, index, spec.source, progress, cancel)
    elif not modules.is_dir():
        install(locked, target, modules, (), index, spec.source, progress, cancel)
    members = list(package_layer.modules(modules, target.minor))
    if conda is not None:
        members = [*conda_layer.installed(conda, folder / "prefix", progress, cancel), *members]
    else:
        assert bench.base.python is not None  # noqa: S101 (only conda environments have none)
        members = [*package_layer.frame(bench.base.python, own_packages=spec.user_managed), *members]
    return [*members, *_notes_of(locked, modules, PREFIX)]


def _notes_of(locked: LockedPackages, modules: Path, prefix: str) -> list[LayerMember]:
    """What is written down of the packages of an environment, beside them."""
    beside = prefix.lstrip("/")
    return [
        text(f"{beside}/{HASHED_FILE}", without_folders(without_credentials(locked.hashed))),
        text(f"{beside}/{LICENCES_FILE}", licences_to_json(licences_in(modules))),
    ]


def _by_file(locked: LockedPackages, without: list[str], built: list[Path]) -> LockedPackages:
    """The lock with the wheels that were built here in the place of what has none."""
    files = dict(zip(without, built, strict=True))
    lines = []
    for line, hashes in entries(locked.hashed):
        wheel = min(files[line].glob("*.whl")).resolve() if line in files else None
        lines.append(f"{wheel.name.split('-')[0]} @ {wheel.as_uri()}\n" if wheel else lock_lines(line, hashes))
    return LockedPackages("".join(lines), locked.requirements)


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
    with Layer(bench.docker, base, key, command=finish.command) as layer:
        bench.progress.report(l10n.t("Writing a layer of {size:,.0f} MB", size=size / 1000000.0))
        layer.put(_with_progress(bench, members, size))
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


def _with_progress(bench: Bench, members: list[LayerMember], size: int) -> Iterator[bytes]:
    """The bytes of a layer, and how many of them are through."""
    byte_count, percent, flow = 0, -1, Flow()
    step = l10n.t("Writing a layer of {size:,.0f} MB", size=size / 1000000.0)
    for block in stream(with_folders(members), bench.cancel):
        yield block
        byte_count += len(block)
        if (now := min(100, 100 * byte_count // max(1, size))) > percent and size > 10_000_000:
            percent = now
            bench.progress.report(PartOfStep(step, flow.amounts(byte_count, size)), percent)


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
