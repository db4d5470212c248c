"""Scripts and notebooks of the SDK v1 that run in a terminal of the editor."""

from __future__ import annotations

from dataclasses import field

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True)
class SdkEndedParams:
    path: str
    """The script or notebook that has run."""


@dataclass(frozen=True)
class SdkEnded:
    """Note of a run besides its failures, which are shown at their lines."""

    note: str = ""
    """The workspace that was used as no config.json names one; empty where one does."""
    workspace_id: str = ""
    """Which one it was, by id or name."""


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
