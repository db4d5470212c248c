"""Pieces of Python as text: names that are free, values, keyword arguments with the classes of azure-ai-ml, edits of a
text, and the statements of a tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

_CLASSES = {
    "request_settings": "OnlineRequestSettings",
    "liveness_probe": "ProbeSettings",
    "resources": "ResourceRequirementsSettings",
    "requests": "ResourceSettings",
    "limits": "ResourceSettings",
    "data_collector": "DataCollector",
    "model_inputs": "DeploymentCollection",
    "model_outputs": "DeploymentCollection",
    "scale_settings": "TargetUtilizationScaleSettings",
}
"""Key of a deployment → class of azure-ai-ml that holds it."""


def joined(*words: str) -> str:
    """Arguments of a call, without those that are empty."""
    return ", ".join(filter(None, words))


def keyword_words(values: Mapping[str, Any], module: str) -> list[str]:
    """Keyword arguments, with the classes of azure-ai-ml where they hold several values."""
    return [f"{key}={_value(key, value, module)}" for key, value in values.items() if value not in (None, "", {})]


def _value(key: str, value: object, module: str) -> str:
    if not isinstance(value, Mapping):
        return quoted(value)
    if key == "collections":
        return "{" + ", ".join(f'"{name}": {_value(name, each, module)}' for name, each in value.items()) + "}"
    kind = _CLASSES.get(key)
    if kind is None:
        return "{" + ", ".join(f"{quoted(name)}: {quoted(each)}" for name, each in value.items()) + "}"
    named = {("gpu" if name == "nvidia.com/gpu" else name): each for name, each in value.items() if name != "type"}
    if kind == "DeploymentCollection":
        named = {name: str(each) for name, each in named.items()}
    return f"{module}.{kind}({joined(*keyword_words(named, module))})"


def quoted(value: object) -> str:
    """A value as people write it in Python."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text else text
    return repr(value)


def free_name(name: str, text: str) -> str:
    """A name that the script does not use."""
    while re.search(rf"\b{name}\b", text):
        name = f"{name}_"
    return name


def with_edits(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with what stands between two offsets replaced; of edits that overlap the first one counts."""
    parts: list[str] = []
    position = 0
    for start, end, new in sorted(edits):
        if start >= position:
            parts += [text[position:start], new]
            position = end
    return "".join([*parts, text[position:]])


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yields all statements, also those inside of others."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def is_only(tree: ast.Module, statement: ast.stmt) -> bool:
    """True if a block would be empty without the statement."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and statement in block:
                return len(block) == 1 and node is not tree
    return False
