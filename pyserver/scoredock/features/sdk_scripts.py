"""Scripts and notebooks of the SDK v1: which Python runs them, and with what, so that `azureml.core` is Scoredock's."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import scoredock_azureml
from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context
from scoredock.run import resolve_executable

if TYPE_CHECKING:
    from scoredock.checks.notebooks.cells import CellSource
    from scoredock.checks.notebooks.notebook_text import CellText

SERVER, ENGINE, MODERNIZE = "SCOREDOCK_SDK_SERVER", "SCOREDOCK_SDK_ENGINE", "SCOREDOCK_SDK_MODERNIZE"
"""Variables that the package scoredock-azureml reads."""
_NOTEBOOK_BYTES = 20_000_000
_START = (
    "import sys; sys.path[:] = [each for each in sys.path if each]; from scoredock.cli import main; sys.exit(main())"
)
"""The command line, without the working directory in its path: it may be somebody's project."""
_IN_A_VENV = ("Scripts/python.exe",) if sys.platform == "win32" else ("bin/python",)
# What reads notebooks is late: a script is to start at once.
SHELL_LINE = re.compile(r"[ \t]*[!%]")
"""A line of a notebook that is none of Python."""


@dataclass(frozen=True, slots=True)
class SdkProcess:
    """The process that runs a script."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    """All of its environment."""


def script_process(
    words: Sequence[str], context: Context, *, python: str, engine: str, server: Sequence[str], modernize: bool = False
) -> SdkProcess:
    """Runs words of Python (`deploy.py --port 8890`, `-m package.module`), `server` being the words after `lsp`. With
    `modernize` its environments take the nearest versions that install.

    Raises ScoredockError `python-not-found`.
    """
    variables = dict(os.environ)
    variables[SERVER] = json.dumps([sys.executable, "-c", _START, "lsp", *server])
    if engine:
        variables[ENGINE] = engine
    if modernize:
        variables[MODERNIZE] = "1"
    known = variables.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = scoredock_azureml.FOLDER + (os.pathsep + known if known else "")
    return SdkProcess((_interpreter(python, context), *words), variables)


def require_script(path: str) -> None:
    """Raises ScoredockError `file-not-found`; a folder or an archive may be a script, too."""
    if not os.path.exists(path):  # noqa: PTH110 (answers False where Path raises)
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(path))


def python_of_folder(folder: Path) -> str:
    """That of a virtual environment in it, `.venv` or `venv`; empty without one."""
    return next(filter(None, (_python_in(folder / name) for name in (".venv", "venv"))), "")


def _interpreter(python: str, context: Context) -> str:
    """The one that is named, else that of the virtual environment in use or in the folder, else that of the settings,
    else this one."""
    if python:
        return resolve_interpreter(python)
    in_use = os.environ.get("VIRTUAL_ENV", "")
    found = (in_use and _python_in(Path(in_use))) or python_of_folder(context.folders[0])
    chosen = str(context.settings.get("scoredock.environment.interpreter"))
    return found or (resolve_interpreter(chosen) if chosen else sys.executable)


def _python_in(environment: Path) -> str:
    return next((str(environment / below) for below in _IN_A_VENV if (environment / below).is_file()), "")


def resolve_interpreter(python: str) -> str:
    """The path of a Python. Raises ScoredockError `python-not-found`."""
    try:
        return resolve_executable(python)
    except FileNotFoundError:
        raise ScoredockError("python-not-found", l10n.t("There is no Python at {path}.", path=python)) from None


def notebook_cells(path: Path, last: int = 0) -> str:
    """The code cells of a notebook as JSON for `scoredock_azureml.run_cells`: Python with calls in place of shell
    lines, files to write, and what is left out. Raises ScoredockError as `read_cells` does."""
    cells = [{"number": number, **_program(cell.text)} for number, cell in read_cells(path, last)]
    return json.dumps({"notebook": str(path), "cells": [cell for cell in cells if cell["kind"]]})


def read_cells(path: Path, last: int = 0) -> list[tuple[int, CellText]]:
    """The code cells of a notebook, up to the last one that is named, with their numbers among all cells, from 1.

    Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`.
    """
    from scoredock.checks.notebooks.notebook_text import read_notebook
    from scoredock.registry.blobs.plain_files import read_text

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


def _program(text: str) -> dict[str, object]:
    from scoredock.checks.notebooks.cells import read_cell

    cell = read_cell(text)
    if not text.strip():
        return {"kind": ""}
    if cell.kind == "file":
        return {"kind": "file", "body": cell.body, "target": cell.target, "appends": cell.appends}
    if cell.kind == "shell":
        return {"kind": "shell", "body": cell.body}
    if cell.kind == "other":
        return {"kind": "other", "body": text.strip().splitlines()[0]}
    body, left = _with_calls(text, cell)
    return {"kind": "python", "body": body, "left": left}


def _with_calls(text: str, cell: CellSource) -> tuple[str, list[str]]:
    """The Python of a cell with calls in place of its shell lines, and the magics that are left out."""
    lines = cell.body.split("\n")
    written = text.split("\n")
    called: set[int] = set()
    for offset, command in cell.commands:
        number = text.count("\n", 0, offset)
        call = f"_scoredock_shell({command.strip()!r})"
        line = lines[number]
        lead = line[: len(line) - len(line.lstrip())]
        lines[number] = line.replace("= None", f"= {call}").rstrip() if "= None" in line else lead + call
        called.add(number)
    left = [
        line.strip()
        for number, line in enumerate(written)
        if number not in called and SHELL_LINE.match(line) and line.strip() != lines[number].strip()
    ]
    return "\n".join(lines), left
