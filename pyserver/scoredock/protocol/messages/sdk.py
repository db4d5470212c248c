"""Scripts and notebooks of the SDK v1: what the editor's terminal runs for them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SdkCommandParams:
    path: str
    """A script or a notebook."""
    folder: str = ""
    """The open folder that it lies in; empty where there is none."""
    interpreters: list[str] = field(default_factory=list)
    """Pythons that the person has chosen in the editor, the best first."""
    last_cell: int = 0
    """Of a notebook the last cell that runs, from 1 and counted with those of text; 0 for all."""
    check_imports: bool = True
    """Whether a Python that lacks what is imported is refused."""


@dataclass(frozen=True)
class SdkCommand:
    title: str
    """Of the terminal."""
    command: list[str]
    """Program and arguments; no shell reads them."""
    folder: str
    """Where it runs."""
    variables: dict[str, str]
    """What it needs besides the variables of the editor."""
