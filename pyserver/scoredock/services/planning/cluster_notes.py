"""Notes on a deployment configuration in a cluster: what the cluster does as it says, what is different there, and what
has no meaning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.clusters.objects import InvalidWorkload, Workload, cluster_values, scale_of

if TYPE_CHECKING:
    from scoredock.formats.deployment import DeploymentConfig

_AKS = ("aks", "aksendpoint")
_REQUEST = "containerResourceRequirements"
_PROBE = "livenessProbeRequirements"
_TARGET = "computeTargetName"


def cluster_notes(config: DeploymentConfig, file: str, compute: str, of_front: Sequence[str]) -> Iterator[str]:
    """Notes for a service on a compute target; `of_front` is what callers notice of the configuration."""
    values = {name: value for name, value in config.fields.items() if value is not None and value is not False}
    target = config.compute_type
    if target not in _AKS:
        yield l10n.t(
            "The service is one for {target} by {file}, and runs in the cluster {compute}.",
            file=file,
            target=target,
            compute=compute,
        )
    autoscaled = _autoscaled(config)
    obeyed = [*of_front, *([autoscaled] if autoscaled else []), *_of_pods(values)]
    if obeyed:
        yield l10n.t("Used from {file}, defaults included: {settings}.", file=file, settings=", ".join(obeyed))
    idle = list(_without_meaning(values, compute))
    if idle:
        yield l10n.t("Not used from {file}: {settings}.", file=file, settings=", ".join(idle))
    if values.get("dataCollection.storageEnabled"):
        yield l10n.t(
            "What the service collects is in its pods and goes with them. It is copied to this machine about every ten"
            " seconds while somebody looks at the service, and before an update or a stop ends them."
        )


def _autoscaled(config: DeploymentConfig) -> str:
    """How the autoscaler is set up; empty where there is none."""
    values = cluster_values({**config.fields, "computeType": config.compute_type})
    try:
        scale = scale_of(Workload("", "", "", values=values))
    except InvalidWorkload:
        return ""  # the deployment is refused for it
    if not scale.utilization:
        return ""
    return l10n.t(
        "autoscaling from {least} to {most} replicas at {utilization}%",
        least=scale.least,
        most=scale.most,
        utilization=scale.utilization,
    )


def _of_pods(values: Mapping[str, object]) -> Iterator[str]:
    if "numReplicas" in values:
        yield l10n.t("the number of replicas")
    if any(name.startswith(f"{_REQUEST}.") for name in values):
        yield l10n.t("resources")
    if values.get("gpuCores"):
        yield "GPUs"
    if any(name.startswith(f"{_PROBE}.") for name in values):
        yield l10n.t("the liveness probe")
    if values.get("namespace"):
        yield l10n.t("namespace")


def _without_meaning(values: Mapping[str, object], compute: str) -> Iterator[str]:
    tops = {name.partition(".")[0] for name in values}
    for name, words in (
        ("container", l10n.t("protection of the container")),
        ("location", l10n.t("region")),
        ("dnsNameLabel", l10n.t("host name")),
        ("vaultBaseUrl", l10n.t("key vault")),
        ("vnetName", l10n.t("virtual network")),
        ("trafficPercentile", l10n.t("traffic share")),
    ):
        if name in tops:
            yield words
    if "autoScaler.refreshPeriodInSeconds" in values:
        yield l10n.t("how often the autoscaler looks")
    if values.get(f"{_PROBE}.successThreshold", 1) != 1:
        yield l10n.t("more than one success of the liveness probe")
    if str(values.get(_TARGET, compute)).casefold() != compute.casefold():
        yield l10n.t("the compute target {name}", name=values[_TARGET])
