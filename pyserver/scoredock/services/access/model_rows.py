"""Values for a first request, from what a model records about its input. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.registry.records import Tensor

_MOST = 5_000
"""Numbers of one sample."""
_TEXTS = ("string", "str", "object", "binary", "datetime")


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """Recorded inputs of one model; any field may be empty."""

    file: str = ""
    """The file that tells it."""
    features: int = 0
    names: tuple[str, ...] = ()
    """Of the features, where the model was trained with a data frame."""
    tensors: tuple[Tensor, ...] = ()
    example: Any = field(default=None, hash=False)
    """Rows that were logged with the model, as JSON has them: a list of lists or of objects."""

    @property
    def has_signature(self) -> bool:
        """True if the files tell what the model takes."""
        return bool(self.features or self.tensors or self.example)

    @property
    def sentence(self) -> str:
        """Sentence that says where the inputs were read from."""
        if self.example is not None:
            return l10n.t("From the input example that was logged with the model ({file}).", file=self.file)
        if self.features:
            if self.features == 1:
                return l10n.t("From the signature of the model: {file} takes 1 feature.", file=self.file)
            return l10n.t(
                "From the signature of the model: {file} takes {count} features.", file=self.file, count=self.features
            )
        return l10n.t("From the signature of the model in {file}.", file=self.file)


def rows(inputs: ModelInputs, *, frame: bool = False) -> Any:
    """A table of one row. For a `frame` the row is an object, where the columns have names."""
    if inputs.example is not None:
        return inputs.example
    columns = _columns(inputs)
    if frame and columns:
        return [dict(columns)]
    if columns:
        return [[value for _, value in columns]]
    if len(inputs.tensors) == 1:
        return of_tensor(inputs.tensors[0])
    if inputs.tensors:
        return {tensor.name: of_tensor(tensor) for tensor in inputs.tensors}
    return [[0.0] * min(inputs.features or 1, _MOST)]


def row(inputs: ModelInputs, *, frame: bool = False) -> Any:
    """The first row of the table alone."""
    table = rows(inputs, frame=frame)
    first = table[0] if isinstance(table, list) and table else table
    return list(first.values()) if isinstance(first, dict) and not frame else first


def _columns(inputs: ModelInputs) -> list[tuple[str, Any]]:
    """Name and value of each column, where they have names."""
    if inputs.names:
        return [(name, 0.0) for name in inputs.names[:_MOST]]
    plain = [tensor for tensor in inputs.tensors if tensor.name and not tensor.shape]
    return [(tensor.name, zero(tensor.type)) for tensor in plain] if len(plain) == len(inputs.tensors) else []


def of_tensor(tensor: Tensor) -> Any:
    """Nested lists of zeros; dimensions without a fixed size count one."""
    sizes = _sizes(tensor.shape)
    total = 1
    for size in sizes:
        total *= size
    if total > _MOST:
        return []
    return _nested(sizes, zero(tensor.type))


def _sizes(shape: str) -> list[int]:
    words = [word.strip() for word in shape.strip("[]").split(",") if word.strip()]
    return [int(word) if word.isdigit() else 1 for word in words]


def _nested(sizes: Sequence[int], value: Any) -> Any:
    return [_nested(sizes[1:], value) for _ in range(sizes[0])] if sizes else value


def zero(kind: str) -> Any:
    """A value of a type, by the name that the readers of model files give it."""
    kind = kind.lower()
    if kind in _TEXTS:
        return ""
    if kind in ("bool", "boolean"):
        return False
    return 0 if re.fullmatch(r"u?int\d*|integer|long", kind) else 0.0
