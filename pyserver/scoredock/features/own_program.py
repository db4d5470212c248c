"""How this installation is started from a terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def own_program() -> list[str]:
    """The words before those of a command line: the program `scoredock` beside this Python, else this Python."""
    program = Path(sys.executable).with_name("scoredock.exe" if os.name == "nt" else "scoredock")
    return [str(program)] if program.is_file() else [sys.executable, "-I", "-m", "scoredock.cli"]
