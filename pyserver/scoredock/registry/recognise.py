"""Proposes name, framework and version of what is to be registered, by looking at it; nothing is loaded or run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the register steps are filled in with."""

    name: str
    framework: str
    """One of v1's names, or empty when it is not known."""
    framework_version: str
    reason: str
    """Why: one sentence."""


def propose(paths: Sequence[Path]) -> Proposal:
    """Never raises; knows less of what cannot be read."""
    return Proposal(name_from(paths), "", "", "The name is that of the file.")


def name_from(paths: Sequence[Path]) -> str:
    """A model name inside the grammar, from the name of the file or folder."""
    stem = paths[0].stem if paths else ""
    name = re.sub(r"[^A-Za-z0-9\-._]+", "-", stem).strip("-._")[:255]
    return name or "model"
