"""Candidates for the last word of a line that is completed in a shell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

FILES, FOLDERS = "files", "folders"
"""Values that the shell completes by itself."""


class Candidates(NamedTuple):
    """Words, or things by their kind, that may stand at the cursor."""

    words: Mapping[str, str] = {}
    """Words with their meaning."""
    kind: str = ""
    """What is named there instead: `service`, `model`, …, or several of them, `files`, `folders`; empty for nothing."""
    prefix: str = ""
    """What stands before it in the same word: `--name=`."""
    global_options: Mapping[str, str] = {}
    """Values of `--home`, `--workspace` and `--config`, by their long option."""
