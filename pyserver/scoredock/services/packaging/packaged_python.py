"""Python of a packaged folder that cannot host the scoring runtime, and the packages of the runtime there."""

from __future__ import annotations

import platform as machine
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.containers.connection import connect
from scoredock.environments.conda.packages import available
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.errors import Remedy, ScoredockError
from scoredock.images import wheels
from scoredock.images.built import BuiltImage
from scoredock.images.old_python import is_old_alone, old_version, with_conda_python
from scoredock.packaging.image import is_virtual
from scoredock.packaging.lock import PackageLock, package_lock
from scoredock.progress import CancelToken, Progress

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments


def with_its_python(
    deployments: Deployments, spec: EnvironmentSpec, service: str, base_image: str, ran_on: BuiltImage | None
) -> EnvironmentSpec:
    """The environment as it is where the base brings its Python, or with that as a conda package.

    A base that the person names is not looked at: building the folder says what it lacks. Raises ScoredockError
    `package-not-portable` where no base is named and conda packages cannot be installed, `docker-unavailable`.
    """
    if spec.conda is not None or spec.user_managed or not is_old_alone(spec.python) or base_image:
        return spec
    if ran_on is not None:
        brought = not is_virtual(connect(deployments.settings.docker), ran_on.id)
        return with_conda_python(spec) if brought else spec
    if spec.image.base_image or spec.image.base_dockerfile:
        return spec
    if not available():
        version = old_version(spec.python)
        raise ScoredockError(
            "package-not-portable",
            l10n.t(
                "The environment of {service} asks for Python {version}, and no default base image has one beside"
                " Python 3.9 or later, which the scoring runtime needs.",
                service=service,
                version=version,
            ),
            l10n.t(
                "Name a base image that has both. Or install support for conda packages, which bring the Python that"
                " is missing (`scoredock environment enable conda`)."
            ),
            place=place_of(spec.source),
            remedies=(Remedy(l10n.t("Install Conda Support"), "scoredock.enableConda"),),
        )
    return with_conda_python(spec)


def server_lock(
    deployments: Deployments, spec: EnvironmentSpec, python: str, service: str, progress: Progress, cancel: CancelToken
) -> PackageLock | None:
    """Lock of the packages of the scoring runtime's own environment; None if `python` (`3.11`) hosts the runtime.

    Raises what resolving raises.
    """
    if not python or wheels.Target(python, "").hosts:
        return None
    runtime_only = EnvironmentSpec(None, (), spec.source, spec.display_name)
    kind = "aarch64" if machine.machine().lower() in ("arm64", "aarch64") else "x86_64"
    target = wheels.Target(own_interpreter().version, f"{kind}-manylinux_2_28")
    index = deployments.settings.environment.index_url
    wheel = deployments.environments.runtime_wheel(progress, cancel)
    local = deployments.environments.local_wheels
    locked = wheels.lock(runtime_only, target, wheel, local, progress, cancel)
    return package_lock(locked.hashed, (), index, service)
