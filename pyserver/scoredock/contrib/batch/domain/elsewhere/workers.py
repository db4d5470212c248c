"""Hosts of the workers of a job that has a compute target: pods of a cluster of Kubernetes, or actors of Ray."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scoredock.clusters.target import RayTarget
from scoredock.contrib.batch.domain.elsewhere.batch_target import batch_target
from scoredock.contrib.batch.domain.elsewhere.on_cluster import pods_of, remove_pods
from scoredock.contrib.batch.domain.elsewhere.on_ray import actors_of, remove_actors
from scoredock.registry import Registry

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobFolder
    from scoredock.contrib.batch.domain.work.remote_worker import WorkerHost


@contextlib.contextmanager
def hosts_of(folder: JobFolder) -> Iterator[WorkerHost]:
    """Yields the hosts for the workers, for as long as the driver of the job works. Raises what a cluster raises,
    ScoredockError `compute-missing`, and OSError.
    """
    job, workspace = folder.job(), folder.path.parent.parent
    target = batch_target(job.compute, Registry(workspace))
    if isinstance(target, RayTarget):
        with actors_of(job, folder, target) as actors:
            yield actors
    else:
        with pods_of(job, target, workspace) as pods:
            yield pods


def remove_workers(folder: JobFolder) -> None:
    """Removes what a driver that was killed has left elsewhere; does nothing for a job of this machine. Raises as
    `hosts_of`.
    """
    job, workspace = folder.job(), folder.path.parent.parent
    if not job.compute:
        return
    target = batch_target(job.compute, Registry(workspace))
    if isinstance(target, RayTarget):
        remove_actors(job, folder, target)
    else:
        remove_pods(job, target, workspace)
