"""Sample values for inputs that a model file tells of, as Python expressions for a script. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from scoredock.registry.records import Tensor

_MOST = 5_000
"""Numbers of one sample: those of a large image would make the description of the service a megabyte."""
_REPEATED = 8
"""From this length on equal values are written as a product."""
_LONGEST = 2_000


def expression(tensors: Sequence[Tensor], *, named: bool = False) -> str:
    """One sample row for all inputs: a list for one input, a dictionary by name for several (or when `named`).

    Empty when a shape is not known; `[]` for an input that is too large to be shown.
    """
    written = [(tensor.name, of_tensor(tensor)) for tensor in tensors]
    if not written or not all(text for _, text in written):
        return ""
    if len(written) == 1 and not named:
        return written[0][1]
    return "{" + ", ".join(f"{name!r}: {text}" for name, text in written) + "}"


def of_tensor(tensor: Tensor) -> str:
    """Nested lists of zeros; dimensions without a fixed size count one."""
    if not re.fullmatch(r"\[.*\]", tensor.shape):
        return ""
    words = [word.strip() for word in tensor.shape[1:-1].split(",") if word.strip()]
    sizes = [int(word) if word.isdigit() else 1 for word in words]
    total = 1
    for size in sizes:
        total *= size
    if total > _MOST:
        return "[]"
    text = zero(tensor.type)
    for size in reversed(sizes):
        text = f"[{text}] * {size}" if size >= _REPEATED else "[" + ", ".join([text] * size) + "]"
    return text if len(text) <= _LONGEST else "[]"


def zero(kind: str) -> str:
    """A value of a type, by the name that the readers of model files give it."""
    kind = kind.lower()
    if kind in ("string", "str", "object", "binary", "datetime"):
        return '""'
    if kind in ("bool", "boolean"):
        return "False"
    return "0" if re.fullmatch(r"u?int\d*|integer|long", kind) else "0.0"


def literal(value: object) -> str:
    """A sample of the person's as Python; empty when it is nothing, too long for a script, or no value of JSON."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return ""  # JSON as some write it has NaN and Infinity, which Python writes in other words
    text = "" if value is None else repr(value)
    return text if len(text) <= _LONGEST else ""
