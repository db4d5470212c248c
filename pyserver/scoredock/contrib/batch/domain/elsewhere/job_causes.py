"""Finds why the pods of a batch job do not come, or went. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.engines.kubernetes.causes import Cause, refusal_cause
from scoredock.engines.kubernetes.pod_causes import PodReader
from scoredock.engines.kubernetes.reading import condition_of, events_of, number_of, text_of
from scoredock.late_dataclass import dataclass

_RECENT_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class BatchObjects:
    """Objects that were read of one job, at one moment."""

    job: Mapping[str, Any] | None
    pods: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    """Of the namespace."""
    now: float
    """Seconds since the epoch."""


def is_over(job: Mapping[str, Any] | None) -> bool:
    """True if no pod of it will come any more."""
    return job is None or any(
        text_of(condition_of(job, kind), "status") == "True" for kind in ("Complete", "Failed", "FailureTarget")
    )


def absence(objects: BatchObjects) -> Cause | None:
    """Cause why no pod is ready, the certain one first; None if there is nothing but to wait."""
    reader = PodReader(events_of(objects.events), [], objects.now)
    causes = [cause for pod in objects.pods if (cause := reader.cause(pod))]
    if not objects.pods and (message := _refusal(objects)):
        causes.append(refusal_cause(message))
    return next((each for each in causes if each.is_certain), causes[0] if causes else None)


def loss(objects: BatchObjects, name: str) -> str:
    """Cause of a pod's loss, for the middle of a sentence; empty if it seems to be well."""
    pod = next((each for each in objects.pods if text_of(each, "metadata", "name") == name), None)
    if pod is None:
        return l10n.t("its pod {pod} has gone", pod=name)
    cause = PodReader(events_of(objects.events), [], objects.now).cause(pod)
    if cause is not None:
        return cause.sentence.rstrip(".")
    ended = text_of(pod, "metadata", "deletionTimestamp")
    return l10n.t("its pod {pod} was deleted", pod=name) if ended else ""


def _refusal(objects: BatchObjects) -> str:
    """Message of the cluster when it refused to make a pod; empty if it did not."""
    name = text_of(objects.job, "metadata", "name")
    said = [each for each in events_of(objects.events) if each.reason == "FailedCreate" and each.subject == name]
    recent = [each.message for each in said if objects.now - each.at < _RECENT_SECONDS]
    return recent[-1] if recent and not number_of(objects.job, "status", "active") else ""
