"""Deployment configurations: what they ask for, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scoredock.analysis.edits import changed, remove
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.read import read
from scoredock.analysis.tree import Entry, Lines, Mapping, Scalar, kind_name
from scoredock.checks.configs.deployment import rules
from scoredock.checks.configs.deployment.container import NOTHING_WISHED, ContainerWish, container_of
from scoredock.checks.configs.deployment.fields import COMPUTE_TYPES, FIELDS, HELD_LOCALLY
from scoredock.checks.configs.deployment.keys import check_names, check_places, check_secrets, check_tls
from scoredock.checks.configs.deployment.replicas import check_replicas, given
from scoredock.checks.configs.deployment.units import check_probe, check_scaling, check_units, number
from scoredock.checks.configs.shape import ShapeRules, check_shape, insert_key, renamed
from scoredock.formats.fields import Field, closest, find
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
    container: ContainerWish = NOTHING_WISHED
    """Opt-outs of what protects a container."""
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
    lines = tree.lines
    kind = root.entry("computeType")
    findings += [f for f in check_shape(root, FIELDS, SHAPE, lines=lines) if not _about_type(kind, f)]
    findings = check_places(root, lines, findings)
    target = _target(root, findings)
    if target is None:
        return None, findings
    findings = check_units(root, target, findings)
    findings += _check_targets(root, FIELDS, target, lines)
    findings += _check_groups(root, target, lines) + _check_names(root) + check_names(root, target, lines)
    if target in ("aks", "aksendpoint"):
        findings += check_replicas(root, lines) + _check_limits(root) + _check_auth(root)
        findings += check_probe(root) + check_scaling(root)
    if target == "local":
        findings += _check_auth(root)
    if target in ("aci", "local"):
        findings += check_tls(root, facts, lines)
    if target != "local":
        findings += check_secrets(root, target, lines)
    keys = root.get("keys")
    second = keys.entry("secondaryKey") if isinstance(keys, Mapping) and not keys.entry("primaryKey") else None
    if second is not None and isinstance(keys, Mapping):
        findings.append(rules.SECONDARY.finding(second.key.range, fixes=remove(keys, [second], lines)))
    port = root.get("port")
    number = root.entry("port")
    wish, told = container_of(root.get("container"))
    findings += told
    findings = [_freed(f, root, number, lines) for f in findings]
    fixed = (
        port.value
        if isinstance(port, Scalar) and isinstance(port.value, int) and not isinstance(port.value, bool)
        else None
    )
    free = fixed if fixed and 1 <= fixed <= 65535 else None
    return DeploymentConfig(target, free, wish, _plain(root)), findings


def _freed(finding: Finding, root: Mapping, entry: Entry | None, lines: Lines) -> Finding:
    """A port out of range may be left out."""
    if entry is None or finding.code != rules.VALUE.code or finding.range != entry.value.range:
        return finding
    return replace(finding, fixes=remove(root, [entry], lines, "Remove port to get a free one", preferred=False))


def _about_type(entry: Entry | None, finding: Finding) -> bool:
    """computeType has rules of its own."""
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
                    message=f"There is no key {near.key.value}; did you mean computeType?",
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


def _check_targets(node: Mapping, fields: Sequence[Field], target: str, lines: Lines) -> list[Finding]:
    findings = []
    for entry in node.entries:
        known = find(fields, entry.key.value) if isinstance(entry.key.value, str) else None
        if known is None or (isinstance(entry.value, Scalar) and entry.value.value is None):
            continue
        if target == "local" and known.name in HELD_LOCALLY:
            findings.append(
                rules.OTHER_TARGET.finding(
                    entry.key.range,
                    severity="information",
                    message=f"{known.name} holds for the service here, but Azure ML passes over it for local.",
                )
            )
        elif known.targets and target not in known.targets:
            fixes = remove(node, [entry], lines)
            findings.append(rules.OTHER_TARGET.finding(entry.key.range, fixes=fixes, key=known.name, target=target))
        elif known.fields and isinstance(entry.value, Mapping):
            findings += _check_targets(entry.value, known.fields, target, lines)
    return findings


def _check_groups(root: Mapping, target: str, lines: Lines) -> list[Finding]:
    findings = []
    groups = list(_GROUPS)
    ssl = root.entry("sslEnabled")
    for group in groups:
        present = [e for name in group if (e := root.entry(name)) is not None and given(e.value)]
        if present and len(present) < len(group):
            missing = [name for name in group if not given(root.get(name))]
            fixes = remove(root, present, lines, preferred=False)
            key = present[0].key
            words = " and ".join(missing)
            findings.append(rules.TOGETHER.finding(key.range, fixes=fixes, given=key.value, missing=words))
    if ssl is not None and isinstance(ssl.value, Scalar) and ssl.value.value is True:
        needed = _SSL[:2] if target == "local" else _SSL
        missing = [name for name in needed if not given(root.get(name))]
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


def _check_limits(root: Mapping) -> list[Finding]:
    resources = root.get("containerResourceRequirements")
    if not isinstance(resources, Mapping):
        return []
    findings = []
    for request, limit in (("cpu", "cpuLimit"), ("memoryInGB", "memoryInGBLimit")):
        asked, most = number(resources.get(request)), resources.get(limit)
        highest = number(most)
        if asked is not None and most is not None and highest is not None and highest < asked:
            raised = changed(most, f"{asked:g}")
            findings.append(rules.LIMIT.finding(most.range, fixes=(raised,), limit=limit, request=request))
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


def _plain(root: Mapping, prefix: str = "") -> dict[str, str | int | float | bool | None]:
    values: dict[str, str | int | float | bool | None] = {}
    for entry in root.entries:
        name = f"{prefix}{entry.key.value}"
        if isinstance(entry.value, Scalar):
            values[name] = entry.value.value
        elif isinstance(entry.value, Mapping):
            values |= _plain(entry.value, name + ".")
    return values
