"""A Python that the person manages: used as it is, with the scoring runtime beside it and nothing put into it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from scoredock import l10n
from scoredock.environments.python.interpreters import ASK, Interpreter, answered
from scoredock.environments.spec import place_of
from scoredock.errors import ScoredockError
from scoredock.formats.service_python import OLDEST_OF_SCRIPTS
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.run import TimedOut, child_environment, run

_ASK = (
    f"{ASK}; import json, site; print(json.dumps([sys.prefix,"
    " [*dict.fromkeys([sysconfig.get_path('purelib'), sysconfig.get_path('platlib'), *site.getsitepackages()])]]))"
)


@dataclass(frozen=True, slots=True)
class ManagedPython:
    """Facts that such an interpreter reports about itself."""

    interpreter: Interpreter
    prefix: str
    packages: tuple[str, ...]
    """Folders that its packages lie in."""


def find_managed(interpreter_path: str, source: str, cancel: CancelToken) -> ManagedPython:
    """The interpreter that `interpreterPath` means here: a path, a folder of an environment, or a name on the path.

    Raises ScoredockError `python-not-found` when it is not there, cannot be run, or cannot run a script.
    """
    path = located(interpreter_path)
    if path is None:
        raise _refused(
            l10n.t(
                "The interpreter {path} of the user-managed environment is not on this machine.",
                path=interpreter_path or "python",
            ),
            source,
        )
    try:
        completed = run([str(path), "-I", "-c", _ASK], env=child_environment(), timeout=30, cancel=cancel)
        first, second = completed.stdout.splitlines()
        interpreter = answered(path, first)
        prefix, folders = json.loads(second)
    except (OSError, TimedOut, ValueError):
        interpreter = None
    if interpreter is None:
        raise _refused(
            l10n.t("The interpreter {path} of the user-managed environment cannot be run.", path=path), source
        )
    if interpreter.minor < OLDEST_OF_SCRIPTS:
        raise _refused(
            l10n.t(
                "{path} is Python {version}, but scripts need Python 3.6 or later.",
                path=path,
                version=interpreter.version,
            ),
            source,
        )
    return ManagedPython(interpreter, prefix, tuple(folder for folder in folders if os.path.isdir(folder)))  # noqa: PTH112


def located(interpreter_path: str) -> Path | None:
    """Path of the interpreter that a text denotes: a path, the folder of an environment, or a name on the path; None if
    there is none."""
    wanted = os.path.expanduser(interpreter_path.strip())  # noqa: PTH111 (raises nothing)
    if not wanted or not (os.sep in wanted or (os.altsep and os.altsep in wanted)):
        found = shutil.which(wanted or "python") or (shutil.which("python3") if wanted in ("", "python") else None)
        return Path(found).absolute() if found else None
    path = Path(wanted)
    if path.is_dir():
        inside = (path / "bin/python", path / "python.exe", path / "Scripts/python.exe")
        return next((each.absolute() for each in inside if each.is_file()), None)
    return path.absolute() if path.is_file() else None


def _refused(message: str, source: str) -> ScoredockError:
    return ScoredockError(
        "python-not-found",
        message,
        l10n.t(
            "Name a Python of this machine in `interpreterPath`, list the packages instead, or "
            "deploy to Docker with an image that contains them."
        ),
        place=place_of(source),
    )
