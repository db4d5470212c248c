"""An image as a chart of Helm: the objects of Kubernetes with what people change as values. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scoredock.clusters.objects import DIGESTS, KEY_DIGESTS, VERSION_LABEL, Workload, common_labels, selector_of
from scoredock.contrib.exports.domain.kubernetes import subject_workload, workload_objects
from scoredock.contrib.exports.domain.subject import (
    ExportFiles,
    ExportSubject,
    head,
    require_dns_name,
    secret_lines,
    to_yaml,
)
from scoredock_runtime.contract import ALLOWED_HOSTS

VALUES = "values.yaml"
_LONGEST = 53
"""Characters of the name of a release."""
_RELEASE = "scoredock-release-name"
"""Stands for the name of the release while objects are written; no name of a service is so long in a chart's own
text."""
_MARK = "scoredock-template-"
_HOSTS = (
    "",
    ".{{ .Release.Namespace }}",
    ".{{ .Release.Namespace }}.svc",
    ".{{ .Release.Namespace }}.svc.cluster.local",
)


def helm_export(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_dns_name(subject, _LONGEST)
    workload = subject_workload(replace(subject, name=_RELEASE, namespace=""))
    by_kind = {str(each["kind"]): each for each in workload_objects(workload)}
    deployment = by_kind["Deployment"]
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    least, most = subject.scale
    scaler = by_kind.get("HorizontalPodAutoscaler")
    values: dict[str, Any] = {
        "image": subject.image,
        "pullSecret": subject.pull_secret,
        "replicas": least,
        "autoscaling": {
            "enabled": scaler is not None,
            "minReplicas": least,
            "maxReplicas": max(least, most),
            "targetCPUUtilizationPercentage": _utilization(scaler),
        },
        "resources": container["resources"],
        "env": dict(sorted(subject.variables.items())),
        "keysSecret": f"{subject.name}-keys" if subject.hints.keys else "",
        "service": {"type": "ClusterIP", "port": 80},
    }
    texts = {
        "Chart.yaml": head(subject, "helm install RELEASE FOLDER") + to_yaml(_chart(subject, deployment)),
        VALUES: head(subject, "helm install RELEASE FOLDER", _value_lines(values)) + to_yaml(values),
        "values.schema.json": json.dumps(_SCHEMA, indent=2) + "\n",
        "templates/deployment.yaml": _deployment(deployment),
        "templates/service.yaml": _service(by_kind["Service"]),
        "templates/horizontalpodautoscaler.yaml": _autoscaler(workload),
        "templates/poddisruptionbudget.yaml": _budget(workload),
    }
    fill_in = tuple(each for each in (values["keysSecret"], values["pullSecret"]) if each)
    return ExportFiles(texts, VALUES, fill_in)


def _chart(subject: ExportSubject, deployment: dict[str, Any]) -> dict[str, Any]:
    version = str(deployment["metadata"]["labels"].get(VERSION_LABEL, ""))
    return {
        "apiVersion": "v2",
        "name": subject.name,
        "description": "A scoring service",
        "type": "application",
        "version": "0.1.0",
        "appVersion": version or "1",
    }


def _value_lines(values: dict[str, Any]) -> list[str]:
    lines = []
    if values["keysSecret"]:
        lines += secret_lines(values["keysSecret"])
    if values["pullSecret"]:
        lines.append(f"The Secret {values['pullSecret']} with the login to the registry has to be there, too.")
    return lines or ["There is nothing to fill in."]


def _utilization(scaler: dict[str, Any] | None) -> int:
    if scaler is None:
        return 70
    return int(scaler["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"])


def _deployment(document: dict[str, Any]) -> str:
    """Deployment with marks for the values, which become templates in the text."""
    spec = document["spec"]
    spec.pop("replicas", None)
    pod = spec["template"]["spec"]
    container = pod["containers"][0]
    container["image"] = f"{_MARK}image"
    container["resources"] = f"{_MARK}resources"
    container["env"] = f"{_MARK}env"
    pod.pop("imagePullSecrets", None)
    for metadata in (document["metadata"], spec["template"]["metadata"]):
        metadata["labels"][VERSION_LABEL] = f"{_MARK}version"
    pod["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(spec["selector"]["matchLabels"])},
            "matchLabelKeys": ["pod-template-hash"],
        }
    ]
    replicas = _lines(
        "  ", ["{{- if not .Values.autoscaling.enabled }}", "replicas: {{ .Values.replicas }}", "{{- end }}"]
    )
    secret = _lines(
        "      ", ["{{- with .Values.pullSecret }}", "imagePullSecrets:", "  - name: {{ . }}", "{{- end }}"]
    )
    text = _template(document)
    text = text.replace("\nspec:\n", f"\nspec:\n{replicas}", 1)
    text = text.replace("\n    spec:\n", f"\n    spec:\n{secret}", 1)
    text = text.replace(f"{_MARK}image", "{{ .Values.image | quote }}")
    text = text.replace(
        f"resources: {_MARK}resources", "resources:\n          {{- toYaml .Values.resources | nindent 10 }}"
    )
    return text.replace(f"env: {_MARK}env", f"env:\n{_variables()}".rstrip("\n"))


def _variables() -> str:
    hosts = ",".join(f"{{{{ .Release.Name }}}}{each}" for each in _HOSTS)
    lines = [
        f'{{{{- if not (hasKey .Values.env "{ALLOWED_HOSTS}") }}}}',
        f"- name: {ALLOWED_HOSTS}",
        f'  value: "{hosts}"',
        "{{- end }}",
        '{{- if not (hasKey .Values.env "WORKER_COUNT") }}',
        "- name: WORKER_COUNT",
        '  value: "1"',
        "{{- end }}",
        "{{- range $name, $value := .Values.env }}",
        "- name: {{ $name }}",
        "  value: {{ $value | quote }}",
        "{{- end }}",
        "{{- with .Values.keysSecret }}",
        f"- name: {KEY_DIGESTS}",
        f"  valueFrom: {{secretKeyRef: {{name: {{{{ . }}}}, key: {DIGESTS}}}}}",
        "{{- end }}",
    ]
    return _lines("        ", lines)


def _service(document: dict[str, Any]) -> str:
    spec = document["spec"]
    spec["type"] = f"{_MARK}type"
    spec["ports"][0]["port"] = f"{_MARK}port"
    document["metadata"]["labels"][VERSION_LABEL] = f"{_MARK}version"
    text = _template(document)
    text = text.replace(f"{_MARK}type", "{{ .Values.service.type }}")
    return text.replace(f"{_MARK}port", "{{ .Values.service.port }}")


def _autoscaler(workload: Workload) -> str:
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": _RELEASE},
        "minReplicas": f"{_MARK}min",
        "maxReplicas": f"{_MARK}max",
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": f"{_MARK}target"},
                },
            }
        ],
    }
    text = _template(_object("autoscaling/v2", "HorizontalPodAutoscaler", workload, spec))
    for mark, value in (
        ("min", "minReplicas"),
        ("max", "maxReplicas"),
        ("target", "targetCPUUtilizationPercentage"),
    ):
        text = text.replace(f"{_MARK}{mark}", f"{{{{ .Values.autoscaling.{value} }}}}")
    return "{{- if .Values.autoscaling.enabled }}\n" + text + "{{- end }}\n"


def _budget(workload: Workload) -> str:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": selector_of(workload)}}
    text = _template(_object("policy/v1", "PodDisruptionBudget", workload, spec))
    several = (
        "{{- $least := ternary .Values.autoscaling.minReplicas .Values.replicas .Values.autoscaling.enabled }}\n"
        "{{- if gt (int $least) 1 }}\n"
    )
    return several + text + "{{- end }}\n"


def _object(version: str, kind: str, workload: Workload, spec: dict[str, Any]) -> dict[str, Any]:
    labels = {**selector_of(workload), **common_labels(_RELEASE), VERSION_LABEL: f"{_MARK}version"}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": _RELEASE, "labels": labels}, "spec": spec}


def _template(document: dict[str, Any]) -> str:
    text = to_yaml(document).replace(_RELEASE, "{{ .Release.Name }}")
    return text.replace(f"{_MARK}version", "{{ .Chart.AppVersion | quote }}")


def _lines(indent: str, lines: Sequence[str]) -> str:
    return "".join(f"{indent}{line}\n" for line in lines)


_OBJECT = {"type": "object"}
_SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["image", "replicas", "autoscaling", "resources", "env", "service"],
    "properties": {
        "image": {"type": "string", "minLength": 1},
        "pullSecret": {"type": "string"},
        "replicas": {"type": "integer", "minimum": 0},
        "autoscaling": {
            "type": "object",
            "properties": {
                "enabled": {"type": "boolean"},
                "minReplicas": {"type": "integer", "minimum": 1},
                "maxReplicas": {"type": "integer", "minimum": 1},
                "targetCPUUtilizationPercentage": {"type": "integer", "minimum": 1},
            },
        },
        "resources": _OBJECT,
        "env": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
        "keysSecret": {"type": "string"},
        "service": {
            "type": "object",
            "properties": {"type": {"type": "string"}, "port": {"type": "integer", "minimum": 1, "maximum": 65535}},
        },
    },
}
