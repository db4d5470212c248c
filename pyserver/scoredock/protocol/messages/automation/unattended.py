"""What the machine does for a workspace with no editor open."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.contrib.rules.messages import RuleRun
from scoredock.visible import DATA

DriftOutcome = Literal["drift", "none"]


@dataclass(frozen=True)
class UnattendedParams:
    """Has the machine carry out rules, schedules of drift and the delivery of events with no editor open."""

    form: Literal["", "systemd", "cron", "task"] = ""
    """Empty for what this machine has."""
    every: str = "5m"
    """How often cron and the task scheduler look."""
    remove: bool = False
    preview: bool = False
    """Changes nothing and gives the text."""
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class UnattendedForm:
    """Something of this machine that can attend to a workspace."""

    form: Literal["systemd", "cron", "task"]
    title: str
    description: str
    periods: list[str]
    """How often it may look, as `every` takes it; empty for what looks all the time."""


@dataclass(frozen=True)
class UnattendedWork:
    """What was set up, or would be."""

    form: Literal["systemd", "cron", "task"]
    text: str = field(metadata=DATA)
    """The unit, the line, or the command."""
    path: str
    """File of a unit; empty otherwise."""
    installed: bool
    """Whether it is set up now."""
    steps: list[str]
    """What the person has to do besides, a command each."""
    forms: list[UnattendedForm]
    """With `preview` what there is to choose from, the usual one first."""
    message: str
    """What was done and what is left to do, in a sentence."""


@dataclass(frozen=True)
class UnattendedRoundParams:
    """Attends to a workspace once."""

    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class DriftRun:
    """What one schedule came to."""

    name: str
    verdict: DriftOutcome | None
    """Null where the comparison failed."""
    drifted: list[str]
    code: str
    error: str
    """Why it failed."""
    exit_code: int | None
    """Of the command for retraining; null where it did not run."""


@dataclass(frozen=True)
class UnattendedRound:
    """What came of it."""

    rules: list[RuleRun]
    comparisons: list[DriftRun]
    """Those that were due."""
    delivering: bool
    """Whether events are on their way."""
    problems: list[str]
    """Why a part could not be done, a sentence each."""
