"""A batch job whose workers are actors of a Ray cluster."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.contrib.batch.domain.work.jobs import APP_ROOT
from scoredock.contrib.batch.options import ACTOR_CORES
from scoredock.errors import ScoredockError

if TYPE_CHECKING:
    from scoredock.clusters.target import RayTarget
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobRecord
    from scoredock.contrib.batch.domain.work.remote_worker import WorkerHost
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.progress import CancelToken, Progress
    from scoredock.services.deployments import Deployments

_RUNTIME = "scoredock_runtime.whl"
"""Of the job's folder, so that a job that goes on has the same."""
_PACKAGES = "pip-packages"
"""Beside it, the wheels that only this machine has."""


def require_fit(environment: EnvironmentSpec, target: RayTarget) -> str:
    """The Python of the job there, as `3.11.7`. Asks the cluster, and sends nothing.

    Raises ScoredockError `ray-environment-unfit` for what pip cannot install there, `ray-python-differs`, and what a
    cluster raises.
    """
    from scoredock.engines.ray.connection import RayCluster
    from scoredock.environments.python.interpreters import own_interpreter
    from scoredock.environments.spec import place_of

    _require_pip(environment)
    python = RayCluster(target.address).version().python
    if not python:
        return own_interpreter().version  # its program looks again
    if not environment.python_is_wish and not environment.takes(python):
        raise ScoredockError(
            "ray-python-differs",
            l10n.t(
                "The environment is for Python {wanted}, and the Ray cluster {name} has Python {there}.",
                wanted=environment.python,
                name=target.name,
                there=python,
            ),
            place=place_of(environment.source),
        )
    return python


def with_packages(
    job: JobRecord,
    environment: EnvironmentSpec,
    python: str,
    folder: JobFolder,
    deployments: Deployments,
    watch: tuple[Progress, CancelToken],
) -> JobRecord:
    """The job with the exact packages of the environment for the Python there. Raises ScoredockError
    `ray-package-too-large`, what `require_packages` and resolving raise, and OSError.
    """
    from scoredock.contrib.batch.domain.elsewhere.ray_package import require_small
    from scoredock.contrib.batch.domain.work.needed_packages import missing_among, require_packages
    from scoredock.environments.pip.locks import package_names

    environments = deployments.environments
    for note in environment.notes:
        watch[0].report(note)
    runtime = folder.of(_RUNTIME)
    shutil.copyfile(environments.runtime_wheel(*watch), runtime)
    require_small(runtime, folder.of(APP_ROOT))
    resolved = environments.resolved_elsewhere(environment, python, *watch) if environment.requirements else ()
    require_packages(job.configuration, missing_among(package_names("\n".join(resolved))))
    requirements = tuple(line for line in resolved if not _taken_along(line, environment, folder))
    minor = ".".join(python.split(".")[:2])
    return dataclasses.replace(job, requirements=requirements, cluster_python=minor)


@contextlib.contextmanager
def actors_of(job: JobRecord, folder: JobFolder, target: RayTarget) -> Iterator[WorkerHost]:
    """The actors of a job, where its workers run. Raises what a cluster raises, and OSError."""
    from scoredock.contrib.batch.domain.elsewhere.actors import RayWorkers, ray_workers
    from scoredock.engines.ray.connection import RayCluster

    workers = RayWorkers(
        submission=_submission(job, folder),
        runtime=folder.of(_RUNTIME),
        packages=tuple(sorted(folder.of(_PACKAGES).glob("*.whl"))),
        app_root=folder.of(APP_ROOT),
        requirements=job.requirements,
        count=job.configuration.worker_count,
        cpus=job.cpu_cores or ACTOR_CORES,
        memory_bytes=round(job.memory_gb * 2**30),
        python=job.cluster_python,
        port=target.relay_port,
        variables=job.variables,
        model_dir=job.model_dir,
        entry_script=job.entry_script,
    )
    with ray_workers(RayCluster(target.address), workers) as hosts:
        yield hosts


def remove_actors(job: JobRecord, folder: JobFolder, target: RayTarget) -> None:
    """Removes what a driver that was killed has left in its cluster. Raises what a cluster raises."""
    from scoredock.engines.ray.connection import RayCluster

    RayCluster(target.address).remove(_submission(job, folder))


def _submission(job: JobRecord, folder: JobFolder) -> str:
    mark = hashlib.sha256(str(folder.path.parent.resolve()).encode()).hexdigest()[:8]
    return f"scoredock-{job.name}-{mark}"


def _taken_along(line: str, environment: EnvironmentSpec, folder: JobFolder) -> bool:
    """True if a line of a lock names a wheel of this machine, which is then in the job's folder.

    Raises ScoredockError `ray-environment-unfit` for a package that has to be compiled there, and OSError.
    """
    from scoredock.environments.pip.local_packages import local_place

    file = local_place(line)
    if file is None:
        return False
    if not file.name.endswith("-none-any.whl"):
        raise _unfit(environment, l10n.t("{package} has parts that are compiled for one machine", package=file.name))
    folder.of(_PACKAGES).mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(file, folder.of(_PACKAGES) / file.name)
    return True


def _require_pip(environment: EnvironmentSpec) -> None:
    if environment.user_managed or environment.spark is not None:
        reason = l10n.t("it is not made by pip")
    elif environment.conda is not None:
        packages = ", ".join(environment.conda.reasons) or ", ".join(environment.conda.specs)
        reason = l10n.t("{packages} would come from conda", packages=packages)
    else:
        return
    raise _unfit(environment, reason)


def _unfit(environment: EnvironmentSpec, reason: str) -> ScoredockError:
    from scoredock.environments.spec import place_of

    return ScoredockError(
        "ray-environment-unfit",
        l10n.t(
            "Ray's nodes cannot install the environment {name}: {reason}.", name=environment.display_name, reason=reason
        ),
        place=place_of(environment.source),
    )
