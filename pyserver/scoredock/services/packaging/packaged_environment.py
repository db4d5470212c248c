"""Files from which a packaged folder installs its environment: base, locks, conda packages and the scoring runtime."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import __version__, l10n
from scoredock.containers.connection import connect
from scoredock.engine_table import engine_kind
from scoredock.environments.built import BuiltEnvironment, python_minor
from scoredock.environments.conda.lock import LOCK_FILE, CondaLock
from scoredock.environments.licences import licences_in
from scoredock.environments.pip import locks
from scoredock.environments.pip.local_wheels import stored_file
from scoredock.environments.python.interpreters import choose
from scoredock.environments.spark import JAVA_PACKAGE, brings_java, needs_vector, pyspark_line, way_out
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.formats.image_reference import is_image_reference
from scoredock.images import wheels
from scoredock.images.base_images import pinned_reference, reference_for, source_folder
from scoredock.images.built import BuiltImage
from scoredock.images.conda_layer import solved
from scoredock.images.old_python import is_old_alone, old_version
from scoredock.packaging.base import Foundation, named, personal
from scoredock.packaging.conda import (
    INSTALLER_IMAGE,
    CondaPart,
    conda_part,
    docker_platform,
    system_here,
    wheel_platform,
)
from scoredock.packaging.folder import Ingredients
from scoredock.packaging.image import installed_in
from scoredock.packaging.lock import PackageLock, only_here, package_lock
from scoredock.progress import CancelToken, Progress
from scoredock.registry.store.faults import storing
from scoredock.services.packaging.packaged_python import server_lock, with_its_python

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments

_MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
"""Platforms of Docker's that packages are chosen for, as uv writes the machine."""


def image_of(deployments: Deployments, service: str) -> BuiltImage | None:
    """The image of the environment that a service in Docker runs with; None for others, and where it is gone."""
    known = deployments.ledger.require(service)
    if not engine_kind(known.service.engine).contained or known.current is None:
        return None
    with contextlib.suppress(ScoredockError):
        return deployments.images.existing(known.current.environment_key)
    return None


def package_environment(
    deployments: Deployments,
    spec: EnvironmentSpec,
    service: str,
    base_image: str,
    ran_on: BuiltImage | None,
    progress: Progress,
    cancel: CancelToken,
) -> Ingredients:
    """All that a folder needs to install an environment. `base_image` takes the place of what the environment begins
    from; else that is what `ran_on`, the image of a service in Docker, was made from.

    Raises ScoredockError `package-not-portable`, `base-image-invalid`, `image-steps-invalid`, `file-not-found`, and
    what building the environment or solving its conda packages raises.
    """
    if spec.user_managed and not (base_image or spec.image.base_image or spec.image.base_dockerfile):
        raise ScoredockError(
            "package-not-portable",
            l10n.t(
                "The environment of {service} is managed by its user, so its packages are not known.",
                service=service,
            ),
            l10n.t(
                "Name the image that brings the packages as its baseImage or baseDockerfile, or as "
                "the package's base image."
            ),
        )
    # What a service on this machine says of its Python counts here, not in an image.
    if spec.user_managed:
        installed = replace(
            spec, user_managed=False, interpreter="", requirements=(), python=None, conda=None, spark=None
        )
    else:
        installed = spec
    conda: CondaPart | None = None
    python, licences = "", dict[str, str]()
    installed = with_its_python(deployments, installed, service, base_image, ran_on)
    if installed.conda is not None:
        conda, hashed, licences = _conda(deployments, installed, service, progress, cancel)
        script, usual = ".".join(conda.lock.python.split(".")[:2]), INSTALLER_IMAGE
    else:
        found = _of_image(deployments, ran_on) if ran_on is not None and not spec.user_managed else None
        python, hashed, licences = found or _pip(deployments, installed, progress, cancel)
        script, usual = "" if spec.user_managed else python, f"python:{python}-slim"
    if ran_on is not None and is_image_reference(ran_on.base):
        usual = ran_on.base
    base = _base(deployments, spec, base_image, usual)
    lock = _lock(deployments, installed, hashed, service)
    return Ingredients(
        lock=lock,
        files=_carried(deployments, lock, service),
        wheel=deployments.environments.runtime_wheel(progress, cancel),
        base=base,
        version=__version__,
        conda=conda,
        managed=spec.user_managed,
        notes=(*_notes(spec, base_image), *_without_java(installed, base, usual), *by_tag(base)),
        interpreter=spec.interpreter,
        licences=licences,
        python="" if spec.user_managed else python,
        server=server_lock(deployments, installed, script, service, progress, cancel),
    )


def _base(deployments: Deployments, spec: EnvironmentSpec, base_image: str, usual: str) -> Foundation:
    folder, image = source_folder(spec), spec.image
    if image.base_dockerfile and not base_image:
        return personal(image.base_dockerfile, image.steps, spec.source, folder, image.context)
    own = reference_for(spec, "") if image.base_image else ""
    chosen = named(base_image or own or usual, image.steps, spec.source, folder)
    with contextlib.suppress(ScoredockError):  # no Docker here, which writing a folder does not need
        exact = pinned_reference(connect(deployments.settings.docker), chosen.stage)
        return replace(chosen, stage=exact, images=(exact,))
    return chosen


def _of_image(deployments: Deployments, image: BuiltImage) -> tuple[str, str, dict[str, str]] | None:
    """Python's version, lock and licences of what a service in Docker runs with, or None where neither can be read."""
    with contextlib.suppress(ScoredockError):
        hashed, licences = installed_in(connect(deployments.settings.docker), image.id)
        _carried(deployments, package_lock(hashed, (), "", ""), "")  # else they are looked up once more
        return (".".join(image.python_version.split(".")[:2]), hashed, licences) if hashed else None
    return None


def by_tag(base: Foundation) -> tuple[str, ...]:
    """Notes on a base image that is named by its tag alone, as its bytes may change; empty if it has a digest."""
    if base.dockerfile or "@" in base.stage:
        return ()
    return (
        (
            l10n.t(
                "{image} is named by its tag alone, because its digest is not known. Add the digest "
                "(`FROM {image}@sha256:…`) to build from the same bytes later.",
                image=base.name,
            )
        ),
    )


def _notes(spec: EnvironmentSpec, base_image: str) -> tuple[str, ...]:
    if base_image and spec.image.base_dockerfile:
        return (
            l10n.t(
                "The Dockerfile of the environment is left out, because the package starts from {image}.",
                image=base_image,
            ),
        )
    return ()


def _without_java(spec: EnvironmentSpec, base: Foundation, usual: str) -> tuple[str, ...]:
    """Note that the usual base has no Java for Spark; of others that is unknown, as no container is started."""
    if spec.spark is None or base.name != usual or base.steps or brings_java(spec.requirements):
        return ()
    if needs_vector(pyspark_line(spec.requirements)):
        none = l10n.t("Spark needs Java, and the base image {image} has no Java.", image=usual)
        return (f"{none} {way_out()}",)
    return (
        (
            l10n.t(
                "Spark needs Java, and {image} has none. Name a base image with Java, or list "
                "{package} among the packages.",
                image=usual,
                package=JAVA_PACKAGE,
            )
        ),
    )


def _lock(deployments: Deployments, spec: EnvironmentSpec, hashed: str, service: str) -> PackageLock:
    return package_lock(hashed, spec.requirements, deployments.settings.environment.index_url, service)


def _carried(deployments: Deployments, lock: PackageLock, service: str) -> tuple[Path, ...]:
    """The files of packages of this machine. Raises ScoredockError `package-not-portable`."""
    files = {
        each.file: stored_file(deployments.environments.local_files, each.file, each.hashes) for each in lock.carried
    }
    if gone := [name for name, path in files.items() if path is None]:
        raise only_here(service, gone)
    return tuple(path for path in files.values() if path is not None)


def _pip(
    deployments: Deployments, spec: EnvironmentSpec, progress: Progress, cancel: CancelToken
) -> tuple[str, str, dict[str, str]]:
    """Python's version (`3.11`), pip's lock and the licences of its packages as far as they are known.

    They are those of the environment here where that is for the image's system.
    """
    platform, settings = docker_platform(spec.image.platform), deployments.settings.environment
    if platform not in _MACHINES:
        platform = docker_platform("")
    old = old_version(spec.python) if is_old_alone(spec.python) else ""  # which need not be on this machine
    if platform == system_here() and not old:
        with storing(deployments.environments.root):
            environment = deployments.environments.prepare(spec, progress, cancel)
        return python_minor(environment), _lock_text(environment), _licences(environment)
    if not old:
        here = choose(spec.python, settings.interpreter, spec.source, cancel, download=settings.download_python)
    target = wheels.Target(old or here.version, f"{_MACHINES[platform]}-manylinux_2_28")
    wheel = deployments.environments.runtime_wheel(progress, cancel)
    locked = wheels.lock(spec, target, wheel, deployments.environments.local_wheels, progress, cancel)
    return target.minor, locked.hashed, {}


def _conda(
    deployments: Deployments, spec: EnvironmentSpec, service: str, progress: Progress, cancel: CancelToken
) -> tuple[CondaPart, str, dict[str, str]]:
    """Conda packages, pip's lock on top, and the licences of pip's packages as far as they are known.

    They are those of the environment here where that is for the image's system.
    """
    assert spec.conda is not None  # noqa: S101 (the caller's question)
    platform = docker_platform(spec.image.platform)
    mirrors = deployments.settings.environment.conda_channels
    if platform == system_here():
        with storing(deployments.environments.root):
            environment = deployments.environments.prepare(spec, progress, cancel)
            lock = CondaLock.from_json((environment.folder / LOCK_FILE).read_text("utf-8"))
        return conda_part(lock, spec.conda, mirrors, service), _lock_text(environment), _licences(environment)
    solution = solved(spec, deployments.settings.environment, platform, progress, cancel)
    assert solution is not None  # noqa: S101 (an environment with conda packages)
    target = wheels.Target(solution.python, wheel_platform(solution))
    wheel = deployments.environments.runtime_wheel(progress, cancel)
    locked = wheels.lock(spec, target, wheel, deployments.environments.local_wheels, progress, cancel)
    return conda_part(solution, spec.conda, mirrors, service), locked.hashed, {}


def _licences(environment: BuiltEnvironment) -> dict[str, str]:
    found: dict[str, str] = {}
    for pattern in ("lib/python*/site-packages", "Lib/site-packages"):
        for modules in environment.folder.glob(pattern):
            found |= licences_in(modules)
    return found


def _lock_text(environment: BuiltEnvironment) -> str:
    """Text of the lock, with hashes except in environments of earlier releases."""
    hashed = environment.folder / locks.HASHED_FILE
    return (hashed if hashed.is_file() else environment.folder / locks.PLAIN_FILE).read_text("utf-8")
