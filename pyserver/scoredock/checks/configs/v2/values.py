"""Compares a v2 file with the table of its keys, as strictly or leniently as Azure ML's own reader does."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import proposal, quoted_names, quoted_value
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, kind_name
from scoredock.analysis.tree import Sequence as Items
from scoredock.checks.configs.shape import renamed
from scoredock.checks.configs.v2 import edits, rules
from scoredock.formats.fields import Field, Kind, closest, find, within
from scoredock.formats.v2.kinds import V2Kind
from scoredock.formats.v2.older_keys import SAME_VALUE, folded, newer
from scoredock.formats.v2.online_fields import COLLECTION
from scoredock.formats.v2.placeholders import is_placeholder
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, TextEdit

_WHOLE = re.compile(r"[+-]?\d{1,15}")
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE][+-]?\d{1,3})?")
_DURATION = re.compile(r"(?:PT)?(\d{1,9})[sS]")
_TRUTHS = frozenset({"t", "true", "on", "y", "yes", "1", "f", "false", "off", "n", "no", "0"})
_ADVICE = frozenset({"logging_level"})
"""Keys whose values are only described, not checked by the reader."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Properties of one file that the comparison needs all the time."""

    kind: V2Kind
    compute: str
    """`managed` or `kubernetes`; empty where that makes no difference."""
    lines: Lines
    free: bool = False
    """Whether `settings` may hold anything, as those of pipelines may."""


def check_values(node: Mapping, fields: Sequence[Field], shape: Shape, inside: str = "") -> list[Finding]:
    """Findings of one object and of those below it."""
    findings = _doubled(node, shape)
    names = set(node.names())
    last = {entry.key.value: entry for entry in node.entries}
    for entry in node.entries:
        key = entry.key
        if isinstance(key.value, str) and last[key.value] is not entry:
            continue  # only the last one counts
        if key.value == "<<" or (key.value is None and not key.raw) or is_placeholder(key):
            continue  # merged from elsewhere, or still to be filled in
        field = find(fields, key.value) if isinstance(key.value, str) else None
        if field is None:
            findings += _unknown(node, entry, fields, names, shape, inside)
        elif field.targets and shape.compute and shape.compute not in field.targets and inside != "scale_settings":
            findings.append(_other_compute(node, entry, field, shape))
        else:
            findings += _check_value(node, entry, field, shape, inside)
    return findings


def _doubled(node: Mapping, shape: Shape) -> list[Finding]:
    findings: list[Finding] = []
    first: dict[object, MappingEntry] = {}
    for entry in node.entries:
        key = entry.key
        if key.value in first:
            fixes = edits.remove(node, first[key.value], shape.lines)
            findings.append(rules.DOUBLED.finding(key.range, fixes=fixes, key=key.raw.strip("\"'")[:80]))
        elif key.value != "<<":
            first[key.value] = entry
    return findings


def _unknown(
    node: Mapping, entry: MappingEntry, fields: Sequence[Field], names: set[str], shape: Shape, inside: str
) -> list[Finding]:
    name = str(entry.key.value if entry.key.value is not None else entry.key.raw)[:80]
    if inside in ("", "environment") and name in ("channels", "dependencies") and find(fields, "conda_file"):
        return []  # a rule of its own reports it
    now = newer(name, shape.kind, inside)
    exact = next((f.name for f in fields if folded(f.name) == folded(name)), None)
    if now is not None and exact is None:
        fixes = _modern(node, entry, now, names)
        in_words_of_today = _newer_in_words(now) + _choices(entry.value, find(fields, now), shape, inside)
        return [rules.V1_KEY.finding(entry.key.range, fixes=fixes, key=name, now=in_words_of_today)]
    near = exact or closest(name, [f.name for f in fields if f.name not in names])
    fixes = (renamed(entry.key, near),) if near and near not in names else ()
    where = l10n.t("in “{section}”", section=inside) if inside else l10n.t("of {what}", what=in_words(shape.kind))
    hint = proposal(near) or l10n.t("; correct or remove it")
    return [rules.UNKNOWN.finding(entry.key.range, fixes=fixes, key=name, hint=hint, where=where)]


def in_words(kind: V2Kind) -> str:
    """Thing that files of a kind describe, as the middle of a sentence."""
    return {
        "online-endpoint": l10n.t("an online endpoint"),
        "online-deployment": l10n.t("an online deployment"),
        "batch-endpoint": l10n.t("a batch endpoint"),
        "batch-deployment": l10n.t("a batch deployment"),
        "environment-asset": l10n.t("an environment"),
        "model-asset": l10n.t("a model"),
    }[kind]


def _newer_in_words(now: str) -> str:
    """Key of today as `newer` gives it, as the middle of a sentence."""
    key, _, other = now.partition(", or ")
    if other.endswith(" on Kubernetes"):
        return l10n.t("“{key}”, or “{other}” on Kubernetes", key=key, other=other.removesuffix(" on Kubernetes"))
    if other:
        return l10n.t("“{key}”, or “{other}”", key=key, other=other)
    if key.endswith(" of the endpoint"):
        return l10n.t("“{key}” of the endpoint", key=key.removesuffix(" of the endpoint"))
    if key.endswith(" of the deployment"):
        return l10n.t("“{key}” of the deployment", key=key.removesuffix(" of the deployment"))
    return f"“{key}”"


def _choices(value: Node, field: Field | None, shape: Shape, inside: str) -> str:
    """Values that a key of today takes, where it does not take the value of the older one; as the end of a sentence."""
    if field is None or not field.choices or (isinstance(value, Scalar) and value.value in field.choices):
        return ""
    is_managed_scaling = inside == "scale_settings" and shape.compute != "kubernetes"  # which takes the first alone
    values = quoted_names(field.choices[:1] if is_managed_scaling else field.choices, "or")
    return l10n.t(", which takes {values}", values=values)


def _modern(node: Mapping, entry: MappingEntry, now: str, names: set[str]) -> tuple[Fix, ...]:
    """The key of v2 with the same value, where that is all it takes."""
    if now in SAME_VALUE:
        return (renamed(entry.key, now),) if now not in names else ()
    parent, dot, name = now.partition(".")
    if not dot or parent in names or name not in SAME_VALUE or not isinstance(entry.value, Scalar):
        return ()
    if parent == "code_configuration":
        return _code(node, entry, names)
    if parent != "request_settings" or node.flow:
        return ()
    indent = " " * entry.key.range.start.character
    return (
        Fix(
            l10n.t("Change to {new}", new=now),
            (TextEdit(entry.key.range, f"{parent}:\n{indent}  {name}"),),
            preferred=True,
        ),
    )


def _code(node: Mapping, entry: MappingEntry, names: set[str]) -> tuple[Fix, ...]:
    older = {folded(name) for name in names}
    if node.flow or {"entryscript", "sourcedirectory"} <= older or folded(str(entry.key.value)) != "entryscript":
        return ()
    indent = " " * entry.key.range.start.character
    text = f"code_configuration:\n{indent}  code: .\n{indent}  scoring_script"
    return (
        Fix(
            l10n.t("Change to {new}", new="code_configuration.scoring_script"),
            (TextEdit(entry.key.range, text),),
            preferred=True,
        ),
    )


def _other_compute(node: Mapping, entry: MappingEntry, field: Field, shape: Shape) -> Finding:
    other = "managed" if "managed" in field.targets else "Kubernetes"
    fixes = edits.remove(node, entry, shape.lines)
    if shape.kind == "online-deployment" and other == "Kubernetes" and "type" not in node.names():
        after = node.entry("endpoint_name") or node.entry("name")
        fixes = (
            *edits.add(node, after, "type: kubernetes", l10n.t("Add {key}", key="type: kubernetes"), shape.lines),
            *fixes,
        )
    return rules.OTHER_COMPUTE.finding(entry.key.range, fixes=fixes, key=field.name, other=_of_kind(other, shape))


def _of_kind(compute: str, shape: Shape) -> str:
    endpoint = "endpoint" in shape.kind
    if compute == "managed":
        return l10n.t("managed endpoints") if endpoint else l10n.t("managed deployments")
    return l10n.t("Kubernetes endpoints") if endpoint else l10n.t("Kubernetes deployments")


def _check_value(above: Mapping, entry: MappingEntry, field: Field, shape: Shape, inside: str = "") -> list[Finding]:
    node = entry.value
    if is_placeholder(node) or (inside == "environment" and field.name in ("name", "version")):
        return []  # the name of an environment that is written out is thrown away unread
    if isinstance(node, Scalar) and node.value is None and not node.quoted:
        if field.nullable:
            return []
        fixes = edits.remove(above, entry, shape.lines)
        return [rules.EMPTY.finding(entry.key.range, fixes=fixes, key=field.name)]
    if field.kind == "any":
        if _no_scalar(node, field):
            version = field.name == "version"
            expectation = l10n.t("text or a number") if version else l10n.t("the path of a file, or its content")
            return [rules.KIND.finding(node.range, key=field.name, wanted=expectation, got=kind_name(node))]
        inner = isinstance(node, Mapping) and field.fields
        return check_values(node, field.fields, shape, field.name) if inner and isinstance(node, Mapping) else []
    if field.choices:
        return _check_choice(node, field)
    problem = _misfit(node, field)
    if problem:
        fixes = _retyped(node, field)
        return [
            rules.KIND.finding(
                node.range, fixes=fixes, key=field.name, wanted=_in_words(field.kind), got=kind_name(node)
            )
        ]
    if isinstance(node, Mapping) and field.kind == "map" and field.name != "collections":
        return _doubled(node, shape)
    if isinstance(node, Mapping) and field.name == "collections":
        return _check_collections(node, shape)
    if isinstance(node, Mapping) and field.fields and not (shape.free and field.name == "settings"):
        return check_values(node, field.fields, shape, field.name)
    return _check_range(node, field) if isinstance(node, Scalar) else []


def _check_collections(node: Mapping, shape: Shape) -> list[Finding]:
    """Findings about the collections of the data collector: names of your own, each with the same keys."""
    findings: list[Finding] = []
    for entry in node.entries:
        name = str(entry.key.value)[:80]
        if entry.key.value == "<<" or is_placeholder(entry.value) or node.entry(name) not in (entry, None):
            continue
        if isinstance(entry.value, Mapping):
            findings += check_values(entry.value, COLLECTION, shape, name)
        else:
            findings += _check_value(node, entry, Field(name, "object", "", nullable=False), shape)
    return findings


def _no_scalar(node: Node, field: Field) -> bool:
    """True if a version or conda file is something that the reader cannot make a text or a mapping of."""
    if field.name == "version":
        return not isinstance(node, Scalar)
    if field.name != "conda_file":
        return False
    if isinstance(node, Items):
        return bool(node.items)
    return isinstance(node, Scalar) and not isinstance(node.value, str) and bool(node.value)


def _misfit(node: Node, field: Field) -> bool:
    """True if the reader would refuse the value; it takes numbers and truth values as texts, but no texts as
    numbers."""
    if field.kind in ("object", "map"):
        return not isinstance(node, Mapping)
    if field.kind == "list":
        return not isinstance(node, Items)
    if not isinstance(node, Scalar):
        return True
    value = node.value
    if field.kind == "text":
        return not isinstance(value, str)
    if isinstance(value, str):
        text = value.strip()
        if field.kind == "boolean":
            return text.lower() not in _TRUTHS
        return not (_WHOLE if field.kind == "integer" else _NUMBER).fullmatch(text)
    if field.kind == "boolean":
        return not isinstance(value, bool) and value not in (0, 1)
    return isinstance(value, bool)


def _retyped(node: Node, field: Field) -> tuple[Fix, ...]:
    if not isinstance(node, Scalar):
        return ()
    if field.kind == "text" and node.raw and '"' not in node.raw and "\\" not in node.raw:
        new = f'"{node.raw}"'
    elif field.kind == "integer" and isinstance(node.value, str) and (match := _DURATION.fullmatch(node.value)):
        new = str(int(match.group(1)))
    else:
        return ()
    return (Fix(l10n.t("Change to {new}", new=new), (TextEdit(node.range, new),), preferred=True),)


def _in_words(kind: Kind) -> str:
    """Kind of the values of a key, in words."""
    return {
        "text": l10n.t("text"),
        "boolean": l10n.t("true or false"),
        "integer": l10n.t("a whole number"),
        "number": l10n.t("a number"),
        "object": l10n.t("keys and their values"),
        "list": l10n.t("a list"),
        "map": l10n.t("keys and their values"),
        "any": l10n.t("any value"),
    }[kind]


def _snake(text: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text).lower()


def _check_choice(node: Node, field: Field) -> list[Finding]:
    value = node.value if isinstance(node, Scalar) else None
    offered = isinstance(value, str) and (value.lower() in field.choices or _snake(value) in field.choices)
    # The reader chooses between the two kinds of deployment by the very spelling of this one.
    if offered and (value == "kubernetes" or str(value).lower() != "kubernetes"):
        return []
    expectation = quoted_names(field.choices, "or")
    new = ""
    if isinstance(value, bool):
        if "true" in field.choices:
            new, expectation = ('"true"' if value else '"false"'), l10n.t("the text “true” or “false”, in quotes")
        elif "enabled" in field.choices:
            new = "enabled" if value else "disabled"
    elif isinstance(value, str) and value:
        new = closest(value[:80], field.choices) or ""
    got = quoted_value(value[:80]) if isinstance(value, str) else kind_name(node)
    text = edits.quoted(node, new) if isinstance(node, Scalar) and not new.startswith('"') else new
    fixes = (Fix(l10n.t("Change to {new}", new=new), (TextEdit(node.range, text),), preferred=True),) if new else ()
    severity: Severity | None = "warning" if field.name in _ADVICE and isinstance(value, str) else None
    return [
        rules.CHOICE.finding(node.range, severity=severity, fixes=fixes, key=field.name, wanted=expectation, got=got)
    ]


def _check_range(node: Scalar, field: Field) -> list[Finding]:
    value = node.value
    if isinstance(value, str) and field.kind in ("integer", "number"):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else None
    if field.kind not in ("integer", "number") or isinstance(value, bool) or not isinstance(value, int | float):
        return []
    if field.kind == "integer" and not math.isfinite(value):
        return [rules.RANGE.finding(node.range, key=field.name, wanted=l10n.t("a whole number"), got=node.raw[:40])]
    low, high = field.least, field.most
    whole = int(value) if field.kind == "integer" else value
    if (low is None or whole >= low) and (high is None or whole <= high):
        if whole == value:
            return []
        fixes = (edits.replace(node, str(whole)),)
        return [rules.CUT.finding(node.range, fixes=fixes, key=field.name, got=node.raw[:40], whole=whole)]
    return [rules.RANGE.finding(node.range, key=field.name, wanted=within(low, high), got=node.raw[:40])]
