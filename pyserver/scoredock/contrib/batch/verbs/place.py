"""Place for the workers of a new job: checks that it takes them, and adds what a job needs there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Operation
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.clusters.target import BatchTarget
    from scoredock.contrib.batch import messages
    from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobRecord
    from scoredock.environments.spec import EnvironmentSpec
    from scoredock.registry import Registry
    from scoredock.services.deployments import Deployments


def target_of(compute: str, registry: Registry) -> BatchTarget | None:
    """None for this machine. Raises ScoredockError `compute-missing`."""
    if not compute:
        return None
    from scoredock.contrib.batch.domain.elsewhere.batch_target import batch_target

    return batch_target(compute, registry)


@dataclass(frozen=True)
class WorkersPlace:
    """The place of one job, for its environment."""

    target: BatchTarget | None
    """None for this machine."""
    environment: EnvironmentSpec
    deployments: Callable[[], Deployments]
    """Opened for a cluster alone."""
    operation: Operation

    @property
    def takes_models(self) -> bool:
        """True if models go there from the job's folder, and not in an image."""
        if self.target is None:
            return True
        from scoredock.clusters.target import ClusterTarget

        return not isinstance(self.target, ClusterTarget)

    def require_takes(self, params: messages.BatchRunParams) -> str:
        """Asks a cluster whether it takes the job, before minutes are spent on it; gives the Python that the job has on
        Ray, else nothing. Raises what `require_takes_job` and `require_fit` raise."""
        target = self.target
        if target is None:
            return ""
        from scoredock.clusters.target import ClusterTarget
        from scoredock.contrib.batch.domain.elsewhere.on_cluster import require_takes_job
        from scoredock.contrib.batch.domain.elsewhere.on_ray import require_fit

        self.operation.progress.report(l10n.t("Asking the cluster of {name}", name=target.name))
        if not isinstance(target, ClusterTarget):
            return require_fit(self.environment, target)
        require_takes_job(params.name, params, target, self.deployments())
        return ""

    def completed(self, job: JobRecord, python: str, folder: JobFolder) -> JobRecord:
        """The job with what its workers need there. Raises what `with_image` and `with_packages` raise, and OSError."""
        from scoredock.contrib.batch.domain.work.jobs import APP_ROOT

        if self.target is None:
            return job
        from scoredock.contrib.batch.domain.elsewhere.on_cluster import with_image
        from scoredock.contrib.batch.domain.elsewhere.on_ray import with_packages

        watch = self.operation.progress, self.operation.cancel
        if self.takes_models:
            return with_packages(job, self.environment, python, folder, self.deployments(), watch)
        return with_image(job, self.environment, folder.of(APP_ROOT), self.deployments(), watch)
