"""Kinds that a service and a package can be exported as. Each kind is declared here, and nowhere else."""

from __future__ import annotations

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import printable


@dataclass(frozen=True, slots=True)
class ExportKind:
    """Form that a service can be exported as."""

    id: str
    """On the command line and in the protocol."""
    title: str
    """In English, as `detail`; the texts are translated where they are shown."""
    detail: str
    file: str
    """The name that is proposed."""
    is_folder: bool = False
    from_image: bool = True
    """Of an image alone it can be made."""
    from_folder: bool = False
    """It is made of the packaged files where these are there: of a service, or of a folder of `package create`."""


KINDS: dict[str, ExportKind] = {
    each.id: each
    for each in (
        ExportKind(
            "kubernetes",
            "Kubernetes",
            "YAML for kubectl: Deployment, Service and what belongs to them",
            "kubernetes.yaml",
        ),
        ExportKind(
            "kustomize",
            "Kustomize",
            "The same objects, one file for each, below a kustomization.yaml",
            "kustomize",
            is_folder=True,
        ),
        ExportKind(
            "helm",
            "Helm",
            "Chart with image, replicas, resources and variables as values",
            "chart",
            is_folder=True,
        ),
        ExportKind("kserve", "KServe", "InferenceService with the image as its predictor", "inference-service.yaml"),
        ExportKind("compose", "Docker Compose", "File for docker compose and podman-compose", "compose.yaml"),
        ExportKind(
            "systemd",
            "systemd",
            "Units for the machine and for one account, without root",
            "systemd",
            is_folder=True,
            from_folder=True,
        ),
        ExportKind("app-service", "Azure App Service", "Template of a web app with the image", "app-service.json"),
        ExportKind("container-apps", "Azure Container Apps", "YAML of a container app", "container-app.yaml"),
        ExportKind(
            "container-instances", "Azure Container Instances", "YAML of a container group", "container-group.yaml"
        ),
        ExportKind(
            "iot-edge", "Azure IoT Edge", "Deployment manifest with the image as a module", "deployment.template.json"
        ),
        ExportKind(
            "functions",
            "Azure Functions",
            "App with host.json, function.json, code and a Dockerfile",
            "functions",
            is_folder=True,
            from_image=False,
            from_folder=True,
        ),
        ExportKind(
            "run.sh",
            "Shell script",
            "run.sh, which starts the service in the foreground",
            "run",
            is_folder=True,
            from_folder=True,
        ),
    )
}


def require_kind(kind: str) -> ExportKind:
    """Raises ScoredockError `package-export-invalid`."""
    export_kind = KINDS.get(kind)
    if export_kind is None:
        raise ScoredockError(
            "package-export-invalid",
            l10n.t("{kind} is not a kind of export.", kind=printable(kind)),
            l10n.t("Use one of {kinds}.", kinds=", ".join(KINDS)),
        )
    return export_kind
