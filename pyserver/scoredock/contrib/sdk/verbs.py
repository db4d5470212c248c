"""Run with Scoredock: what the editor's terminal runs for a script or notebook of the SDK v1, with which Python, where,
and with which variables."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.sdk import messages as sdk
from scoredock.contrib.sdk.domain.processes import SHELL_LINE
from scoredock.contrib.sdk.domain.reports import forget_report, read_report
from scoredock.errors import Place, ScoredockError
from scoredock.features.file_names import SDK_SCRIPT
from scoredock.formats.service_python import OLDEST_OF_SDK
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.run import TimedOut, child_environment, run
from scoredock.scripts.interpreters import python_of_folder, resolve_interpreter
from scoredock.scripts.notebook_cells import read_cells
from scoredock.scripts.texts import read_text
from scoredock.verb import EditorCommand, MenuItem, files, title_bar, verb
from scoredock.workspace.own_program import own_program, own_variables

if TYPE_CHECKING:
    from scoredock.features.contribution import ShowFaults

_PROBE_SECONDS = 20
_LITERAL = re.compile(r"(?P<quote>['\"])(?P<text>[^'\"\n]{2,200})(?P=quote)")
_MOST_LITERALS = 500
_SDK = "azureml"
_PIP = re.compile(r"\bpip3?\b.*\binstall\b")
_PROBE = """
import importlib.util, json, os, sys, sysconfig
folder, names = sys.argv[1], sys.argv[2:]
sys.path[0] = folder
def has(name):
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
managed = sys.prefix == sys.base_prefix and os.path.exists(
    os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))
print(json.dumps([list(sys.version_info[:2]), [n for n in names if not has(n)], has("pip") and not managed]))
"""


_COMMANDS = (
    EditorCommand(
        "runSdk",
        "Run with Scoredock",
        "contrib/sdk/running",
        icon="run-all",
        palette="scoredock.sdkInFront && isWorkspaceTrusted",
        menus=(
            files(
                f"isWorkspaceTrusted && (resourcePath in scoredock.sdkScripts || {SDK_SCRIPT})",
                "2_scoredock@3",
            ),
            title_bar("resourcePath in scoredock.sdkScripts && isWorkspaceTrusted", "navigation@1"),
        ),
    ),
    EditorCommand(
        "runSdkCells",
        "Run to Here with Scoredock",
        "contrib/sdk/running",
        icon="run-above",
        menus=(
            (
                MenuItem(
                    "notebook/cell/title",
                    "scoredock.sdkInFront && notebookCellType == code && isWorkspaceTrusted && scoredock.running",
                    "2_scoredock@1",
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class _Program:
    """Program that is run."""

    path: Path
    is_notebook: bool
    texts: tuple[str, ...]
    """Of the script, or of the cells that run."""

    @property
    def brings_its_own(self) -> bool:
        """True if it changes itself what can be imported."""
        return any("sys.path" in text or (self.is_notebook and _installs(text)) for text in self.texts)


class SdkRuns:
    """Verbs for the editor around a run, whose faults it shows."""

    def __init__(self, show: ShowFaults) -> None:
        self._show = show

    @property
    def verbs(self) -> tuple[Callable[..., Any], ...]:
        """Verbs that need to know the client."""
        return self.command, self.ended

    def stop(self) -> None:
        """Does nothing, as nothing is kept."""

    @verb(
        "sdk/command",
        editor=_COMMANDS,
    )
    def command(self, params: sdk.SdkCommandParams, context: Context, operation: Operation) -> messages.TerminalCommand:
        """See `command`; what the run before has left is out of date."""
        made = command(params, context, operation)
        path = absolute(params.path)
        forget_report(path, context)
        self._show(str(path), ())
        return made

    @verb("sdk/ended")
    def ended(self, params: sdk.SdkEndedParams, context: Context, _: Operation) -> sdk.SdkEnded:
        """Note of a run that has ended; its faults are shown in the editor."""
        path = absolute(params.path)
        report = read_report(path, context)
        self._show(str(path), report.faults)
        return sdk.SdkEnded(report.note, report.workspace)


def command(params: sdk.SdkCommandParams, context: Context, operation: Operation) -> messages.TerminalCommand:
    """The command line that does the same in any terminal.

    Raises ScoredockError `file-not-found`, `file-unreadable`, `python-not-found`, `sdk-python-unsupported`,
    `sdk-module-missing`.
    """
    program = _program(absolute(params.path), params.last_cell, context)
    folder = _working_folder(program, params.folder)
    python = _python(params, context, program.path)
    if params.check_imports:
        _require_imports(program, python, operation)
    verb = "notebook" if program.is_notebook else "run"
    cells = ["--to", str(params.last_cell)] if program.is_notebook and params.last_cell else []
    shown = _relative(program.path, folder)
    words = [*own_program(), "sdk", verb, "--python", python, *cells, shown]
    return messages.TerminalCommand(
        program.path.name, words, str(folder), own_variables(context.settings, context.home)
    )


def _program(path: Path, last_cell: int, context: Context) -> _Program:
    is_notebook = path.suffix.lower() == ".ipynb"
    if not path.is_file():
        raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(str(path)))
    if is_notebook:
        cells = read_cells(path, last_cell)
        return _Program(path, True, tuple(cell.text for _, cell in cells))
    return _Program(path, False, (read_text(path, context.overlays()) or "",))


def _working_folder(program: _Program, open_folder: str) -> Path:
    """That of the file, unless only the open folder has the files that a script names."""
    own = program.path.parent
    if program.is_notebook or not open_folder:
        return own
    outer = absolute(open_folder)
    names = [found["text"] for text in program.texts for found in _LITERAL.finditer(text)][:_MOST_LITERALS]
    here, there = (any(_names_file(folder, name) for name in names) for folder in (own, outer))
    return outer if there and not here else own


def _names_file(folder: Path, name: str) -> bool:
    if name.strip("./\\ ") == "" or os.path.isabs(name):  # noqa: PTH117 (raises nothing)
        return False
    return os.path.exists(os.path.join(folder, name))  # noqa: PTH110, PTH118 (answers False where Path raises)


def _relative(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if folder in path.parents else str(path)


def _python(params: sdk.SdkCommandParams, context: Context, path: Path) -> str:
    """The one that the person chose in the editor, that of a virtual environment in or above the folder of the file,
    that of the settings, else the one of this server."""
    for each in params.interpreters:
        if os.path.isfile(each):  # noqa: PTH113 (answers False where Path raises)
            return each
    outer = absolute(params.folder) if params.folder else path.parent
    folders = [folder for folder in path.parents if folder == outer or outer in folder.parents]
    for folder in folders or [path.parent]:
        found = python_of_folder(folder)
        if found:
            return found
    chosen = str(context.settings.get("scoredock.environment.interpreter"))
    return resolve_interpreter(chosen) if chosen else sys.executable


# ------------------------------------------------------------------------------------------ what it imports


def _require_imports(program: _Program, python: str, operation: Operation) -> None:
    """Raises ScoredockError `python-not-found`, `sdk-python-unsupported`, `sdk-module-missing`."""
    imports: dict[str, int] = {}
    for text in program.texts:
        for name, line in _imports(text):
            imports.setdefault(name, line)
    names = [] if program.brings_its_own else sorted(imports)
    words = [python, "-c", _PROBE, str(program.path.parent), *names]
    try:
        # As the script is run: with the modules of the account, and those of PYTHONPATH.
        variables = child_environment(_python_path())
        completed = run(words, env=variables, timeout=_PROBE_SECONDS, cancel=operation.cancel)
        version, missing, has_pip = json.loads(completed.stdout)
    except (OSError, TimedOut, ValueError):
        raise ScoredockError("python-not-found", l10n.t("{path} does not run as a Python.", path=python)) from None
    if tuple(version) < OLDEST_OF_SDK:
        raise ScoredockError(
            "sdk-python-unsupported",
            l10n.t("{python} is Python {version}.", python=python, version=".".join(map(str, version))),
        )
    if missing:
        raise _lacking(program, python, missing, 0 if program.is_notebook else imports[missing[0]], can_install=has_pip)


def _python_path() -> dict[str, str]:
    known = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": known} if known else {}


def _imports(text: str) -> Iterator[tuple[str, int]]:
    """Modules that are imported in any case, with the line, from zero."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        names: Sequence[str] = ()
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        for name in names:
            top = name.partition(".")[0]
            if top != _SDK:
                yield top, node.lineno - 1


def _installs(text: str) -> bool:
    return any(SHELL_LINE.match(line) and _PIP.search(line) for line in text.splitlines())


def _lacking(program: _Program, python: str, missing: Sequence[str], line: int, *, can_install: bool) -> ScoredockError:
    from scoredock.checks.packages.import_names import providers

    packages = list(dict.fromkeys((providers(name) or (name,))[0] for name in missing))
    install = [python, "-m", "pip", "install", *packages]
    names = ", ".join(missing)
    file = program.path.name
    if python == sys.executable:
        # What the server runs with is made by the extension, and nothing of the person's goes into it.
        python, can_install = l10n.t("Scoredock's own Python"), False
    return ScoredockError(
        "sdk-module-missing",
        l10n.t("{python} does not have {names}, which {file} imports.", python=python, names=names, file=file),
        l10n.t("Install with `{command}`, or choose another Python.", command=" ".join(install))
        if can_install
        else l10n.t("Choose a Python that has it, such as that of a virtual environment."),
        place=Place(str(program.path), line, 0) if not program.is_notebook else None,
        details={"install": install if can_install else []},
    )
