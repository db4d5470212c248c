"""Hovers of a configuration: keys, paths, environments, models, packages."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import resolve
from scoredock.analysis.read import parse
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar, contains, path_at
from scoredock.formats.document_kind import DocumentKind
from scoredock.formats.fields import Field
from scoredock.language.bases import base_of
from scoredock.language.completions.packages import package_list
from scoredock.language.descriptions import (
    code,
    environment_described,
    field_described,
    model_described,
    package_described,
)
from scoredock.language.tables import FIELDS, field_at
from scoredock.text import Position, Range

_REFERENCE = re.compile(r"azureml:([\w.-]{1,255})(?::(\w{1,30})|@(\w{1,30}))?$")
_REQUIREMENT = re.compile(r"[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[\w,. -]*\])?)")
_LONGEST = 200_000


def config_hover(
    text: str, lines: Lines, kind: DocumentKind, facts: Facts, place: Position
) -> tuple[Range, str] | None:
    """The range of what is under the cursor, and its description as markdown."""
    if kind == "requirements":
        return _requirement(lines, place)
    if kind not in FIELDS or len(text) > _LONGEST:
        return None
    root = parse(text, facts.path).root
    keys, node, on_key = path_at(root, place)
    if package_list(keys) and isinstance(node, Scalar) and isinstance(node.value, str):
        found = _REQUIREMENT.match(node.value)
        description = package_described(found.group(1)) if found else ""
        return (node.range, description) if description else None
    field = field_at(FIELDS[kind], keys)
    if field is None or not keys or isinstance(keys[-1], int):
        return None
    if on_key:
        span = key_range(root, place)
        return (span, field_described(field)) if span is not None else None
    if not isinstance(node, Scalar):
        return None
    siblings = siblings_of(root, keys)
    more = _value(kind, text, facts, field, keys, node, siblings)
    return node.range, field_described(field) + (f"\n\n{more}" if more else "")


def _value(
    kind: DocumentKind,
    text: str,
    facts: Facts,
    field: Field,
    keys: tuple[str | int, ...],
    node: Scalar,
    siblings: dict[str, str],
) -> str:
    value = node.value
    if kind == "inference-config" and keys[:1] == ("environment",) and len(keys) == 2:
        name = value if keys[1] == "name" else siblings.get("name")
        version = value if keys[1] == "version" else siblings.get("version")
        if keys[1] in ("name", "version") and isinstance(name, str):
            return environment_described(name, str(version or ""), facts)
    if not isinstance(value, str) or "\x00" in value:
        return ""
    reference = _REFERENCE.match(value)
    if reference is not None and field.name == "environment":
        return environment_described(reference.group(1), reference.group(2) or "", facts)
    if reference is not None and field.name == "model":
        number = reference.group(2)
        return model_described(reference.group(1), int(number) if number and number.isdecimal() else None, facts)
    if field.path:
        base = base_of(kind, text, facts, field.name, siblings)
        if base is not None:
            target = resolve(base, value)
            there = facts.exists(target) or facts.is_folder(target)
            return code(target) if there else l10n.t("{path} does not exist.", path=code(target))
    return ""


def siblings_of(root: Node | None, keys: tuple[str | int, ...]) -> dict[str, str]:
    """The plain values of the object that a key is in."""
    node = root
    for key in keys[:-1]:
        if isinstance(node, Mapping) and isinstance(key, str):
            node = node.get(key)
        elif not isinstance(node, Mapping | Scalar | None) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
        else:
            return {}
    if not isinstance(node, Mapping):
        return {}
    return {
        e.key.value: str(e.value.value)
        for e in node.entries
        if isinstance(e.key.value, str) and isinstance(e.value, Scalar) and e.value.value is not None
    }


def key_range(root: Node | None, place: Position) -> Range | None:
    """Range of the key under a position, or None."""
    node = root
    while node is not None and not isinstance(node, Scalar):
        below: Node | None = None
        if isinstance(node, Mapping):
            for entry in node.entries:
                if contains(entry.key.range, place):
                    return entry.key.range
                if contains(entry.value.range, place):
                    below = entry.value
                    break
        else:
            below = next((item for item in node.items if contains(item.range, place)), None)
        node = below
    return None


def _requirement(lines: Lines, place: Position) -> tuple[Range, str] | None:
    found = _REQUIREMENT.match(lines.line(place.line))
    if found is None or not found.start(1) <= place.character <= found.end(1):
        return None
    description = package_described(found.group(1))
    span = Range(Position(place.line, found.start(1)), Position(place.line, found.end(1)))
    return (span, description) if description else None
