"""What the objects of a service in a cluster say: recorded ones of a Kubernetes 1.20 (`cluster_objects`), the same with
what newer ones say in their place, and mixtures of all."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.clusters.connection import Cluster
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.kubernetes.causes import placing_cause, pull_cause, refusal_cause
from scoredock.engines.kubernetes.cluster_state import ClusterState, ServiceObjects, changed_by, state_of
from scoredock.engines.kubernetes.labels import REVISION
from scoredock.engines.kubernetes.pod_causes import failure_of, with_log
from scoredock.engines.kubernetes.reading import events_of, quantity_of
from scoredock.engines.kubernetes.rollout import explained
from scoredock.error_codes import CODES

from depth import rounds
from scoredock_runtime.contract import Failure, Frame, LogRecord, failure_line, to_json

RECORDED = Path(__file__).with_name("cluster_objects")
NAMES = sorted(each.stem for each in RECORDED.glob("*.json"))


def recorded(name: str) -> dict[str, Any]:
    return dict(json.loads((RECORDED / f"{name}.json").read_text()))


def now_of(objects: dict[str, Any]) -> float:
    return max([each.at for each in events_of(objects.get("events", []))], default=1_790_000_000.0) + 20


def state(objects: dict[str, Any], later: float = 0.0) -> ClusterState:
    return state_of(ServiceObjects(**{"deployment": None, **objects}), now_of(objects) + later)


def in_time(objects: dict[str, Any]) -> dict[str, Any]:
    """The same before the cluster has given up waiting."""
    for each in objects["deployment"]["status"]["conditions"]:
        if each["reason"] == "ProgressDeadlineExceeded":
            each.update(status="True", reason="ReplicaSetUpdated", message="ReplicaSet is progressing.")
    return objects


CAUSES = {
    "bad-name": ("Failed", "image-reference-invalid", ["10.199.0.2:5000/C/Web:1"]),
    "not-there": ("Failed", "replica-image-missing", ["10.199.0.2:5000/c/web:absent"]),
    "login": ("Failed", "replica-image-refused", ["127.0.0.1:5999", "no login"]),
    "refused": ("Failed", "replica-image-unreachable", ["10.199.0.2:5444", "connection refused"]),
    "unreachable": ("Failed", "replica-image-unreachable", ["registry.invalid", "i/o timeout"]),
    "plain": ("Failed", "replica-image-http", ["10.199.0.1:5998", "HTTP only"]),
    "other-platform": ("Failed", "image-platform", ["10.199.0.2:5000/c/web:index", "architecture"]),
    "too-large": ("Unschedulable", "replica-no-room", ["64 CPU", "too few free cores: 2 of 2"]),
    "too-much-memory": ("Unschedulable", "replica-no-room", ["900 GB", "too little free memory: 2 of 2"]),
    "gpu": ("Unschedulable", "replica-no-room", ["1 GPU", "too few free GPUs: 2 of 2"]),
    "selector": ("Unschedulable", "replica-no-node", ["without the labels that it asks for: 2 of 2"]),
    "no-secret": ("Failed", "replica-config-missing", ["Secret “prices-keys”"]),
    "no-key": ("Failed", "replica-config-missing", ["ConfigMap “kube-root-ca.crt”", "key “digests”"]),
    "no-volume-secret": ("Failed", "replica-config-missing", ["Secret “prices-tls”"]),
    "root": ("Failed", "replica-start-failed", ["run as root"]),
    "no-program": ("Failed", "replica-start-failed", ["/bin/nothing: no such file"]),
    "startup": ("Failed", "init-timeout", ["init()"]),
    "quota": ("Failed", "cluster-quota", ["“small”", "requests.cpu: 500m requested, 0 of 20m in use"]),
    "quota-unset": ("Failed", "cluster-limits", ["“small”", "requests.cpu"]),
    "range": ("Failed", "cluster-limits", ["minimum cpu usage per Container is 50m", "64Mi, but limit is 1Gi"]),
    "hook": ("Failed", "cluster-admission-failed", ["“pods.policy.example.com”", "not found"]),
    # These had no probes: for the cluster they have served.
    "crash": ("Unhealthy", "service-crashed", ["exit code 3"]),
    "oom": ("Unhealthy", "container-out-of-memory", ["0.0312 GB"]),
    "wrong-arch": ("Unhealthy", "service-crashed", ["exit code 1"]),
    "liveness": ("Unhealthy", "service-unreachable", ["connection refused", "started it again"]),
    "preempted": ("Unhealthy", "replica-preempted", ["had to leave node2", "0.7 CPU"]),
}


@pytest.mark.parametrize("name", CAUSES)
def test_one_cause_and_one_next_step(name: str) -> None:
    expected, code, words = CAUSES[name]
    objects = recorded(name)
    for seen in (state(objects), state(in_time(objects))):
        assert seen.state == expected, seen
        assert seen.failure is not None
        assert seen.failure.cause == code, seen
        for each in words:
            assert each in seen.failure.message, seen.failure.message
        error = LaunchFailed(seen.failure)
        assert error.code == code
        assert error.fix == CODES[code].next_step
        assert "kubectl describe" not in error.fix


def test_every_recording_is_looked_at() -> None:
    others = {"healthy", "starting", "readiness", "deadline", "edited", "evicted", "grow", "update", "zero"}
    assert set(NAMES) == set(CAUSES) | others


def test_a_service_that_serves() -> None:
    seen = state(recorded("healthy"))
    assert (seen.state, seen.revision, seen.ready, seen.size, seen.updated) == ("Healthy", 1, 2, 2, 2)
    assert [(each.state, each.ready, each.reason) for each in seen.replicas] == [("Running", True, "")] * 2
    assert sorted(each.node for each in seen.replicas) == ["node1", "node2"]
    assert (seen.failure, seen.changed_by) == (None, "")
    assert all(each.started > 1_700_000_000 for each in seen.replicas)


def test_a_service_serves_while_its_autoscaler_adds_replicas() -> None:
    objects = recorded("healthy")
    objects["deployment"]["spec"]["replicas"] = 3
    assert state(objects).state == "Transitioning"
    seen = state({**objects, "autoscaler": {"spec": {"minReplicas": 2, "maxReplicas": 5}}})
    assert (seen.state, seen.phase, seen.ready) == ("Healthy", "2 of 3 replicas respond", 2)
    few = state({**objects, "autoscaler": {"spec": {"minReplicas": 3, "maxReplicas": 5}}})
    assert few.state == "Transitioning"


def test_a_template_that_the_cluster_has_not_taken_up_is_no_old_one() -> None:
    """Its Deployment was whole before, and says so for a moment, also where its size has changed with it."""
    objects = recorded("too-large")
    for each in objects["deployment"]["status"]["conditions"]:
        if each["type"] == "Progressing":
            each.update(status="True", reason="NewReplicaSetAvailable")
    assert state(objects, -60).state == "Unhealthy"
    next_one = copy.deepcopy(objects)
    next_one["deployment"]["metadata"]["generation"] += 1
    assert state(next_one, -60).state == "Transitioning"
    assert state(next_one).state == "Unschedulable"
    template = objects["deployment"]["spec"]["template"]["metadata"]
    for marks in (template.get("annotations", {}), template["labels"]):
        marks.update({REVISION: "2"} if REVISION in marks else {})
    assert state(objects, -60).state == "Transitioning"


def test_init_may_take_its_time() -> None:
    """The node asks again and again, and the answers are not a failure yet."""
    objects = recorded("starting")
    (pod,) = objects["pods"]
    (status,) = pod["status"]["containerStatuses"]
    status.update(restartCount=0, lastState={})
    seen = state(in_time(objects))
    assert (seen.state, seen.failure) == ("Transitioning", None)
    assert [(each.state, each.reason) for each in seen.replicas] == [("Starting", "")]
    assert seen.phase == "0 of 1 replicas respond"


def test_what_is_not_ready_fails_when_its_time_is_over() -> None:
    objects = recorded("deadline")
    seen = state(objects)
    assert (seen.state, seen.failure and seen.failure.cause) == ("Failed", "service-unreachable")
    seen = state(in_time(objects))
    assert (seen.state, seen.failure) == ("Transitioning", None)
    assert [each.code for each in seen.replicas] == ["service-unreachable"]
    objects = recorded("deadline")
    seen = state({**objects, "events": []})
    assert seen.failure is not None
    assert (seen.failure.cause, seen.failure.message) == ("rollout-stuck", "0 of 1 replicas were ready after 5 s.")


def test_an_update_that_fails_leaves_the_old_revision_serving() -> None:
    objects = recorded("update")
    seen = state(objects)
    # Maxsurge 1 and a crash without probes: the cluster has given up one of the two old ones.
    assert (seen.state, seen.revision, seen.failed_revision, seen.ready, seen.size) == ("Unhealthy", 1, 2, 1, 2)
    assert seen.failure is not None
    assert seen.failure.cause == "service-crashed"
    assert [(each.revision, each.state) for each in seen.replicas] == [(2, "Failing"), (2, "Failing"), (1, "Running")]
    assert seen.failing_replica in [each.name for each in seen.replicas if each.revision == 2]
    old = next(each for each in objects["pods"] if each["metadata"]["annotations"]["scoredock.com/revision"] == "1")
    second = copy.deepcopy(old)
    second["metadata"]["name"] += "-2"
    seen = state({**objects, "pods": [*objects["pods"], second]})
    assert (seen.state, seen.revision, seen.failed_revision) == ("Healthy", 1, 2)


def test_an_update_under_way() -> None:
    objects = recorded("update")
    for pod in objects["pods"]:
        if pod["metadata"]["annotations"]["scoredock.com/revision"] == "2":
            (status,) = pod["status"]["containerStatuses"]
            status.update(restartCount=0, lastState={}, state={"running": {}}, started=False)
    seen = state(objects)
    assert (seen.state, seen.failure, seen.updated) == ("Transitioning", None, 2)
    assert seen.revision == 1
    assert seen.phase == "0 of 2 replicas of revision 2 respond"


def test_scaled_to_none() -> None:
    seen = state(recorded("zero"))
    assert (seen.state, seen.phase, seen.size, seen.revision) == ("Stopped", "scaled to 0 in the cluster", 0, 1)
    objects = recorded("zero")
    objects["deployment"]["metadata"]["annotations"]["scoredock.com/stopped"] = "2026-11-26T13:00:00Z"
    seen = state(objects)
    assert (seen.state, seen.phase) == ("Stopped", "")
    objects["pods"] = recorded("healthy")["pods"]
    seen = state(objects)
    assert (seen.state, seen.phase, seen.ready) == ("Transitioning", "stopping", 2)


def test_a_deployment_that_somebody_deleted() -> None:
    seen = state({"deployment": None})
    assert (seen.state, seen.failure and seen.failure.cause) == ("Failed", "deployment-removed")
    seen = state({"deployment": None, "namespace": {"metadata": {"deletionTimestamp": "2026-11-26T13:00:00Z"}}})
    assert (seen.state, seen.failure and seen.failure.cause) == ("Failed", "namespace-ending")


def test_a_rollout_that_somebody_paused() -> None:
    seen = state(recorded("grow"))
    assert (seen.state, seen.phase) == ("Healthy", "rollouts are paused in the cluster")
    objects = recorded("update")
    objects["deployment"]["spec"]["paused"] = True
    objects["deployment"]["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3"
    new = copy.deepcopy(objects["replica_sets"][0])
    new["metadata"].update(name="update-new", labels={**new["metadata"]["labels"], "pod-template-hash": "new"})
    new["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3"
    objects["replica_sets"].append(new)
    objects["pods"] = [each for each in objects["pods"] if state_of_pod(each) == "1"]
    seen = state(objects)
    assert (seen.state, seen.revision, seen.failed_revision) == ("Unhealthy", 1, 2)
    assert seen.failure is not None
    assert seen.failure.cause == "rollout-paused"
    assert "update" in seen.failure.message


def state_of_pod(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["annotations"]["scoredock.com/revision"])


def test_who_has_changed_the_deployment() -> None:
    objects = recorded("edited")
    assert state(objects).changed_by == "kubectl-set"
    rows = objects["deployment"]["metadata"]["managedFields"]
    objects["deployment"]["metadata"]["managedFields"] = [each for each in rows if each["manager"] != "kubectl-set"]
    assert changed_by(objects["deployment"]) == ""


def lost(objects: dict[str, Any], message: str = "") -> None:
    """As the cluster marks the first pod when its node has gone."""
    pod = objects["pods"][0]
    for each in pod["status"]["conditions"]:
        if each["type"] == "Ready":
            each.update(status="False", **({"reason": "NodeStatusUnknown", "message": message} if message else {}))


@pytest.mark.parametrize("message", ["", "Kubelet stopped posting node status."])
def test_a_node_that_does_not_respond(message: str) -> None:
    objects = recorded("healthy")
    lost(objects, message)
    seen = state(objects)
    assert (seen.state, seen.ready) == ("Unhealthy", 1)
    assert seen.failure is not None
    node = objects["pods"][0]["spec"]["nodeName"]
    assert (seen.failure.cause, seen.failure.message) == ("node-lost", f"{node} does not respond.")
    assert [each.state for each in seen.replicas if each.node == node] == ["Failing"]


def test_a_service_that_begins_to_crash() -> None:
    objects = recorded("healthy")
    crashing = recorded("crash")["pods"][0]["status"]
    objects["pods"][0]["status"] = crashing
    seen = state(objects)
    assert (seen.state, seen.ready, seen.phase) == ("Unhealthy", 1, "1 of 2 replicas respond")
    assert seen.failure is not None
    assert seen.failure.cause == "service-crashed"
    assert seen.failed_revision == 0


def test_an_evicted_replica_that_has_a_successor_is_past() -> None:
    objects = recorded("evicted")
    seen = state(objects)
    assert (seen.state, seen.failure, len(seen.replicas)) == ("Healthy", None, 1)
    objects["pods"] = [each for each in objects["pods"] if each["status"]["phase"] == "Failed"]
    seen = state(objects)
    assert seen.state == "Unhealthy"
    assert seen.failure is not None
    assert seen.failure.cause == "replica-evicted"
    assert "exceeds the limit" in seen.failure.message


ENDS = {
    ("Evicted", 'Usage of EmptyDir volume "s" exceeds the limit "1Mi". '): (
        "replica-evicted",
        "wrote more to its disk",
    ),
    ("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "): (
        "replica-evicted",
        "wrote more to its disk",
    ),
    (
        "Evicted",
        "The node was low on resource: ephemeral-storage. Container service was using 2Gi, which exceeds its request.",
    ): ("replica-evicted", "because its disk was full"),
    ("Evicted", "The node was low on resource: memory. Container service was using 2Gi, request is 1Gi."): (
        "replica-evicted",
        "because its memory was full",
    ),
    ("Evicted", "The node had condition: [DiskPressure]. "): ("replica-evicted", "because its disk was full"),
    ("Evicted", "The node had condition: [PIDPressure]. "): ("replica-evicted", "PIDPressure"),
    ("Evicted", ""): ("replica-evicted", "short of memory or disk space"),
    ("Terminated", "Pod was terminated in response to imminent node shutdown."): ("node-lost", "shuts down"),
    ("Shutdown", "Node is shutting, evicting pods"): ("node-lost", "shuts down"),
    ("NodeLost", ""): ("node-lost", "no longer responds"),
    ("OutOfcpu", "Pod Node didn't have enough resource: cpu, requested: 500, used: 1900, capacity: 2000"): (
        "replica-start-failed",
        "enough resource: cpu",
    ),
    ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"): (
        "replica-start-failed",
        "longer than the specified deadline",
    ),
}


@pytest.mark.parametrize(("reason", "message"), ENDS)
def test_why_a_pod_is_over(reason: str, message: str) -> None:
    objects = recorded("healthy")
    objects["pods"][0]["status"] = {"phase": "Failed", "reason": reason, "message": message}
    seen = state(objects)
    code, words = ENDS[reason, message]
    assert (seen.state, seen.ready, len(seen.replicas)) == ("Unhealthy", 1, 1)
    assert seen.failure is not None
    assert (seen.failure.cause, words in seen.failure.message) == (code, True), seen.failure
    assert not seen.failure.message.endswith("..")


def test_what_replicas_use() -> None:
    objects = recorded("healthy")
    name = objects["pods"][0]["metadata"]["name"]
    usage = {"cpu": "123456789n", "memory": "1500Ki"}
    others = {"name": "beside", "usage": {"cpu": "9", "memory": "9Gi"}}
    objects["metrics"] = [{"metadata": {"name": name}, "containers": [others, {"name": "service", "usage": usage}]}]
    used = {each.name: (each.cpu_percent, each.memory_bytes) for each in state(objects).replicas}
    assert used.pop(name) == (12.3, 1_536_000)
    assert list(used.values()) == [(None, None)]


# What newer clusters say in the same places


def waiting(reason: str, message: str) -> dict[str, Any]:
    objects = in_time(recorded("login"))
    (status,) = objects["pods"][0]["status"]["containerStatuses"]
    status["state"] = {"waiting": {"reason": reason, "message": message}}
    objects["events"] = []
    return objects


def test_the_reason_of_a_back_off_in_its_own_message() -> None:
    image = "127.0.0.1:5999/team/x:1"
    text = (
        f'Back-off pulling image "{image}": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack '
        f'image "{image}": failed to resolve image: {image}: not found'
    )
    seen = state(waiting("ImagePullBackOff", text))
    assert (seen.state, seen.failure and seen.failure.cause) == ("Failed", "replica-image-missing")
    seen = state(waiting("ImagePullBackOff", f'Back-off pulling image "{image}"'))
    assert (seen.state, seen.failure) == ("Transitioning", None), "nobody has said why yet"


def test_events_of_the_newer_api() -> None:
    objects = recorded("deadline")
    for each in objects["events"]:
        each["regarding"] = each.pop("involvedObject")
        each["note"] = each.pop("message")
        each["deprecatedLastTimestamp"] = each.pop("lastTimestamp", None)
        each["deprecatedSource"] = each.pop("source", None)
        each["series"] = {"count": 7, "lastObservedTime": "2026-11-26T13:45:00.123456Z"}
    seen = state(objects)
    assert seen.failure is not None
    assert seen.failure.message == "A replica on node1 does not respond: connection refused."
    read = events_of(objects["events"])
    assert {each.count for each in read} == {max(7, each.count) for each in read}
    assert all(each.node == "node1" for each in read if each.kind == "Pod")


def test_a_container_beside_the_service() -> None:
    objects = recorded("healthy")
    for pod in objects["pods"]:
        pod["spec"]["initContainers"] = [{"name": "proxy", "image": "mesh/proxy:1", "restartPolicy": "Always"}]
        for each in pod["status"]["conditions"]:
            each["status"] = "False" if "Ready" in each["type"] else each["status"]
        status = {"name": "proxy", "ready": False, "restartCount": 4, "image": "mesh/proxy:1", "started": False}
        ended = {"exitCode": 2, "reason": "Error", "message": "no certificate"}
        status |= {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ended}}
        pod["status"]["initContainerStatuses"] = [status]
        (own,) = pod["status"]["containerStatuses"]
        own.update(ready=False, started=False, state={"waiting": {"reason": "PodInitializing"}})
    seen = state(objects)
    assert seen.failure is not None
    assert seen.failure.cause == "service-crashed"
    assert "“proxy”" in seen.failure.message
    assert "exit code 2: no certificate" in seen.failure.message


@pytest.mark.parametrize(
    ("reason", "code"),
    [("PreemptionByScheduler", "replica-preempted"), ("DeletionByTaintManager", "node-lost")],
)
def test_why_a_pod_ends_by_its_condition(reason: str, code: str) -> None:
    objects = recorded("healthy")
    pod = objects["pods"][0]
    pod["metadata"]["deletionTimestamp"] = "2026-11-26T13:00:00Z"
    pod["status"]["conditions"].append({"type": "DisruptionTarget", "status": "True", "reason": reason})
    seen = state(objects)
    assert seen.state == "Unhealthy"
    assert seen.failure is not None
    assert seen.failure.cause == code
    assert sorted(each.state for each in seen.replicas) == ["Ending", "Running"]


def test_a_pod_that_waits_for_others_or_for_a_new_node() -> None:
    objects = in_time(recorded("too-large"))
    placed = objects["pods"][0]["status"]["conditions"][0]
    began = events_of([{"eventTime": placed["lastTransitionTime"]}])[0].at
    first = state_of(ServiceObjects(**objects), began + 5)
    assert (first.state, [each.state for each in first.replicas]) == ("Transitioning", ["Pending"])
    about = {"kind": "Pod", "name": objects["pods"][0]["metadata"]["name"]}
    grows = {"reason": "TriggeredScaleUp", "involvedObject": about, "message": "pod triggered scale-up"}
    grows["lastTimestamp"] = max(each["eventTime"] or "" for each in objects["events"])
    assert state({**objects, "events": [*objects["events"], grows]}).state == "Transitioning"
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
    objects["pods"][0]["status"]["conditions"] = [gated]
    assert [each.code for each in state(objects).replicas] == ["cluster-policy"]


PLACES = {
    "0/5 nodes are available: 1 Insufficient cpu, 1 Too many pods, 3 node(s) had untolerated taint(s). no new claims "
    "to deallocate, preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling.": (
        "replica-no-room",
        "nodes with too few free cores: 1 of 5; nodes with as many pods as they may have: 1 of 5; nodes kept for "
        "others: 3 of 5",
    ),
    "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) "
    "didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for "
    "scheduling..": (
        "replica-no-node",
        "nodes kept for the control plane: 1 of 3; nodes without the labels that it asks for: 2 of 3",
    ),
    "0/2 nodes are available: 1 node(s) had taint {node.kubernetes.io/unreachable: }, that the pod didn't tolerate, 1 "
    "node(s) were unschedulable.": (
        "replica-no-node",
        "nodes that do not respond: 1 of 2; nodes closed to new pods: 1 of 2",
    ),
    "0/2 nodes are available: 2 node(s) had untolerated taint {team: other}.": (
        "replica-no-node",
        "nodes kept for others (team): 2 of 2",
    ),
    "0/4 nodes are available: 4 node(s) had volume node affinity conflict.": ("replica-no-node", "4 of 4"),
    "no nodes available to schedule pods": ("replica-no-node", "no nodes available"),
    "": ("replica-no-node", "the cluster gives no reason"),
}


@pytest.mark.parametrize("message", PLACES)
def test_sentences_of_the_scheduler(message: str) -> None:
    code, words = PLACES[message]
    cause = placing_cause(recorded("too-large")["pods"][0], message)
    assert cause.code == code
    assert words in cause.sentence


def test_what_the_nodes_have_where_that_can_be_seen() -> None:
    sizes = [{"status": {"allocatable": {"cpu": cpu, "memory": "24581692Ki"}}} for cpu in ("2", "1500m")]
    seen = state({**recorded("too-large"), "nodes": sizes})
    assert seen.failure is not None
    assert seen.failure.message.endswith(" The largest node has 2 CPU.")


PULLS = {
    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: "
    "authorization failed": "replica-image-refused",
    "failed to authorize: failed to fetch anonymous token: unexpected status: 401": "replica-image-refused",
    "unexpected status from HEAD request to https://r.example.com/v2/x: 403 Forbidden": "replica-image-refused",
    "429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.": "registry-busy",
    "tls: failed to verify certificate: x509: certificate signed by unknown authority": "replica-image-untrusted",
    "http: server gave HTTP response to HTTPS client": "replica-image-http",
    "dial tcp: lookup r.example.com on 10.96.0.10:53: no such host": "replica-image-unreachable",
    "net/http: TLS handshake timeout": "replica-image-unreachable",
    "unexpected status from HEAD request to https://r.example.com/v2/x: 503 Service Unavailable": (
        "replica-image-unreachable"
    ),
    "no matching manifest for linux/arm64/v8 in the manifest list entries": "image-platform",
    "manifest for r.example.com/x:1 not found: manifest unknown": "replica-image-missing",
    "write /var/lib/containerd/x: no space left on device": "replica-image-failed",
}


@pytest.mark.parametrize("answer", PULLS)
def test_answers_of_registries(answer: str) -> None:
    image = "r.example.com/unauthorized/401:1"  # its name says nothing of what is wrong
    wrapped = f'Failed to pull image "{image}": rpc error: code = Unknown desc = failed to resolve "{image}": {answer}'
    cause = pull_cause(image, "node1", wrapped)
    assert cause.code == PULLS[answer], cause
    assert cause.sentence.endswith(".")


def test_a_pull_secret_that_does_not_help_is_named() -> None:
    cause = pull_cause("r.example.com/x:1", "node1", "401 Unauthorized", ["team-login"])
    assert "the login of “team-login”" in cause.sentence
    objects = recorded("login")
    objects["pods"][0]["spec"]["imagePullSecrets"] = [{"name": "team-login"}]
    about = objects["events"][0]["involvedObject"]
    objects["events"].append(
        {"reason": "FailedToRetrieveImagePullSecret", "involvedObject": about, "message": "absent"}
    )
    seen = state(objects)
    assert seen.failure is not None
    assert (seen.failure.cause, "“team-login”" in seen.failure.message) == ("replica-config-missing", True)


REFUSALS = {
    'pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false': (
        "cluster-policy",
        "“restricted”",
    ),
    'admission webhook "validation.gatekeeper.sh" denied the request: [team] images come from r.example.com': (
        "cluster-policy",
        "images come from r.example.com",
    ),
    'admission webhook "quiet" denied the request': ("cluster-policy", "it gives no reason"),
    'pods "x" is forbidden: unable to validate against any pod security policy: [spec.hostNetwork: Invalid value]': (
        "cluster-policy",
        "spec.hostNetwork",
    ),
    'deployments.apps "x" is forbidden: unable to create new content in namespace a because it is being terminated': (
        "namespace-ending",
        "being deleted",
    ),
    'pods "x" is forbidden: exceeded quota: a, requested: pods=1,limits.cpu=2, used: pods=3,limits.cpu=7, limited: '
    "pods=3,limits.cpu=8": (
        "cluster-quota",
        "pods: 1 requested, 3 of 3 in use; limits.cpu: 2 requested, 7 of 8 in use",
    ),
    'pods "x" is forbidden: error looking up service account a/b: serviceaccount "b" not found': (
        "replica-config-missing",
        "“b”",
    ),
    'pods "x" is forbidden: no PriorityClass with name high was found': ("cluster-policy", "no PriorityClass"),
}


@pytest.mark.parametrize("message", REFUSALS)
def test_refusals(message: str) -> None:
    code, words = REFUSALS[message]
    for said in (message, f"Error creating: {message}"):
        cause = refusal_cause(said)
        assert (cause.code, words in cause.sentence) == (code, True), cause
        assert "Error creating" not in cause.sentence


# How a container ended


CRASHED = {"exitCode": 1, "reason": "Error"}


def test_the_failure_that_the_runtime_printed() -> None:
    left = Failure("init-failed", "ValueError: no model", [Frame("/var/azureml-app/score.py", 7, "init")], ["a line"])
    line = failure_line(left)
    for lines in ([line], ["2026-11-26T13:00:00.123456789Z " + line], ["text", line, ""], [line, "a last word"]):
        assert failure_of(lines, CRASHED) == left
    killed = failure_of([line], {"exitCode": 137, "reason": "OOMKilled"}, 512 << 20)
    assert (killed.cause, killed.frames, killed.log_lines) == ("container-out-of-memory", left.frames, ["a line"])
    assert "0.5 GB" in killed.message


def test_a_container_that_left_no_failure() -> None:
    record = to_json(LogRecord(3, 1.0, "stderr", "E", "MemoryError: everything"))
    failure = failure_of(["first", f"2026-11-26T13:00:00Z {record}\n"], CRASHED)
    assert failure.message == "The container ended with exit code 1: MemoryError: everything."
    assert failure.log_lines == ["first", "MemoryError: everything"]
    foreign = failure_of(["exec /bin/start: exec format error"], CRASHED)
    assert foreign.cause == "image-platform"
    assert failure_of([], {"exitCode": 137, "reason": "Error"}).message == "The container was killed (exit code 137)."
    assert failure_of([], {}).message == "The container ended, and the cluster does not say how."


class _Logs:
    """A cluster whose container has started again after it was looked at: its end is in the log before."""

    def log(self, pod: str, *, previous: bool, tail: int) -> list[str]:
        left = Failure("init-failed", "ValueError: no model", [Frame("/var/azureml-app/score.py", 7, "init")])
        return [failure_line(left)] if previous else ["starts"]


def test_the_end_of_a_container_that_has_started_again_since() -> None:
    objects = recorded("crash")
    for pod in objects["pods"]:
        for status in pod["status"]["containerStatuses"]:
            ended = status["state"].get("terminated") or status["lastState"]["terminated"]
            status["state"] = {"terminated": ended}
    seen = state(objects)
    assert seen.failure is not None
    parts = ServiceObjects(**{"deployment": None, **objects})
    failure = explained(cast(Cluster, _Logs()), parts, seen)
    assert failure is not None
    assert (failure.cause, [each.line for each in failure.frames]) == ("init-failed", [7])


def test_a_failure_with_what_the_log_says() -> None:
    ended = {"exitCode": 137, "reason": "Error"}
    late = Failure("init-timeout", "init() did not end in time on node1, which started it again.")
    assert with_log(late, ["loading …"], ended) == Failure(late.cause, late.message, [], ["loading …"])
    left = Failure("init-failed", "ValueError: no model", [Frame("/var/azureml-app/score.py", 7, "init")])
    assert with_log(late, [failure_line(left)], ended) == left
    crashed = Failure("service-crashed", "The container ended with exit code 1.")
    assert with_log(crashed, ["last words"], CRASHED).message.endswith("exit code 1: last words.")
    assert with_log(crashed, ["exec format error"], CRASHED).cause == "image-platform"


@pytest.mark.parametrize(
    ("written", "amount"),
    [("500m", 0.5), ("1Gi", 1 << 30), ("129e6", 129e6), ("2", 2), (2, 2), ("1.5G", 1.5e9), ("7n", 7e-9), ("7k", 7000)],
)
def test_quantities(written: object, amount: float) -> None:
    assert quantity_of({"a": written}, "a") == pytest.approx(amount)


@pytest.mark.parametrize("written", ["", "Gi", "1 Gi", "1.2.3", None, [], "1e999", "-1"])
def test_what_is_no_quantity(written: object) -> None:
    assert quantity_of({"a": written}, "a") is None


# Any mixture


@st.composite
def mixtures(draw: st.DrawFn) -> dict[str, Any]:
    """A Deployment, with pods and what was said of others, some of their fields taken away or of another type."""
    base = recorded(draw(st.sampled_from(NAMES)))
    pods, events = [], list(base.get("events", []))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
        other = recorded(name)
        events += other.get("events", [])
        for pod in other.get("pods", []):
            if draw(st.booleans()) and base.get("pods"):  # of this service, by its template
                pod["metadata"]["labels"] = base["pods"][0]["metadata"]["labels"]
            pods.append(pod)
    base["deployment"]["spec"]["replicas"] = draw(st.integers(0, 4))
    mixed = {**base, "pods": [*base.get("pods", []), *pods], "events": events}
    for _ in range(draw(st.integers(0, 3))):
        _spoil(mixed, draw)
    return mixed


def _spoil(raw: Any, draw: st.DrawFn) -> None:
    """Something in it is gone, or is something else."""
    for _ in range(draw(st.integers(1, 9))):
        if not raw or not isinstance(raw, (dict, list)):
            return
        key = draw(st.sampled_from(sorted(raw) if isinstance(raw, dict) else range(len(raw))))
        if draw(st.booleans()) and isinstance(raw[key], (dict, list)) and raw[key]:
            raw = raw[key]
            continue
        raw[key] = draw(st.sampled_from([None, "", "text", 7, True, [], {}, ["a"], {"a": 1}]))
        return


@settings(max_examples=rounds(gate=200, long=5_000))
@given(mixtures(), st.floats(0, 2e9))
def test_any_mixture_has_a_state(objects: dict[str, Any], now: float) -> None:
    whole = {name: value if isinstance(value, list) else [] for name, value in objects.items() if name != "deployment"}
    deployment = objects["deployment"]
    seen = state_of(ServiceObjects(deployment if isinstance(deployment, dict) else None, **whole), now)
    serving = [each for each in seen.replicas if each.ready and each.revision == seen.revision]
    if seen.state == "Healthy":
        assert len(serving) >= seen.size >= 1
    if seen.failure is not None:
        assert seen.failure.cause in CODES
        assert seen.failure.message
        assert seen.failure.message.isprintable()
    else:
        assert seen.state not in ("Failed", "Unschedulable")
    assert all(each.code in CODES for each in seen.replicas if each.reason)


def test_a_healthy_state_that_is_none_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property above turns red when pods that are not ready count as ready."""
    from scoredock.engines.kubernetes import cluster_state

    monkeypatch.setattr(cluster_state, "_count_ready", lambda pods: sum(1 for _ in pods))
    check: Callable[[], None] = test_any_mixture_has_a_state
    with pytest.raises(AssertionError):
        check()
