"""Keys of deployment configurations: in the wrong place, under the SDK's names, with secrets, and those of TLS."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.edits import changed, inserted, plain, quoted, remove, without
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import check_path, folder_of, known_folder, resolve
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar
from scoredock.checks.configs.deployment import key_rules as rules
from scoredock.checks.configs.inference.older_keys import OLDER
from scoredock.checks.configs.shape import renamed
from scoredock.formats.deployment_fields import FIELDS
from scoredock.formats.fields import find
from scoredock.formats.secrets import is_literal
from scoredock.text import Fix, TextEdit

_PROBE, _SIZES, _SCALER = "livenessProbeRequirements", "containerResourceRequirements", "autoScaler"
_SDK_NAMES: dict[str, tuple[str, ...]] = {
    "cpu_cores": (_SIZES, "cpu"),
    "cpuCores": (_SIZES, "cpu"),
    "memory_gb": (_SIZES, "memoryInGB"),
    "memoryGb": (_SIZES, "memoryInGB"),
    "memoryGB": (_SIZES, "memoryInGB"),
    "cpu_cores_limit": (_SIZES, "cpuLimit"),
    "memory_gb_limit": (_SIZES, "memoryInGBLimit"),
    "enable_app_insights": ("appInsightsEnabled",),
    "enableAppInsights": ("appInsightsEnabled",),
    "collect_model_data": ("dataCollection", "storageEnabled"),
    "autoscale_enabled": (_SCALER, "autoscaleEnabled"),
    "autoscale_min_replicas": (_SCALER, "minReplicas"),
    "autoscale_max_replicas": (_SCALER, "maxReplicas"),
    "autoscale_refresh_seconds": (_SCALER, "refreshPeriodInSeconds"),
    "autoscale_target_utilization": (_SCALER, "targetUtilization"),
    "replica_max_concurrent_requests": ("maxConcurrentRequestsPerContainer",),
    "max_request_wait_time": ("maxQueueWaitMs",),
    "primary_key": ("keys", "primaryKey"),
    "secondary_key": ("keys", "secondaryKey"),
    "ssl_cert_pem_file": ("sslCertificate",),
    "ssl_key_pem_file": ("sslKey",),
    "ssl_cname": ("cname",),
    "cmk_vault_base_url": ("vaultBaseUrl",),
    "cmk_key_name": ("keyName",),
    "cmk_key_version": ("keyVersion",),
    "period_seconds": (_PROBE, "periodSeconds"),
    "initial_delay_seconds": (_PROBE, "initialDelaySeconds"),
    "timeout_seconds": (_PROBE, "timeoutSeconds"),
    "success_threshold": (_PROBE, "successThreshold"),
    "failure_threshold": (_PROBE, "failureThreshold"),
    "aadAuthEnabled": ("tokenAuthEnabled",),
    "gpu": ("gpuCores",),
    "gpu_cores": ("gpuCores",),
    "storageInitEnabled": ("dataCollection", "storageEnabled"),
}
"""Names of the SDK and of the REST interface → where the file has them."""
_PLACES: dict[str, tuple[str, ...]] = {
    inner.name: (outer.name, inner.name) for outer in FIELDS for inner in outer.fields
} | {outer.name: (outer.name,) for outer in FIELDS}
_OF_COMMAND = {
    "tags": "--tag",
    "kvTags": "--tag",
    "properties": "--property",
    "description": "--description",
    "name": "--name",
    "serviceName": "--name",
    "model": "--model",
    "models": "--model",
    "overwrite": "--overwrite",
}
"""Key → option of the command line."""
_OF_INFERENCE = frozenset(
    {
        "entryScript",
        "sourceDirectory",
        "environment",
        *OLDER,
    }
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_HOST = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*://)?([A-Za-z0-9*-]+(?:\.[A-Za-z0-9-]+)+)(?::[0-9]+)?(?:[/?#].*)?$")
_TLS = ("sslCertificate", "sslKey", "cname")
_FOLDERS = 3
"""The paths may be relative to the configuration's folder or to one of those above it, less one."""


def check_places(root: Mapping, lines: Lines, findings: list[Finding]) -> list[Finding]:
    """Keys that are known, but at another place; replaces what was said of them as unknown."""
    replacements: list[Finding] = []
    for entry in root.entries:
        name = str(entry.key.value)
        where = ""
        if name in _OF_INFERENCE:
            where = l10n.t("in the inference configuration")
        elif name in _OF_COMMAND:
            where = l10n.t("on the command line ({option})", option=_OF_COMMAND[name])
        if where:
            fixes = remove(root, [entry], lines, preferred=False)
            replacements.append(rules.ELSEWHERE.finding(entry.key.range, fixes=fixes, key=name, where=where))
        else:
            replacements += _moved(root, root, (), entry, lines)
        if isinstance(entry.value, Mapping) and find(FIELDS, name) is not None:
            for inner in entry.value.entries:
                replacements += _moved(root, entry.value, (name,), inner, lines)
    ranges = {f.range for f in replacements}
    return [*(f for f in findings if f.range not in ranges), *replacements]


def _moved(root: Mapping, parent: Mapping, inside: tuple[str, ...], entry: MappingEntry, lines: Lines) -> list[Finding]:
    name = str(entry.key.value)
    right = _SDK_NAMES.get(name) or _PLACES.get(name)
    if right is None or right == (*inside, name):
        return []
    known = find(FIELDS, inside[0]) if inside else None
    if known is not None and find(known.fields, name) is not None:
        return []
    dotted = ".".join(right)
    return [
        rules.MOVED.finding(
            entry.key.range, fixes=_move(root, parent, inside, entry, right, lines), key=name, right=dotted
        )
    ]


def _move(
    root: Mapping, parent: Mapping, inside: tuple[str, ...], entry: MappingEntry, right: tuple[str, ...], lines: Lines
) -> tuple[Fix, ...]:
    title = l10n.t("Change to {new}", new=".".join(right))
    if right[:-1] == inside:
        return () if parent.get(right[-1]) is not None else (renamed(entry.key, right[-1], title),)
    cut = without(parent, [entry], lines)
    outer = root.get(right[0])
    value = plain(entry.value)
    if not cut or (isinstance(outer, Mapping) and outer.get(right[-1]) is not None):
        return ()
    if len(right) == 1:
        put = inserted(root, right[0], value, at_end=True) if outer is None else None
    elif outer is None:
        put = inserted(root, right[0], {right[1]: value}, at_end=True)
    else:
        put = inserted(outer, right[1], value, at_end=True) if isinstance(outer, Mapping) and outer.flow else None
    return (Fix(title, (*cut, put), preferred=True),) if put is not None else ()


def check_secrets(root: Mapping, target: str, lines: Lines) -> list[Finding]:
    """Keys of the service that stand in the file, and keys that nobody asks for."""
    entry = root.entry("keys")
    primary = entry.value.get("primaryKey") if entry is not None and isinstance(entry.value, Mapping) else None
    if entry is None or not isinstance(primary, Scalar) or not isinstance(primary.value, str) or not primary.value:
        return []
    auth = root.get("authEnabled")
    state = auth.value if isinstance(auth, Scalar) else None
    removal = remove(root, [entry], lines, preferred=False)
    if state is False or (state is None and auth is None and target == "aci"):
        on = changed(auth, "true") if auth is not None else None
        if on is None:
            on = Fix(
                l10n.t("Set {key} to {value}", key="authEnabled", value="true"),
                (inserted(root, "authEnabled", value=True),),
                preferred=True,
            )
        words = "false" if auth is not None else l10n.t("not given, which on ACI means false")
        return [rules.KEYS_UNUSED.finding(entry.key.range, fixes=(on, *removal), state=words)]
    return [rules.SECRET.finding(primary.range, fixes=removal)] if is_literal(primary.value) else []


def check_tls(root: Mapping, facts: Facts, lines: Lines) -> list[Finding]:
    """Certificate, key and host name of ACI."""
    findings: list[Finding] = []
    entries = [e for name in _TLS if (e := root.entry(name)) is not None and _text(e.value)]
    enabled = root.get("sslEnabled")
    on = isinstance(enabled, Scalar) and enabled.value is True
    if entries and not on and (enabled is None or (isinstance(enabled, Scalar) and enabled.value in (False, None))):
        fixes = remove(root, entries, lines, preferred=False)
        if len(entries) == len(_TLS):
            put = TextEdit(enabled.range, "true") if enabled is not None else inserted(root, "sslEnabled", value=True)
            fixes = (
                Fix(l10n.t("Set {key} to {value}", key="sslEnabled", value="true"), (put,), preferred=True),
                *fixes,
            )
        findings.append(rules.TLS_OFF.finding(entries[0].key.range, fixes=fixes, key=entries[0].key.value))
    for entry in entries:
        if entry.key.value == "cname":
            findings += _host(entry.value)
        elif on and isinstance(entry.value, Scalar):
            findings += _file(entry.value, facts)
    return findings


def _file(node: Scalar, facts: Facts) -> list[Finding]:
    folder = known_folder(facts)
    if folder is None:
        return []
    base = folder
    for _ in range(_FOLDERS):
        if facts.exists(resolve(base, str(node.value))):
            return check_path(node, base, facts, rules.FILE_MISSING, rules.FILE_CASE)
        base = folder_of(base)
    return check_path(node, folder, facts, rules.FILE_MISSING, rules.FILE_CASE)


def _host(node: Node) -> list[Finding]:
    value = _text(node)
    match = _HOST.match(value[:300])
    if match is None or match.group(1) == value:
        return []
    fix = Fix(
        l10n.t("Change to {new}", new=match.group(1)),
        (TextEdit(node.range, quoted(node, match.group(1))),),
        preferred=True,
    )
    return [rules.HOST_NAME.finding(node.range, fixes=(fix,), right=match.group(1), got=value[:80])]


def check_names(root: Mapping, target: str, lines: Lines) -> list[Finding]:
    """Host label, key vault and port."""
    findings: list[Finding] = []
    label, vault, port = root.get("dnsNameLabel"), root.get("vaultBaseUrl"), root.entry("port")
    name = _text(label)
    if label is not None and name and not _LABEL.fullmatch(name):
        right = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63].strip("-")
        fixes: tuple[Fix, ...] = ()
        if right:
            fixes = (
                Fix(
                    l10n.t("Change to {new}", new=right),
                    (TextEdit(label.range, quoted(label, right)),),
                    preferred=True,
                ),
            )
        findings.append(rules.DNS_LABEL.finding(label.range, fixes=fixes, got=name[:80]))
    address = _text(vault)
    if vault is not None and address and not address.lower().startswith("https://") and not _templated(address):
        host = address.removeprefix("http://")
        right = f"https://{host}" if "." in host else f"https://{host}.vault.azure.net"
        fixes = (
            Fix(l10n.t("Change to {new}", new=right), (TextEdit(vault.range, quoted(vault, right)),), preferred=True),
        )
        findings.append(rules.VAULT.finding(vault.range, fixes=fixes, got=address[:80]))
    if target == "local" and port is not None and isinstance(port.value, Scalar):
        number = port.value.value
        if isinstance(number, int) and not isinstance(number, bool) and 1 <= number < 1024:
            higher = changed(port.value, str({80: 8080, 443: 8443}.get(number, number + 8000)))
            fixes = (higher, *remove(root, [port], lines, l10n.t("Remove port to get a free one"), preferred=False))
            findings.append(rules.PRIVILEGED_PORT.finding(port.value.range, fixes=fixes, port=number))
    return findings


def _templated(value: str) -> bool:
    return value.startswith(("$", "<", "{{", "#{", "__"))


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""
