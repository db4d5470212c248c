"""The compute target that the workers of a job run on, by its name."""

from __future__ import annotations

from scoredock import l10n
from scoredock.clusters.target import BatchTarget, DockerTarget
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.services.compute_targets import ComputeTargets, require_confirmed_target


def batch_target(name: str, registry: Registry) -> BatchTarget:
    """Raises ScoredockError `compute-missing` with the names that there are, `compute-not-for-batch`,
    `compute-unconfirmed` and `compute-changed`."""
    target = ComputeTargets(registry).require_any(name)
    if isinstance(target, DockerTarget):
        raise ScoredockError(
            "compute-not-for-batch",
            l10n.t("{name} is the Docker of another machine, and batch jobs do not run there.", name=target.name),
        )
    require_confirmed_target(target)
    return target
