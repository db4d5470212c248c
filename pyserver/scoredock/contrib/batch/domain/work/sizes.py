"""`mini_batch_size`: a number of items, or of bytes."""

from __future__ import annotations

import re
from typing import Literal

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

Unit = Literal["items", "bytes"]
_SIZE = re.compile(r"\s*(\d{1,15})\s*(b|kb|mb|gb)?\s*", re.IGNORECASE)
_BYTES = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}


@dataclass(frozen=True, slots=True)
class MiniBatchSize:
    """Size of a mini-batch: how much of the input one call of run() gets."""

    count: int
    unit: Unit
    """`items` are files, or rows of a table."""

    def __str__(self) -> str:
        return str(self.count) if self.unit == "items" else f"{self.count}B"


DEFAULT_FILES = MiniBatchSize(10, "items")
"""Of ParallelRunConfig for files; see docs/internals/batch-contract.md."""
DEFAULT_TABLE = MiniBatchSize(1 << 20, "bytes")
"""Of ParallelRunConfig for tables."""


def parse_size(text: str, bare: Unit) -> MiniBatchSize:
    """`100` in the unit that a bare number has here, `1KB`, `10MB` and `1GB` in bytes (1KB are 1,024).

    Raises ScoredockError `batch-option-invalid`.
    """
    match = _SIZE.fullmatch(text)
    if match is None or int(match[1]) < 1:
        raise ScoredockError(
            "batch-option-invalid",
            l10n.t("The mini-batch size “{text}” is not a size.", text=text[:64]),
            l10n.t("Write a number of files or rows such as 100, or of bytes such as 64KB, 10MB or 1GB."),
        )
    suffix = (match[2] or "").lower()
    return MiniBatchSize(int(match[1]) * _BYTES.get(suffix, 1), "bytes" if suffix else bare)
