"""The objects of Kubernetes as a folder of Kustomize: one file for each, and the image in one place. Pure."""

from __future__ import annotations

from typing import Any

from scoredock.packaging.exports.subject import ExportFiles, Subject, head, secret_lines, to_yaml
from scoredock.packaging.kubernetes import subject_workload, workload_objects

FILE = "kustomization.yaml"


def kustomize_export(subject: Subject) -> ExportFiles:
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
    texts[FILE] = head(subject, "kubectl apply -k FOLDER", lines) + to_yaml(kustomization)
    return ExportFiles(texts, FILE, tuple(each for each in (workload.keys, workload.pull_secret) if each))


def split_image(image: str) -> tuple[str, str, str]:
    """Name, tag and digest; empty where there is none."""
    name, _, digest = image.partition("@")
    head_, colon, tag = name.rpartition(":")
    return (head_, tag, digest) if colon and "/" not in tag else (name, "", digest)
