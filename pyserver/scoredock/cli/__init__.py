"""The command line `scoredock`: the same features as the editor, for terminals and CI."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what was typed and gives the exit code. A line of `az ml` loads what it needs, and no other command."""
    words = list(sys.argv[1:] if argv is None else argv)
    # Importing makes objects that all stay: searching them for cycles is a tenth of what a short command takes. What is
    # imported when it is needed must not begin that search each 700 objects either; at 50,000 it still is 40 ms.
    gc.disable()
    gc.set_threshold(200_000, 20, 50)
    try:
        from scoredock.contrib.table import program_of

        if program := program_of(words):
            gc.enable()
            return program(words[1:])
        from scoredock.cli.main import main as run

        gc.freeze()
        gc.enable()
        return run(words)
    except KeyboardInterrupt:
        # Ctrl-C while the program is still being loaded: nothing was begun, and a traceback would tell nobody anything.
        sys.exit(130)
    finally:
        # The end of the process would search all that is left for cycles: a sixth of what a short command takes.
        gc.freeze()


__all__ = ["main"]
