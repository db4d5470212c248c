"""Scripts and notebooks of the SDK v1: which Python runs them, and with what, so that `azureml.core` is Scoredock's."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import scoredock_azureml
from scoredock import l10n
from scoredock.context import Context, absolute
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.scripts.interpreters import python_in, python_of_folder, resolve_interpreter
from scoredock.scripts.notebook_cells import read_cells

if TYPE_CHECKING:
    from scoredock.contrib.sdk.checks.notebooks.cells import CellSource

SERVER, ENGINE, MODERNIZE = "SCOREDOCK_SDK_SERVER", "SCOREDOCK_SDK_ENGINE", "SCOREDOCK_SDK_MODERNIZE"
COMPUTE, REPORT = "SCOREDOCK_SDK_COMPUTE", "SCOREDOCK_SDK_REPORT"
OWN_PYTHON = "SCOREDOCK_SDK_OWN_PYTHON"
"""Variables that the package scoredock-azureml reads."""
SHARED = "AZUREML_NATIVE_SHARE_DIRECTORY"
_SCRIPT_BYTES = 5_000_000
_START = (
    "import sys; sys.path[:] = [each for each in sys.path if each]; from scoredock.cli import main; sys.exit(main())"
)
COMMAND_LINE = (sys.executable, "-c", _START)
"""The command line, without the working directory in its path: it may be somebody's project."""
# What reads notebooks is late: a script is to start at once.
SHELL_LINE = re.compile(r"[ \t]*[!%]")
"""A line of a notebook that is none of Python."""


@dataclass(frozen=True, slots=True)
class SdkProcess:
    """The process that runs a script."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    """All of its environment."""
    is_own: bool
    """Whether it is Scoredock's own Python, into which nothing is installed."""


def script_process(
    words: Sequence[str], context: Context, *, python: str, server: Sequence[str], choices: Mapping[str, str]
) -> SdkProcess:
    """Runs words of Python (`deploy.py --port 8890`, `-m package.module`) in the one that is named, else that of a
    virtual environment, else that of the settings, else this one, `server` being the words after `lsp` and
    `choices` what somebody chose for this run, by the variables above; an empty one is none.

    Raises ScoredockError `python-not-found`.
    """
    variables = {**os.environ, **{name: value for name, value in choices.items() if value}}
    variables[SERVER] = json.dumps([*COMMAND_LINE, "lsp", *server])
    known = variables.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = scoredock_azureml.FOLDER + (os.pathsep + known if known else "")
    found = "" if python else _of_environment(context.folders[0])
    named = python or str(context.settings.get("scoredock.environment.interpreter"))
    path = found or (resolve_interpreter(named) if named else sys.executable)
    is_own = not found and path == sys.executable
    variables[OWN_PYTHON] = "1" if is_own else ""
    return SdkProcess((path, *words), variables, is_own)


def script_words(words: Sequence[str]) -> list[str]:
    """The words of Python for a script and its arguments: a file with Python goes by way of what reports its end."""
    script = words[0]
    is_file = os.path.isfile(script)  # noqa: PTH113 (answers False where Path raises)
    if not is_file or not script.endswith(".py"):
        return list(words)
    return [str(Path(scoredock_azureml.__file__).with_name("run_script.py")), *words]


def report_variable(context: Context, path: Path) -> dict[str, str]:
    """Environment variable for the process of a script or notebook, so that its end can be read afterwards
    (`sdk_reports`).
    """
    return {REPORT: str(report_path(context, path))}


def shared_variable(path: Path) -> dict[str, str]:
    """The folder that all runs of the Workbench had in common, for a script or notebook that names it."""
    try:
        if SHARED in os.environ or SHARED.encode() not in path.read_bytes():
            return {}
        folder = Path.home() / ".azureml" / "share"
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return {}
    return {SHARED: f"{folder}/"}  # names of files are put behind it


def report_path(context: Context, path: Path) -> Path:
    """Path of the file in which the last run of a script or notebook reports how it ended."""
    name = hashlib.sha256(os.fsencode(absolute(str(path)))).hexdigest()[:32]
    return context.home / "sdk-runs" / f"{name}.json"


def require_script(path: str) -> None:
    """Raises ScoredockError `file-not-found`, `sdk-script-language`, `sdk-script-of-notebook`; a folder or an
    archive may be a script, too."""
    if not os.path.exists(path):  # noqa: PTH110 (answers False where Path raises)
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(path))
    if path.lower().endswith(".ipynb"):
        raise ScoredockError(
            "sdk-script-of-notebook",
            l10n.t("{path} is a notebook.", path=path),
            l10n.t("Run it with `scoredock sdk notebook {path}`.", path=path),
            place=Place(path),
        )
    if os.path.isfile(path):  # noqa: PTH113 (answers False where Path raises)
        _require_python(Path(path))


def _require_python(path: Path) -> None:
    """Says of a script in another language, or one that was pasted from a notebook, what it is, where Python would only
    name a syntax error."""
    from scoredock.analysis.other_languages import language_problem, other_language
    from scoredock.contrib.sdk.checks.notebooks.cells import notebook_line
    from scoredock.registry.blobs.plain_files import read_text

    try:
        text = read_text(path, _SCRIPT_BYTES)
    except ScoredockError:
        return  # Python says itself what it cannot read, and an archive may be a script
    if language := other_language(str(path), text):
        raise ScoredockError("sdk-script-language", language_problem(str(path), language), place=Place(str(path)))
    line = notebook_line(text) if path.suffix == ".py" else None
    if line is not None:
        raise ScoredockError(
            "sdk-script-of-notebook",
            l10n.t(
                "{path}, line {line}: “{text}” is a line of a notebook and not Python.",
                path=path,
                line=line.line + 1,
                text=line.text,
            ),
            place=Place(str(path), line.line, 0),
        )


def _of_environment(folder: Path) -> str:
    """The Python of the virtual environment in use or in the folder or its repository; empty without one."""
    in_use = os.environ.get("VIRTUAL_ENV", "")
    return (in_use and python_in(Path(in_use))) or _python_of_repository(folder)


def notebook_cells(path: Path, last: int = 0) -> str:
    """The code cells of a notebook as JSON for `scoredock_azureml.run_cells`: Python with calls in place of magics and
    lines for the shell, and cells of a magic. Raises ScoredockError as `read_cells` does."""
    cells = [{"number": number, **_program(cell.text)} for number, cell in read_cells(path, last) if cell.text.strip()]
    return json.dumps({"notebook": str(path), "cells": cells})


def _program(text: str) -> dict[str, object]:
    """A cell for `scoredock_azureml.run_cells`: its magic with its line and text, and its Python."""
    from scoredock.contrib.sdk.checks.notebooks.cells import read_cell

    cell = read_cell(text)
    body = _with_calls(text, cell) if cell.kind == "python" else ""
    return {"magic": cell.magic, "line": cell.line, "text": text[cell.start :], "body": body}


def _with_calls(text: str, cell: CellSource) -> str:
    """The Python of a cell with calls in place of its lines for the shell and its magics."""
    lines = cell.body.split("\n")
    for call in cell.calls:
        number = text.count("\n", 0, call.offset)
        line = lines[number]
        written = f"_scoredock_{call.kind}({call.text.strip()!r})"
        lead = line[: len(line) - len(line.lstrip())]
        lines[number] = f"{lead}{call.target} = {written}" if call.target else lead + written
    return "\n".join(lines)


def _python_of_repository(folder: Path) -> str:
    """That of a virtual environment in the folder, or in one above it as far as the root of its repository, where that
    is of the same owner; empty without one."""
    above = (folder, *folder.parents)
    root = next((number for number, each in enumerate(above) if (each / ".git").exists()), 0)
    owner = folder.stat().st_uid
    return next(
        (found for each in above[: root + 1] if each.stat().st_uid == owner if (found := python_of_folder(each))), ""
    )
