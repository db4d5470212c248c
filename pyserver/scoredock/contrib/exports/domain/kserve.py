"""An image as an InferenceService of KServe, version v1beta1 of its API. Pure.

Fields and names are those of the models of the `kserve` package on PyPI; a predictor of one's own is a container that
is called `kserve-container`.
"""

from __future__ import annotations

from typing import Any

from scoredock.clusters.objects import DIGESTS, KEY_DIGESTS, PORT
from scoredock.contrib.exports.domain.kubernetes import subject_workload, workload_objects
from scoredock.contrib.exports.domain.subject import (
    ExportFiles,
    ExportSubject,
    head,
    require_dns_name,
    require_subject,
    secret_lines,
    to_yaml,
)
from scoredock_runtime.contract import ALLOWED_HOSTS

FILE = "inference-service.yaml"
_LONGEST = 40
"""Characters of a name: what Knative makes of it with `-predictor-00001` is a host name's part of 63."""


def kserve_export(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_subject(subject)
    require_dns_name(subject, _LONGEST)
    workload = subject_workload(subject)
    deployment = workload_objects(workload)[0]
    pod = deployment["spec"]["template"]["spec"]
    # Names that the gateway calls it by are made in the cluster, and a fieldRef is refused by Knative's defaults.
    given = {ALLOWED_HOSTS: "*", **subject.variables}
    variables: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in sorted(given.items())]
    if workload.keys:
        source = {"secretKeyRef": {"name": workload.keys, "key": DIGESTS}}
        variables.append({"name": KEY_DIGESTS, "valueFrom": source})
    least, most = subject.scale
    predictor: dict[str, Any] = {
        "minReplicas": least,
        "maxReplicas": most,
        "timeout": pod["terminationGracePeriodSeconds"],
        "containers": [
            {
                "name": "kserve-container",
                "image": subject.image,
                "ports": [{"name": "http1", "containerPort": PORT, "protocol": "TCP"}],
                "env": variables,
                "resources": pod["containers"][0]["resources"],
                "readinessProbe": {"httpGet": {"path": "/ready", "port": PORT}, "periodSeconds": 2},
                # All of it of the container: Knative refuses that of a pod by default.
                "securityContext": {**pod["securityContext"], **pod["containers"][0]["securityContext"]},
            }
        ],
    }
    if subject.pull_secret:
        predictor["imagePullSecrets"] = [{"name": subject.pull_secret}]
    document = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": subject.name,
            **({"namespace": subject.namespace} if subject.namespace else {}),
            "labels": deployment["metadata"]["labels"],
        },
        "spec": {"predictor": predictor},
    }
    lines = ["It answers at /score below its address, with the routes of Azure ML, not with KServe's own protocols."]
    if workload.keys:
        lines += secret_lines(workload.keys, subject.namespace)
    else:
        lines.append("There is nothing to fill in.")
    secrets = tuple(each for each in (workload.keys, workload.pull_secret) if each)
    return ExportFiles({FILE: head(subject, f"kubectl apply -f {FILE}", lines) + to_yaml(document)}, FILE, secrets)
