"""Arguments of calls of the SDK v1: by name, values that are certain, settings of deployment configurations as their
files have them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.contrib.migration.domain.source import Value
from scoredock.contrib.sdk.api import SdkSignature, SdkValues, line_of, method, possible
from scoredock.late_dataclass import dataclass

UNKNOWN = object()
"""A value that is not certain."""
SETTINGS: Mapping[str, str] = {
    "cpu_cores": "containerResourceRequirements.cpu",
    "memory_gb": "containerResourceRequirements.memoryInGB",
    "cpu_cores_limit": "containerResourceRequirements.cpuLimit",
    "memory_gb_limit": "containerResourceRequirements.memoryInGBLimit",
    "gpu_cores": "gpuCores",
    "auth_enabled": "authEnabled",
    "token_auth_enabled": "tokenAuthEnabled",
    "enable_app_insights": "appInsightsEnabled",
    "collect_model_data": "dataCollection.storageEnabled",
    "scoring_timeout_ms": "scoringTimeoutMs",
    "replica_max_concurrent_requests": "maxConcurrentRequestsPerContainer",
    "max_request_wait_time": "maxQueueWaitMs",
    "num_replicas": "numReplicas",
    "autoscale_enabled": "autoScaler.autoscaleEnabled",
    "autoscale_min_replicas": "autoScaler.minReplicas",
    "autoscale_max_replicas": "autoScaler.maxReplicas",
    "autoscale_refresh_seconds": "autoScaler.refreshPeriodInSeconds",
    "autoscale_target_utilization": "autoScaler.targetUtilization",
    "period_seconds": "livenessProbeRequirements.periodSeconds",
    "initial_delay_seconds": "livenessProbeRequirements.initialDelaySeconds",
    "timeout_seconds": "livenessProbeRequirements.timeoutSeconds",
    "success_threshold": "livenessProbeRequirements.successThreshold",
    "failure_threshold": "livenessProbeRequirements.failureThreshold",
    "namespace": "namespace",
    "compute_target_name": "computeTargetName",
    "version_name": "versionName",
    "traffic_percentile": "trafficPercentile",
    "location": "location",
    "ssl_enabled": "sslEnabled",
    "ssl_cert_pem_file": "sslCertificate",
    "ssl_key_pem_file": "sslKey",
    "ssl_cname": "cname",
    "dns_name_label": "dnsNameLabel",
    "primary_key": "keys.primaryKey",
    "secondary_key": "keys.secondaryKey",
    "cmk_vault_base_url": "vaultBaseUrl",
    "cmk_key_name": "keyName",
    "cmk_key_version": "keyVersion",
    "vnet_name": "vnetName",
    "subnet_name": "subnetName",
    "port": "port",
}
"""Argument of deploy_configuration() → the key that a file has for it."""
_SECRET = frozenset(("primary_key", "secondary_key"))
COMPUTE_TYPES = {
    "LocalWebservice": "local",
    "AciWebservice": "aci",
    "AksWebservice": "aks",
    "AksEndpoint": "aksendpoint",
}


@dataclass(frozen=True, slots=True)
class SdkCall:
    """A call of something of the SDK."""

    owner: str
    """The class; empty for none of the SDK."""
    name: str
    """Of the method; `new` for an object that is made."""
    node: ast.Call
    scope: Scope
    arguments: Mapping[str, ast.expr]
    """By the names of its parameters."""
    is_certain: bool
    """Whether every argument is certain: no stars, nothing that the parameters do not have."""

    def has_only(self, *names: str) -> bool:
        """True if nothing else is given."""
        return self.is_certain and set(self.arguments) <= set(names)

    def value(self, name: str) -> object:
        """The value that an argument surely has; None where it is not given, UNKNOWN where it is not certain."""
        node = self.arguments.get(name)
        return None if node is None else literal(node, self.scope)

    def text(self, name: str) -> str:
        """A text that is certain; empty otherwise."""
        value = self.value(name)
        return value if isinstance(value, str) else ""


def sdk_call(node: ast.Call, scope: Scope, values: SdkValues) -> SdkCall | None:
    """Call of the SDK that a node is; None for other calls."""
    owner = values.class_named(node.func, scope)
    if owner:
        signature = next((each.new for each in line_of(owner) if each.new is not None), None)
        return _bound(owner, "new", node, scope, signature)
    if not isinstance(node.func, ast.Attribute):
        return None
    owner, named = values.owner(node.func, scope)
    if not owner:
        return None
    for each in possible(owner, named):
        signature = method(each, node.func.attr)
        if signature is not None:
            return _bound(owner, node.func.attr, node, scope, signature)
    return SdkCall(owner, node.func.attr, node, scope, {}, is_certain=False)


def _bound(owner: str, name: str, node: ast.Call, scope: Scope, signature: SdkSignature | None) -> SdkCall:
    if signature is None:
        return SdkCall(owner, name, node, scope, {}, is_certain=False)
    arguments = dict(zip(signature.positional, node.args, strict=False))
    certain = len(node.args) <= len(signature.positional)
    certain = certain and not any(isinstance(each, ast.Starred) for each in node.args)
    for keyword in node.keywords:
        if keyword.arg is None or (keyword.arg not in signature.keywords and not signature.any_keyword):
            certain = False
        else:
            arguments[keyword.arg] = keyword.value
    return SdkCall(owner, name, node, scope, arguments, is_certain=certain)


def literal(node: ast.expr, scope: Scope) -> object:
    """A plain value, also behind names that are given one once; UNKNOWN where it is not certain."""
    node, scope = follow(node, scope)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        items = [literal(each, scope) for each in node.elts]
        return UNKNOWN if UNKNOWN in items else items
    if isinstance(node, ast.Dict):
        if any(key is None for key in node.keys):
            return UNKNOWN
        pairs = [
            (literal(key, scope), literal(value, scope))
            for key, value in zip(node.keys, node.values, strict=True)
            if key
        ]
        if any(UNKNOWN in pair or not isinstance(pair[0], str) for pair in pairs):
            return UNKNOWN
        return dict(pairs)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = literal(node.operand, scope)
        return -value if isinstance(value, int | float) else UNKNOWN
    return UNKNOWN


def settings_of(call: SdkCall) -> dict[str, Value] | None:
    """The settings of deploy_configuration() by the paths of files; None where one is not certain. Keys of a service
    have a note, and are never taken."""
    settings: dict[str, Value] = {}
    for name in call.arguments:
        if name in ("tags", "properties", "description"):
            continue
        value: object = "…" if name in _SECRET else call.value(name)
        if name not in SETTINGS or value is UNKNOWN:
            return None
        if value is not None and isinstance(value, str | int | float | bool):
            settings[SETTINGS[name]] = value
    return settings if call.is_certain else None


def texts_of(value: object) -> dict[str, str]:
    """A table of texts."""
    return {str(key): str(each) for key, each in value.items()} if isinstance(value, dict) else {}
