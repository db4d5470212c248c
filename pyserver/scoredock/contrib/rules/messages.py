"""Deployment rules: which version of a model goes into which service by itself, and what has become of it."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.protocol.messages.automation.unattended import RuleCandidateDetails as RuleCandidateDetails
from scoredock.protocol.messages.automation.unattended import RuleConditionResult as RuleConditionResult
from scoredock.protocol.messages.automation.unattended import RuleEventLine as RuleEventLine
from scoredock.protocol.messages.automation.unattended import RuleLook as RuleLook
from scoredock.protocol.messages.automation.unattended import RuleRun as RuleRun
from scoredock.protocol.messages.automation.unattended import RuleRuns as RuleRuns
from scoredock.protocol.messages.automation.unattended import RuleSummary as RuleSummary

RuleOutcome = Literal["promoted", "refused", "withdrawn", "stopped", "superseded"]


@dataclass(frozen=True)
class RuleCanary:
    """A candidate gets a part of the requests before it gets all of them."""

    shares: list[int]
    """Percent of the requests, one after the other."""
    endpoint: str = ""
    """Whose default version the service is; empty for the one there is."""
    every: str = "10m"
    """That each share lasts at least: `30s`, `10m`, `2h`, `1d`."""
    requests: int = 20
    """That the candidate answers at least in each share."""
    errors: int = 5
    """Percent of its responses above which it is withdrawn; 0 for any."""
    milliseconds: int = 0
    """That 95 percent of its responses may take at most; 0 for any time."""
    over: str = "60s"
    """How far back these two limits look."""
    at_least: int = 20
    """Fewer responses decide nothing."""


@dataclass(frozen=True)
class RuleConditionList:
    """What must hold before a candidate is deployed; what is empty need not."""

    tests: list[str] = field(default_factory=list)
    """Request files, or folders with some; absolute."""
    drift: str = ""
    """Name of a comparison, whose last verdict must not be drift."""
    score: str = ""
    """`accuracy >= 0.9`, `rmse <= current`."""
    dataset: str = ""
    label: str = ""
    """The column of the dataset that holds what is right."""
    command: list[str] = field(default_factory=list)
    """A program with its arguments, which must end with 0."""
    folder: str = ""
    """Where it runs, absolute."""
    time_limit: str = "10m"
    """Of each condition."""


@dataclass(frozen=True)
class RuleCreateParams:
    """A new rule."""

    name: str
    source: str
    """`model` for its newest version, `model@alias` for the one that the alias points to."""
    service: str
    conditions: RuleConditionList = field(default_factory=RuleConditionList)
    canary: RuleCanary | None = None
    """Null deploys without one."""
    sets_alias: str = ""
    """Given to each version that was promoted; empty for none."""
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class RuleListParams:
    """All rules of a workspace."""

    workspace_id: str = ""
    """Empty for the active workspace."""


@dataclass(frozen=True)
class RuleRef:
    """One rule."""

    name: str
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class RuleSummaries:
    rules: list[RuleSummary]
    watched: bool
    """Whether a process carries the rules out at the moment."""


@dataclass(frozen=True)
class RuleSettledVersion:
    """A version that is not tried again unless somebody asks."""

    version: int
    outcome: RuleOutcome
    reason: str
    time: float
    results: list[RuleConditionResult]


@dataclass(frozen=True)
class RuleDetails:
    """All of a rule."""

    rule: RuleSummary
    conditions: list[str]
    """Each in a sentence."""
    canary: str
    """In a sentence; empty without one."""
    sets_alias: str
    results: list[RuleConditionResult]
    """Of the candidate, or of the last version that was settled."""
    outcomes: list[RuleSettledVersion]
    """Newest first."""
    history: list[RuleEventLine]
    """Newest first."""
    created: float
    by: str
    watched: bool
    """Whether a process carries the rules out at the moment."""


@dataclass(frozen=True)
class RuleHistory:
    name: str
    events: list[RuleEventLine]
    """Newest first."""


@dataclass(frozen=True)
class RuleRunParams:
    """Carries rules out: one round of each."""

    names: list[str] = field(default_factory=list)
    """Empty for all."""
    again: bool = False
    """Tries the version that is wished also where it was refused before."""
    dry_run: bool = False
    """Changes nothing and tells what would be done."""
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None
