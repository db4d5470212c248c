"""Deployment configurations (ACI, AKS, local): all findings, and the container section of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.edits import changed, remove
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.read import problem_findings
from scoredock.analysis.result_cache import result_cache
from scoredock.analysis.rule import quoted_names, quoted_value
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, kind_name
from scoredock.analysis.tree import Sequence as Items
from scoredock.checks.configs.deployment import rules
from scoredock.checks.configs.deployment.keys import check_names, check_places, check_secrets, check_tls
from scoredock.checks.configs.deployment.replicas import check_replicas, has_value
from scoredock.checks.configs.deployment.units import check_probe, check_scaling, check_units, number
from scoredock.checks.configs.shape import ShapeRules, check_shape, insert_key, renamed
from scoredock.formats.container import KEY as CONTAINER
from scoredock.formats.container import ContainerWish, capability_of, is_user, size_of, text_of
from scoredock.formats.deployment import DeploymentConfig, DeploymentFile, read_deployment
from scoredock.formats.deployment_fields import COMPUTE_TYPES, FIELDS, is_held, is_without_certificate
from scoredock.formats.fields import Field, closest, find
from scoredock.text import Fix, TextEdit

SHAPE = ShapeRules(
    rules.DOUBLED,
    rules.UNKNOWN,
    rules.KIND,
    rules.VALUE,
    lambda: l10n.t("a deployment configuration"),
    rules.NULL_OBJECT,
)
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_VERSION = re.compile(r"[a-z]([-a-z0-9]{1,30}[a-z0-9])")
_GROUPS = (("vnetName", "subnetName"), ("vaultBaseUrl", "keyName", "keyVersion"))
_SSL = ("sslCertificate", "sslKey", "cname")


@result_cache
def parse_deployment(text: str, facts: Facts) -> tuple[DeploymentConfig | None, list[Finding]]:
    """The configuration and its findings; None when it cannot be read or names no compute type that exists."""
    file = read_deployment(text, facts.path)
    return file.config, check_deployment(file, facts)


def check_deployment(file: DeploymentFile, facts: Facts) -> list[Finding]:
    """Findings of a deployment configuration that was read, in no order."""
    findings = problem_findings(file.tree, rules.BROKEN)
    root, lines = file.root, file.tree.lines
    if root is None:
        other = file.tree.root
        return findings or ([] if other is None else [rules.NOT_AN_OBJECT.finding(other.range, got=kind_name(other))])
    kind = root.entry("computeType")
    findings += [f for f in check_shape(root, FIELDS, SHAPE, lines=lines) if not _about_type(kind, f)]
    findings = check_places(root, lines, findings)
    if file.config is None:
        return _type_findings(root, findings)
    target = file.config.compute_type
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
    findings += check_container(root.get(CONTAINER), file.config.container)
    findings += _check_files_in_memory(root, file.config.container)
    port = root.entry("port")
    return [_freed(f, root, port, lines) for f in findings]


def _freed(finding: Finding, root: Mapping, entry: MappingEntry | None, lines: Lines) -> Finding:
    """A port out of range may be left out."""
    if entry is None or finding.code != rules.VALUE.code or finding.range != entry.value.range:
        return finding
    return replace(
        finding, fixes=remove(root, [entry], lines, l10n.t("Remove port to get a free one"), preferred=False)
    )


def _about_type(entry: MappingEntry | None, finding: Finding) -> bool:
    """computeType has rules of its own."""
    return entry is not None and finding.code != rules.DOUBLED.code and finding.range == entry.value.range


def _type_findings(root: Mapping, findings: list[Finding]) -> list[Finding]:
    """The findings, and what is to be said of a compute type that is missing or does not exist."""
    entry = root.entry("computeType")
    if entry is not None:
        return [*findings, _unknown_type(entry)]
    if any(finding.code == rules.BROKEN.code for finding in findings):
        return findings  # it may stand below the line that could not be read
    near = next(
        (e for e in root.entries if isinstance(e.key.value, str) and closest(e.key.value, ["computeType"])), None
    )
    if near is not None:
        missing = rules.NO_TYPE.finding(
            near.key.range,
            fixes=(renamed(near.key, "computeType"),),
            message=l10n.t(
                "“{key}” is not a known key; did you mean “{right}”?", key=near.key.value, right="computeType"
            ),
        )
        return [*(f for f in findings if f.range != near.key.range), missing]
    fix = insert_key(root, "computeType", '"local"', l10n.t("Add {key}", key='"computeType": "local"'))
    place = root.entries[0].key.range if root.entries else root.range
    return [*findings, rules.NO_TYPE.finding(place, fixes=(fix,))]


def _unknown_type(entry: MappingEntry) -> Finding:
    value = entry.value.value if isinstance(entry.value, Scalar) else None
    near = closest(value, COMPUTE_TYPES) if isinstance(value, str) and value else None
    best = near or "local"
    got = quoted_value(value[:80], l10n.t("An empty text")) if isinstance(value, str) else kind_name(entry.value)
    fix = Fix(
        l10n.t("Change to {new}", new=best), (TextEdit(entry.value.range, f'"{best}"'),), preferred=near is not None
    )
    return rules.TYPE_UNKNOWN.finding(entry.value.range, fixes=(fix,), got=got)


def _check_targets(node: Mapping, fields: Sequence[Field], target: str, lines: Lines) -> list[Finding]:
    findings = []
    keys = {str(each.key.value): each.value for each in node.entries if has_value(each.value)}
    for entry in node.entries:
        field = find(fields, entry.key.value) if isinstance(entry.key.value, str) else None
        if field is None or (
            isinstance(entry.value, Scalar) and (entry.value.value is None or entry.value.value is False)
        ):
            continue  # what is switched off is not missed where it is not read
        if is_held(field.name, target) and not (field.name == "sslEnabled" and is_without_certificate(keys, target)):
            findings.append(
                rules.OTHER_TARGET.finding(
                    entry.key.range,
                    severity="information" if target == "local" else "warning",
                    message=l10n.t(
                        "“{name}” applies to the service here, but Azure ML ignores it for “{target}”.",
                        name=field.name,
                        target=target,
                    ),
                )
            )
        elif field.targets and target not in field.targets:
            fixes = remove(node, [entry], lines)
            findings.append(rules.OTHER_TARGET.finding(entry.key.range, fixes=fixes, key=field.name, target=target))
        elif field.fields and isinstance(entry.value, Mapping):
            findings += _check_targets(entry.value, field.fields, target, lines)
    return findings


def _check_groups(root: Mapping, target: str, lines: Lines) -> list[Finding]:
    findings = []
    groups = list(_GROUPS)
    ssl = root.entry("sslEnabled")
    for group in groups:
        if not all(_is_read(name, target) for name in group):
            continue  # whoever does not read the one misses no other
        present = [e for name in group if (e := root.entry(name)) is not None and has_value(e.value)]
        if present and len(present) < len(group):
            missing = [name for name in group if not has_value(root.get(name))]
            fixes = remove(root, present, lines, preferred=False)
            key = present[0].key
            words = quoted_names(missing)
            findings.append(rules.TOGETHER.finding(key.range, fixes=fixes, given=key.value, missing=words))
    if ssl is not None and isinstance(ssl.value, Scalar) and ssl.value.value is True and _is_read("sslEnabled", target):
        needed = _SSL[:2] if target == "local" else _SSL
        missing = [name for name in needed if not has_value(root.get(name))]
        if missing:
            findings.append(rules.TOGETHER.finding(ssl.key.range, given="sslEnabled", missing=quoted_names(missing)))
    return findings


def _is_read(name: str, target: str) -> bool:
    known = find(FIELDS, name)
    held = target == "local" and is_held(name, target)
    return known is None or not known.targets or held or target in known.targets


def _check_names(root: Mapping) -> list[Finding]:
    findings = []
    for name, grammar, expected in (
        ("namespace", _NAMESPACE, l10n.t("a Kubernetes namespace: lowercase letters, digits and dashes")),
        (
            "versionName",
            _VERSION,
            l10n.t("3 to 32 lowercase letters, digits and dashes, beginning with a letter"),
        ),
    ):
        node = root.get(name)
        if isinstance(node, Scalar) and isinstance(node.value, str) and not grammar.fullmatch(node.value):
            findings.append(
                rules.VALUE.finding(node.range, key=name, wanted=expected, got=quoted_value(node.value[:80]))
            )
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
        Fix(l10n.t("Set {key} to {value}", key="authEnabled", value="false"), (TextEdit(key.range, "false"),)),
        Fix(l10n.t("Set {key} to {value}", key="tokenAuthEnabled", value="false"), (TextEdit(token.range, "false"),)),
    )
    return [rules.AUTH.finding(token.range, fixes=fixes)]


def check_container(node: Node | None, wish: ContainerWish) -> list[Finding]:
    """Findings of the object under `container`, which was read as `wish`; the shape checks the kinds of its values."""
    if not isinstance(node, Mapping):
        return []
    findings: list[Finding] = []
    for name in ("shmSize", "tmpSize"):
        findings += _check_text(
            node.get(name), name, l10n.t("a size such as “512m” or “2g”"), lambda text: size_of(text) is not None
        )
    findings += _check_text(node.get("user"), "user", l10n.t("numbers, as “uid” or “uid:gid”"), is_user)
    findings += _check_capabilities(node.get("capabilities"))
    weaker = wish.weakened()
    return findings + [
        rules.WEAKENED.finding(entry.key.range, what=weaker[str(entry.key.value)])
        for entry in node.entries
        if str(entry.key.value) in weaker
    ]


def _check_files_in_memory(root: Mapping, wish: ContainerWish) -> list[Finding]:
    """Sizes of folders that are kept in memory beside the memory that there is."""
    resources, container = root.get("containerResourceRequirements"), root.get(CONTAINER)
    if not isinstance(resources, Mapping) or not isinstance(container, Mapping):
        return []
    key = "memoryInGBLimit" if number(resources.get("memoryInGBLimit")) else "memoryInGB"
    memory = number(resources.get(key))
    sizes = {"tmpSize": wish.tmp_bytes, "shmSize": wish.shm_bytes}
    return [
        rules.FILES_IN_MEMORY.finding(
            entry.value.range,
            key=name,
            folder="/tmp" if name == "tmpSize" else "/dev/shm",  # noqa: S108
            size=quoted_value(text_of(entry.value) or ""),
            memory=key,
            gigabytes=f"{memory:g}",
        )
        for name, size in sizes.items()
        if (entry := container.entry(name)) is not None and size and memory and size >= memory * (1 << 30)
    ]


def _check_text(node: Node | None, key: str, expected: str, fits: Callable[[str], bool]) -> list[Finding]:
    text = text_of(node)
    if node is None or text is None or fits(text):
        return []
    return [rules.VALUE.finding(node.range, key=key, wanted=expected, got=quoted_value(text[:40]))]


def _check_capabilities(node: Node | None) -> list[Finding]:
    if not isinstance(node, Items):
        return []
    wanted = l10n.t("names of single capabilities, such as CHOWN, that leave the container closed")
    return [
        rules.VALUE.finding(
            item.range,
            key="capabilities",
            wanted=wanted,
            got=quoted_value((text_of(item) or "")[:40], l10n.t("another value")),
        )
        for item in node.items
        if capability_of(item) is None
    ]
