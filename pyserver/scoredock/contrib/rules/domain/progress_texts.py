"""How far the candidate of a rule has come, in words."""

from __future__ import annotations

from scoredock import l10n
from scoredock.contrib.rules.domain.rule import CanaryPlan, DeploymentRule
from scoredock.contrib.rules.domain.state import (
    Outcome,
    RuleCandidate,
)


def outcome_text(outcome: Outcome) -> str:
    """In a word."""
    return {
        "promoted": l10n.t("promoted"),
        "refused": l10n.t("refused"),
        "withdrawn": l10n.t("withdrawn"),
        "stopped": l10n.t("stopped"),
        "superseded": l10n.t("superseded"),
    }[outcome]


def changed_text(rule: DeploymentRule, candidate: RuleCandidate, number: int) -> str:
    """Why a candidate is given up: its service has the revision `number` now."""
    return l10n.t(
        "The service {service} was changed by somebody else: it has revision {now}, and had {before}.",
        service=rule.service,
        now=number,
        before=candidate.base_revision,
    )


def waiting_text(canary: CanaryPlan, candidate: RuleCandidate, answered: int) -> str:
    """How far a canary has come."""
    return l10n.t(
        "Version {version} has {share}% of the requests: {elapsed} of {seconds} s, {answered} of {requests} responses.",
        version=candidate.version,
        share=canary.shares[candidate.share],
        elapsed=int(min(candidate.clock.elapsed, canary.seconds)),
        seconds=canary.seconds,
        answered=min(answered, canary.requests),
        requests=canary.requests,
    )
