"""What a container of a Kubernetes deployment asks for, in the quantities of Kubernetes."""

from __future__ import annotations

import re
from decimal import Decimal

from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import quoted_value
from scoredock.analysis.tree import Mapping, MappingEntry, Node, Scalar
from scoredock.checks.configs.v2 import deployment_rules as rules
from scoredock.formats.v2.placeholders import is_placeholder

_QUANTITY = re.compile(r"\+?(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE][+-]?\d{1,2})?")
_FACTORS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}
_NAMES = ("cpu", "memory", "nvidia.com/gpu")


def check_quantities(resources: Node | None) -> list[Finding]:
    """Findings about `resources.requests` and `resources.limits`."""
    if not isinstance(resources, Mapping) or is_placeholder(resources):
        return []
    sections = {name: resources.get(name) for name in ("requests", "limits")}
    entries_by_section = {name: _entries(node) for name, node in sections.items()}
    findings = [
        rules.QUANTITY.finding(entry.value.range, key=key, got=quoted_value(_written(entry.value)))
        for entries in entries_by_section.values()
        for key, entry in entries.items()
        if _amount(entry.value) is None
    ]
    for key, entry in entries_by_section["requests"].items():
        limit = entries_by_section["limits"].get(key)
        request, most = _amount(entry.value), _amount(limit.value) if limit is not None else None
        if limit is not None and request is not None and most is not None and request > most:
            written, above = _written(entry.value), _written(limit.value)
            findings.append(rules.ABOVE_LIMIT.finding(entry.value.range, key=key, asked=written, most=above))
    return findings


def _entries(section: Node | None) -> dict[str, MappingEntry]:
    if not isinstance(section, Mapping) or is_placeholder(section):
        return {}
    known = {str(entry.key.value): entry for entry in section.entries if entry.key.value in _NAMES}
    return {
        key: entry
        for key, entry in known.items()
        if isinstance(entry.value, Scalar) and not is_placeholder(entry.value)
    }


def _written(node: Node) -> str:
    return node.raw.strip("\"'")[:40] if isinstance(node, Scalar) else ""


def _amount(node: Node) -> Decimal | None:
    """The number that a quantity stands for; None for what Kubernetes does not read."""
    text = _written(node).strip()
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    unit = found.group(2)
    return Decimal(found.group(1)) * _FACTORS[unit] if unit else Decimal(text)
