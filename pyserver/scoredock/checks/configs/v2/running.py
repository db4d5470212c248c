"""Checks of how an endpoint shares out its requests, and how a deployment scales and runs."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypeGuard

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal, quoted_value
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, kind_name
from scoredock.analysis.tree import Sequence as Items
from scoredock.checks.configs.v2 import deployment_rules as rules
from scoredock.checks.configs.v2 import edits
from scoredock.checks.configs.v2.references import text_of
from scoredock.checks.configs.v2.rules import EMPTY, KIND, RANGE, REQUIRED
from scoredock.formats.v2.asset_references import asset_reference
from scoredock.formats.v2.machine_sizes import MACHINE_SIZES
from scoredock.formats.v2.placeholders import is_placeholder
from scoredock.formats.v2.quantities import quantity
from scoredock.text import Fix, TextEdit

_SIZE = re.compile(
    r"(?:standard|basic|internal)_[a-z]{1,3}\d{1,4}(?:-\d{1,3})?[a-z]{0,6}"
    r"(?:_[a-z][a-z0-9]*)*(?:_v\d{1,2})?(?:_promo)?|default",
    re.IGNORECASE,
)
_SHORT_SIZE = re.compile(r"(?:standard[ _-]?)?([a-z]{1,3}\d{1,3}[a-z]{0,4})(?:[ _-]?(v\d))?", re.IGNORECASE)
_QUANTITIES = ("cpu", "memory", "nvidia.com/gpu")
_IDENTITIES = "user_assigned_identities"
_PERCENT = re.compile(r"(\d{1,3})(?:\.0*)? ?%?")
_CUSTOM = "custom_model"
_PICKLES = (".pkl", ".pickle", ".joblib", ".sav")
_OF_SERVERS = re.compile(r"(?:^|/)(?:MLmodel$|config\.pbtxt$|\d+/)")
"""Files of models of MLflow and Triton."""
_LONGEST_REQUEST = 180_000
"""Milliseconds that a managed endpoint waits for an answer at most."""


def check_traffic(root: Mapping) -> list[Finding]:
    """`traffic` and `mirror_traffic` of an endpoint."""
    findings: list[Finding] = []
    for name in ("traffic", "mirror_traffic"):
        section = root.entry(name)
        if section is None or not isinstance(section.value, Mapping) or is_placeholder(section.value):
            continue
        entries = {entry.key.raw: entry for entry in section.value.entries}  # the last one of equal names counts
        shares = [_share(entry, findings) for entry in entries.values()]
        percents = [share for share in shares if share is not None]
        total = sum(percents)
        if name == "traffic" and total > 100:
            findings.append(rules.TRAFFIC.finding(section.key.range, total=f"{total:.0f}"))
        elif name == "mirror_traffic" and len(shares) > 1:
            problem = l10n.t("“mirror_traffic” can only name one deployment.")
            findings.append(rules.MIRROR.finding(section.key.range, problem=problem))
        elif name == "mirror_traffic" and percents and percents[0] > 50 and len(percents) == len(shares):
            node = section.value.entries[-1].value
            problem = l10n.t("At most 50% can be mirrored, not {percent}.", percent=f"{percents[0]:.0f}")
            fix = Fix(l10n.t("Change to {new}", new=50), (TextEdit(node.range, "50"),), preferred=True)
            findings.append(rules.MIRROR.finding(node.range, fixes=(fix,), problem=problem))
    return findings


def _share(entry: MappingEntry, findings: list[Finding]) -> float | None:
    node = entry.value
    if is_placeholder(node) or is_placeholder(entry.key) or entry.key.value == "<<":
        return None
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, float) and value == 1:
        words = l10n.t(
            "The share of “{name}” is one percent; 100 is all of the traffic.", name=str(entry.key.value)[:80]
        )
        fix = Fix(l10n.t("Change to {new}", new=100), (TextEdit(node.range, "100"),), preferred=True)
        findings.append(rules.SHARE.finding(node.range, severity="warning", fixes=(fix,), message=words))
        return value
    if isinstance(value, str) and re.fullmatch(r" *[+-]?\d{1,9} *", value):
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100 and value == int(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 100:
        return value  # the sum tells it
    got = quoted_value(node.raw[:40].strip("\"'"), l10n.t("nothing")) if isinstance(node, Scalar) else kind_name(node)
    match = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    fixes: tuple[Fix, ...] = ()
    if match and int(match.group(1)) <= 100:
        edit = TextEdit(node.range, match.group(1))
        fixes = (Fix(l10n.t("Change to {new}", new=match.group(1)), (edit,), preferred=True, certain=True),)
    # Fractions are cut off and negative shares are sent on, so only the rest is surely refused at once.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    key = str(entry.key.value)[:80]
    findings.append(
        rules.SHARE.finding(node.range, severity="warning" if number else None, fixes=fixes, key=key, got=got)
    )
    return None


def check_identity(root: Mapping) -> list[Finding]:
    """Findings about user-assigned identities: one at most, by its resource id; one at least where that is the type."""
    identity = root.get("identity")
    if not isinstance(identity, Mapping) or "<<" in identity.names():
        return []
    listed, kind = identity.entry("user_assigned_identities"), identity.entry("type")
    if listed is None:
        if kind is None or (text_of(kind.value) or "").lower().replace("_", "") != "userassigned":
            return []
        where = l10n.t("“type: {type}”", type="user_assigned")
        return [REQUIRED.finding(kind.key.range, severity="warning", where=where, key=_IDENTITIES)]
    if not isinstance(listed.value, Items):
        return []
    items = listed.value.items
    several = [rules.IDENTITIES.finding(listed.key.range, count=len(items))] if len(items) > 1 else []
    return several + [finding for item in items if not is_placeholder(item) for finding in _identity(item)]


def _identity(item: Node) -> list[Finding]:
    if not isinstance(item, Mapping):
        fixes = (edits.replace(item, f"resource_id: {item.raw}"),) if _is_plain_text(item) else ()
        expectation = l10n.t("a list of objects with “{key}”", key="resource_id")
        return [KIND.finding(item.range, fixes=fixes, key=_IDENTITIES, wanted=expectation, got=kind_name(item))]
    findings: list[Finding] = []
    for entry in item.entries:
        node, key = entry.value, str(entry.key.value)[:80]
        if is_placeholder(node) or (isinstance(node, Scalar) and isinstance(node.value, str)):
            continue
        if isinstance(node, Scalar) and node.value is None:
            findings.append(EMPTY.finding(entry.key.range, key=key))
        else:
            findings.append(KIND.finding(node.range, key=key, wanted=l10n.t("text"), got=kind_name(node)))
    if not {"resource_id", "<<"} & set(item.names()):
        findings.append(REQUIRED.finding(item.range, severity="warning", where=f"“{_IDENTITIES}”", key="resource_id"))
    return findings


def _is_plain_text(node: Node) -> TypeGuard[Scalar]:
    return isinstance(node, Scalar) and isinstance(node.value, str) and not node.quoted and "\n" not in node.raw


def check_scaling(root: Mapping, kubernetes: bool, lines: Lines) -> list[Finding]:
    """`scale_settings` of an online deployment."""
    section = root.get("scale_settings")
    if not isinstance(section, Mapping):
        return []
    kind = section.entry("type")
    value = text_of(kind.value) if kind is not None else None
    if kind is None or value is None:
        return []
    utilization = value.lower().replace("_", "") == "targetutilization"
    if utilization and not kubernetes:
        whole = all(isinstance(e.value, Scalar) for e in section.entries)
        fixes = (
            (Fix(l10n.t("Use type: default"), (TextEdit(section.range, "type: default"),), preferred=True),)
            if whole and not section.flow
            else ()
        )
        return [rules.MANAGED_SCALING.finding(kind.value.range, fixes=fixes)]
    if value.lower() == "default":
        other = ("min_instances", "max_instances", "target_utilization_percentage", "polling_interval")
        return [
            rules.SCALE_KEY.finding(e.key.range, fixes=edits.remove(section, e, lines), key=e.key.value)
            for e in section.entries
            if e.key.value in other and not is_placeholder(e.value)
        ]
    low, high = section.get("min_instances"), section.get("max_instances")
    least, most = number_of(low), number_of(high)
    if low is None or high is None or least is None or most is None or least <= most:
        return []
    edits_ = (TextEdit(low.range, f"{most}"), TextEdit(high.range, f"{least}"))
    return [rules.SCALE_LIMITS.finding(low.range, fixes=(Fix(l10n.t("Swap them"), edits_, preferred=True),))]


def number_of(node: Node | None) -> int | None:
    """A whole number, also one in quotes."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def check_requests(root: Mapping, kubernetes: bool, lines: Lines) -> list[Finding]:
    """`request_settings`: limits of managed endpoints, and workers for what is let in."""
    section = root.get("request_settings")
    if not isinstance(section, Mapping):
        return []
    findings: list[Finding] = []
    limit = section.get("request_timeout_ms")
    if not kubernetes and limit is not None and (number_of(limit) or 0) > _LONGEST_REQUEST:
        expectation = l10n.t("{most} or less on a managed endpoint", most=_LONGEST_REQUEST)
        # No reader checks this, so the finding says what the reference says and no more.
        findings.append(
            RANGE.finding(
                limit.range,
                severity="information",
                key="request_timeout_ms",
                wanted=expectation,
                got=str(number_of(limit)),
            )
        )
    queue = section.entry("max_queue_wait_ms")
    if not kubernetes and queue is not None:
        once = section.names().count("max_queue_wait_ms") == 1
        fixes = edits.remove(section, queue, lines) if once else ()
        findings.append(rules.QUEUE.finding(queue.key.range, fixes=fixes))
    node = section.get("max_concurrent_requests_per_instance")
    count = number_of(node)
    environment = root.get("environment")
    own_server = isinstance(environment, Mapping) and environment.entry("inference_config") is not None
    # Without a scoring script another server answers, which knows nothing of the variable.
    if node is None or count is None or count < 2 or own_server or root.entry("code_configuration") is None:
        return findings
    variables = root.entry("environment_variables")
    title = l10n.t("Set {key}", key="WORKER_COUNT")
    if variables is None:
        after = root.entry("request_settings")
        fixes = edits.add(root, after, f'environment_variables:\n  WORKER_COUNT: "{count}"', title, lines)
    elif isinstance(variables.value, Mapping) and not is_placeholder(variables.value):
        if {"WORKER_COUNT", "<<", "AZUREML_ENTRY_SCRIPT"} & set(variables.value.names()):
            return findings
        fixes = edits.add(variables.value, None, f'WORKER_COUNT: "{count}"', title, lines)
    else:
        return findings
    return [*findings, rules.WORKERS.finding(node.range, fixes=fixes, count=count)]


def check_size(root: Mapping) -> list[Finding]:
    """`instance_type` of a managed deployment."""
    node = root.get("instance_type")
    value = text_of(node)
    if value is None or not isinstance(node, Scalar) or not value.strip():
        return []
    if _SIZE.fullmatch(value.strip()):
        return _check_letters(node, value.strip())
    short = _SHORT_SIZE.fullmatch(value.strip())
    if short is None:
        return [rules.SIZE.finding(node.range, got=value[:80], hint="")]
    name = re.sub(r"^[a-z]+", lambda m: m.group().upper(), short.group(1))
    proposed = "_".join(part for part in ("Standard", name, (short.group(2) or "").lower()) if part)
    fix = edits.replace(node, proposed)
    return [rules.SIZE.finding(node.range, fixes=(fix,), got=value[:80], hint=proposal(proposed))]


def _check_letters(node: Scalar, size: str) -> list[Finding]:
    """A size whose letters stand in another order than those of one that many take: `Standard_D3S_v2`."""
    letters, digits = _letters_and_digits(size)
    if any(size.lower() == each.lower() for each in MACHINE_SIZES):
        return []
    near = next((each for each in MACHINE_SIZES if _letters_and_digits(each) == (letters, digits)), "")
    if not near:
        return []
    message = l10n.t("“{got}” is not a machine size of Azure; did you mean “{near}”?", got=size[:80], near=near)
    return [rules.SIZE.finding(node.range, fixes=(edits.replace(node, near),), message=message)]


def _letters_and_digits(size: str) -> tuple[list[str], str]:
    folded = size.lower()
    return sorted(filter(str.isalpha, folded)), "".join(filter(str.isdigit, folded))


def check_variables(section: Node | None) -> list[Finding]:
    """Environment variables that YAML makes something else than text of."""
    if not isinstance(section, Mapping) or is_placeholder(section):
        return []
    findings: list[Finding] = []
    for entry in section.entries:
        node = entry.value
        if entry.key.value == "<<" or is_placeholder(node) or is_placeholder(entry.key):
            continue
        if isinstance(node, Scalar) and not isinstance(node.value, str) and node.value is not None:
            fixes = (
                Fix(
                    l10n.t("Change to {new}", new=f'"{node.raw}"'),
                    (TextEdit(node.range, f'"{node.raw}"'),),
                    preferred=True,
                ),
            )
            changed = isinstance(node.value, bool) or str(node.value) != node.raw
            findings.append(
                rules.VARIABLE.finding(
                    node.range,
                    severity="information" if changed else None,
                    fixes=fixes,
                    key=str(entry.key.value)[:80],
                    got=kind_name(node),
                )
            )
    return findings


def check_output(root: Mapping, lines: Lines) -> list[Finding]:
    """`output_file_name` beside `summary_only`, at the top or in `settings`."""
    findings: list[Finding] = []
    for section in (root, root.get("settings")):
        if not isinstance(section, Mapping):
            continue
        action, name = section.get("output_action"), section.entry("output_file_name")
        if (text_of(action) or "").lower() == "summary_only" and name is not None and text_of(name.value):
            findings.append(rules.OUTPUT_NAME.finding(name.key.range, fixes=edits.remove(section, name, lines)))
    return findings


def check_served(root: Mapping, lines: Lines, facts: Facts) -> list[Finding]:
    """A deployment of which nothing can answer requests."""
    model, environment = root.entry("model"), root.get("environment")
    if root.entry("code_configuration") is not None or model is None:
        return []
    if isinstance(model.value, Mapping):
        is_custom = (text_of(model.value.get("type")) or "").lower() == _CUSTOM
    else:
        is_custom = _is_pickle(text_of(model.value), facts)
    if not is_custom or "<<" in root.names() or is_placeholder(environment):
        return []
    if environment is not None and not (
        isinstance(environment, Mapping)
        and environment.entry("conda_file") is not None
        and environment.entry("inference_config") is None
        and environment.entry("build") is None
    ):
        return []  # the image may bring a server
    variables = root.get("environment_variables")
    if isinstance(variables, Mapping) and "AZUREML_ENTRY_SCRIPT" in variables.names():
        return []
    title = l10n.t("Add {key}", key="code_configuration")
    fixes = edits.add(root, model, "code_configuration:\n  code: src\n  scoring_script: score.py", title, lines)
    return [rules.NO_CODE.finding(model.key.range, fixes=fixes, type=_CUSTOM)]


def _is_pickle(text: str | None, facts: Facts) -> bool:
    """True if a reference means a registered model that is pickled, and has nothing of MLflow or Triton."""
    reference = asset_reference(text)
    if reference is None or reference.label or reference.workspace or reference.registry:
        return False
    versions = (facts.models or {}).get(reference.name, ())
    meant = [each for each in versions if str(each.version) == reference.version] if reference.version else versions
    files = meant[-1].files if meant else ()
    return any(each.lower().endswith(_PICKLES) for each in files) and not any(map(_OF_SERVERS.search, files))


def check_quantities(resources: Node | None) -> list[Finding]:
    """Findings about `resources.requests` and `resources.limits`."""
    if not isinstance(resources, Mapping) or is_placeholder(resources):
        return []
    sections = {name: resources.get(name) for name in ("requests", "limits")}
    entries_by_section = {name: _quantities_in(node) for name, node in sections.items()}
    findings = [
        rules.QUANTITY.finding(entry.value.range, key=key, got=quoted_value(_quantity_text(entry.value)))
        for entries in entries_by_section.values()
        for key, entry in entries.items()
        if _amount(entry.value) is None
    ]
    for key, entry in entries_by_section["requests"].items():
        limit = entries_by_section["limits"].get(key)
        request, most = _amount(entry.value), _amount(limit.value) if limit is not None else None
        if limit is not None and request is not None and most is not None and request > most:
            written, above = _quantity_text(entry.value), _quantity_text(limit.value)
            findings.append(rules.ABOVE_LIMIT.finding(entry.value.range, key=key, asked=written, most=above))
    return findings


def _quantities_in(section: Node | None) -> dict[str, MappingEntry]:
    if not isinstance(section, Mapping) or is_placeholder(section):
        return {}
    by_name = {str(entry.key.value): entry for entry in section.entries if entry.key.value in _QUANTITIES}
    return {
        key: entry
        for key, entry in by_name.items()
        if isinstance(entry.value, Scalar) and not is_placeholder(entry.value)
    }


def _quantity_text(node: Node) -> str:
    return node.raw.strip("\"'")[:40] if isinstance(node, Scalar) else ""


def _amount(node: Node) -> Decimal | None:
    """The number that a quantity stands for; None for what Kubernetes does not read."""
    return quantity(_quantity_text(node).strip())
