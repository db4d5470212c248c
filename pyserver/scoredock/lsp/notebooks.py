"""The notebooks that are open in the editor: which cells they have, in which order. The texts of the cells are
documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from scoredock.late_dataclass import dataclass

_CODE = 2


@dataclass(frozen=True, slots=True)
class OpenCell:
    """One cell; its text is the document of the same URI."""

    uri: str
    kind: int = _CODE
    """1 for prose, 2 for code."""
    language: str = "python"


@dataclass(frozen=True, slots=True)
class Notebook:
    """One version of one open notebook."""

    uri: str
    version: int
    cells: tuple[OpenCell, ...] = ()

    def code(self) -> tuple[str, ...]:
        """URIs of the cells that hold Python, in order."""
        return tuple(cell.uri for cell in self.cells if cell.kind == _CODE and cell.language == "python")

    def spliced(self, start: int, deleted: int, added: Sequence[OpenCell], version: int) -> Notebook:
        """The notebook after cells were replaced; places outside are moved to the nearest inside."""
        start = min(max(start, 0), len(self.cells))
        end = min(start + max(deleted, 0), len(self.cells))
        return replace(self, version=version, cells=(*self.cells[:start], *added, *self.cells[end:]))

    def with_kinds(self, changed: Iterable[tuple[str, int]], version: int) -> Notebook:
        """The notebook after cells became code or prose; cells that it does not have are passed over."""
        kinds = dict(changed)
        cells = tuple(replace(cell, kind=kinds.get(cell.uri, cell.kind)) for cell in self.cells)
        return replace(self, version=version, cells=cells)
