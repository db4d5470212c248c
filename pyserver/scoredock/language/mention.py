"""A name in a file, and what it names."""

from __future__ import annotations

from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.text import Range


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a file, and what it names."""

    kind: Literal["path", "model", "environment"]
    target: str
    """Absolute path, or the name of a model or environment."""
    range: Range
    """Of the name itself, without quotes."""
    text: str
    base: str = ""
    """Folder that a path is relative to."""
    version: int | None = None
    """Of a model or environment, where one is named."""
