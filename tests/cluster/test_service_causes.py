"""What a real cluster says of services that do not start, as one cause and one next step each."""

from __future__ import annotations

import hashlib
import http.server
import json
import struct
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from scoredock.engines.kubernetes.cluster_state import ClusterState, state_of
from scoredock.engines.kubernetes.labels import NAME_LABEL
from scoredock.engines.kubernetes.pod_causes import container_of, failure_of, memory_limit
from scoredock.error_codes import CODES

from cluster import programs
from cluster.image_archives import write_image
from cluster.running import Cluster, wait_for
from cluster.service_objects import LONG, PROBE, SPIN, apply, deployment, look, objects_of
from ports import free_port
from scoredock_runtime.contract import Failure, Frame, failure_line

LOGIN_PORT = 5999
FAILURE = Failure("init-failed", "ValueError: no model", [Frame("/var/azureml-app/score.py", 7, "init")])
LIST_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_LOGIN = f"""
b=/bin/busybox; $b mkdir -p /tmp/w; echo '/:ada:canary' > /tmp/conf
exec $b httpd -f -p 127.0.0.1:{LOGIN_PORT} -h /tmp/w -c /tmp/conf
"""


def manifest(registry: str, name: str, tag: str, body: bytes = b"") -> bytes:
    """Of an image in the registry; with a body it is written."""
    headers = {"Content-Type": LIST_TYPE} if body else {"Accept": MANIFEST_TYPE}
    url = f"http://{registry}/v2/{name}/manifests/{tag}"
    request = urllib.request.Request(url, body or None, headers, method="PUT" if body else "GET")
    return bytes(urllib.request.urlopen(request).read())


@pytest.fixture(scope="module")
def other_platform(shared_cluster: Cluster, image: str) -> str:
    """An image for arm64 only."""
    name = "tests/web"
    raw = manifest(shared_cluster.registry, name, "1")
    row = {"mediaType": MANIFEST_TYPE, "digest": f"sha256:{hashlib.sha256(raw).hexdigest()}", "size": len(raw)}
    row["platform"] = {"os": "linux", "architecture": "arm64"}
    body = json.dumps({"schemaVersion": 2, "mediaType": LIST_TYPE, "manifests": [row]}).encode()
    manifest(shared_cluster.registry, name, "arm64", body)
    return f"{shared_cluster.registry}/{name}:arm64"


@pytest.fixture(scope="module")
def foreign(shared_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image whose program is of a processor that nobody emulates."""
    busybox = (programs.place() / "busybox").read_bytes()
    program = bytearray(busybox[:64].ljust(4096, b"\0"))
    program[18:20] = struct.pack("<H", 0x1234)
    archive = tmp_path_factory.mktemp("foreign") / "foreign.tar"
    write_image(archive, "scoredock.local/tests/foreign:1", {"bin/start": bytes(program)}, ["/bin/start"])
    return shared_cluster.push(archive, "tests/foreign:1")


@pytest.fixture(scope="module")
def plain_registry(shared_cluster: Cluster) -> Iterator[str]:
    """One that speaks HTTP, of which the nodes know nothing."""
    port = free_port()
    server = http.server.ThreadingHTTPServer((shared_cluster.place.machine, port), http.server.SimpleHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"{shared_cluster.place.machine}:{port}"
    server.shutdown()
    thread.join()
    server.server_close()


def login_registry(image: str) -> dict[str, Any]:
    """On each node, one that lets nobody in without a password."""
    container = {"name": "login", "image": image, "command": ["/bin/busybox", "sh", "-c", _LOGIN]}
    pod = {"hostNetwork": True, "terminationGracePeriodSeconds": 0, "containers": [container]}
    labels = {"tests": "login"}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "login-registry"}, "spec": spec}


def secret(name: str, key: str) -> dict[str, Any]:
    return {"env": [{"name": "KEYS", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}]}


EXPECTED = {
    "absent": ("Failed", "replica-image-missing", "tests/web:absent"),
    "bad-name": ("Failed", "image-reference-invalid", "Tests/Web:1"),
    "login": ("Failed", "replica-image-refused", f"127.0.0.1:{LOGIN_PORT}"),
    "unreachable": ("Failed", "replica-image-unreachable", "connection refused"),
    "plain": ("Failed", "replica-image-http", "speaks HTTP only"),
    "platform": ("Failed", "image-platform", "tests/web:arm64"),
    "cpu": ("Unschedulable", "replica-no-room", "64 CPU (nodes with too few free cores: 2 of 2)"),
    "memory": ("Unschedulable", "replica-no-room", "900 GB of memory (nodes with too little free memory: 2 of 2)"),
    "gpu": ("Unschedulable", "replica-no-room", "1 GPU (nodes with too few free GPUs: 2 of 2)"),
    "labels": ("Unschedulable", "replica-no-node", "without the labels that it asks for: 2 of 2"),
    "secret": ("Failed", "replica-config-missing", "Secret “prices-keys”"),
    "key": ("Failed", "replica-config-missing", "no key “digests”"),
    "mount": ("Failed", "replica-config-missing", "Secret “prices-tls”"),
    "root": ("Failed", "replica-start-failed", "run as root"),
    "program": ("Failed", "replica-start-failed", "/bin/nothing"),
    "crash": ("Failed", "service-crashed", "exit code 3"),
    "memory-limit": ("Failed", "container-out-of-memory", "0.0312 GB"),
    "foreign": ("Failed", "service-crashed", "exit code"),
    "startup": ("Failed", "init-timeout", "init()"),
    "liveness": ("Unhealthy", "service-unreachable", "connection refused"),
    "quota": ("Failed", "cluster-quota", "“small”"),
    "limits": ("Failed", "cluster-limits", "maximum memory usage per Container is 64Mi, but limit is 1Gi"),
}
ELSEWHERE = {"quota", "limits"}
"""In namespaces of their own, which have these rules."""


@pytest.fixture(scope="module")
def provoked(
    shared_cluster: Cluster, image: str, other_platform: str, foreign: str, plain_registry: str
) -> Iterator[dict[str, str]]:
    """All services that do not start, at once: name → namespace."""
    registry = shared_cluster.registry
    large, key = {"memory": "8Mi", "cpu": "64"}, {"name": "some", "namespace": ""}
    crash = f"echo '{failure_line(FAILURE)}' >&2; exit 3"
    eat = "x=0123456789abcdef; while :; do x=$x$x; done"
    volume = {"volumes": [{"name": "v", "secret": {"secretName": "prices-tls"}}]}
    with shared_cluster.namespace() as here, shared_cluster.namespace() as quota, shared_cluster.namespace() as limits:
        apply(
            shared_cluster,
            here,
            login_registry(image),
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": key["name"]}},
            deployment("absent", f"{registry}/tests/web:absent"),
            deployment("bad-name", f"{registry}/Tests/Web:1"),
            deployment("login", f"127.0.0.1:{LOGIN_PORT}/team/x:1"),
            deployment("unreachable", f"{shared_cluster.place.control}:5444/team/x:1"),
            deployment("plain", f"{plain_registry}/team/x:1"),
            deployment("platform", other_platform),
            deployment("cpu", image, SPIN, resources={"requests": large}),
            deployment("memory", image, SPIN, resources={"requests": {"memory": "900Gi"}}),
            deployment("gpu", image, SPIN, resources={"limits": {"nvidia.com/gpu": "1"}}),
            deployment("labels", image, SPIN, pod={"nodeSelector": {"pool": "gpu"}}),
            deployment("secret", image, SPIN, **secret("prices-keys", "digests")),
            deployment("key", image, SPIN, **secret(key["name"], "digests")),
            deployment("mount", image, SPIN, pod=volume, volumeMounts=[{"name": "v", "mountPath": "/v"}]),
            deployment("root", image, SPIN, pod={"securityContext": {"runAsNonRoot": True}}),
            deployment("program", image, command=["/bin/nothing"], startupProbe=LONG),
            deployment("crash", image, crash, startupProbe=LONG),
            deployment("memory-limit", image, eat, startupProbe=LONG),
            deployment("foreign", foreign, startupProbe=LONG),
            deployment("startup", image, SPIN, startupProbe={**PROBE, "failureThreshold": 3}),
            deployment("liveness", image, SPIN, livenessProbe={**PROBE, "failureThreshold": 2}),
        )
        hard = {"hard": {"requests.cpu": "5m"}}
        apply(
            shared_cluster,
            quota,
            {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": hard},
        )
        wait_for(lambda: shared_cluster.get("resourcequota", "small", "-n", quota).get("status"), "the quota", 30)
        apply(shared_cluster, quota, deployment("quota", image, SPIN))
        most = {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]}
        apply(
            shared_cluster,
            limits,
            {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "range"}, "spec": most},
        )
        apply(shared_cluster, limits, deployment("limits", image, SPIN, resources={"limits": {"memory": "1Gi"}}))
        yield {**dict.fromkeys(EXPECTED, here), "quota": quota, "limits": limits}


def await_code(cluster: Cluster, namespace: str, name: str, code: str) -> ClusterState:
    """How it is once the cluster has said that."""
    seen: list[ClusterState] = []

    def has_failed() -> bool:
        seen.append(look(cluster, namespace, name))
        failure = seen[-1].failure
        return failure is not None and failure.cause == code

    wait_for(has_failed, f"{code} of {name}", 90, lambda: str(seen[-1:]))
    return seen[-1]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_cause_and_what_to_do(cluster: Cluster, provoked: dict[str, str], name: str) -> None:
    state, code, words = EXPECTED[name]
    seen = await_code(cluster, provoked[name], name, code)
    assert seen.failure is not None
    assert (seen.state, words in seen.failure.message) == (state, True), seen
    assert CODES[code].next_step
    assert (seen.ready, seen.size, seen.revision, seen.changed_by) == (0, 1, 1, "")


def ended(cluster: Cluster, namespace: str, name: str) -> tuple[list[str], dict[str, Any], float]:
    """Log, end and limit of the first pod."""
    (pod, *_) = objects_of(cluster, namespace, name).pods
    status = container_of(pod)
    end = status["state"].get("terminated") or status["lastState"]["terminated"]
    text = cluster.kubectl("logs", pod["metadata"]["name"], "-n", namespace, "--timestamps")
    return text.splitlines(), end, memory_limit(pod)


@pytest.mark.long("the other causes are at the gate")
def test_the_log_of_a_replica_says_more(cluster: Cluster, provoked: dict[str, str]) -> None:
    for name in ("crash", "foreign", "memory-limit"):
        await_code(cluster, provoked[name], name, EXPECTED[name][1])
    assert failure_of(*ended(cluster, provoked["crash"], "crash")) == FAILURE
    failure = failure_of(*ended(cluster, provoked["foreign"], "foreign"))
    assert (failure.cause, failure.log_lines) == ("image-platform", ["exec /bin/start: exec format error"])
    failure = failure_of(*ended(cluster, provoked["memory-limit"], "memory-limit"))
    assert failure.cause == "container-out-of-memory"


def serve(name: str, image: str, **changes: Any) -> dict[str, Any]:
    """One that answers."""
    command = "/bin/busybox mkdir -p /tmp/w; exec /bin/busybox httpd -f -p 8080 -h /tmp/w"
    probe = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
    probes = {"startupProbe": {**probe, "failureThreshold": 60}, "readinessProbe": probe}
    return deployment(name, image, command, **{**probes, **changes})


def healthy(cluster: Cluster, namespace: str, name: str) -> ClusterState:
    wait_for(
        lambda: look(cluster, namespace, name).state == "Healthy",
        "a healthy service",
        60,
        lambda: str(look(cluster, namespace, name)),
    )
    return look(cluster, namespace, name)


@pytest.mark.long("tests/engines/test_contract.py has the same life")
def test_the_life_of_a_service(cluster: Cluster, namespace: str, image: str) -> None:
    """Healthy, an update that fails, one that is made, a change by hand, a scale to none, a removal."""
    apply(cluster, namespace, serve("life", image, replicas=2))
    seen = healthy(cluster, namespace, "life")
    assert (seen.ready, seen.updated, seen.revision, seen.failure) == (2, 2, 1, None)

    apply(cluster, namespace, serve("life", f"{image}-absent", replicas=2, revision=2))
    seen = await_code(cluster, namespace, "life", "replica-image-missing")
    assert (seen.state, seen.revision, seen.failed_revision, seen.ready) == ("Healthy", 1, 2, 2)
    assert [(each.revision, each.state) for each in seen.replicas] == [(2, "Failing"), (1, "Running"), (1, "Running")]

    apply(cluster, namespace, serve("life", image, replicas=2, revision=3))
    wait_for(lambda: look(cluster, namespace, "life").revision == 3, "the third revision", 60)
    seen = healthy(cluster, namespace, "life")
    assert (seen.revision, seen.updated, seen.failed_revision, seen.changed_by) == (3, 2, 0, "")

    cluster.kubectl("set", "env", "deployment/life", "-n", namespace, "A=b")
    wait_for(lambda: look(cluster, namespace, "life").changed_by == "kubectl-set", "the change", 30)
    healthy(cluster, namespace, "life")

    cluster.kubectl("scale", "deployment/life", "-n", namespace, "--replicas=0")
    wait_for(lambda: look(cluster, namespace, "life").state == "Stopped", "the stop", 60)
    assert look(cluster, namespace, "life").phase == "scaled to 0 in the cluster"

    cluster.kubectl("delete", "deployment/life", "-n", namespace)
    seen = await_code(cluster, namespace, "life", "deployment-removed")
    assert seen.state == "Failed"


def test_a_service_that_was_healthy_and_crashes(cluster: Cluster, namespace: str, image: str) -> None:
    command = "/bin/busybox mkdir -p /tmp/w; /bin/busybox httpd -p 8080 -h /tmp/w; /bin/busybox sleep 8; exit 4"
    apply(cluster, namespace, serve("falls", image, command=["/bin/busybox", "sh", "-c", command]))
    healthy(cluster, namespace, "falls")
    seen = await_code(cluster, namespace, "falls", "service-crashed")
    assert (seen.state, seen.revision, seen.failed_revision, seen.ready) == ("Unhealthy", 1, 0, 0)
    assert seen.phase == "0 of 1 replicas respond"


@pytest.mark.long("the node looks at volumes once in a minute")
def test_an_evicted_replica(cluster: Cluster, namespace: str, image: str) -> None:
    command = "/bin/busybox dd if=/dev/zero of=/s/x bs=1M count=8; exec /bin/busybox sleep 1000"
    pod = {"volumes": [{"name": "s", "emptyDir": {"sizeLimit": "1Mi"}}]}
    apply(
        cluster,
        namespace,
        deployment("evicted", image, command, pod=pod, volumeMounts=[{"name": "s", "mountPath": "/s"}]),
    )
    wait_for(
        lambda: [
            each for each in objects_of(cluster, namespace, "evicted").pods if each["status"]["phase"] == "Failed"
        ],
        "the eviction",
        180,
    )
    objects = objects_of(cluster, namespace, "evicted")
    over = [each for each in objects.pods if each["status"]["phase"] == "Failed"]
    seen = state_of(replace(objects, pods=over), time.time())  # before the cluster has made another one
    assert seen.failure is not None
    assert (seen.state, seen.failure.cause) == ("Unhealthy", "replica-evicted")
    assert "exceeds the limit" in seen.failure.message


@pytest.mark.long("fills a node")
def test_a_replica_that_makes_room_for_a_more_important_pod(disturbed: Cluster, namespace: str, image: str) -> None:
    place = {"nodeSelector": {"kubernetes.io/hostname": disturbed.node_names[1]}}
    free = {"requests": {"cpu": "800m"}}
    apply(disturbed, namespace, serve("leaves", image, replicas=2, pod=place, resources=free))
    healthy(disturbed, namespace, "leaves")
    kind = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": namespace},
        "value": 1000,
    }
    apply(disturbed, namespace, kind)
    try:
        important = {**place, "priorityClassName": namespace}
        apply(disturbed, namespace, serve("comes", image, pod=important, resources={"requests": {"cpu": "1"}}))
        seen = await_code(disturbed, namespace, "leaves", "replica-preempted")
    finally:
        disturbed.kubectl("delete", "priorityclass", namespace)
    assert (seen.state, seen.ready, seen.size) == ("Unhealthy", 1, 2)


@pytest.mark.long("waits until a lost node is noticed")
def test_a_replica_on_a_node_that_is_gone(disturbed: Cluster, namespace: str, image: str) -> None:
    spread = {"topologyKey": "kubernetes.io/hostname", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
    spread["labelSelector"] = {"matchLabels": {NAME_LABEL: "wide"}}
    apply(disturbed, namespace, serve("wide", image, replicas=2, pod={"topologySpreadConstraints": [spread]}))
    healthy(disturbed, namespace, "wide")
    lost = disturbed.node_names[1]
    disturbed.node_down(lost)
    try:
        seen = await_code(disturbed, namespace, "wide", "node-lost")
        assert seen.failure is not None
        assert (seen.state, seen.ready, seen.failure.message) == ("Unhealthy", 1, f"{lost} does not respond.")
    finally:
        disturbed.node_up(lost)
    wait_for(lambda: disturbed.is_ready(lost), "the return", 60)
    healthy(disturbed, namespace, "wide")
