"""Context of the cursor in a configuration, whether the file is JSON or YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from scoredock.late_dataclass import dataclass

Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class CursorContext:
    """The place of the cursor. It comes from the words around it, not from a tree, which half-typed text has not."""

    path: Keys
    """Keys and list positions around it, and in a value the key it belongs to."""
    is_key: bool
    """A key is being typed, otherwise a value."""
    start: int
    """Offset where the word under the cursor begins, its opening quote included."""
    end: int
    """Offset where it ends, its closing quote included when it has one."""
    typed: str
    """What stands between its start and the cursor, without quotes."""
    siblings: Mapping[str, str] = field(default_factory=dict)
    """The other keys of the object around it, and their values where those are plain."""
    has_colon: bool = False
    """A colon follows already."""
    comma_before: int | None = None
    """JSON: offset where a comma is missing in front."""
    comma_after: bool = False
    """JSON: another key follows, and no comma stands between."""
    is_item: bool = False
    """YAML: the word follows the dash of a list item, so that it is a key or a value."""
    space: str = ""
    """YAML: what must be put in front of a value."""
