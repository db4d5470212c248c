"""Commands that came with a backup lack their secrets: they are given again before they run."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.secrets import LEFT_OUT, command_text


def require_whole_command(command: Sequence[str], how: str) -> None:
    """Raises ScoredockError `command-incomplete` for one whose secrets stayed behind; `how` gives it again."""
    if any(LEFT_OUT in each for each in command):
        text = l10n.t("A part of the command may be a secret, and is in no backup: {command}.",
                      command=command_text(command))  # fmt: skip
        raise ScoredockError(
            "command-incomplete", text, l10n.t("Give the whole command again: `{command}`.", command=how)
        )
