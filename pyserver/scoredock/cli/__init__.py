"""The command line `scoredock`: the same features as the editor, for terminals and CI."""

import sys

try:
    from scoredock.cli.main import main
except KeyboardInterrupt:
    # Ctrl-C while the program is still being loaded: nothing was begun, and a traceback would tell nobody anything.
    sys.exit(130)

__all__ = ["main"]
