"""A service as objects of Kubernetes, by the rules of its deployment configuration. Nothing has to be installed in the
cluster, and the rights to write these kinds in one namespace are enough. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, NamedTuple

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.service import LOST_NODE_SECONDS
from scoredock.visible import one_line
from scoredock_runtime.contract import ALLOWED_HOSTS

CONTAINER = "service"
"""The name of the container of each pod."""
PORT = 5001
"""Where a service listens in its container, as images of Azure ML do."""
REPEATS, NEVER = "scoredock.com/repeats", "never"
"""Annotation of pods whose requests go to no other one, see `forward.Forward`."""
DIGESTS, KEY_DIGESTS = "digests", "SCOREDOCK_KEY_DIGESTS"
"""The key of the Secret, and the variable that hands it to a container."""
NAME_LABEL, MANAGER_LABEL, VERSION_LABEL = (
    "app.kubernetes.io/name",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
)
_INSTANCE_LABEL, _COMPONENT_LABEL, _PART_OF_LABEL = (
    f"app.kubernetes.io/{name}" for name in ("instance", "component", "part-of")
)
MANAGER = "scoredock"
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,55}[a-z0-9])?")
"""What a Service may be called, and room for what is added for the Secret."""
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_OBJECT = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_AUTOSCALED = ("aks", "aksendpoint")
"""Compute types of clusters: their services had an autoscaler unless they had a number of replicas."""
_CPU, _MEMORY = 0.1, 0.5
"""What Azure ML requested for a service on AKS that said nothing: cores, and GB of 2³⁰ bytes."""
_REPLICAS = (1, 10)
_UTILIZATION = 70
_TIMEOUT, _AKS_TIMEOUT = 30.0, 60.0
"""Seconds in which a service without a time-out finishes its requests, and the time-out that services on AKS had."""
_MOST = 1000
_NAMESPACE_VARIABLE = "POD_NAMESPACE"
_INIT_SECONDS, _INIT_PERIOD = 300, 1
_READY_PERIOD, _READY_FAILURES = 1, 6
"""Seconds from one look to the next, as a new pod gets requests only after one; a look costs a service some hundredths
of a millisecond. A pod that is busy for a few seconds keeps its requests."""
_QUIET_SECONDS = 5
"""For so long a pod that ends takes requests of those that do not know yet."""
_RESOURCES, _PROBE, _SCALER = "containerResourceRequirements", "livenessProbeRequirements", "autoScaler"
_READINESS = "readinessProbeRequirements"
_READ = (_RESOURCES, _PROBE, _READINESS, _SCALER, "computeType", "gpuCores", "numReplicas", "scoringTimeoutMs")


class InvalidWorkload(ValueError):
    """Error for a workload that cannot be written as objects; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Workload to run in a cluster."""

    name: str
    image: str
    python: str
    """Path of an interpreter in the image."""
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Of the deployment configuration, by their paths."""
    cpu: float | None = None
    """Cores that the image asks for where the configuration says nothing."""
    memory_gb: float | None = None
    """Of 2³⁰ bytes, in the same case."""
    namespace: str = ""
    """Empty for the one that is chosen when it is applied."""
    replicas: int = 0
    """Goes before what the deployment configuration says; 0 for that."""
    variables: Mapping[str, str] = field(default_factory=dict)
    pull_secret: str = ""
    """Name of the Secret with the login to the registry; empty for none."""
    metric: str = ""
    """Of pods, which the cluster serves: open requests, by which the autoscaler goes; empty for CPU."""
    lost_node_seconds: int = LOST_NODE_SECONDS
    concurrent: int = 1
    """Requests that a pod has when it is busy."""
    keys: str = ""
    """Name of the Secret with the digests of keys, for an image that takes them from a variable; empty for none."""
    hosts: tuple[str, ...] = ()
    """Names by which callers outside of the cluster reach it."""


class Scale(NamedTuple):
    """Number of pods: of the autoscaler from `least` to `most`, where these differ or a target is named."""

    least: int
    most: int
    utilization: int = 0
    """Percent that is aimed at; 0 for a fixed number."""


def cluster_values(configuration: Mapping[str, str | int | float | bool | None]) -> dict[str, Any]:
    """Values of a deployment configuration that are read here, by their paths."""
    return {
        name: value
        for name, value in sorted(configuration.items())
        if name.partition(".")[0] in _READ and value is not None
    }


def kubernetes_objects(workload: Workload) -> list[dict[str, Any]]:
    """Deployment and Service; with several pods a PodDisruptionBudget, with an autoscaler that. Raises
    InvalidWorkload."""
    _require(workload)
    scale = scale_of(workload)
    objects = [_deployment(workload, scale), _service(workload)]
    if scale.utilization:
        objects.append(_autoscaler(workload, scale))
    if scale.least > 1:
        objects.append(_disruption_budget(workload))
    return objects


def scale_of(workload: Workload) -> Scale:
    """Scale by the rules of v1: a number of replicas goes without an autoscaler; on AKS there is one where no number
    stands.

    Raises InvalidWorkload.
    """
    values = workload.values
    fixed = workload.replicas or _whole(values, "numReplicas")
    wanted = values.get(f"{_SCALER}.autoscaleEnabled")
    autoscaled = wanted is True or (wanted is None and values.get("computeType") in _AUTOSCALED)
    if fixed or not autoscaled:
        return Scale(fixed or 1, fixed or 1)
    least, most = (
        _whole(values, f"{_SCALER}.{name}") or usual
        for name, usual in zip(("minReplicas", "maxReplicas"), _REPLICAS, strict=True)
    )
    if least > most:
        raise _invalid(l10n.t("minReplicas ({least}) is greater than maxReplicas ({most}).", least=least, most=most))
    return Scale(least, most, _whole(values, f"{_SCALER}.targetUtilization") or _UTILIZATION)


def _deployment(workload: Workload, scale: Scale) -> dict[str, Any]:
    template = {"metadata": {"labels": _labels(workload)}, "spec": _pod(workload, scale)}
    # The autoscaler decides how many there are, and an apply must not set that back.
    count = {} if scale.utilization else {"replicas": scale.least}
    spec = {
        **count,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 2 * _INIT_SECONDS,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "selector": {"matchLabels": selector_of(workload)},
        "template": template,
    }
    return _object("apps/v1", "Deployment", workload, spec)


def _pod(workload: Workload, scale: Scale) -> dict[str, Any]:
    values = workload.values
    usual = _AKS_TIMEOUT if values.get("computeType") in _AUTOSCALED else _TIMEOUT
    longest = _number(values, "scoringTimeoutMs") / 1000 or usual
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": math.ceil(longest) + 2 * _QUIET_SECONDS,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(workload)],
        "tolerations": [
            {
                "key": f"node.kubernetes.io/{taint}",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": workload.lost_node_seconds,
            }
            for taint in ("not-ready", "unreachable")
        ],
    }
    if workload.pull_secret:
        pod["imagePullSecrets"] = [{"name": workload.pull_secret}]
    if scale.most > 1:
        pod["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector_of(workload)},
                "matchLabelKeys": ["pod-template-hash"],  # else pods of the revision before count in an update
            }
        ]
    return pod


def _container(workload: Workload) -> dict[str, Any]:
    values = workload.values
    quiet = [workload.python, "-I", "-S", "-c", f"import time; time.sleep({_QUIET_SECONDS})"]
    liveness: dict[str, Any] = {
        "httpGet": {"path": "/", "port": "http"},
        "periodSeconds": _whole(values, f"{_PROBE}.periodSeconds") or 10,
        "timeoutSeconds": _whole(values, f"{_PROBE}.timeoutSeconds") or 2,
        "failureThreshold": _whole(values, f"{_PROBE}.failureThreshold") or 3,
    }
    if delay := _whole(values, f"{_PROBE}.initialDelaySeconds"):
        liveness["initialDelaySeconds"] = delay
    return {
        "name": CONTAINER,
        "image": workload.image,
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "env": _variables(workload),
        "resources": _resources(workload),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        # init() may take as long as it does here; only then do the others count.
        "startupProbe": {
            "httpGet": {"path": "/ready", "port": "http"},
            "periodSeconds": _INIT_PERIOD,
            "timeoutSeconds": 2,
            "failureThreshold": _INIT_SECONDS // _INIT_PERIOD,
        },
        "readinessProbe": _readiness(values),
        "livenessProbe": liveness,
        "lifecycle": {"preStop": {"exec": {"command": quiet}}},
    }


def _readiness(values: Mapping[str, object]) -> dict[str, Any]:
    period = _whole(values, f"{_READINESS}.periodSeconds")
    probe: dict[str, Any] = {
        "httpGet": {"path": "/ready", "port": "http"},
        "periodSeconds": period or _READY_PERIOD,
        "timeoutSeconds": _whole(values, f"{_READINESS}.timeoutSeconds") or 2,
    }
    if not period:
        probe["failureThreshold"] = _READY_FAILURES
    for name in ("initialDelaySeconds", "successThreshold", "failureThreshold"):
        if given := _whole(values, f"{_READINESS}.{name}"):
            probe[name] = given
    return probe


def _variables(workload: Workload) -> list[dict[str, Any]]:
    named = f"{workload.name}.$({_NAMESPACE_VARIABLE})"
    hosts = (workload.name, named, f"{named}.svc", f"{named}.svc.cluster.local", *workload.hosts)
    values = {ALLOWED_HOSTS: ",".join(hosts), **workload.variables}
    if workload.replicas or _whole(workload.values, "numReplicas"):
        # On one machine a replica is a process of the same container; here it is a pod.
        values.setdefault("WORKER_COUNT", "1")
    # The cluster puts it into the names below, which is why it comes first.
    field_of_pod = {"fieldRef": {"fieldPath": "metadata.namespace"}}
    variables: list[dict[str, Any]] = [{"name": _NAMESPACE_VARIABLE, "valueFrom": field_of_pod}]
    variables += [{"name": name, "value": value} for name, value in sorted(values.items())]
    if workload.keys:
        source = {"secretKeyRef": {"name": workload.keys, "key": DIGESTS}}
        variables.append({"name": KEY_DIGESTS, "valueFrom": source})
    return variables


def cores_requested(workload: Workload) -> float:
    """Cores that each pod requests."""
    return _number(workload.values, f"{_RESOURCES}.cpu") or workload.cpu or _CPU


def _resources(workload: Workload) -> dict[str, Any]:
    values = workload.values
    cpu = cores_requested(workload)
    memory = _number(values, f"{_RESOURCES}.memoryInGB") or workload.memory_gb or _MEMORY
    limits: dict[str, str] = {}
    for name, request, path, quantity in (
        ("cpu", cpu, f"{_RESOURCES}.cpuLimit", _cores),
        ("memory", memory, f"{_RESOURCES}.memoryInGBLimit", _bytes),
    ):
        most = _number(values, path)
        if most and most < request:
            raise _invalid(
                l10n.t(
                    "{path} ({most:g}) is below what is requested ({request:g}).",
                    path=path,
                    most=most,
                    request=request,
                )
            )
        if most:
            limits[name] = quantity(most)
    if gpus := _whole(values, "gpuCores"):
        limits["nvidia.com/gpu"] = str(gpus)
    resources = {"requests": {"cpu": _cores(cpu), "memory": _bytes(memory)}}
    return {**resources, "limits": limits} if limits else resources


def _service(workload: Workload) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]
    return _object("v1", "Service", workload, {"selector": selector_of(workload), "ports": ports})


def requests_aimed_at(utilization: int, concurrent: int) -> str:
    """Open requests of one pod, on average, in Kubernetes' own notation: `2800m` are 2.8."""
    thousandths = 10 * utilization * concurrent
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def _autoscaler(workload: Workload, scale: Scale) -> dict[str, Any]:
    metric: dict[str, Any] = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": scale.utilization}},
    }
    if workload.metric:
        value = requests_aimed_at(scale.utilization, workload.concurrent)
        target = {"type": "AverageValue", "averageValue": value}
        metric = {"type": "Pods", "pods": {"metric": {"name": workload.metric}, "target": target}}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": workload.name},
        "minReplicas": scale.least,
        "maxReplicas": scale.most,
        "metrics": [metric],
    }
    return _object("autoscaling/v2", "HorizontalPodAutoscaler", workload, spec)


def _disruption_budget(workload: Workload) -> dict[str, Any]:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": selector_of(workload)}}
    return _object("policy/v1", "PodDisruptionBudget", workload, spec)


def _object(version: str, kind: str, workload: Workload, spec: Mapping[str, Any]) -> dict[str, Any]:
    place = {"namespace": workload.namespace} if workload.namespace else {}
    metadata = {"name": workload.name, **place, "labels": _labels(workload)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": dict(spec)}


def selector_of(workload: Workload) -> dict[str, str]:
    """Labels that all pods of it have, and no other ones."""
    return {NAME_LABEL: workload.name, MANAGER_LABEL: MANAGER}


def _labels(workload: Workload) -> dict[str, str]:
    _, _, digest = workload.image.partition("@sha256:")
    version = digest[:12] or workload.image.rpartition("/")[2].partition(":")[2][:63].rstrip("-._")
    common = common_labels(workload.name)
    return {**selector_of(workload), **common, **({VERSION_LABEL: version} if version else {})}


def common_labels(instance: str, component: str = "scoring") -> dict[str, str]:
    """Labels that Kubernetes recommends, by which nothing is selected."""
    return {_INSTANCE_LABEL: instance, _COMPONENT_LABEL: component, _PART_OF_LABEL: MANAGER}


def _cores(amount: float) -> str:
    return f"{math.ceil(round(amount * 1000, 6))}m"


def _bytes(gigabytes: float) -> str:
    return f"{math.ceil(round(gigabytes * 1024, 6))}Mi"


def _number(values: Mapping[str, object], name: str) -> float:
    value = values.get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 1e12 else 0.0  # type: ignore[arg-type,operator]


def _whole(values: Mapping[str, object], name: str) -> int:
    return int(_number(values, name))


def _require(workload: Workload) -> None:
    if not _NAME.fullmatch(workload.name):
        raise _invalid(l10n.t("{name} is not a valid name for a service of Kubernetes.", name=one_line(workload.name)))
    if workload.namespace and not _NAMESPACE.fullmatch(workload.namespace):
        raise _invalid(l10n.t("{name} is not a valid namespace.", name=one_line(workload.namespace)))
    if workload.pull_secret and not _OBJECT.fullmatch(workload.pull_secret):
        raise _invalid(l10n.t("{name} is not a valid name for a Secret.", name=one_line(workload.pull_secret)))
    for name in workload.variables:
        if not _VARIABLE.fullmatch(name):
            raise _invalid(l10n.t("{name} is not a valid name for an environment variable.", name=one_line(name)))
    if not 0 <= workload.replicas <= _MOST:
        raise _invalid(
            l10n.t("{count} is not a number of replicas from 1 to {most}.", count=workload.replicas, most=_MOST)
        )


def _invalid(message: str) -> InvalidWorkload:
    return InvalidWorkload(message)
