"""Messages of the doctor: facts of this computer that matter to Scoredock, and their repair."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.visible import LINES

DoctorState = Literal["fine", "attention", "broken", "unused"]
"""`unused` is not there, and nothing needs it."""
DoctorRepair = Literal["", "permissions", "packageCache"]


@dataclass(frozen=True)
class DoctorParams:
    """Look at this computer. Nothing is changed."""

    editor: str = ""
    """`Visual Studio Code 1.105.0`; empty from the command line."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class DoctorAction:
    """One way to put a row right."""

    title: str
    """What the button says."""
    command: str = ""
    """A command of the editor; empty where `repair` does it."""
    arguments: list[str] = field(default_factory=list)
    repair: DoctorRepair = ""
    """What the server does itself, by `scoredock/doctor/repair`."""
    terminal: str = ""
    """The command line that does the same; empty when there is none."""


@dataclass(frozen=True)
class DoctorRow:
    """One thing that was looked at."""

    id: str
    title: str
    state: DoctorState
    sentence: str
    """What was found."""
    fix: str = ""
    """What to do about it, as a sentence; empty when nothing needs to be done."""
    facts: list[str] = field(default_factory=list)
    """More about it, a line each."""
    actions: list[DoctorAction] = field(default_factory=list)


@dataclass(frozen=True)
class DoctorReport:
    """All rows, in the order in which they are shown: what is wrong comes first."""

    rows: list[DoctorRow]
    about: str
    """Versions of Scoredock, the system, Python and the editor."""
    text: str = field(metadata=LINES)
    """The whole report for a bug report: without secrets, the home folder as `~`."""


@dataclass(frozen=True)
class DoctorRepairParams:
    repair: DoctorRepair
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class DoctorRepaired:
    message: str
    """What was done, as a sentence."""
