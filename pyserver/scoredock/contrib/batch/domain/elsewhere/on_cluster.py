"""A batch job whose workers are pods of a compute target."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.contrib.batch.domain.work.configuration import require_between
from scoredock.contrib.batch.options import POD_CORES, POD_MEMORY_GB, BatchWorkerOptions
from scoredock.errors import ScoredockError
from scoredock.options import options_of

if TYPE_CHECKING:
    from scoredock.clusters.target import ClusterTarget
    from scoredock.contrib.batch.domain.elsewhere.job_objects import BatchPods
    from scoredock.contrib.batch.domain.work.jobs import JobRecord
    from scoredock.contrib.batch.domain.work.remote_worker import WorkerHost
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.progress import CancelToken, Progress
    from scoredock.services.deployments import Deployments

PODS = 2
"""Where nobody says how many."""


def require_requests(workers: BatchWorkerOptions) -> None:
    """Raises ScoredockError `batch-option-invalid` for what no worker can request; 0 for what is usual."""
    for name, option in options_of(BatchWorkerOptions).items():
        value = getattr(workers, name)
        if not value or option.between is None:
            continue
        require_between(name, value, option.between)
        if not workers.compute:
            raise ScoredockError(
                "batch-option-invalid",
                l10n.t("The option {name} is for workers on a compute target, and the job runs here.", name=name),
                l10n.t("Name the compute target with --compute, or leave the option out."),
            )


def require_takes_job(name: str, workers: BatchWorkerOptions, target: ClusterTarget, deployments: Deployments) -> None:
    """Asks the cluster whether it takes a job with such pods, before anything is made for it.

    Raises what a cluster raises, and ScoredockError `compute-invalid`, `image-loader-missing`.
    """
    from scoredock.clusters.side_loading import HOST, loader_of
    from scoredock.contrib.batch.domain.elsewhere.pods import require_takes
    from scoredock.services.lifecycle.in_registry import InRegistry

    target = InRegistry(deployments.images, deployments.registry, target.name).target
    repository = target.repository if loader_of(target) is None else f"{HOST}/{name}"
    pods = _bare_pods(name, target, deployments.registry.folder)
    # A job of the same name that was deleted may have left objects, whose fields cannot be changed.
    name = f"{pods.name}-trial"
    trial = dataclasses.replace(pods, name=name, image=f"{repository}:trial")
    require_takes(target, _requesting(trial, workers))


def _requesting(pods: BatchPods, workers: BatchWorkerOptions) -> BatchPods:
    return dataclasses.replace(pods, cpu=workers.cpu_cores or POD_CORES, memory_gb=workers.memory_gb or POD_MEMORY_GB)


def with_image(
    job: JobRecord,
    environment: EnvironmentSpec,
    app_root: Path,
    deployments: Deployments,
    watch: tuple[Progress, CancelToken],
) -> JobRecord:
    """The job with an image of environment, models and script, which the nodes can pull. Raises what `InRegistry` and
    `require_packages` raise.
    """
    from scoredock.contrib.batch.domain.work.needed_packages import missing_among, require_packages
    from scoredock.engines.base import Launch
    from scoredock.services.lifecycle.in_registry import InRegistry

    preparation = InRegistry(deployments.images, deployments.registry, job.compute)
    packages = preparation.packages(environment, *watch)
    if packages is not None:
        require_packages(job.configuration, missing_among(packages))
    prepared = preparation.prepare(environment, *watch)
    launch = Launch(
        service=job.name,
        workspace="",
        revision=1,
        folder=app_root.parent,
        app_root=app_root,
        entry_script=job.entry_script,
        source_directory=job.source or None,
        model_dir=job.model_dir,
        python=prepared.python,
        script_python=prepared.script_python,
        port=None,
        nonce="",
        models=preparation.models(job.models),
    )
    launch = preparation.completed(launch, environment, *watch)
    script = "" if launch.script_python is None else launch.script_python.as_posix()
    return dataclasses.replace(job, image=launch.image, python=launch.python.as_posix(), script_python=script)


@contextlib.contextmanager
def pods_of(job: JobRecord, target: ClusterTarget, workspace: Path) -> Iterator[WorkerHost]:
    """The pods of a job, where its workers run. Raises what a cluster raises."""
    from scoredock.contrib.batch.domain.elsewhere.pods import batch_workers

    with batch_workers(target, _pods(job, target, workspace)) as hosts:
        yield hosts


def remove_pods(job: JobRecord, target: ClusterTarget, workspace: Path) -> None:
    """Removes what a driver that was killed has left in its cluster. Raises what a cluster raises."""
    from scoredock.clusters.connection import connect
    from scoredock.contrib.batch.domain.elsewhere.pods import remove

    remove(connect(target.place), _pods(job, target, workspace))


def _pods(job: JobRecord, target: ClusterTarget, workspace: Path) -> BatchPods:
    from scoredock.contrib.batch.domain.elsewhere.job_objects import APP_ROOT

    variables = {
        **job.variables,
        "AML_APP_ROOT": APP_ROOT,
        "AZUREML_MODEL_DIR": f"{APP_ROOT}/{job.model_dir}",
        "AZUREML_ENTRY_SCRIPT": job.entry_script,
        "HOME": "/tmp",  # noqa: S108 (the pod's own)
    }
    return dataclasses.replace(
        _requesting(_bare_pods(job.name, target, workspace), job),
        image=job.image,
        python=job.python,
        script_python=job.script_python,
        count=job.configuration.worker_count,
        variables=variables,
    )


def _bare_pods(name: str, target: ClusterTarget, workspace: Path) -> BatchPods:
    """Pods of a job of this name, without what it runs."""
    from scoredock.clusters.objects import MANAGER, MANAGER_LABEL
    from scoredock.contrib.batch.domain.elsewhere.job_objects import BatchPods
    from scoredock.contrib.batch.domain.elsewhere.pods import BATCH_LABEL
    from scoredock.engines.kubernetes.identity import workspace_mark

    name = f"batch-{name}-{workspace_mark(workspace)[:8]}"
    return BatchPods(
        name=name,
        namespace=target.place.namespace,
        image="",
        python="python",
        count=1,
        secret="",
        pull_secret=target.pull_secret,
        labels={MANAGER_LABEL: MANAGER, BATCH_LABEL: name},
    )
