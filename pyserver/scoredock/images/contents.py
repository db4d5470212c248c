"""Contents of the layers of an environment image, whoever writes them: its packages, and on them the runtime."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.environments.conda.lock import CondaLock
from scoredock.environments.licences import LICENCES_FILE, licences_in, licences_to_json
from scoredock.environments.packages import CONDA_TO_PIP
from scoredock.environments.pip.local_packages import local_marks, local_place
from scoredock.environments.pip.local_wheels import LocalWheels
from scoredock.environments.pip.locks import (
    HASHED_FILE,
    entries,
    lock_lines,
    package_names,
    without_credentials,
    without_folders,
)
from scoredock.environments.pip.wheelhouse import RuntimeSource
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.images import conda_layer, package_layer, runtime_layer
from scoredock.images.base_images import BaseImage
from scoredock.images.built import PREFIX, SERVER_PREFIX, SERVER_PYTHON
from scoredock.images.members import LayerMember, text
from scoredock.images.old_python import also_looked_at, require_conda, server_packages
from scoredock.images.pythons import BasePython
from scoredock.images.solutions import Solutions
from scoredock.images.wheel_building import Places, wheels_of
from scoredock.images.wheels import LockedPackages, Target, install, lock, unpack, uv_platform
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress


@dataclass(frozen=True, slots=True)
class Bench:
    """All that making an image needs at hand."""

    docker: Docker | None
    """None where no daemon takes part: then nothing is compiled."""
    platform: str
    """Of the image, in the words of Docker: `linux/amd64`."""
    base: BaseImage
    spec: EnvironmentSpec
    settings: EnvironmentSettings
    locks: Path
    wheels: Path
    local_files: Path
    """Folder of the files of packages that lie on this machine."""
    solutions: Solutions
    """Which packages were chosen before."""
    progress: Progress
    cancel: CancelToken


@dataclass(frozen=True, slots=True)
class PackagesPlan:
    """Plan of the layer with an environment's packages."""

    target: Target
    locked: LockedPackages
    conda: CondaLock | None
    parts: tuple[object, ...]
    """What makes up its key, besides the base image."""

    @property
    def lock_digest(self) -> str:
        """Hex SHA-256 of the lock."""
        return hashlib.sha256(without_folders(self.locked.hashed).encode()).hexdigest()

    @property
    def names(self) -> frozenset[str]:
        """Names of pip's and conda's packages, as pip calls them."""
        of_conda = () if self.conda is None else (each.name for each in self.conda.packages)
        return frozenset((*package_names(self.locked.hashed), *(CONDA_TO_PIP.get(each, each) for each in of_conda)))


def plan_packages(bench: Bench, runtime: RuntimeSource, wheel: Path) -> PackagesPlan:
    """Solves and resolves. Raises what `conda.solve` and `wheels.lock` raise."""
    spec = bench.spec
    with also_looked_at(bench.base.lacks, spec):
        conda = _solved(bench, spec)
    target = target_of(conda, bench.base.python)
    locked = _locked(bench, spec, target, runtime, wheel)
    parts: list[object] = [
        python_key(bench.base.python),
        target.python,
        target.platform,
        without_folders(locked.hashed),
        spec.user_managed,
        conda.to_json() if conda else "",
    ]
    return PackagesPlan(target, locked, conda, tuple(parts))


@dataclass(frozen=True, slots=True)
class ServerPlan:
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
        """Path of its Python's modules in the image."""
        return f"{self.prefix}/lib/python{self.target.minor}"

    @property
    def labels(self) -> dict[str, str]:
        return {SERVER_PYTHON: self.target.python} if self.locked is not None else {}


def library(target: Target) -> str:
    """Path of the modules of the script's Python in the image."""
    return f"{PREFIX}/lib/python{target.minor}"


def python_key(python: BasePython | None) -> str:
    """Text of the facts about a base image's Python that are written into a layer; empty without one."""
    return "" if python is None else json.dumps([python.real, python.home, python.sites])


def target_of(conda: CondaLock | None, python: BasePython | None) -> Target:
    """Target for packages that go on conda's Python, or on one of the base image."""
    if conda is not None:
        machine = "aarch64" if conda.platform == "linux-aarch64" else "x86_64"
        return Target(conda.python, f"{machine}-manylinux_2_28")  # conda's own Python needs as much
    assert python is not None  # noqa: S101 (only conda environments have none)
    return Target(python.version, uv_platform(python.libc, python.machine))


def plan_server(bench: Bench, script: Target, runtime: RuntimeSource, wheel: Path) -> ServerPlan:
    """The script's environment where its Python hosts the runtime, else one beside it. Raises ScoredockError
    `image-python-missing` and what solving and resolving raise."""
    if script.hosts:
        return ServerPlan(script)
    spec = bench.spec
    bench.progress.report(
        l10n.t(
            "The script runs in Python {version}, in a process of its own beside the scoring runtime.",
            version=script.python,
        )
    )
    runtime_only = EnvironmentSpec(None, (), spec.source, spec.display_name)
    conda = None
    if bench.base.server is None:
        message = l10n.t(
            "The base image {image} has no Python 3.9 or later, which the scoring runtime needs"
            " beside Python {version}.",
            image=bench.base.reference,
            version=script.minor,
        )
        require_conda(message, spec)
        brought = replace(runtime_only, conda=server_packages())
        with also_looked_at(message, spec):
            conda = _solved(bench, brought)
    target = target_of(conda, bench.base.server)
    locked = _locked(bench, runtime_only, target, runtime, wheel)
    key_parts = [
        python_key(bench.base.server),
        target.python,
        target.platform,
        locked.hashed,
        conda.to_json() if conda else "",
    ]
    key = "\0" + json.dumps(key_parts)
    return ServerPlan(target, SERVER_PREFIX, locked, conda, key)


def _solved(bench: Bench, spec: EnvironmentSpec) -> CondaLock | None:
    """The conda packages of an environment for the platform of the image. Raises as `conda_layer.solved`."""
    question = [asdict(spec.conda) if spec.conda else None, asdict(bench.settings), bench.platform]
    return bench.solutions.conda(
        question, lambda: conda_layer.solved(spec, bench.settings, bench.platform, bench.progress, bench.cancel)
    )


def _locked(bench: Bench, spec: EnvironmentSpec, target: Target, runtime: RuntimeSource, wheel: Path) -> LockedPackages:
    """The packages of pip, with those of the scoring runtime. Raises as `wheels.lock`."""
    index_url = bench.settings.index_url
    local = LocalWheels(bench.local_files, index_url)

    def question(mark: str) -> list[object]:
        of_spec = [spec.requirements, spec.fallback, spec.user_managed, mark]
        return [*of_spec, asdict(target), runtime.digest, index_url]

    def answer() -> LockedPackages:
        return lock(spec, target, wheel, local, bench.progress, bench.cancel)

    marks = local_marks(spec.requirements)
    solution = bench.solutions.packages(question(marks[0]), answer)
    for mark in marks[1:]:
        bench.solutions.keep(question(mark), solution)
    if all(path.is_file() for line in solution.lines if (path := local_place(line))):
        return solution
    return replace(bench.solutions, renew=True).packages(question(marks[0]), answer)  # a kept file is gone


def runtime_members(bench: Bench, server: ServerPlan, wheel: Path, folder: Path) -> list[LayerMember]:
    """Members of the layer of the runtime, unpacked below `folder`."""
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


def packages_members(bench: Bench, plan: PackagesPlan, folder: Path) -> list[LayerMember]:
    """Members of the layer of packages, unpacked below `folder`."""
    spec, progress, cancel = bench.spec, bench.progress, bench.cancel
    locked, target, conda = plan.locked, plan.target, plan.conda
    modules, index = folder / "modules", bench.settings.index_url
    without = install(locked, target, modules, (), index, spec.source, progress, cancel)
    if without:
        if bench.base.python is None:
            raise ScoredockError(
                "environment-build-failed",
                l10n.t(
                    "{packages} has no wheel for Python {version}, and packages are not compiled"
                    " in a conda environment.",
                    packages=without_folders(without_credentials(", ".join(without))),
                    version=target.minor,
                ),
                l10n.t("Choose a version that has a wheel, or take the package from a conda channel."),
            )
        if bench.docker is None:
            raise ScoredockError(
                "environment-build-failed",
                l10n.t(
                    "{packages} has no wheel for Python {version} on {platform}, and packages are compiled in a"
                    " container only.",
                    packages=without_folders(without_credentials(", ".join(without))),
                    version=target.minor,
                    platform=bench.platform,
                ),
                l10n.t("Choose a version that has a wheel, or make the image with Docker."),
            )
        places = Places(bench.wheels, bench.locks)
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
    """Files with the lock and the licences of an environment's packages, beside them."""
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
        if wheel is not None and "==" in line and "@" not in line:
            # It is found in its folder: of one that is named by its address uv reads the requirements.
            lines.append(lock_lines(line, (f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}",)))
        else:
            lines.append(f"{wheel.name.split('-')[0]} @ {wheel.as_uri()}\n" if wheel else lock_lines(line, hashes))
    return LockedPackages("".join(lines), locked.requirements)
