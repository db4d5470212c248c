"""One revision takes the place of another one, or of none: applied, watched, and taken back when it fails.

Whether a rollout is whole is what Kubernetes says of it. The annotation `SERVES` of the Deployment names the revision
that another one is taken back to: by the command that applied it, or, when that was killed, by the next one that
changes the service. A look takes nothing back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.connection import Cluster
from scoredock.clusters.objects import scale_of
from scoredock.clusters.routes import ROUTE_KINDS, earlier_form
from scoredock.clusters.target import ClusterTarget
from scoredock.engines.base import Launch
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.kubernetes.cluster_state import ClusterState, ServiceObjects, state_of
from scoredock.engines.kubernetes.code_files import code_map_name
from scoredock.engines.kubernetes.endpoint_route import leads_past
from scoredock.engines.kubernetes.identity import (
    is_ours,
    owner_of,
    part_of,
    pods_selector,
    proofs_in,
    require_ours,
)
from scoredock.engines.kubernetes.labels import HASH, PART, REVISION, SERVES, STARTED, STOPPED
from scoredock.engines.kubernetes.manifests import access_name, manifests, secret_name, workload_of
from scoredock.engines.kubernetes.pod_causes import container_of, memory_limit, with_log
from scoredock.engines.kubernetes.reading import fields_of, text_of
from scoredock.engines.kubernetes.rollout_watch import RolloutWatch
from scoredock.engines.kubernetes.service_objects import read_rollout, route_kind
from scoredock.errors import ClusterNotAllowed, ClusterRefused, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock_runtime.contract import INIT_TIMEOUT, SERVICE_CRASHED, Failure

_BACK_SECONDS = 60.0
"""For the pods of the revision that served to be whole again after a roll back."""
_MARGIN_SECONDS = 30.0
"""Beyond the start time-out of one pod, for pulling and scheduling."""
_WAITING = ("replica-no-room", "replica-no-node", "replica-preempted", "replica-evicted", "node-lost")
"""Causes that may pass: a cluster may get another node."""
_LOG_LINES = 200
_KINDS = ("Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget")
Standing = Mapping[str, Mapping[str, Any]]
"""What is there of a service, by kind."""


def serving_revision(deployment: Mapping[str, Any] | None) -> int:
    """The revision that has shown that it works; 0 for none."""
    text = str(((deployment or {}).get("metadata") or {}).get("annotations", {}).get(SERVES, ""))
    return int(text) if text.isdecimal() else 0


def newest_revision(deployment: Mapping[str, Any] | None) -> int:
    """The revision of the pod template; 0 for none."""
    template = ((deployment or {}).get("spec") or {}).get("template") or {}
    text = str((template.get("metadata") or {}).get("labels", {}).get(REVISION, ""))
    return int(text) if text.isdecimal() else 0


def revision_to_keep(cluster: Cluster, name: str, deployment: Mapping[str, Any] | None) -> int:
    """The revision that another one is taken back to: that of the template where the cluster has rolled it out or no
    other one is named. Raises ScoredockError."""
    serving, newest = serving_revision(deployment), newest_revision(deployment)
    if serving in (0, newest) or is_whole(state_of(read_rollout(cluster, name), cluster.now()), newest):
        return newest
    return serving


@dataclass(frozen=True, slots=True)
class Rollout:
    """The change of one service to one revision."""

    cluster: Cluster
    launch: Launch
    target: ClusterTarget

    def require_place(self) -> Standing:
        """Present objects of the service, by kind. Raises ScoredockError `cluster-name-taken` where objects of somebody
        else have the names."""
        name, owner = self.launch.service, owner_of(self.launch.folder)
        route = ROUTE_KINDS.get(self.target.expose)
        kinds = (*_KINDS, *([route] if route else []))
        there = {kind: each for kind in kinds if (each := self.cluster.get(kind, name)) is not None}
        for kind, document in there.items():
            require_ours({"kind": kind, **document}, owner, self.target.place, part_of(self.launch.folder))
        return there

    def apply(self, there: Standing) -> None:
        """Everything that the revision needs. What an earlier one needed and this one does not goes once it serves.
        Raises ScoredockError, OSError."""
        self.leave_route(there.get("Service"))
        standing = there.get("Deployment")
        for document in self.documents(standing):
            if document["kind"] == "Deployment" and standing is not None and not replicas_of(standing):
                # Else its ReplicaSet of before is taken up again, and with it that it was whole.
                document["spec"]["template"]["metadata"]["annotations"][STARTED] = f"{time.time():.3f}"
            if not self._stays(document):
                self.cluster.apply(document)
        if standing is not None and STOPPED in (standing["metadata"].get("annotations") or {}):
            self.cluster.patch("Deployment", self.launch.service, {"metadata": {"annotations": {STOPPED: None}}})

    def documents(self, standing: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        """All that is applied, in versions that the cluster serves; `standing` is the Deployment that is there. Raises
        ScoredockError, OSError."""
        documents = []
        for document in manifests(self.launch, self.target):
            if document["kind"] == "Deployment":
                scale = scale_of(workload_of(self.launch, self.target))
                # A number that was applied once and is not any more would be 1 until the autoscaler looks.
                count = min(scale.most, max(scale.least, replicas_of(standing)))
                document["spec"].setdefault("replicas", count)
            documents.append(served_form(document, self.cluster.served(document["kind"])))
        return documents

    def _stays(self, document: Mapping[str, Any]) -> bool:
        """A router that starts again takes no callers from the versions that a Gateway leads to. Raises
        ScoredockError."""
        if self.launch.routes is None or document["kind"] != "HTTPRoute":
            return False
        return leads_past(self.cluster.get("HTTPRoute", self.launch.service), document)

    def leave_route(self, service: Mapping[str, Any] | None) -> None:
        """Removes what leads callers to the service otherwise than its compute target does now; called before it is
        applied, which forgets it. Raises ScoredockError."""
        former = route_kind(service)
        if former and former != ROUTE_KINDS.get(self.target.expose):
            delete_route(self.cluster, former, self.launch.service, owner_of(self.launch.folder))

    def await_served(self, progress: Progress, cancel: CancelToken) -> None:
        """Waits until every pod is one of the revision and takes requests, and no other one gets any. Raises
        LaunchFailed, `cancelled`, and what the cluster raises for long."""
        deadline = time.monotonic() + self.launch.start_timeout + _MARGIN_SECONDS
        last_step = ""
        state: ClusterState | None = None
        with RolloutWatch(self.cluster, self.launch.service, self._is_served, cancel) as watch:
            while time.monotonic() < deadline:
                seen = watch.look()
                if seen is None:
                    continue
                objects, state = seen
                if state.failure is not None and state.failure.cause not in _WAITING:
                    raise LaunchFailed(explained(self.cluster, objects, state) or state.failure)
                if self._is_served(state):
                    return
                ready = sum(1 for each in state.replicas if each.ready and each.revision == self.launch.revision)
                step = l10n.t("{ready} of {wanted} pods are ready", ready=ready, wanted=state.size)
                if state.failure is not None:  # it may pass
                    step = f"{step}: {state.failure.message}"
                if step != last_step:
                    last_step = step
                    progress.report(step)
        raise LaunchFailed(_late(state, self.launch))

    def _is_served(self, state: ClusterState) -> bool:
        return is_whole(state, self.launch.revision)

    def commit(self, there: Standing) -> None:
        """Makes this the revision that others are taken back to; `there` is what was there before. Raises
        ScoredockError."""
        name = self.launch.service
        self.cluster.patch("Deployment", name, {"metadata": {"annotations": {SERVES: str(self.launch.revision)}}})
        needed = {document["kind"] for document in manifests(self.launch, self.target)}
        for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            if kind in there and kind not in needed:
                self.cluster.delete(kind, name)
        sets = self.cluster.list("ReplicaSet", pods_selector(name))
        revisions = {self.launch.revision, *map(newest_revision, sets)}
        for kind, name_of in (("Secret", secret_name), ("ConfigMap", code_map_name)):
            kept = {access_name(name), *(name_of(name, each) for each in revisions)}
            for each in self.cluster.list(kind, pods_selector(name)):
                if each["metadata"]["name"] not in kept:
                    self.cluster.delete(kind, each["metadata"]["name"])


def explained(cluster: Cluster, objects: ServiceObjects, state: ClusterState) -> Failure | None:
    """The failure of a service with what the log of the pod says of it. Never raises."""
    failure, pod = state.failure, _named(objects.pods, state.failing_replica)
    if failure is None or pod is None:
        return failure
    status = container_of(pod)
    ended = fields_of(status, "state", "terminated") or fields_of(status, "lastState", "terminated")
    if not ended:
        return failure
    is_previous = not fields_of(status, "state", "terminated")
    best = failure
    # A container that has started again since the look has its end in the log of the one before.
    for previous in (is_previous, not is_previous):
        with contextlib.suppress(ScoredockError):
            lines = list(cluster.log(state.failing_replica, previous=previous, tail=_LOG_LINES))
            said = with_log(failure, lines, ended, memory_limit(pod))
            if said.frames or said.cause != SERVICE_CRASHED:
                return said
            best = best if best.log_lines else said
    return best


def _named(pods: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    return next((each for each in pods if text_of(each, "metadata", "name") == name), None)


def is_whole(state: ClusterState, revision: int) -> bool:
    """True if all of it is one revision."""
    living = [each for each in state.replicas if each.state != "Ending"]
    return (
        state.size > 0
        and len(living) == state.size
        and all(each.ready and each.revision == revision for each in living)
    )


def _late(state: ClusterState | None, launch: Launch) -> Failure:
    if state is not None and state.failure is not None:
        return state.failure
    reasons = [each.reason for each in state.replicas if each.reason] if state is not None else []
    text = l10n.t("The pods were not ready within {seconds:g} s.", seconds=launch.start_timeout + _MARGIN_SECONDS)
    return Failure(INIT_TIMEOUT, reasons[0] if reasons else text)


def take_back(cluster: Cluster, name: str) -> bool:
    """The pod template of the revision that serves, as `kubectl rollout undo` does it. False where none serves or its
    template is not kept any more. Raises ScoredockError."""
    deployment = cluster.get("Deployment", name)
    revision = serving_revision(deployment)
    if deployment is None or not revision:
        return False
    if newest_revision(deployment) == revision:
        return True
    kept = [each for each in cluster.list("ReplicaSet", pods_selector(name)) if newest_revision(each) == revision]
    if not kept:
        return False
    template = dict(max(kept, key=lambda each: str(each["metadata"]["creationTimestamp"]))["spec"]["template"])
    labels = {key: value for key, value in template["metadata"]["labels"].items() if key != HASH}
    template["metadata"] = {**template["metadata"], "labels": labels}
    metadata = deployment["metadata"]
    # As a whole: fields of the other revision would stay with anything but an apply.
    cluster.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": name,
                "namespace": metadata["namespace"],
                "labels": metadata["labels"],
                "annotations": {**proofs_in(metadata["annotations"]), REVISION: str(revision)},
            },
            "spec": {**deployment["spec"], "template": template},
        }
    )
    return True


def replicas_of(deployment: Mapping[str, Any] | None) -> int:
    """Number of pods that are wanted; 0 for none."""
    return int(deployment["spec"].get("replicas", 1)) if deployment is not None else 0


def await_taken_back(cluster: Cluster, name: str, revision: int) -> None:
    """Waits until no pod of another revision takes requests, or it takes too long, which the next look shows. Never
    raises for a cluster that does not answer."""
    deadline = time.monotonic() + _BACK_SECONDS

    def is_back(state: ClusterState) -> bool:
        return all(each.revision == revision or each.state == "Ending" for each in state.replicas)

    with RolloutWatch(cluster, name, is_back) as watch:
        while time.monotonic() < deadline:
            with contextlib.suppress(ScoredockError):
                seen = watch.look()
                if seen is not None and is_back(seen[1]):
                    return


def delete_route(cluster: Cluster, kind: str, name: str, owner: Path) -> None:
    """Deletes the Ingress or HTTPRoute of a service, if it is ours and may be read. Raises ScoredockError."""
    with contextlib.suppress(ClusterNotAllowed, ClusterRefused):
        route = cluster.get(kind, name)
        if route is not None and is_ours(route, owner, cluster.place, text_of(route, "metadata", "labels", PART)):
            cluster.delete(kind, name, uid=route["metadata"]["uid"])


def served_form(document: dict[str, Any], version: str) -> dict[str, Any]:
    """An object in a version that the cluster serves: autoscaling/v1 has the CPU as a field of its own."""
    if document["apiVersion"] == version or not version:
        return document
    if document["kind"] in ROUTE_KINDS.values():
        return earlier_form(document, version)
    changed = {**document, "apiVersion": version}
    if version == "autoscaling/v1":
        spec = dict(document["spec"])
        metrics = spec.pop("metrics")
        spec["targetCPUUtilizationPercentage"] = metrics[0]["resource"]["target"]["averageUtilization"]
        changed["spec"] = spec
    return changed
