"""The command line `scoredock`: the same features as the editor, for terminals and CI."""

from scoredock.cli.main import main

__all__ = ["main"]
