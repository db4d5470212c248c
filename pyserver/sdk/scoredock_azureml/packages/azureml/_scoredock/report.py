"""The report of a run for an editor, as a file: failures with their places, and the workspace that a missing
config.json left to Scoredock. Without the variable nothing is written."""

from __future__ import annotations

import contextlib
import json
import os
import site
import sysconfig
import traceback
from typing import Any, Dict, Iterable, List, Optional, Tuple

from azureml._scoredock.notes import make_private
from azureml.exceptions import AzureMLException

REPORT = "SCOREDOCK_SDK_REPORT"
"""Variable with the path of the file; `scoredock sdk run|notebook` sets it."""
_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
_MOST_PLACES = 20
Place = Dict[str, Any]
"""`file`, `line` from 1, and in a notebook `cell`, from 1 and counted with those of text."""


class Report:
    """Report of this process; written anew with each thing that is added, so that a kill loses nothing."""

    def __init__(self) -> None:
        self._path = ""
        self._notebook: Optional[Tuple[str, str]] = None
        self._document: Dict[str, Any] = {"failures": [], "workspace": None}

    @property
    def notebook(self) -> str:
        """The path of the notebook whose cells run; empty for a script and in Jupyter."""
        return self._notebook[1] if self._notebook else ""

    def begin(self, notebook: Optional[Tuple[str, str]] = None) -> None:
        """Begins the report, if the variable names a file for it. A notebook is given with the beginning of the names
        of its cells' files, and its path. Programs that the script starts have no part in it.
        """
        self._path = os.environ.pop(REPORT, "")
        self._notebook = notebook
        if self._path:
            # Where it cannot go, the run is nevertheless worth more than its report.
            with contextlib.suppress(OSError):
                os.unlink(self._path)

    def add(self, error: BaseException, cell: int = 0) -> None:
        """Adds the exception that ended the run, and the cell of it; Ctrl-C and `sys.exit` are not failures."""
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            return
        frames = traceback.extract_tb(error.__traceback__)
        places = self._places((frame.filename, frame.lineno or 1) for frame in frames)
        if isinstance(error, SyntaxError) and error.filename:
            places += self._places([(error.filename, error.lineno or 1)])
        if self._notebook is not None and not any(place["cell"] for place in places):
            places.insert(0, {"file": self._notebook[1], "line": 1, "cell": cell})
        if isinstance(error, AzureMLException):
            self.fail(error.short or error.message, places, error.code, error.findings)
        else:
            said = error.msg if isinstance(error, SyntaxError) else str(error)
            self.fail(f"{type(error).__name__}: {said}" if said else type(error).__name__, places)

    def fail(self, message: str, places: List[Place], code: str = "", findings: Iterable[str] = ()) -> None:
        """Adds a failure that is not an exception."""
        failure = {"message": message, "code": code, "places": places, "findings": list(findings)}
        self._document["failures"].append(failure)
        self._write()

    def assume(self, workspace: str, folder: str) -> None:
        """Notes the workspace that was used as no config.json names one for a folder."""
        self._document["workspace"] = {"name": workspace, "folder": folder}
        self._write()

    def here(self) -> List[Place]:
        """The lines of the person that are at work now, the innermost last."""
        return self._places((frame.filename, frame.lineno or 1) for frame in traceback.extract_stack())

    def _places(self, frames: Iterable[Tuple[str, int]]) -> List[Place]:
        found = [place for place in (self._place(name, line) for name, line in frames) if place is not None]
        return found[-_MOST_PLACES:]

    def _place(self, name: str, line: int) -> Optional[Place]:
        """None for what is not the person's."""
        if self._notebook is not None and name.startswith(self._notebook[0]):
            number = name[len(self._notebook[0]) :]
            return {"file": self._notebook[1], "line": line, "cell": int(number)} if number.isdigit() else None
        path = os.path.abspath(name)
        if name.startswith("<") or not os.path.isfile(path) or path.startswith(_foreign()):
            return None
        return {"file": path, "line": line, "cell": 0}

    def _write(self) -> None:
        if not self._path:
            return
        try:
            make_private(os.path.dirname(self._path))
            partial = f"{self._path}.new"
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
                json.dump(self._document, stream)
            os.replace(partial, self._path)
        except OSError:
            self._path = ""  # the terminal says it all the same


def _foreign() -> Tuple[str, ...]:
    """Folders of code that the person has not written: Python's, installed packages, and ours."""
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {*getattr(site, "getsitepackages", list)(), site.getusersitepackages(), _PACKAGE}
    return tuple(os.path.join(folder, "") for folder in folders if folder)


REPORT_OF_THIS_RUN = Report()
