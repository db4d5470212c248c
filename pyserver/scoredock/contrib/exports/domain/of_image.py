"""An image as each kind of export that needs nothing but it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from scoredock import l10n
from scoredock.clusters.objects import KEY_DIGESTS
from scoredock.contrib.exports.domain.app_service import app_service_export
from scoredock.contrib.exports.domain.compose import compose_export
from scoredock.contrib.exports.domain.container_apps import container_apps_export
from scoredock.contrib.exports.domain.container_instances import FILE as GROUP_FILE
from scoredock.contrib.exports.domain.container_instances import ContainerGroup, container_group
from scoredock.contrib.exports.domain.helm import helm_export
from scoredock.contrib.exports.domain.iot_edge import EdgeModule, deployment_manifest
from scoredock.contrib.exports.domain.kinds import require_kind
from scoredock.contrib.exports.domain.kserve import kserve_export
from scoredock.contrib.exports.domain.kubernetes import FILE as KUBERNETES_FILE
from scoredock.contrib.exports.domain.kubernetes import kubernetes_export, kustomize_export, subject_workload
from scoredock.contrib.exports.domain.run_script import run_image
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject, invalid, require_subject
from scoredock.contrib.exports.domain.systemd import systemd_image

_MANIFEST_FILE = "deployment.template.json"


def image_export(kind: str, subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_subject(subject)
    make = _MAKERS.get(require_kind(kind).id)
    if make is None:
        raise invalid(
            l10n.t("{kind} is made of a service, not of an image.", kind=kind),
            l10n.t("Use `scoredock service export {kind} NAME`.", kind=kind),
        )
    return make(subject)


def _kubernetes(subject: ExportSubject) -> ExportFiles:
    made = kubernetes_export(subject_workload(subject), subject.origin)
    return ExportFiles({KUBERNETES_FILE: made.text}, KUBERNETES_FILE, made.secrets)


def _iot_edge(subject: ExportSubject) -> ExportFiles:
    handed = {KEY_DIGESTS: f"${KEY_DIGESTS}"} if subject.hints.keys else {}
    variables = {**subject.variables, **handed}
    module = EdgeModule(
        subject.name, subject.image, subject.host_port, variables, subject.hints.resources, subject.origin
    )
    made = deployment_manifest(module)
    return ExportFiles({_MANIFEST_FILE: made.manifest}, _MANIFEST_FILE, made.references)


def _container_instances(subject: ExportSubject) -> ExportFiles:
    group = ContainerGroup(
        subject.name,
        subject.image,
        dns_label=subject.dns_label,
        resources=subject.hints.resources,
        variables=subject.variables,
        secrets=(KEY_DIGESTS,) if subject.hints.keys else (),
        origin=subject.origin,
        **({"location": subject.location} if subject.location else {}),
    )
    text = container_group(group)
    login = ("imageRegistryCredentials",) if "imageRegistryCredentials" in text else ()
    return ExportFiles({GROUP_FILE: text}, GROUP_FILE, (*group.secrets, *login))


_MAKERS: dict[str, Callable[[ExportSubject], ExportFiles]] = {
    "kubernetes": _kubernetes,
    "kustomize": kustomize_export,
    "helm": helm_export,
    "kserve": kserve_export,
    "compose": compose_export,
    "systemd": systemd_image,
    "app-service": app_service_export,
    "container-apps": container_apps_export,
    "container-instances": _container_instances,
    "iot-edge": _iot_edge,
    "run.sh": run_image,
}
