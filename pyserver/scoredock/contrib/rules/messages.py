"""Deployment rules: which version of a model goes into which service by itself, and what has become of it."""

from __future__ import annotations

from typing import Literal

from scoredock.contrib.rules.options import RuleCanary as RuleCanary
from scoredock.contrib.rules.options import RuleConditions as RuleConditions
from scoredock.contrib.rules.options import RuleOptions
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceParams, WorkspaceTask, option
from scoredock.protocol.messages.automation.unattended import RuleCandidateDetails as RuleCandidateDetails
from scoredock.protocol.messages.automation.unattended import RuleConditionResult as RuleConditionResult
from scoredock.protocol.messages.automation.unattended import RuleEventLine as RuleEventLine
from scoredock.protocol.messages.automation.unattended import RuleLook as RuleLook
from scoredock.protocol.messages.automation.unattended import RuleRun as RuleRun
from scoredock.protocol.messages.automation.unattended import RuleRuns as RuleRuns
from scoredock.protocol.messages.automation.unattended import RuleSummary as RuleSummary

RuleOutcome = Literal["promoted", "refused", "withdrawn", "stopped", "superseded"]


@dataclass(frozen=True, kw_only=True)
class RuleCreateParams(WorkspaceTask, RuleOptions):
    """A new rule."""


@dataclass(frozen=True)
class RuleListParams(WorkspaceParams):
    """All rules of a workspace."""


@dataclass(frozen=True)
class RuleRef(WorkspaceTask):
    """One rule."""

    name: str


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


@dataclass(frozen=True, kw_only=True)
class RuleRunParams(WorkspaceTask):
    """Carries rules out: one round of each."""

    names: list[str] = option(default_factory=list, help="names of rules", names="rule", nargs="*", dest="name")
    """Empty for all."""
    again: bool = option(
        "--again",
        default=False,
        help="try the version that is wished also where it was refused or withdrawn before",
    )
    """Tries the version that is wished also where it was refused before."""
    dry_run: bool = option("--dry-run", default=False, help="change nothing and print what would be done")
    """Changes nothing and tells what would be done."""
