"""What a container of a Kubernetes deployment asks for, in the quantities of Kubernetes."""

from __future__ import annotations

from decimal import Decimal

from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import quoted_value
from scoredock.analysis.tree import Mapping, MappingEntry, Node, Scalar
from scoredock.checks.configs.v2 import deployment_rules as rules
from scoredock.formats.v2.placeholders import is_placeholder
from scoredock.formats.v2.quantities import quantity

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
    return quantity(_written(node).strip())
