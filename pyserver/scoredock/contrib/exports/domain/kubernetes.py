"""A packaged image as the YAML of `kubectl apply`. Pure."""

from __future__ import annotations

from typing import Any

import yaml

from scoredock.clusters.objects import InvalidWorkload, Workload, kubernetes_objects, scale_of
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject, head, secret_lines, to_yaml
from scoredock.errors import ScoredockError
from scoredock.images.built import INTERPRETER
from scoredock.late_dataclass import dataclass
from scoredock.packaging.texts import require_image

FILE, KUSTOMIZATION = "kubernetes.yaml", "kustomization.yaml"


@dataclass(frozen=True, slots=True)
class KubernetesExport:
    """The YAML, and the Secrets that whoever applies it makes first."""

    text: str
    secrets: tuple[str, ...]


def subject_workload(subject: ExportSubject) -> Workload:
    """Workload for what is exported."""
    return Workload(
        subject.name,
        subject.image,
        INTERPRETER,
        values=subject.hints.configuration,
        cpu=subject.hints.resources.cpu,
        memory_gb=subject.hints.resources.memory_gb,
        keys=f"{subject.name}-keys" if subject.hints.keys else "",
        lost_node_seconds=subject.lost_node_seconds,
        namespace=subject.namespace,
        replicas=subject.replicas,
        variables=subject.variables,
        pull_secret=subject.pull_secret,
    )


def workload_objects(workload: Workload) -> list[dict[str, Any]]:
    """Raises ScoredockError `base-image-invalid` for what is not an image, `package-export-invalid` for other
    fields."""
    require_image(workload.image)
    try:
        return kubernetes_objects(workload)
    except InvalidWorkload as fault:
        raise ScoredockError("package-export-invalid", str(fault)) from None


def kubernetes_export(workload: Workload, origin: str = "") -> KubernetesExport:
    """`origin` is what the first line says it was made from. Raises as `workload_objects`."""
    documents = workload_objects(workload)
    secrets = tuple(each for each in (workload.keys, workload.pull_secret) if each)
    text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=120)
    return KubernetesExport(_head(workload, origin or workload.image) + text, secrets)


def _head(workload: Workload, origin: str) -> str:
    scale = scale_of(workload)
    lines = [
        f"# Written by Scoredock from {origin} for `kubectl apply -f {FILE}`.",
        "# Only kinds that every cluster has.",
    ]
    if workload.keys:
        lines += [f"# {line}" for line in secret_lines(workload.keys, workload.namespace)]
    else:
        lines.append("# There is nothing to fill in.")
    if scale.utilization:
        lines.append(
            f"# In Azure ML {scale.utilization} % meant busy replicas; here it is processor time of what is requested."
        )
    return "".join(f"{line}\n" for line in lines)


def kustomize_export(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    workload = subject_workload(subject)
    name, tag, digest = split_image(subject.image)
    texts: dict[str, str] = {}
    for document in workload_objects(workload):
        texts[f"{str(document['kind']).lower()}.yaml"] = to_yaml(document)
    kustomization: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        **({"namespace": subject.namespace} if subject.namespace else {}),
        "resources": sorted(texts),
        "images": [{"name": name, **({"digest": digest} if digest else {"newTag": tag or "latest"})}],
    }
    lines = ["Another image, namespace or number of replicas belongs into an overlay, or into the fields below."]
    if workload.keys:
        lines += secret_lines(workload.keys, subject.namespace)
    else:
        lines.append("There is nothing to fill in.")
    if workload.pull_secret:
        lines.append(f"The Secret {workload.pull_secret} with the login to the registry has to be there, too.")
    texts[KUSTOMIZATION] = head(subject, "kubectl apply -k FOLDER", lines) + to_yaml(kustomization)
    return ExportFiles(texts, KUSTOMIZATION, tuple(each for each in (workload.keys, workload.pull_secret) if each))


def split_image(image: str) -> tuple[str, str, str]:
    """Name, tag and digest; empty where there is none."""
    name, _, digest = image.partition("@")
    head_, colon, tag = name.rpartition(":")
    return (head_, tag, digest) if colon and "/" not in tag else (name, "", digest)
