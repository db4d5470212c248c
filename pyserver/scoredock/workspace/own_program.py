"""Start of this installation from a terminal (`scoredock …`), so that it means the same there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.settings import SETTINGS, Values, variable_text


def own_program() -> list[str]:
    """The words before those of a command line: the program `scoredock` beside this Python, else this Python."""
    program = Path(sys.executable).with_name("scoredock.exe" if os.name == "nt" else "scoredock")
    return [str(program)] if program.is_file() else [sys.executable, "-I", "-m", "scoredock.cli"]


def own_variables(settings: Values, home: Path) -> dict[str, str]:
    """Variables that a terminal must set: the data folder, the folder of the extension's wheels, and settings that the
    variables of this process do not hold."""
    values = {
        setting.variable: text
        for setting in SETTINGS
        if setting.variable
        and (value := settings.get(setting.key)) != setting.default
        and os.environ.get(setting.variable) != (text := variable_text(value))
    }
    wheels = os.environ.get(VARIABLE, "")
    return {**values, **({VARIABLE: wheels} if wheels else {}), "SCOREDOCK_HOME": str(home)}
