"""Where the workers of a batch job run that are not on this machine: by the kind of its compute target."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scoredock.clusters.target import RayTarget
from scoredock.services.compute_targets import ComputeTargets

if TYPE_CHECKING:
    from scoredock.batch.jobs import JobFolder
    from scoredock.batch.remote_worker import WorkerHost


@contextlib.contextmanager
def hosts_of(folder: JobFolder) -> Iterator[WorkerHost]:
    """Of the job of a folder, for as long as its driver works. Raises what a cluster raises, ScoredockError
    `compute-missing`, and OSError."""
    from scoredock.registry import Registry
    from scoredock.services.batch.on_cluster import pods_of
    from scoredock.services.batch.on_ray import actors_of

    job, workspace = folder.job(), folder.path.parent.parent
    target = ComputeTargets(Registry(workspace)).require_any(job.compute)
    if isinstance(target, RayTarget):
        with actors_of(job, folder, target) as actors:
            yield actors
    else:
        with pods_of(job, target, workspace) as pods:
            yield pods
