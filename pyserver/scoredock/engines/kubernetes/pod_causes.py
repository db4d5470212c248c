"""Causes why one pod does not serve, and how the end of a container is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.engines.kubernetes.causes import (
    Cause,
    absent_cause,
    detail,
    gigabytes,
    node_of,
    placing_cause,
    pull_cause,
)
from scoredock.engines.kubernetes.labels import CONTAINER
from scoredock.engines.kubernetes.reading import (
    ClusterEvent,
    condition_of,
    field_of,
    fields_of,
    moment_of,
    number_of,
    quantity_of,
    rows_of,
    text_of,
)
from scoredock.visible import one_line
from scoredock_runtime import contract
from scoredock_runtime.contract import Failure

OUT_OF_MEMORY, PLATFORM = "container-out-of-memory", "image-platform"
_LINES = 50
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) ")
_FOREIGN = re.compile(r"exec format error|\x7fELF|\\x7fELF", re.IGNORECASE)
_PULLS = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ImageInspectError", "SignatureValidationFailed")
_STARTS = (
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "StartError",
    "ContainerCannotRun",
    "PreStartHookError",
    "PostStartHookError",
)
_MESSAGE_OF_PULL = re.compile(r'Back-off pulling image "[^"]*"(?:: )?')
_UNPLACED_SECONDS = 15.0
"""So long a pod may wait for others to leave before that is said to be a lack of room."""
_PULL_SECONDS = 60.0
"""So long a registry that does not answer is waited for."""
_RECENT_SECONDS = 600.0
_TIRED = 3
"""Restarts after which a container that runs and is not ready is taken for one that goes on ending."""


def container_of(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    """The status of the service's own container; empty before it has one."""
    rows = rows_of(pod, "status", "containerStatuses")
    named = (each for each in rows if each.get("name") == CONTAINER)
    return next(named, rows[0] if len(rows) == 1 and len(rows_of(pod, "spec", "containers")) == 1 else {})


def is_ending(pod: Mapping[str, Any]) -> bool:
    return bool(text_of(pod, "metadata", "deletionTimestamp"))


def is_over(pod: Mapping[str, Any]) -> bool:
    """True if nothing of it runs or will: others take its place."""
    return text_of(pod, "status", "phase") in ("Failed", "Succeeded")


def is_ready(pod: Mapping[str, Any]) -> bool:
    return text_of(condition_of(pod, "Ready"), "status") == "True" and not is_ending(pod) and not is_over(pod)


def is_silent(pod: Mapping[str, Any]) -> bool:
    """True if the cluster has given up its node, which nobody reaches through the API then."""
    if text_of(pod, "status", "phase") == "Unknown" or text_of(pod, "status", "reason") == "NodeLost":
        return True
    return _is_only_declared(pod) and text_of(condition_of(pod, "Ready"), "reason") in ("", "NodeStatusUnknown")


def _is_only_declared(pod: Mapping[str, Any]) -> bool:
    """Not ready, and its containers are: the part that finds a node silent changes the condition of its pods and leaves
    what their containers said."""
    ready, contained = condition_of(pod, "Ready"), condition_of(pod, "ContainersReady")
    return text_of(ready, "status") in ("False", "Unknown") and text_of(contained, "status") == "True"


class PodReader:
    """Causes of pods, with what the cluster said of them."""

    def __init__(self, events: Sequence[ClusterEvent], nodes: Sequence[Mapping[str, Any]], now: float) -> None:
        self._events: dict[str, list[ClusterEvent]] = {}
        for each in events:
            if each.kind == "Pod":
                self._events.setdefault(each.subject, []).append(each)
        self._nodes = nodes
        self._now = now

    def cause(self, pod: Mapping[str, Any]) -> Cause | None:
        """Cause why a pod does not serve; None for one that serves, is about to or ends as it should."""
        events = self.events(pod)
        if is_over(pod) or is_ending(pod):
            return self._ended_pod(pod, events)
        if is_ready(pod):
            return None
        return self._lost(pod, events) or self._unplaced(pod, events) or self._not_ready(pod, events)

    def events(self, pod: Mapping[str, Any]) -> list[ClusterEvent]:
        """Events of this pod, oldest first."""
        uid = text_of(pod, "metadata", "uid")
        return [each for each in self._events.get(text_of(pod, "metadata", "name"), []) if each.uid in ("", uid)]

    def _ended_pod(self, pod: Mapping[str, Any], events: Sequence[ClusterEvent]) -> Cause | None:
        node, message = node_of(pod), text_of(pod, "status", "message")
        disruption = condition_of(pod, "DisruptionTarget")
        reasons = {text_of(pod, "status", "reason"), *(each.reason for each in events)}
        if text_of(disruption, "status") == "True":
            reasons.add(text_of(disruption, "reason"))
            message = message or text_of(disruption, "message")
        if reasons & {"Preempted", "Preempting", "PreemptionByScheduler", "PreemptionByKubeScheduler"}:
            sentence = l10n.t("{node} ended a replica to make room for a more important pod.", node=node)
            return Cause("replica-preempted", sentence, is_certain=False)
        if "Evicted" in reasons or "TerminationByKubelet" in reasons:
            return Cause("replica-evicted", _evicted(node, message), is_certain=False)
        if reasons & {"NodeLost", "NodeShutdown", "Shutdown", "Terminated", "DeletionByTaintManager"} or (
            "TaintManagerEviction" in reasons
        ):
            return Cause("node-lost", l10n.t("{node} no longer responds, or shuts down.", node=node), is_certain=False)
        if is_ending(pod) or text_of(pod, "status", "phase") == "Succeeded":
            return None
        reason = detail(message or text_of(pod, "status", "reason"))
        if not reason:
            return self._ended(pod, container_of(pod), events)
        return Cause(
            "replica-start-failed", l10n.t("{node} refused a replica: {reason}.", node=node, reason=reason), False
        )

    def _lost(self, pod: Mapping[str, Any], events: Sequence[ClusterEvent]) -> Cause | None:
        since = moment_of(condition_of(pod, "Ready"), "lastTransitionTime")
        reported = any(each.reason == "NodeNotReady" and each.at >= since - 60 for each in events)
        if not is_silent(pod) and not (reported and _is_only_declared(pod)):
            return None
        return Cause("node-lost", l10n.t("{node} does not respond.", node=node_of(pod)), is_certain=False)

    def _unplaced(self, pod: Mapping[str, Any], events: Sequence[ClusterEvent]) -> Cause | None:
        placed = condition_of(pod, "PodScheduled")
        if text_of(placed, "status") != "False":
            return None
        if text_of(placed, "reason") == "SchedulingGated":
            sentence = l10n.t("The cluster holds a replica back until somebody admits it.")
            return Cause("cluster-policy", sentence, is_certain=False)
        cause = placing_cause(pod, text_of(placed, "message"), self._nodes)
        waits = self._now - moment_of(placed, "lastTransitionTime") < _UNPLACED_SECONDS
        grows = any(each.reason == "TriggeredScaleUp" and self._now - each.at < _RECENT_SECONDS for each in events)
        return Cause(cause.code, cause.sentence, not (waits or grows))

    def _not_ready(self, pod: Mapping[str, Any], events: Sequence[ClusterEvent]) -> Cause | None:
        for status in rows_of(pod, "status", "initContainerStatuses"):
            if cause := self._beside(pod, status, events):
                return cause
        own = container_of(pod)
        if cause := self._container(pod, own, events):
            return cause
        for status in rows_of(pod, "status", "containerStatuses"):
            if status is not own and (cause := self._beside(pod, status, events)):
                return cause
        return self._prepared(pod, own, events)

    def _beside(
        self, pod: Mapping[str, Any], status: Mapping[str, Any], events: Sequence[ClusterEvent]
    ) -> Cause | None:
        """Cause in a container that somebody else put into the pod."""
        cause = self._container(pod, status, events)
        if cause is None:
            return None
        name = text_of(status, "name")
        sentence = l10n.t("The container “{name}” beside the service: {what}", name=name, what=cause.sentence)
        return Cause(cause.code, sentence, cause.is_certain)

    def _container(
        self, pod: Mapping[str, Any], status: Mapping[str, Any], events: Sequence[ClusterEvent]
    ) -> Cause | None:
        waiting = fields_of(status, "state", "waiting")
        reason = text_of(waiting, "reason")
        if reason in _PULLS or reason in ("InvalidImageName", "ErrImageNeverPull"):
            return self._pull(pod, status, events)
        if reason in _STARTS:
            return _start_cause(node_of(pod), text_of(waiting, "message") or reason)
        ended = fields_of(status, "state", "terminated")
        if reason == "CrashLoopBackOff" or (ended and number_of(ended, "exitCode", absent=1)):
            return self._ended(pod, status, events)
        if fields_of(status, "state", "running") and not status.get("ready"):
            return self._running(pod, status, events)
        return None

    def _pull(self, pod: Mapping[str, Any], status: Mapping[str, Any], events: Sequence[ClusterEvent]) -> Cause:
        waiting = fields_of(status, "state", "waiting")
        image, node = _image_of(pod, status), node_of(pod)
        reason, message = text_of(waiting, "reason"), _MESSAGE_OF_PULL.sub("", text_of(waiting, "message"))
        if reason == "InvalidImageName":
            return Cause("image-reference-invalid", l10n.t("{image} is not the name of an image.", image=image))
        if reason == "ErrImageNeverPull":
            sentence = l10n.t("{node} does not have {image}, and is not to pull it.", node=node, image=image)
            return Cause("replica-image-missing", sentence)
        failures = [each.message for each in events if each.reason == "Failed" and "pull image" in each.message]
        if not message and failures:
            message = failures[-1]
        absent = [each for each in events if each.reason == "FailedToRetrieveImagePullSecret"]
        secrets = [text_of(each, "name") for each in rows_of(pod, "spec", "imagePullSecrets")]
        cause = pull_cause(image, node, message or reason, secrets)
        if absent and cause.code == "replica-image-refused":
            names = ", ".join(f"“{each}”" for each in secrets)
            return Cause("replica-config-missing", l10n.t("The namespace lacks the pull secret {names}.", names=names))
        again = sum(each.count for each in events if "Failed to pull" in each.message)
        late = self._now - moment_of(pod, "metadata", "creationTimestamp") > _PULL_SECONDS
        is_certain = cause.is_certain or again >= _TIRED or (late and message != "")
        return Cause(cause.code, cause.sentence, is_certain)

    def _ended(
        self, pod: Mapping[str, Any], status: Mapping[str, Any], events: Sequence[ClusterEvent], certain: bool = True
    ) -> Cause:
        ended = fields_of(status, "state", "terminated") or fields_of(status, "lastState", "terminated")
        if text_of(ended, "reason") != "OOMKilled" and (probe := _killing_probe(ended, events)):
            return self._unprobed("init-timeout" if probe == "Startup" else "service-unreachable", pod, probe, events)
        failure = failure_of([], ended, memory_limit(pod, text_of(status, "name")))
        return Cause(failure.cause, failure.message, certain)

    def _unprobed(self, code: str, pod: Mapping[str, Any], probe: str, events: Sequence[ClusterEvent]) -> Cause:
        node, said = node_of(pod), _said_by_probe(probe, events)
        if code == "init-timeout":
            sentence = l10n.t("init() did not end in time on {node}, which started it again.", node=node)
        elif said:
            sentence = l10n.t(
                "A replica did not respond on {node}, which started it again: {said}.", node=node, said=said
            )
        else:
            sentence = l10n.t("A replica did not respond on {node}, which started it again.", node=node)
        return Cause(code, sentence)

    def _running(
        self, pod: Mapping[str, Any], status: Mapping[str, Any], events: Sequence[ClusterEvent]
    ) -> Cause | None:
        restarts = number_of(status, "restartCount")
        ended_at = moment_of(status, "lastState", "terminated", "finishedAt")
        if restarts and self._now - ended_at < _RECENT_SECONDS:
            return self._ended(pod, status, events, certain=restarts >= _TIRED)
        if field_of(status, "started") is False:
            return None  # init() is under way
        said = _said_by_probe("Readiness", events)
        if not said:
            return None
        sentence = l10n.t("A replica on {node} does not respond: {said}.", node=node_of(pod), said=said)
        return Cause("service-unreachable", sentence, is_certain=False)

    def _prepared(
        self, pod: Mapping[str, Any], status: Mapping[str, Any], events: Sequence[ClusterEvent]
    ) -> Cause | None:
        """Cause why the volumes or the network of a pod do not come."""
        if status and not fields_of(status, "state", "waiting"):
            return None
        for event in reversed(events):
            if event.reason in ("FailedMount", "FailedAttachVolume") and (cause := absent_cause(event.message)):
                return cause
        for event in reversed(events):
            if event.reason in ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedKillPod"):
                cause = _start_cause(node_of(pod), event.message)
                return Cause(cause.code, cause.sentence, event.count >= _TIRED)
        return None


def _image_of(pod: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    """Image as the pod names it: the status may have it in another form."""
    name = text_of(status, "name")
    containers = [*rows_of(pod, "spec", "containers"), *rows_of(pod, "spec", "initContainers")]
    return next((text_of(each, "image") for each in containers if each.get("name") == name), text_of(status, "image"))


def memory_limit(pod: Mapping[str, Any], name: str = CONTAINER) -> float:
    """Bytes that a container may have; 0 for no limit."""
    for each in [*rows_of(pod, "spec", "containers"), *rows_of(pod, "spec", "initContainers")]:
        if each.get("name") == name:
            return quantity_of(each, "resources", "limits", "memory") or 0.0
    return 0.0


def _evicted(node: str, message: str) -> str:
    low = message.lower()
    if "ephemeral" in low or "emptydir" in low or "disk" in low or "inode" in low:
        if "limit" in low:
            return l10n.t(
                "{node} ended a replica that wrote more to its disk than it may: {reason}.",
                node=node,
                reason=detail(message),
            )
        return l10n.t("{node} ended a replica because its disk was full: {reason}.", node=node, reason=detail(message))
    if "memory" in low:
        return l10n.t(
            "{node} ended a replica because its memory was full: {reason}.", node=node, reason=detail(message)
        )
    if message:
        return l10n.t("{node} ended a replica: {reason}.", node=node, reason=detail(message))
    return l10n.t("{node} ended a replica because it was short of memory or disk space.", node=node)


def _start_cause(node: str, message: str) -> Cause:
    if cause := absent_cause(message):
        return cause
    if _FOREIGN.search(message):
        return Cause(PLATFORM, l10n.t("The image was not made for the architecture of {node}.", node=node))
    if "runAsNonRoot" in message:
        sentence = l10n.t("{node} does not start the image, as its program would run as root.", node=node)
        return Cause("replica-start-failed", sentence)
    reason = detail(message.rpartition("unable to start container process: ")[2].removesuffix(": unknown"))
    return Cause(
        "replica-start-failed", l10n.t("{node} cannot start the container: {reason}.", node=node, reason=reason)
    )


def _killing_probe(ended: Mapping[str, Any], events: Iterable[ClusterEvent]) -> str:
    """The kind of probe for which the node ended a container; empty for none."""
    said = [each for each in events if each.reason == "Killing" and "failed" in each.message]
    # Nodes leave out events when there are many: the one that is about this end may not be there.
    by_signal = number_of(ended, "exitCode", absent=1) in (0, 137, 143)
    if not said or not (by_signal or said[-1].at >= moment_of(ended, "startedAt") - 1):
        return ""
    return next((kind for kind in ("Startup", "Liveness") if f"{kind.lower()} probe" in said[-1].message), "")


def _said_by_probe(probe: str, events: Iterable[ClusterEvent]) -> str:
    """Message of the newest failure of a probe; empty if there is none."""
    said = [each.message for each in events if each.reason == "Unhealthy" and each.message.startswith(f"{probe} probe")]
    if not said:
        return ""
    reason = said[-1].partition(": ")[2]
    return detail(reason.rpartition("connect: ")[2] if "connect: " in reason else reason)


def failure_of(log_lines: Sequence[str], terminated: Mapping[str, Any], limit: float = 0.0) -> Failure:
    """Failure of a container that ended: by what its runtime printed last, and by what the node says of its end.

    `log_lines`: the last ones of the container, as it printed them or with the times of the cluster before them.
    `limit`: bytes of memory that it might use.
    """
    lines = [one_line(_bare(line)) for line in log_lines][-_LINES:]
    left = next(filter(None, (contract.failure_from_line(_bare(line)) for line in reversed(log_lines))), None)
    log = left.log_lines if left is not None else [line for line in lines if line]
    if text_of(terminated, "reason") == "OOMKilled":
        return Failure(OUT_OF_MEMORY, _out_of_memory(limit), left.frames if left is not None else [], log)
    if left is not None:
        return left
    said = "\n".join([text_of(terminated, "message"), *lines[-5:]])
    if _FOREIGN.search(said):
        return Failure(PLATFORM, l10n.t("The image was made for another architecture than that of the node."), [], log)
    return Failure(_ended_code(terminated), _ended_sentence(terminated, log), [], log)


def with_log(failure: Failure, log_lines: Sequence[str], terminated: Mapping[str, Any], limit: float = 0.0) -> Failure:
    """A failure that was read from objects, with what the log of its replica says; arguments as for `failure_of`.

    The runtime's own failure says most. Where the node ended a container that did not respond, its exit code says less
    than the objects do.
    """
    read = failure_of(log_lines, terminated, limit)
    says_less = read.cause == contract.SERVICE_CRASHED and not read.frames
    if says_less and failure.cause != contract.SERVICE_CRASHED:
        return Failure(failure.cause, failure.message, failure.frames, read.log_lines)
    return read


def _bare(line: str) -> str:
    """Without the time that the cluster puts before it, and without the record that the runtime puts around it."""
    stamp = _STAMP.match(line)
    text = (line[stamp.end() :] if stamp else line).rstrip("\r\n")
    record = contract.record_from_line(text)
    return record.m if record is not None else text


def _out_of_memory(limit: float) -> str:
    if limit:
        return l10n.t(
            "The container used more memory than its limit of {gigabytes} GB, and the node ended it.",
            gigabytes=gigabytes(limit),
        )
    return l10n.t("The container used more memory than the node had, and the node ended it.")


def _ended_code(terminated: Mapping[str, Any]) -> str:
    cannot_start = text_of(terminated, "reason") in _STARTS
    return "replica-start-failed" if cannot_start else contract.SERVICE_CRASHED


def _ended_sentence(terminated: Mapping[str, Any], lines: Sequence[str]) -> str:
    code = number_of(terminated, "exitCode", absent=-1)
    message = text_of(terminated, "message")
    if text_of(terminated, "reason") in _STARTS:
        return _start_cause(l10n.t("The node"), message or text_of(terminated, "reason")).sentence
    last = detail(lines[-1] if lines else message.strip().rpartition("\n")[2])
    if code < 0:
        return l10n.t("The container ended, and the cluster does not say how.")
    if last:
        return l10n.t("The container ended with exit code {code}: {line}.", code=code, line=last)
    if code == 137:
        return l10n.t("The container was killed (exit code 137).")
    return l10n.t("The container ended with exit code {code}.", code=code)
