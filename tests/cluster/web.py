"""Manifests of a web server that says who it is and what it may do, as strict about rights as a cluster can demand."""

from __future__ import annotations

from typing import Any

import yaml

PORT = 8080
_SCRIPT = """
b=/bin/busybox; $b mkdir /tmp/www
{ echo "$HOSTNAME"; $b id -u; $b grep -E '^(Seccomp|CapBnd|NoNewPrivs):' /proc/self/status; } > /tmp/www/index.html
exec $b httpd -f -p 8080 -h /tmp/www
"""


def pod(image: str, **spec: Any) -> dict[str, Any]:
    """The specification of a pod; `spec` adds to it."""
    container = {
        "name": "web",
        "image": image,
        "command": ["/bin/busybox", "sh", "-c", _SCRIPT],
        "ports": [{"containerPort": PORT}],
        # A second is not enough beside other tests: a pod that misses it three times is not ready for a moment.
        "readinessProbe": {"httpGet": {"path": "/", "port": PORT}, "periodSeconds": 1, "timeoutSeconds": 10},
        "resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "32Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "scratch", "mountPath": "/tmp"}],
        "imagePullPolicy": "IfNotPresent",
    }
    rights = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "containers": [container],
        "securityContext": rights,
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,
        "volumes": [{"name": "scratch", "emptyDir": {}}],
        **spec,
    }


def single(image: str, name: str = "web", **spec: Any) -> str:
    metadata = {"name": name, "labels": {"app": name}}
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod(image, **spec)})


def deployed(image: str, replicas: int = 2, **spec: Any) -> str:
    """A Deployment, and a Service at a port of every node."""
    labels = {"app": "web"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod(image, **spec)},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "selector": labels, "ports": [{"port": 80, "targetPort": PORT}]},
    }
    return yaml.safe_dump_all([deployment, service])


APART = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}
        ]
    }
}
"""Affinity: no two of them on one node."""
