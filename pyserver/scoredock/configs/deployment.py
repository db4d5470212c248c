"""Deployment configurations: what they ask for, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from scoredock.configs import deployment_rules as rules
from scoredock.configs.deployment_fields import COMPUTE_TYPES, FIELDS
from scoredock.configs.facts import Facts
from scoredock.configs.fields import Field, closest, find
from scoredock.configs.finding import Finding
from scoredock.configs.read import read
from scoredock.configs.shape import ShapeRules, check_shape, insert_key, renamed
from scoredock.configs.tree import Mapping, Node, Scalar, kind_name
from scoredock.text import Fix, TextEdit

SHAPE = ShapeRules(rules.DOUBLED, rules.UNKNOWN, rules.KIND, rules.VALUE, rules.NULL_OBJECT)
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_VERSION = re.compile(r"[a-z]([-a-z0-9]{1,30}[a-z0-9])")
_GROUPS = (("vnetName", "subnetName"), ("vaultBaseUrl", "keyName", "keyVersion"))
_SSL = ("sslCertificate", "sslKey", "cname")


@dataclass(frozen=True, slots=True)
class DeploymentConfig:
    """What a deployment configuration says."""

    compute_type: str
    """local, aci, aks or aksendpoint, in lower case."""
    port: int | None = None
    """None for a free one."""
    fields: dict[str, str | int | float | bool | None] = field(default_factory=dict, hash=False)
    """Every plain value by its path, such as `containerResourceRequirements.cpu`."""


def parse_deployment(text: str, facts: Facts) -> tuple[DeploymentConfig | None, list[Finding]]:
    """The configuration and its findings; None when it cannot be read or names no compute type that exists."""
    tree, findings = read(text, facts.path or "deploymentconfig.json", rules.BROKEN)
    root = tree.root
    if root is None:
        return None, findings
    if not isinstance(root, Mapping):
        return None, findings or [rules.NOT_AN_OBJECT.finding(root.range, got=kind_name(root))]
    findings += [f for f in check_shape(root, FIELDS, SHAPE) if not _about_type(root, f)]
    target = _target(root, findings)
    if target is None:
        return None, findings
    findings += _check_targets(root, FIELDS, target)
    findings += _check_groups(root) + _check_names(root)
    if target in ("aks", "aksendpoint"):
        findings += _check_replicas(root) + _check_limits(root) + _check_auth(root)
    keys = root.get("keys")
    if isinstance(keys, Mapping) and keys.entry("secondaryKey") and not keys.entry("primaryKey"):
        findings.append(rules.SECONDARY.finding(keys.entry("secondaryKey").key.range))  # type: ignore[union-attr]  # just seen
    port = root.get("port")
    number = (
        port.value
        if isinstance(port, Scalar) and isinstance(port.value, int) and not isinstance(port.value, bool)
        else None
    )
    return DeploymentConfig(target, number if number and 1 <= number <= 65535 else None, _plain(root)), findings


def _about_type(root: Mapping, finding: Finding) -> bool:
    """computeType has rules of its own."""
    entry = root.entry("computeType")
    return entry is not None and finding.code != rules.DOUBLED.code and finding.range == entry.value.range


def _target(root: Mapping, findings: list[Finding]) -> str | None:
    entry = root.entry("computeType")
    if entry is None:
        near = next(
            (e for e in root.entries if isinstance(e.key.value, str) and closest(e.key.value, ["computeType"])), None
        )
        if near is not None:
            findings[:] = [f for f in findings if f.range != near.key.range]
            findings.append(
                rules.NO_TYPE.finding(
                    near.key.range,
                    fixes=(renamed(near.key, "computeType"),),
                    message=f"There is no key {near.key.value}, did you mean computeType?",
                )
            )
            return None
        fix = insert_key(root, "computeType", '"local"', 'Add "computeType": "local"')
        findings.append(rules.NO_TYPE.finding(root.entries[0].key.range if root.entries else root.range, fixes=(fix,)))
        return None
    value = entry.value.value if isinstance(entry.value, Scalar) else None
    if isinstance(value, str) and value.lower() in COMPUTE_TYPES:
        return value.lower()
    near_type = closest(value, COMPUTE_TYPES) if isinstance(value, str) and value else None
    best = near_type or "local"
    got = (
        value[:80]
        if isinstance(value, str) and value
        else kind_name(entry.value)
        if value != ""
        else "with an empty name"
    )
    fix = Fix(f"Change to {best}", (TextEdit(entry.value.range, f'"{best}"'),), preferred=near_type is not None)
    findings.append(rules.TYPE_UNKNOWN.finding(entry.value.range, fixes=(fix,), got=got))
    return None


def _check_targets(node: Mapping, fields: Sequence[Field], target: str) -> list[Finding]:
    findings = []
    for entry in node.entries:
        known = find(fields, entry.key.value) if isinstance(entry.key.value, str) else None
        if known is None or (isinstance(entry.value, Scalar) and entry.value.value is None):
            continue
        if known.targets and target not in known.targets:
            findings.append(rules.OTHER_TARGET.finding(entry.key.range, key=known.name, target=target))
        elif known.fields and isinstance(entry.value, Mapping):
            findings += _check_targets(entry.value, known.fields, target)
    return findings


def _check_groups(root: Mapping) -> list[Finding]:
    findings = []
    groups = list(_GROUPS)
    ssl = root.entry("sslEnabled")
    for group in groups:
        given = [e for name in group if (e := root.entry(name)) is not None and _given(e.value)]
        if given and len(given) < len(group):
            missing = [name for name in group if not _given(root.get(name))]
            findings.append(
                rules.TOGETHER.finding(given[0].key.range, given=given[0].key.value, missing=" and ".join(missing))
            )
    if ssl is not None and isinstance(ssl.value, Scalar) and ssl.value.value is True:
        missing = [name for name in _SSL if not _given(root.get(name))]
        if missing:
            findings.append(rules.TOGETHER.finding(ssl.key.range, given="sslEnabled", missing=" and ".join(missing)))
    return findings


def _check_names(root: Mapping) -> list[Finding]:
    findings = []
    for name, grammar, wanted in (
        ("namespace", _NAMESPACE, "a Kubernetes namespace: lowercase letters, digits and dashes"),
        ("versionName", _VERSION, "3 to 32 lowercase letters, digits and dashes, beginning with a letter"),
    ):
        node = root.get(name)
        if isinstance(node, Scalar) and isinstance(node.value, str) and not grammar.fullmatch(node.value):
            findings.append(rules.VALUE.finding(node.range, key=name, wanted=wanted, got=node.value[:80] or "empty"))
    return findings


def _check_replicas(root: Mapping) -> list[Finding]:
    scaler = root.get("autoScaler")
    replicas = root.entry("numReplicas")
    fixed = replicas is not None and _given(replicas.value)
    if not isinstance(scaler, Mapping):
        return []
    enabled = scaler.entry("autoscaleEnabled")
    on = enabled is not None and isinstance(enabled.value, Scalar) and enabled.value.value is True
    off = enabled is not None and isinstance(enabled.value, Scalar) and enabled.value.value is False
    findings = []
    if on and fixed and replicas is not None:
        findings.append(
            rules.AUTOSCALE.finding(
                replicas.key.range, problem="numReplicas cannot be given while autoscaleEnabled is true."
            )
        )
    if off and not fixed and enabled is not None:
        findings.append(
            rules.AUTOSCALE.finding(enabled.key.range, problem="numReplicas is needed when autoscaleEnabled is false.")
        )
    if not on:
        findings += [
            rules.AUTOSCALE.finding(e.key.range, problem=f"{e.key.value} needs autoscaleEnabled to be true.")
            for e in scaler.entries
            if e.key.value in ("minReplicas", "maxReplicas", "refreshPeriodInSeconds", "targetUtilization")
            and _given(e.value)
        ]
    lowest = scaler.get("minReplicas")
    low, high = _number(lowest), _number(scaler.get("maxReplicas"))
    if on and lowest is not None and low is not None and high is not None and low > high:
        problem = "minReplicas must not be greater than maxReplicas."
        findings.append(rules.AUTOSCALE.finding(lowest.range, problem=problem))
    aim = scaler.get("targetUtilization")
    if aim is not None and (_number(aim) or 0) > 100:
        findings.append(rules.UTILIZATION.finding(aim.range))
    return findings


def _check_limits(root: Mapping) -> list[Finding]:
    resources = root.get("containerResourceRequirements")
    if not isinstance(resources, Mapping):
        return []
    findings = []
    for request, limit in (("cpu", "cpuLimit"), ("memoryInGB", "memoryInGBLimit")):
        asked, most = _number(resources.get(request)), resources.get(limit)
        number = _number(most)
        if asked is not None and most is not None and number is not None and number < asked:
            findings.append(rules.LIMIT.finding(most.range, limit=limit, request=request))
    return findings


def _check_auth(root: Mapping) -> list[Finding]:
    key, token = root.get("authEnabled"), root.get("tokenAuthEnabled")
    if not (isinstance(key, Scalar) and isinstance(token, Scalar) and key.value is True and token.value is True):
        return []
    fixes = (
        Fix("Set authEnabled to false", (TextEdit(key.range, "false"),)),
        Fix("Set tokenAuthEnabled to false", (TextEdit(token.range, "false"),)),
    )
    return [rules.AUTH.finding(token.range, fixes=fixes)]


def _given(node: Node | None) -> bool:
    return node is not None and not (isinstance(node, Scalar) and node.value in (None, ""))


def _number(node: Node | None) -> float | None:
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    return None


def _plain(root: Mapping, prefix: str = "") -> dict[str, str | int | float | bool | None]:
    values: dict[str, str | int | float | bool | None] = {}
    for entry in root.entries:
        name = f"{prefix}{entry.key.value}"
        if isinstance(entry.value, Scalar):
            values[name] = entry.value.value
        elif isinstance(entry.value, Mapping):
            values |= _plain(entry.value, name + ".")
    return values
