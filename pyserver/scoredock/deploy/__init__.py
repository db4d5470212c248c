"""The life of a service: planned, staged, started, watched, replaced, stopped, deleted."""

from scoredock.deploy.request import DeployRequest, DeploySettings, UpdateRequest
from scoredock.deploy.supervisor import Deployments
from scoredock.deploy.view import Answer, FailureView, Notice, Sample, ServiceView

__all__ = [
    "Answer",
    "DeployRequest",
    "DeploySettings",
    "Deployments",
    "FailureView",
    "Notice",
    "Sample",
    "ServiceView",
    "UpdateRequest",
]
