"""Another size in the text of a deployment configuration; the rest of the text stays."""

from __future__ import annotations

from scoredock.analysis.edits import inserted
from scoredock.analysis.tree import Lines, Mapping, Scalar
from scoredock.formats.deployment import DeploymentFile, read_deployment
from scoredock.text import TextEdit

_SIZES = "containerResourceRequirements"
_ALWAYS = ("cpu", "memoryInGB")
_LIMITS = {"cpu": "cpuLimit", "memoryInGB": "memoryInGBLimit"}
"""Where a file has them, a container gets these."""


def with_size(text: str, path: str, cpu: float, memory: float) -> str | None:
    """The text with another size; None where it is no deployment configuration of v1 that can be read."""
    values = {"cpu": _number(cpu), "memoryInGB": _number(memory)}
    file = read_deployment(text, path)
    if file.config is None or file.root is None or file.tree.problems:
        return None
    if not isinstance(file.root.get(_SIZES), Mapping):
        if file.root.get(_SIZES) is not None:
            return None
        return _spliced(text, inserted(file.root, _SIZES, values, at_end=True))
    for key in _ALWAYS:
        for name in (key, _LIMITS[key]):
            file = read_deployment(text, path)
            edit = _edit(file, name, values[key], add=name == key)
            text = text if edit is None else _spliced(text, edit)
    return text


def _edit(file: DeploymentFile, name: str, value: float, *, add: bool) -> TextEdit | None:
    sizes = file.root.get(_SIZES) if file.root is not None else None
    if not isinstance(sizes, Mapping):
        return None
    present = sizes.get(name)
    if isinstance(present, Scalar):
        return TextEdit(present.range, f"{value:g}")
    return inserted(sizes, name, value, at_end=True) if present is None and add else None


def _number(value: float) -> float:
    """Whole numbers without a point, as people write them."""
    return int(value) if value == int(value) else value


def _spliced(text: str, edit: TextEdit) -> str:
    lines = Lines(text)
    new = edit.new_text.replace("\n", "\r\n") if "\r\n" in text else edit.new_text
    return text[: lines.offset(edit.range.start)] + new + text[lines.offset(edit.range.end) :]
