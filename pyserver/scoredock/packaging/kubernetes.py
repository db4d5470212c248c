"""A packaged image as the YAML of `kubectl apply`. Pure."""

from __future__ import annotations

import yaml

from scoredock.clusters.objects import DIGESTS, InvalidWorkload, Workload, kubernetes_objects, scale_of
from scoredock.errors import ScoredockError
from scoredock.images.built import INTERPRETER
from scoredock.late_dataclass import dataclass
from scoredock.packaging.package import Hints
from scoredock.packaging.texts import require_image

FILE = "kubernetes.yaml"


@dataclass(frozen=True, slots=True)
class KubernetesExport:
    """The YAML, and the Secrets that whoever applies it makes first."""

    text: str
    secrets: tuple[str, ...]


def package_workload(name: str, image: str, hints: Hints) -> Workload:
    """A packaged image as what is to run, by what it says of itself."""
    return Workload(
        name,
        image,
        INTERPRETER,
        values=hints.configuration,
        cpu=hints.resources.cpu,
        memory_gb=hints.resources.memory_gb,
        keys=f"{name}-keys" if hints.keys else "",
    )


def kubernetes_export(workload: Workload) -> KubernetesExport:
    """Raises ScoredockError `base-image-invalid` for what is no image, `package-export-invalid` for other fields."""
    require_image(workload.image)
    try:
        documents = kubernetes_objects(workload)
    except InvalidWorkload as fault:
        raise ScoredockError("package-export-invalid", str(fault)) from None
    secrets = tuple(each for each in (workload.keys, workload.pull_secret) if each)
    text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=120)
    return KubernetesExport(_head(workload) + text, secrets)


def _head(workload: Workload) -> str:
    scale = scale_of(workload)
    lines = [f"# Written by Scoredock for `kubectl apply -f {FILE}`. Only kinds that every cluster has."]
    if workload.keys:
        command = f"kubectl create secret generic {workload.keys} --from-literal {DIGESTS}=DIGESTS"
        place = f" --namespace {workload.namespace}" if workload.namespace else ""
        lines += [
            "# Callers need a key. First, with the SHA-256 of each key, separated by commas, for DIGESTS:",
            f"#   {command}{place}",
        ]
    if scale.utilization:
        lines.append(
            f"# In Azure ML {scale.utilization} % meant busy replicas; here it is processor time of what is requested."
        )
    return "".join(f"{line}\n" for line in lines)
