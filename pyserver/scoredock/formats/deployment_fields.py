"""The keys of deployment configurations, and which compute type reads which."""

from __future__ import annotations

from collections.abc import Mapping

from scoredock.formats import container
from scoredock.formats.fields import Field

COMPUTE_TYPES = ("local", "aci", "aks", "aksendpoint")
_ACI = frozenset({"aci"})
_AKS = frozenset({"aks", "aksendpoint"})
_CLOUD = _ACI | _AKS

_HELD_LOCALLY = frozenset(
    {
        "authEnabled",
        "tokenAuthEnabled",
        "keys",
        "sslEnabled",
        "sslCertificate",
        "sslKey",
        "scoringTimeoutMs",
        "maxConcurrentRequestsPerContainer",
        "maxQueueWaitMs",
        "numReplicas",
        "livenessProbeRequirements",
        "dataCollection",
        "appInsightsEnabled",
        "containerResourceRequirements",
    }
)
"""Keys that Azure ML passes over for `local`, and that a local service of ours obeys."""
_HELD_ON_AKS = frozenset({"sslEnabled", "sslCertificate", "sslKey"})
"""The same for AKS, where the certificate was one of the cluster."""
READINESS = "readinessProbeRequirements"
"""What a deployment of v2 says by `readiness_probe`, with the keys of `livenessProbeRequirements`. No configuration of
v1 has it: it is given as a setting, for every compute type."""


def is_held(name: str, target: str) -> bool:
    """True if a service here obeys a key that Azure ML passes over for this compute type."""
    return name in (_HELD_LOCALLY if target == "local" else _HELD_ON_AKS if target in _AKS else ())


def is_without_certificate(keys: Mapping[str, object], target: str) -> bool:
    """True if `sslEnabled` would stand alone on AKS: the cluster has the certificate there, and there is none here."""
    return target in _AKS and not keys.get("sslCertificate") and not keys.get("sslKey")


_RESOURCES = (
    Field(
        "cpu",
        "number",
        "CPU cores; decimals are allowed. On AKS what the container asks for.",
        default="0.1",
        above=0,
        v2="instance_type, or resources.requests.cpu",
    ),
    Field(
        "memoryInGB",
        "number",
        "Memory in gigabytes.",
        default="0.5",
        above=0,
        v2="instance_type, or resources.requests.memory",
    ),
    Field(
        "cpuLimit",
        "number",
        "CPU cores the container may use at most.",
        default="none",
        above=0,
        targets=_AKS,
        v2="resources.limits.cpu",
    ),
    Field(
        "memoryInGBLimit",
        "number",
        "Gigabytes the container may use at most.",
        default="none",
        above=0,
        targets=_AKS,
        v2="resources.limits.memory",
    ),
)
_SCALER = (
    Field(
        "autoscaleEnabled",
        "boolean",
        "Let the number of replicas follow the load.",
        default="true when numReplicas is absent",
        v2="scale_settings.type",
    ),
    Field("minReplicas", "integer", "Fewest replicas.", default="1", above=0, v2="scale_settings.min_instances"),
    Field("maxReplicas", "integer", "Most replicas.", default="10", above=0, v2="scale_settings.max_instances"),
    Field(
        "refreshPeriodInSeconds",
        "integer",
        "How often the autoscaler looks, in seconds.",
        default="1",
        above=0,
        v2="scale_settings.polling_interval",
    ),
    Field(
        "targetUtilization",
        "integer",
        "Share of busy replicas that is aimed at, in percent.",
        default="70",
        above=0,
        v2="scale_settings.target_utilization_percentage",
    ),
)
_PROBE = (
    Field("periodSeconds", "integer", "Seconds between two probes.", default="10", above=0, v2="liveness_probe.period"),
    Field(
        "initialDelaySeconds",
        "integer",
        "Seconds before the first probe.",
        default="310",
        above=0,
        v2="liveness_probe.initial_delay",
    ),
    Field(
        "timeoutSeconds",
        "integer",
        "Seconds that an answer may take.",
        default="2",
        above=0,
        v2="liveness_probe.timeout",
    ),
    Field(
        "successThreshold",
        "integer",
        "Good probes in a row that count as alive.",
        default="1",
        above=0,
        v2="liveness_probe.success_threshold",
    ),
    Field(
        "failureThreshold",
        "integer",
        "Bad probes in a row that count as dead.",
        default="3",
        above=0,
        v2="liveness_probe.failure_threshold",
    ),
)
_KEYS = (
    Field(
        "primaryKey",
        "text",
        "First key of the service; generated when absent. Better kept out of files.",
        v2="none: made with the endpoint",
    ),
    Field(
        "secondaryKey",
        "text",
        "Second key of the service; only used together with the first.",
        v2="none: made with the endpoint",
    ),
)

FIELDS = (
    Field(
        "computeType",
        "text",
        "Where the service runs: local (this machine), aci, aks or aksendpoint.",
        nullable=False,
        choices=COMPUTE_TYPES,
        snippet='"local"',
        v2="kind of endpoint",
    ),
    Field(
        "port",
        "integer",
        "Port on this machine; absent, null or 0 takes a free one.",
        default="a free one",
        least=0,
        most=65535,
        snippet="6789",
        targets=frozenset({"local"}),
        v2="none: a local deployment takes a free port",
    ),
    Field(
        "containerResourceRequirements",
        "object",
        "CPU and memory of the container.",
        nullable=False,
        fields=_RESOURCES,
        snippet='{"cpu": 0.5, "memoryInGB": 1.0}',
        targets=_CLOUD,
        v2="instance_type, or resources",
    ),
    Field(
        container.KEY,
        "object",
        "What the container of a service here may do beyond its defaults; Azure ML ignores it.",
        nullable=False,
        fields=container.FIELDS,
        snippet='{"readOnlyRoot": false}',
        v2="none",
    ),
    Field(
        "authEnabled",
        "boolean",
        "Ask callers for a key.",
        default="false on ACI, true on AKS",
        snippet="true",
        targets=_CLOUD,
        v2="endpoint auth_mode: key",
    ),
    Field(
        "sslEnabled",
        "boolean",
        "Serve over TLS; needs certificate, key and name.",
        default="false",
        snippet="false",
        targets=_ACI,
        v2="none: TLS is automatic",
    ),
    Field(
        "sslCertificate",
        "text",
        "Path of the certificate file.",
        targets=_ACI,
        path="file",
        v2="none: TLS is automatic",
    ),
    Field(
        "sslKey",
        "text",
        "Path of the key file of the certificate.",
        targets=_ACI,
        path="file",
        v2="none: TLS is automatic",
    ),
    Field(
        "cname",
        "text",
        "Host name of the certificate.",
        targets=_ACI,
        v2="none: the name is https://<endpoint>.<region>.inference.ml.azure.com",
    ),
    Field(
        "appInsightsEnabled",
        "boolean",
        "Send logs and timings to Application Insights.",
        default="false",
        snippet="false",
        targets=_CLOUD,
        v2="app_insights_enabled",
    ),
    Field("location", "text", "Azure region.", default="that of the workspace", targets=_ACI, v2="endpoint location"),
    Field(
        "dnsNameLabel",
        "text",
        "First part of the host name.",
        default="generated",
        targets=_ACI,
        v2="none: the name of the endpoint",
    ),
    Field(
        "vaultBaseUrl",
        "text",
        "Key vault of a customer-managed key.",
        targets=_ACI,
        v2="none: keys of your own are a matter of the workspace",
    ),
    Field(
        "keyName",
        "text",
        "Name of a customer-managed key.",
        targets=_ACI,
        v2="none: keys of your own are a matter of the workspace",
    ),
    Field(
        "keyVersion",
        "text",
        "Version of a customer-managed key.",
        targets=_ACI,
        v2="none: keys of your own are a matter of the workspace",
    ),
    Field(
        "vnetName",
        "text",
        "Virtual network; needs subnetName.",
        targets=_ACI,
        v2="public_network_access and egress_public_network_access",
    ),
    Field(
        "subnetName",
        "text",
        "Subnet of the virtual network.",
        targets=_ACI,
        v2="public_network_access and egress_public_network_access",
    ),
    Field(
        "keys",
        "object",
        "Keys of the service; generated when absent.",
        nullable=False,
        fields=_KEYS,
        targets=_CLOUD,
        v2="none: made with the endpoint, read by get-credentials",
    ),
    Field(
        "autoScaler",
        "object",
        "Limits and aim of the autoscaler.",
        nullable=False,
        fields=_SCALER,
        snippet='{"autoscaleEnabled": true, "minReplicas": 1, "maxReplicas": 3}',
        targets=_AKS,
        v2="scale_settings",
    ),
    Field(
        "dataCollection",
        "object",
        "Collection of inputs and predictions.",
        nullable=False,
        fields=(
            Field(
                "storageEnabled",
                "boolean",
                "Store them.",
                default="false",
                v2="data_collector.collections.<name>.enabled",
            ),
        ),
        snippet='{"storageEnabled": true}',
        targets=_AKS,
        v2="data_collector",
    ),
    Field(
        "tokenAuthEnabled",
        "boolean",
        "Ask callers for a token; not together with keys.",
        default="false",
        snippet="true",
        targets=_AKS,
        v2="endpoint auth_mode: aml_token",
    ),
    Field(
        "gpuCores",
        "integer",
        "GPUs of the container.",
        default="0",
        least=0,
        targets=_AKS,
        v2="resources.limits.nvidia.com/gpu",
    ),
    Field(
        "scoringTimeoutMs",
        "integer",
        "Milliseconds that one request may take.",
        default="60000",
        above=0,
        targets=_AKS,
        v2="request_settings.request_timeout_ms",
    ),
    Field(
        "maxConcurrentRequestsPerContainer",
        "integer",
        "Requests that one container works on at a time.",
        default="1",
        above=0,
        targets=_AKS,
        v2="request_settings.max_concurrent_requests_per_instance",
    ),
    Field(
        "maxQueueWaitMs",
        "integer",
        "Milliseconds that a request may wait for a free container before it gets 503.",
        default="500",
        above=0,
        targets=_AKS,
        v2="request_settings.max_queue_wait_ms",
    ),
    Field(
        "numReplicas",
        "integer",
        "Fixed number of replicas; turns the autoscaler off.",
        default="none: autoscaled",
        above=0,
        snippet="1",
        targets=_AKS,
        v2="instance_count",
    ),
    Field(
        "livenessProbeRequirements",
        "object",
        "How Kubernetes finds out whether the service lives.",
        nullable=False,
        fields=_PROBE,
        targets=_AKS,
        v2="liveness_probe",
    ),
    Field("namespace", "text", "Kubernetes namespace.", targets=_AKS, v2="none: said when the cluster is attached"),
    Field("computeTargetName", "text", "Name of the AKS cluster.", targets=frozenset({"aks"}), v2="endpoint compute"),
    Field(
        "versionName",
        "text",
        "Name of this version of the endpoint.",
        default="that of the endpoint",
        targets=frozenset({"aksendpoint"}),
        v2="deployment name",
    ),
    Field(
        "trafficPercentile",
        "number",
        "Share of the requests, in percent.",
        least=0,
        most=100,
        targets=frozenset({"aksendpoint"}),
        v2="endpoint traffic",
    ),
)
