"""The code cells of a notebook that lies in a file."""

from __future__ import annotations

from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.formats.notebook_text import CellText, read_notebook
from scoredock.registry.blobs.plain_files import read_text

_NOTEBOOK_BYTES = 20_000_000


def read_cells(path: Path, last: int = 0) -> list[tuple[int, CellText]]:
    """The code cells of a notebook, up to the last one that is named, with their numbers among all cells, from 1.

    Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`.
    """
    text = read_text(path, _NOTEBOOK_BYTES)
    try:
        notebook = read_notebook(text)
    except ValueError:
        notebook = None
    if notebook is None:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} is not a notebook.", path=path),
            l10n.t("Give a Jupyter notebook (.ipynb) with Python cells."),
            place=Place(str(path)),
        )
    cells = notebook.cells[: last or None]
    return [(number, cell) for number, cell in enumerate(cells, 1) if cell.is_code]
