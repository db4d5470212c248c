"""Pythons of the person: one that is named, and those of virtual environments."""

from __future__ import annotations

import sys
from pathlib import Path

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.run import resolve_executable

_IN_A_VENV = ("Scripts/python.exe",) if sys.platform == "win32" else ("bin/python",)


def python_of_folder(folder: Path) -> str:
    """Path of the Python of a virtual environment in a folder, `.venv` or `venv`; empty without one."""
    return next(filter(None, (python_in(folder / name) for name in (".venv", "venv"))), "")


def python_in(environment: Path) -> str:
    """Path of the Python of a virtual environment; empty where there is none."""
    return next((str(environment / below) for below in _IN_A_VENV if (environment / below).is_file()), "")


def resolve_interpreter(python: str) -> str:
    """The path of a Python. Raises ScoredockError `python-not-found`."""
    try:
        return resolve_executable(python)
    except FileNotFoundError:
        raise ScoredockError("python-not-found", l10n.t("There is no Python at {path}.", path=python)) from None
