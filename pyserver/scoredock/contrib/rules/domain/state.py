"""State of a deployment rule: the candidate that is under way, versions that are settled, the history. Pure, with its
JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from typing import Any, Literal

from scoredock import l10n
from scoredock.contrib.rules.domain.clock import CanaryClock
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.options import RuleCanary
from scoredock.late_dataclass import dataclass
from scoredock.record_check import record_of

Step = Literal["conditions", "deploying", "joining", "canary", "promoting", "ending"]
"""What is to be done next with a candidate; `ending` is what is left of it being cleared away."""
Outcome = Literal["promoted", "refused", "withdrawn", "stopped", "superseded"]
MOST_EVENTS = 300
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class ConditionResult:
    """Result of one condition."""

    kind: str
    """`drift`, `tests`, `score` or `command`."""
    passed: bool
    text: str
    """In one sentence, with what was measured."""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RuleCandidate:
    """A version on its way."""

    version: int
    entry: str
    """Its name as a version of an endpoint, which nothing had before: limits and counts there go by it."""
    step: Step
    base_revision: int
    """That the service had when it began."""
    began: float
    results: tuple[ConditionResult, ...] = ()
    share: int = -1
    """Which one of the canary's shares it has, from 0 on; -1 before the first."""
    clock: CanaryClock = CanaryClock()
    answered: int = 0
    """Responses that the endpoint had counted for it when the share began."""
    failed: int = 0
    """The same of those that failed."""
    lost: int = 0
    """The same of those without a response."""
    stamp: str = ""
    """Of the endpoint after what was last done to it; another one means that somebody else has changed it."""
    outcome: Outcome | None = None
    """Decided; set with `ending`."""
    code: str = ""
    reason: str = ""
    revision: int = 0
    """That it became."""
    keeps_traffic: bool = False
    """Whether it is left in its endpoint, where somebody has changed that by hand."""


@dataclass(frozen=True, kw_only=True)
class RuleEvent:
    """One entry of the history."""

    time: float
    version: int
    """0 where no version is meant."""
    what: str
    """`seen`, `conditions`, `deployed`, `canary`, an Outcome, `again`, `restored`."""
    reason: str = ""
    code: str = ""
    revision: int = 0
    share: int = 0


@dataclass(frozen=True, kw_only=True)
class SettledVersion:
    """A version that is not tried again unless somebody asks."""

    outcome: Outcome
    reason: str
    code: str
    time: float
    revision: int = 0
    results: tuple[ConditionResult, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RuleState:
    """All of it."""

    candidate: RuleCandidate | None = None
    outcomes: Mapping[int, SettledVersion] = field(default_factory=dict)
    history: tuple[RuleEvent, ...] = ()
    """Oldest first."""
    note: str = ""
    """Why nothing goes on at the moment; empty where nothing is to be said."""
    note_code: str = ""

    def with_event(self, event: RuleEvent) -> RuleState:
        return replace(self, history=(*self.history, event)[-MOST_EVENTS:])


def state_to_json(state: RuleState) -> dict[str, Any]:
    """JSON of a state for its file."""
    document = asdict(state)
    document["outcomes"] = {str(version): asdict(each) for version, each in state.outcomes.items()}
    return {"format": FORMAT, **document}


def state_from_json(raw: Mapping[str, Any]) -> RuleState:
    """State from what `state_to_json` made; keys of a newer release are passed over. Raises TypeError, ValueError."""
    return record_of(RuleState, raw)


def outcome_text(outcome: Outcome) -> str:
    """Word for an outcome."""
    return {
        "promoted": l10n.t("promoted"),
        "refused": l10n.t("refused"),
        "withdrawn": l10n.t("withdrawn"),
        "stopped": l10n.t("stopped"),
        "superseded": l10n.t("superseded"),
    }[outcome]


def changed_text(rule: DeploymentRule, candidate: RuleCandidate, number: int) -> str:
    """Sentence on why a candidate is given up: its service has the revision `number` now."""
    return l10n.t(
        "The service {service} was changed by somebody else: it has revision {now}, and had {before}.",
        service=rule.service,
        now=number,
        before=candidate.base_revision,
    )


def waiting_text(canary: RuleCanary, candidate: RuleCandidate, answered: int) -> str:
    """Sentence on how far a canary has come."""
    return l10n.t(
        "Version {version} has {share}% of the requests: {elapsed} of {seconds} s, {answered} of {requests} responses.",
        version=candidate.version,
        share=canary.shares[candidate.share],
        elapsed=int(min(candidate.clock.elapsed, canary.seconds)),
        seconds=canary.seconds,
        answered=min(answered, canary.requests),
        requests=canary.requests,
    )
