"""Compares an object with the table of its keys: unknown and doubled keys, types, choices, ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scoredock import l10n
from scoredock.analysis.edits import remove
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import Rule, proposal, quoted_names, quoted_value
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, kind_name
from scoredock.analysis.tree import Sequence as Items
from scoredock.formats.fields import Field, Kind, closest, find, within
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Position, Range, TextEdit

_HELPED = 50
"""Strange keys of one object for which a repair is sought."""


@dataclass(frozen=True, slots=True)
class ShapeRules:
    """The rule for each kind of mismatch."""

    doubled: Rule
    unknown: Rule
    kind: Rule
    value: Rule
    file: Callable[[], str]
    """What such a file is called."""
    null: Rule | None = None
    """For null where an object is needed, when that has a rule of its own."""


def check_shape(
    node: Mapping, fields: Sequence[Field], rules: ShapeRules, inside: str = "", lines: Lines | None = None
) -> list[Finding]:
    """Findings of one object and of those below it; with `lines` keys that are too many can be removed."""
    findings: list[Finding] = []
    keys: set[object] = set()
    strange = 0
    names = set(node.names())
    for entry in node.entries:
        key = entry.key
        if key.value in keys:
            strange += 1
            near = node.entries if lines is not None and strange <= _HELPED else ()
            earlier = [e for e in near if e.key.value == key.value and e.key.range.start < key.range.start]
            fixes = (
                remove(node, earlier, lines, l10n.t("Remove the earlier one")) if lines is not None and earlier else ()
            )
            findings.append(rules.doubled.finding(key.range, fixes=fixes, key=key.raw.strip("\"'")))
        keys.add(key.value)
        field = find(fields, key.value) if isinstance(key.value, str) else None
        if field is None:
            strange += 1
            helped = lines if strange <= _HELPED else None
            findings.append(_unknown(entry, fields if strange <= _HELPED else (), names, rules, inside, node, helped))
        else:
            findings += _check_value(entry.value, field, rules, lines)
    return findings


def renamed(key: Scalar, name: str, title: str = "") -> Fix:
    """The fix that gives a key another name, in the quotes it has; certain where only capitals or the marks between
    words differ."""
    quote = key.raw[0] if key.quoted and key.raw[:1] in "\"'" else ""
    edit = TextEdit(key.range, f"{quote}{name}{quote}")
    same = _letters(str(key.value)) == _letters(name)
    return Fix(title or l10n.t("Rename to {name}", name=name), (edit,), preferred=True, certain=same)


def _in_words(kind: Kind) -> str:
    """Kind of the values of a key, in words."""
    return {
        "text": l10n.t("text"),
        "boolean": l10n.t("true or false"),
        "integer": l10n.t("a whole number"),
        "number": l10n.t("a number"),
        "object": l10n.t("an object"),
        "list": l10n.t("a list"),
        "map": l10n.t("an object whose values are text"),
        "any": l10n.t("any value"),
    }[kind]


def _letters(name: str) -> str:
    return name.lower().translate({ord(mark): None for mark in "_- "})


def _unknown(
    entry: MappingEntry,
    fields: Sequence[Field],
    names: set[str],
    rules: ShapeRules,
    inside: str,
    node: Mapping,
    lines: Lines | None,
) -> Finding:
    name = str(entry.key.value if entry.key.value is not None else entry.key.raw)
    near = closest(name, [f.name for f in fields if f.name not in names])
    fixes: tuple[Fix, ...] = (renamed(entry.key, near),) if near else ()
    if not near and lines is not None:
        fixes = remove(node, [entry], lines, l10n.t("Remove the key"), preferred=False)
    where = l10n.t("in “{section}”", section=inside) if inside else l10n.t("in {file}", file=rules.file())
    hint = proposal(near) or l10n.t("; correct or remove it")
    return rules.unknown.finding(entry.key.range, fixes=fixes, key=name[:80], hint=hint, where=where)


def _check_value(node: Node, field: Field, rules: ShapeRules, lines: Lines | None) -> list[Finding]:
    if isinstance(node, Scalar) and node.value is None and not node.quoted:
        if field.nullable:
            return []
        rule = rules.null if rules.null is not None and field.kind == "object" else rules.kind
        emptied = (
            (Fix(l10n.t("Change to {new}", new="{}"), (TextEdit(node.range, "{}"),), preferred=True, certain=True),)
            if field.kind == "object" and node.raw
            else ()
        )
        return [rule.finding(node.range, fixes=emptied, key=field.name, wanted=_in_words(field.kind), got="null")]
    if not _fits(node, field):
        fixes = _retyped(node, field)
        return [
            rules.kind.finding(
                node.range,
                severity="warning" if field.truthy else None,
                fixes=fixes,
                key=field.name,
                wanted=_in_words(field.kind),
                got=kind_name(node),
            )
        ]
    if field.kind == "object" and isinstance(node, Mapping) and field.fields:
        return check_shape(node, field.fields, rules, field.name, lines)
    if field.kind == "map" and isinstance(node, Mapping):
        return _check_map(node, field, rules)
    return _check_range(node, field, rules) if isinstance(node, Scalar) else []


def _fits(node: Node, field: Field) -> bool:
    if field.kind == "any":
        return True
    if field.kind in ("object", "map"):
        return isinstance(node, Mapping)
    if field.kind == "list":
        return isinstance(node, Items)
    if not isinstance(node, Scalar):
        return False
    value = node.value
    if field.kind == "text":
        return isinstance(value, str)
    if field.kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (field.kind == "number" and isinstance(value, float))


def _retyped(node: Node, field: Field) -> tuple[Fix, ...]:
    """Take quotes off a number or truth value, or put them on a text, where that is surely meant."""
    if not isinstance(node, Scalar):
        return ()
    new = ""
    value = node.value
    if isinstance(value, str):
        if field.kind == "boolean" and value.lower() in ("true", "false", "yes", "no", "on", "off"):
            new = "true" if value.lower() in ("true", "yes", "on") else "false"
        elif field.kind in ("integer", "number") and value.strip().isdecimal() and value.isascii():
            new = value.strip().lstrip("0") or "0"
        elif (
            field.kind == "number"
            and value.count(".") == 1
            and value.replace(".", "").isdecimal()
            and value.isascii()
            and value[0] != "."
            and value[-1] != "."
        ):
            new = value
    elif isinstance(value, float) and field.kind == "integer" and value.is_integer() and abs(value) < 1e9:
        new = str(int(value))
    elif field.kind == "boolean" and value in (0, 1):
        new = "true" if value else "false"
    elif field.kind == "text" and node.raw:
        new = f'"{node.raw}"'
    return (
        (Fix(l10n.t("Change to {new}", new=new), (TextEdit(node.range, new),), preferred=True, certain=True),)
        if new
        else ()
    )


def _check_map(node: Mapping, field: Field, rules: ShapeRules) -> list[Finding]:
    findings = []
    for entry in node.entries:
        value = entry.value
        if field.numbers and isinstance(value, Scalar) and type(value.value) in (int, float):
            continue
        if not (isinstance(value, Scalar) and isinstance(value.value, str)):
            fixes: tuple[Fix, ...] = ()
            if isinstance(value, Scalar) and value.raw:
                edit = TextEdit(value.range, f'"{value.raw}"')
                meant = value.value is not None  # whoever wrote null may have meant no value, or the word
                fixes = (Fix(l10n.t("Change to {new}", new=f'"{value.raw}"'), (edit,), preferred=True, certain=meant),)
            name = f"{field.name}.{str(entry.key.value)[:80]}"
            findings.append(
                rules.kind.finding(value.range, fixes=fixes, key=name, wanted=l10n.t("text"), got=kind_name(value))
            )
    return findings


def _check_range(node: Scalar, field: Field, rules: ShapeRules) -> list[Finding]:
    value = node.value
    if isinstance(value, str) and field.choices:
        if value.lower() in {choice.lower() for choice in field.choices}:
            return []
        near = closest(value, field.choices) if value else None
        fixes = (
            (Fix(l10n.t("Change to {new}", new=near), (TextEdit(node.range, f'"{near}"'),), preferred=True),)
            if near
            else ()
        )
        expectation = quoted_names(field.choices, "or")
        return [
            rules.value.finding(
                node.range, fixes=fixes, key=field.name, wanted=expectation, got=quoted_value(value[:80])
            )
        ]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    if field.above is not None and not value > field.above:
        return [
            rules.value.finding(
                node.range,
                key=field.name,
                wanted=l10n.t("greater than {least}", least=f"{field.above:g}"),
                got=node.raw,
            )
        ]
    if field.least is not None and value < field.least:
        expectation = within(field.least, field.most)
        return [rules.value.finding(node.range, key=field.name, wanted=expectation, got=node.raw)]
    if field.most is not None and value > field.most:
        expectation = within(field.least, field.most)
        return [rules.value.finding(node.range, key=field.name, wanted=expectation, got=node.raw)]
    return []


def insert_key(node: Mapping, key: str, value: str, title: str) -> Fix:
    """The fix that adds a key at the start of an object, in the layout it has."""
    first = node.entries[0].key.range.start if node.entries else None
    if not node.flow:
        start = first or node.range.start
        return Fix(title, (TextEdit(Range(start, start), f"{key}: {value}\n" + " " * start.character),), preferred=True)
    brace = Position(node.range.start.line, node.range.start.character + 1)
    if first is None:
        return Fix(title, (TextEdit(Range(brace, brace), f'"{key}": {value}'),), preferred=True)
    gap = "\n" + " " * first.character if first.line != node.range.start.line else " "
    return Fix(title, (TextEdit(Range(first, first), f'"{key}": {value},{gap}'),), preferred=True)
