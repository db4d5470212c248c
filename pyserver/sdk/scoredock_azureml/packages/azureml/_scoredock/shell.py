"""The shell of a notebook: the object that `get_ipython()` gives."""

from __future__ import annotations

from typing import Any

from azureml._scoredock.magics import CellError, Lines, Magics


class ZMQInteractiveShell:
    """Shell object that `get_ipython()` gives: the same by calls, as notebooks that were saved as scripts have it.
    Scripts know by the name of this class, which is that of Jupyter, that they run in a notebook.
    """

    def __init__(self, magics: Magics) -> None:
        self._magics = magics
        self.user_ns = magics.names

    def run_line_magic(self, name: str, line: str = "", *_: Any, **__: Any) -> Any:
        """`%name line`."""
        return self._magics.line(f"{name} {line}".strip())

    def magic(self, text: str) -> Any:
        """Runs a line magic given as one text."""
        return self._magics.line(text.lstrip("%"))

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Runs `%%name line` over a cell."""
        self._magics.cell(name, line, cell, cell)

    def system(self, command: str) -> None:
        """Runs `!command`."""
        self._magics.shell(command)

    def getoutput(self, command: str, *_: Any, **__: Any) -> Lines:
        """`names = !command`."""
        return self._magics.lines(command)

    def __getattr__(self, name: str) -> Any:
        raise CellError(f"get_ipython().{name} is not supported: there is no IPython in this run.")
