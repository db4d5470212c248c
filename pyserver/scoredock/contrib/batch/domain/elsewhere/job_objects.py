"""The objects of a batch job in a cluster: a Job whose pods wait for the driver, and the Secret that lets it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from scoredock.clusters.objects import CONTAINER, common_labels
from scoredock.clusters.side_loading import HOST as LOADED
from scoredock.late_dataclass import dataclass
from scoredock_runtime.batch.frames import SECRET

PORT = 5001
APP_ROOT = "/var/azureml-app"
_WORK = "/var/scoredock"
_KEY = "secret"
_JOBS = "batch/v1"
_LOST_SECONDS = 5
"""After so long a pod of a node that the cluster has given up gets a successor elsewhere."""
_KEPT_SECONDS = 3600
"""Of a Job whose driver was killed: its pods end by themselves, and it goes after that."""
_MOST_FAILURES = 1_000_000
"""Of pods: a node that goes, or a script that takes all memory, ends no job; its own limits do."""


@dataclass(frozen=True, kw_only=True)
class BatchPods:
    """Pods of one job: how many, with which image, secrets and resources."""

    name: str
    """Of the objects."""
    namespace: str
    image: str
    python: str
    script_python: str = ""
    """Where the script runs in another one."""
    count: int
    secret: str = field(repr=False)
    pull_secret: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    cpu: float = 0.1
    memory_gb: float = 0.5
    """Requested by each pod."""
    is_indexed: bool = True
    """Whether the cluster has indexed Jobs."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def has_indexed_jobs(version: str) -> bool:
    """True if a cluster of that version, such as `v1.29.4+k3s1`, has indexed jobs: they are there from Kubernetes 1.24
    on.
    """
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (1, 24)


def secret_object(pods: BatchPods, job_uid: str = "") -> dict[str, Any]:
    """Secret without which no pod begins; with a Job that has it, it goes when that goes."""
    owner = {"apiVersion": _JOBS, "kind": "Job", "name": pods.name, "uid": job_uid}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**_metadata(pods), **({"ownerReferences": [owner]} if job_uid else {})},
        "type": "Opaque",
        "stringData": {_KEY: pods.secret},
    }


def job_object(pods: BatchPods) -> dict[str, Any]:
    """Job object with as many pods as there are workers."""
    spec = {
        "parallelism": pods.count,
        "completions": pods.count,
        **({"completionMode": "Indexed"} if pods.is_indexed else {}),
        "backoffLimit": _MOST_FAILURES,
        "ttlSecondsAfterFinished": _KEPT_SECONDS,
        "template": {"metadata": {"labels": _labels(pods)}, "spec": _pod(pods)},
    }
    return {"apiVersion": _JOBS, "kind": "Job", "metadata": _metadata(pods), "spec": spec}


def _metadata(pods: BatchPods) -> dict[str, Any]:
    return {
        "name": pods.name,
        "namespace": pods.namespace,
        "labels": _labels(pods),
        "annotations": dict(pods.annotations),
    }


def _labels(pods: BatchPods) -> dict[str, str]:
    return {**common_labels(pods.name, "batch"), **pods.labels}


def _pod(pods: BatchPods) -> dict[str, Any]:
    pod: dict[str, Any] = {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": {"runAsNonRoot": True, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(pods)],
        "volumes": [
            {"name": "work", "emptyDir": {}},
            {"name": "temporary", "emptyDir": {}},
        ],
        "tolerations": [
            {
                "key": f"node.kubernetes.io/{taint}",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": _LOST_SECONDS,
            }
            for taint in ("not-ready", "unreachable")
        ],
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(pods.labels)},
            }
        ],
    }
    if pods.pull_secret:
        pod["imagePullSecrets"] = [{"name": pods.pull_secret}]
    return pod


def _container(pods: BatchPods) -> dict[str, Any]:
    source = {"secretKeyRef": {"name": pods.name, "key": _KEY}}
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": pods.image,
        "command": [pods.python, "-I", "-m", "scoredock_runtime"],
        "args": ["batch-host", _WORK, str(PORT), *([pods.script_python] if pods.script_python else [])],
        "workingDir": APP_ROOT,
        "ports": [{"name": "worker", "containerPort": PORT, "protocol": "TCP"}],
        "env": [
            *({"name": name, "value": value} for name, value in sorted(pods.variables.items())),
            {"name": SECRET, "valueFrom": source},
        ],
        "resources": {"requests": {"cpu": f"{round(1000 * pods.cpu)}m", "memory": str(round(pods.memory_gb * 2**30))}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "readinessProbe": {"tcpSocket": {"port": "worker"}, "periodSeconds": 1},
        "volumeMounts": [
            {"name": "work", "mountPath": _WORK},
            {"name": "temporary", "mountPath": "/tmp"},  # noqa: S108 (the pod's own)
        ],
    }
    if pods.image.startswith(f"{LOADED}/"):
        container["imagePullPolicy"] = "Never"
    return container
