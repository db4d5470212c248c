"""State of a service in a cluster, from its objects: one state, one cause, and its replicas. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.engines.kubernetes.causes import Cause, refusal_cause
from scoredock.engines.kubernetes.labels import CONTAINER, HASH, MANAGER, REVISION, STOPPED, TURN
from scoredock.engines.kubernetes.pod_causes import PodReader, container_of, is_ending, is_over, is_ready
from scoredock.engines.kubernetes.reading import (
    ClusterEvent,
    condition_of,
    events_of,
    field_of,
    fields_of,
    mark_of,
    moment_of,
    number_of,
    quantity_of,
    rows_of,
    text_of,
    whole_mark,
)
from scoredock.late_dataclass import dataclass
from scoredock.service import Replica, State
from scoredock_runtime.contract import Failure

_CONTROLLER = "kube-controller-manager"
_LATE = ("replica-no-room", "replica-no-node", "replica-preempted", "replica-evicted", "node-lost")
"""Causes that say less than others of the same service."""
_UNSCHEDULABLE = ("replica-no-room", "replica-no-node")
_RECENT_SECONDS = 600.0


@dataclass
class ServiceObjects:
    """Objects of a service in its namespace, as JSON of the API."""

    deployment: Mapping[str, Any] | None
    replica_sets: Sequence[Mapping[str, Any]] = ()
    pods: Sequence[Mapping[str, Any]] = ()
    events: Sequence[Mapping[str, Any] | ClusterEvent] = ()
    """Of these objects; core/v1 or events.k8s.io/v1, or as they were read."""
    metrics: Sequence[Mapping[str, Any]] = ()
    """PodMetrics."""
    autoscaler: Mapping[str, Any] | None = None
    service: Mapping[str, Any] | None = None
    route: Mapping[str, Any] | None = None
    """The Ingress or HTTPRoute that leads callers from outside to it."""
    nodes: Sequence[Mapping[str, Any]] = ()
    """Of the cluster, where the account may see them."""
    namespace: Mapping[str, Any] | None = None
    """Its object, where the account may see it."""


@dataclass(frozen=True, slots=True)
class ClusterState:
    """A service, as its cluster has it."""

    state: State
    phase: str
    revision: int
    """The newest that serves; while none does, the one that is to."""
    size: int
    """How many replicas there are to be."""
    ready: int
    """Replicas that take requests, of whatever revision."""
    updated: int
    """Replicas of the newest template."""
    failure: Failure | None
    replicas: tuple[Replica, ...]
    failed_revision: int = 0
    """The one that `failure` is about, while an older one serves."""
    failing_replica: str = ""
    """Name of the pod that the failure is read from: its log says more."""
    changed_by: str = ""
    """The program that somebody changed the Deployment with, in place of Scoredock; empty for nobody."""


def state_of(objects: ServiceObjects, now: float) -> ClusterState:
    """Never raises: whatever cannot be read counts as absent."""
    deployment = objects.deployment
    if not isinstance(deployment, Mapping) or not deployment:
        return _removed(objects, now)
    rollout = _Rollout(deployment, objects, now)
    if rollout.size == 0:
        return _scaled_to_none(rollout)
    return rollout.state()


def changed_by(deployment: Mapping[str, Any]) -> str:
    """Manager that has changed the template of the pods by hand, as Kubernetes writes it down; empty for none."""
    for each in rows_of(deployment, "metadata", "managedFields"):
        manager = text_of(each, "manager")
        if manager in (MANAGER, _CONTROLLER) or not fields_of(each, "fieldsV1", "f:spec", "f:template", "f:spec"):
            continue
        return manager
    return ""


class _Rollout:
    """The pods of a Deployment by old and new template, and what is to be said of them."""

    def __init__(self, deployment: Mapping[str, Any], objects: ServiceObjects, now: float) -> None:
        self.deployment = deployment
        self.size = max(0, number_of(deployment, "spec", "replicas", absent=1))
        self.revision = whole_mark(field_of(deployment, "spec", "template"), REVISION) or whole_mark(
            deployment, REVISION
        )
        scaler = objects.autoscaler
        self._least = number_of(scaler, "spec", "minReplicas", absent=1) if isinstance(scaler, Mapping) else 0
        self._events = events_of(objects.events)
        self._now = now
        self._newest = _newest_set(deployment, objects.replica_sets)
        self._reader = PodReader(self._events, [each for each in objects.nodes if isinstance(each, Mapping)], now)
        self._sets = objects.replica_sets
        pods = [each for each in objects.pods if isinstance(each, Mapping)]
        self._over = [each for each in pods if is_over(each)]
        self.pods = [each for each in pods if not is_over(each)]
        self._metrics = _used(objects.metrics)
        staying = [each for each in self.pods if not is_ending(each)]
        self.new = [each for each in staying if self._is_new(each)]
        self.old = [each for each in staying if not self._is_new(each)]
        self.causes = {text_of(each, "metadata", "name"): self._reader.cause(each) for each in self.pods}

    def _is_new(self, pod: Mapping[str, Any]) -> bool:
        digest = mark_of(self._newest, HASH)
        if not digest:  # no ReplicaSet is visible yet
            return not self.revision or self._revision_of(pod) == self.revision
        return mark_of(pod, HASH) == digest

    def _revision_of(self, pod: Mapping[str, Any]) -> int:
        own = whole_mark(pod, REVISION)
        digest = mark_of(pod, HASH)
        if own or not digest:
            return own
        sets = (each for each in self._sets if isinstance(each, Mapping) and mark_of(each, HASH) == digest)
        return next((whole_mark(field_of(each, "spec", "template"), REVISION) for each in sets), 0)

    def state(self) -> ClusterState:
        ready_new, ready_old = _count_ready(self.new), _count_ready(self.old)
        failure = self._failure()
        if self._is_current() and not self.old and len(self.new) == self.size == ready_new:
            return self._made("Healthy", self._paused_phase(), ready_new, None)
        if self._is_rolled_out() and not self.old:
            return self._serving(ready_new, failure)
        if failure is not None and failure[1].is_certain:
            return self._refused(ready_new, ready_old, failure)
        return self._made("Transitioning", self._progress(ready_new, failure), ready_new + ready_old, None)

    def _serving(self, ready: int, failure: tuple[str, Cause] | None) -> ClusterState:
        """State of a template that was rolled out once: what fails now has served."""
        phase = self._progress(ready, failure)
        if failure is not None:
            state: State = "Unhealthy"
            if not ready and failure[1].is_certain and failure[1].code in _UNSCHEDULABLE:
                state = "Unschedulable"
            return self._made(state, phase, ready, failure)
        if any(self._has_started(each) for each in self.new if not is_ready(each)):
            return self._made("Unhealthy", phase, ready, None)
        # The autoscaler adds some: what was there serves.
        return self._made("Healthy" if 0 < self._least <= ready else "Transitioning", phase, ready, None)

    def _has_started(self, pod: Mapping[str, Any]) -> bool:
        return field_of(container_of(pod), "started") is True

    def _refused(self, ready_new: int, ready_old: int, failure: tuple[str, Cause]) -> ClusterState:
        """State of a template that does not come up."""
        if ready_old:
            state: State = "Healthy" if ready_old >= self.size else "Unhealthy"
            phase = l10n.t("revision {revision} does not come up", revision=self.revision)
            return self._made(state, phase, ready_new + ready_old, failure, self.revision)
        if ready_new:
            return self._made("Unhealthy", self._progress(ready_new, failure), ready_new, failure)
        state = "Unschedulable" if failure[1].code in _UNSCHEDULABLE else "Failed"
        return self._made(state, "", 0, failure)

    def _made(
        self, state: State, phase: str, ready: int, failure: tuple[str, Cause] | None, failed_revision: int = 0
    ) -> ClusterState:
        serving = [
            self._revision_of(each)
            for each in (self.old if failed_revision else [*self.new, *self.old])
            if is_ready(each)
        ]
        return ClusterState(
            state=state,
            phase=phase,
            revision=max(serving, default=0) or self.revision,
            size=self.size,
            ready=ready,
            updated=len(self.new),
            failure=Failure(failure[1].code, failure[1].sentence) if failure is not None else None,
            replicas=self.replicas(),
            failed_revision=failed_revision,
            failing_replica=failure[0] if failure is not None else "",
            changed_by=changed_by(self.deployment),
        )

    def replicas(self) -> tuple[Replica, ...]:
        """Newest revision first, then by name."""
        made = [self._replica(each) for each in self.pods]
        return tuple(sorted(made, key=lambda each: (-each.revision, each.name)))

    def _replica(self, pod: Mapping[str, Any]) -> Replica:
        name = text_of(pod, "metadata", "name")
        cause = self.causes.get(name)
        cpu, memory = self._metrics.get(name, (None, None))
        return Replica(
            name=name,
            node=text_of(pod, "spec", "nodeName"),
            revision=self._revision_of(pod),
            state=_pod_state(pod, cause),
            ready=is_ready(pod),
            restarts=number_of(container_of(pod), "restartCount"),
            started=moment_of(pod, "metadata", "creationTimestamp"),
            reason=cause.sentence if cause is not None else "",
            cpu_percent=cpu,
            memory_bytes=memory,
            code=cause.code if cause is not None else "",
        )

    def _is_current(self) -> bool:
        """True if the cluster has taken up the Deployment as it is now."""
        generation = number_of(self.deployment, "metadata", "generation")
        if number_of(self.deployment, "status", "observedGeneration", absent=generation) < generation:
            return False
        # One whose template and size have changed together is observed before its ReplicaSet is there.
        taken_up = whole_mark(field_of(self._newest, "spec", "template"), REVISION)
        return not taken_up or taken_up == self.revision or self._is_paused()

    def _is_rolled_out(self) -> bool:
        """True if the newest template has served in whole, as Kubernetes says it."""
        progress = condition_of(self.deployment, "Progressing")
        is_available = text_of(progress, "reason") == "NewReplicaSetAvailable"
        return self._is_current() and is_available and not self._is_paused()

    def _is_paused(self) -> bool:
        return field_of(self.deployment, "spec", "paused") is True

    def _paused_phase(self) -> str:
        return l10n.t("rollouts are paused in the cluster") if self._is_paused() else ""

    def _progress(self, ready: int, failure: tuple[str, Cause] | None) -> str:
        if failure is not None and not self.new:
            return failure[1].sentence
        if self.old and self.revision:
            return l10n.t(
                "{ready} of {wanted} replicas of revision {revision} respond",
                ready=ready,
                wanted=self.size,
                revision=self.revision,
            )
        return l10n.t("{ready} of {wanted} replicas respond", ready=ready, wanted=self.size)

    def _failure(self) -> tuple[str, Cause] | None:
        """The cause that says most, and the pod that has it."""
        met = [
            (name, cause) for each in self.new if (cause := self.causes.get(name := text_of(each, "metadata", "name")))
        ]
        met += [("", cause) for cause in self._of_whole()]
        if len(self.new) < self.size or not met:
            met += self._lost_places()
        if not met:
            return None
        name, cause = min(met, key=lambda each: (not each[1].is_certain, each[1].code in _LATE))
        return name, self._preempted(cause) if cause.code == "replica-no-room" else cause

    def _preempted(self, cause: Cause) -> Cause:
        """The lack of room, with that a pod of the service had to leave."""
        prefix = f"{text_of(self._newest, 'metadata', 'name')}-"
        said = [each for each in self._events if each.reason == "Preempted" and each.subject.startswith(prefix)]
        if not said or self._now - said[-1].at > _RECENT_SECONDS:
            return cause
        node = said[-1].message.rpartition(" on node ")[2]
        sentence = l10n.t(
            "A replica had to leave {node} for a more important pod. {reason}", node=node, reason=cause.sentence
        )
        return Cause("replica-preempted", sentence, cause.is_certain)

    def _of_whole(self) -> list[Cause]:
        """Causes in the Deployment and ReplicaSet."""
        if len(self.new) < self.size and (message := self._refusal()):
            return [refusal_cause(message)]
        if self._is_paused() and not self._newest_is_whole():
            name = text_of(self.deployment, "metadata", "name")
            sentence = l10n.t("The rollout of the Deployment {name} is paused in the cluster.", name=name)
            return [Cause("rollout-paused", sentence)]
        progress = condition_of(self.deployment, "Progressing")
        if text_of(progress, "reason") == "ProgressDeadlineExceeded":
            return [self._late()]
        return []

    def _late(self) -> Cause:
        causes = [cause for each in self.new if (cause := self.causes.get(text_of(each, "metadata", "name")))]
        if causes:
            return Cause(causes[0].code, causes[0].sentence)
        seconds = number_of(self.deployment, "spec", "progressDeadlineSeconds", absent=600)
        sentence = l10n.t(
            "{ready} of {wanted} replicas were ready after {seconds} s.",
            ready=_count_ready(self.new),
            wanted=self.size,
            seconds=seconds,
        )
        return Cause("rollout-stuck", sentence)

    def _newest_is_whole(self) -> bool:
        return bool(self._newest) and len(self.new) == self.size

    def _refusal(self) -> str:
        for raw in (self._newest, self.deployment):
            condition = condition_of(raw, "ReplicaFailure")
            if text_of(condition, "status") == "True":
                return text_of(condition, "message")
        names = {text_of(self._newest, "metadata", "name")} - {""}
        said = [each for each in self._events if each.reason == "FailedCreate" and each.subject in names]
        recent = [each.message for each in said if self._now - each.at < _RECENT_SECONDS]
        return recent[-1] if recent and not self.new else ""

    def _lost_places(self) -> Iterable[tuple[str, Cause]]:
        """Why pods have gone that have no successor yet."""
        gone = [each for each in [*self._over, *(pod for pod in self.pods if is_ending(pod))] if self._is_new(each)]
        for pod in sorted(gone, key=lambda each: moment_of(each, "metadata", "creationTimestamp"), reverse=True):
            if cause := self._reader.cause(pod):
                yield text_of(pod, "metadata", "name"), cause


def _newest_set(deployment: Mapping[str, Any], sets: Iterable[object]) -> Mapping[str, Any]:
    """The ReplicaSet of the template of now; empty before there is one."""
    listed = [each for each in sets if isinstance(each, Mapping)]
    turn = mark_of(deployment, TURN)
    same = [each for each in listed if turn and mark_of(each, TURN) == turn]
    if same:
        return same[0]
    return max(listed, key=lambda each: moment_of(each, "metadata", "creationTimestamp"), default={})


def _count_ready(pods: Iterable[Mapping[str, Any]]) -> int:
    return sum(map(is_ready, pods))


def _pod_state(pod: Mapping[str, Any], cause: Cause | None) -> str:
    if is_ending(pod):
        return "Ending"
    if is_ready(pod):
        return "Running"
    if cause is not None and cause.code in _UNSCHEDULABLE:
        return "Pending"
    if cause is not None and (cause.is_certain or cause.code in ("node-lost", "service-unreachable")):
        return "Failing"
    has_started = bool(fields_of(container_of(pod), "state", "running"))
    return "Starting" if has_started or text_of(pod, "spec", "nodeName") else "Pending"


def _used(metrics: Iterable[object]) -> dict[str, tuple[float | None, int | None]]:
    """Per cent of a core and bytes of the service's container, by pod."""
    used = {}
    for each in metrics:
        rows = rows_of(each, "containers")
        own = next((row for row in rows if row.get("name") == CONTAINER), None)
        if own is None:
            continue
        cpu, memory = quantity_of(own, "usage", "cpu"), quantity_of(own, "usage", "memory")
        share = round(cpu * 100, 1) if cpu is not None else None
        used[text_of(each, "metadata", "name")] = (share, int(memory) if memory is not None else None)
    return used


def _scaled_to_none(rollout: _Rollout) -> ClusterState:
    running = [*rollout.new, *rollout.old]
    by_hand = not mark_of(rollout.deployment, STOPPED)
    return ClusterState(
        state="Transitioning" if running else "Stopped",
        phase=l10n.t("stopping") if running else l10n.t("scaled to 0 in the cluster") if by_hand else "",
        revision=rollout.revision,
        size=0,
        ready=_count_ready(running),
        updated=len(rollout.new),
        failure=None,
        replicas=rollout.replicas(),
        changed_by=changed_by(rollout.deployment),
    )


def _removed(objects: ServiceObjects, now: float) -> ClusterState:
    """State of a service whose Deployment no longer exists."""
    events = events_of(objects.events)
    ends = bool(text_of(objects.namespace, "metadata", "deletionTimestamp"))
    ends = ends or any(_says_ending(each, now) for each in events)
    cause = (
        Cause("namespace-ending", l10n.t("The namespace of the service is being deleted, and its Deployment with it."))
        if ends
        else Cause("deployment-removed", l10n.t("The Deployment of the service was deleted in the cluster."))
    )
    rollout = _Rollout({}, objects, now)
    return ClusterState(
        state="Failed",
        phase="",
        revision=max((each.revision for each in rollout.replicas()), default=0),
        size=0,
        ready=0,
        updated=0,
        failure=Failure(cause.code, cause.sentence),
        replicas=rollout.replicas(),
    )


def _says_ending(event: ClusterEvent, now: float) -> bool:
    return "because it is being terminated" in event.message and now - event.at < _RECENT_SECONDS
