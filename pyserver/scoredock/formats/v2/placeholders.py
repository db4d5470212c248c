"""Values that a template fills in before Azure ML reads the file: `{{ name }}`, `{name}`, `${NAME}`, `$name`,
`__NAME__` and their like."""

from __future__ import annotations

import re

from scoredock.analysis.tree import Mapping, Node, Scalar, Sequence

_PLACE = re.compile(
    r"\{\{|\}\}|\{%|\$\{|\$\(|\$[A-Za-z_]\w*|<%|__[A-Za-z][A-Za-z0-9_.-]*__|<[A-Za-z_][\w"
    r" .:-]*>|#\{[^}]*\}#?|%[A-Z_][A-Z0-9_]*%|@@\w+@@|\[\[|~\{|\{[A-Za-z_]\w*\}"
)
_TEMPLATE = re.compile(r"\{\{|\{%|<%|@@\w+@@|\$\{\{|#\{")


def is_placeholder(node: Node | None) -> bool:
    """True if a value is, or holds, something that is still to be filled in."""
    if isinstance(node, Scalar):
        return isinstance(node.value, str) and is_filled_in(node.value)
    if not isinstance(node, Mapping) or not node.flow or len(node.entries) != 1:
        return False
    # Without quotes {{ name }} is a mapping whose only key is a mapping, and {name} one whose only key has no value.
    key, value = node.entries[0].key, node.entries[0].value
    is_alone = isinstance(value, Scalar) and value.value is None and value.raw == ""
    return (key.value is None and key.raw == "") or (is_alone and str(key.value).isidentifier())


def holds_placeholder(node: Node) -> bool:
    """True if any value below is still to be filled in."""
    if isinstance(node, Mapping) and not is_placeholder(node):
        return any(holds_placeholder(entry.value) for entry in node.entries)
    if isinstance(node, Sequence):
        return any(holds_placeholder(item) for item in node.items)
    return is_placeholder(node)


def is_filled_in(text: str) -> bool:
    """True if a text holds a place that somebody or something fills in."""
    return _PLACE.search(text) is not None


def is_template(text: str) -> bool:
    """True if a text is made into YAML by a template engine first, and so need not be YAML itself."""
    return _TEMPLATE.search(text) is not None
