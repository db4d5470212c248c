"""Messages of unattended work: what the machine does for a workspace while no editor is open."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceTask
from scoredock.visible import DATA

DriftOutcome = Literal["drift", "none"]
RuleLook = Literal["idle", "waiting", "working", "trouble", "paused"]


@dataclass(frozen=True)
class UnattendedParams(WorkspaceTask):
    """Has the machine carry out rules, schedules of drift and the delivery of events with no editor open."""

    form: Literal["", "systemd", "cron", "task"] = ""
    """Empty for what this machine has."""
    every: str = "5m"
    """How often cron and the task scheduler look."""
    remove: bool = False
    preview: bool = False
    """Changes nothing and gives the text."""


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
    """Form and state of the unattended work that was set up, or would be with `preview`."""

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
class UnattendedRoundParams(WorkspaceTask):
    """Attends to a workspace once."""


@dataclass(frozen=True)
class DriftRun:
    """Outcome of one scheduled drift comparison."""

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
class RuleConditionResult:
    """Result of one condition of a rule."""

    kind: str
    """`drift`, `tests`, `score` or `command`."""
    passed: bool
    text: str
    seconds: float


@dataclass(frozen=True)
class RuleCandidateDetails:
    """A version that is under way."""

    version: int
    step: str
    """In words."""
    since: float
    share: int
    """Percent of the requests that it gets now."""
    service: str
    """That it runs as; empty before it is deployed."""
    results: list[RuleConditionResult]


@dataclass(frozen=True)
class RuleSummary:
    """A rule in a list."""

    name: str
    workspace_id: str
    source: str
    service: str
    endpoint: str
    """Of its canary; empty without one."""
    paused: bool
    look: RuleLook
    status: str
    """What it does or waits for, in a few words."""
    note: str
    """Why nothing goes on; empty where there is nothing to say."""
    code: str
    """Of that note."""
    versions: list[int]
    """Versions of the model that the service has."""
    candidate: RuleCandidateDetails | None
    last: str
    """The newest entry of the history, in words; empty before the first."""
    last_time: float
    error: str
    """Why the rule cannot be read; empty where it can."""
    installed: str = ""
    """By what of this machine it is carried out with no editor open, in a sentence; empty for nothing."""


@dataclass(frozen=True)
class RuleEventLine:
    """One entry of the history."""

    time: float
    version: int
    """0 where no version is meant."""
    what: str
    """`seen`, `conditions`, `deployed`, `canary`, `promoted`, `refused`, `withdrawn`, `stopped`, `superseded`, `again`,
    `paused`, `resumed`, `restored`."""
    title: str
    """That in words."""
    reason: str
    code: str
    revision: int
    """Of the service, of a promotion; 0 otherwise."""


@dataclass(frozen=True)
class RuleRun:
    """Outcome of one round of a rule."""

    name: str
    rule: RuleSummary | None
    """Null where it could not be read."""
    events: list[RuleEventLine]
    """That are new, oldest first."""
    plan: list[str]
    """Of a dry run: what would be done, a sentence each."""
    code: str
    error: str
    """Why it could not be carried out."""


@dataclass(frozen=True)
class RuleRuns:
    runs: list[RuleRun]


@dataclass(frozen=True)
class UnattendedRound:
    """Outcome of one unattended round: rules, drift comparisons and the delivery of events."""

    rules: list[RuleRun]
    comparisons: list[DriftRun]
    """Those that were due."""
    delivering: bool
    """Whether events are on their way."""
    problems: list[str]
    """Why a part could not be done, a sentence each."""
