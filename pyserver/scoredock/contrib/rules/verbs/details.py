"""Deployment rules as messages: rows, conditions with results, history."""

from __future__ import annotations

from dataclasses import replace

from scoredock import l10n
from scoredock.contrib.rules import messages
from scoredock.contrib.rules.domain.candidates import service_name
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.rule_folder import RuleFolder
from scoredock.contrib.rules.domain.state import (
    ConditionResult,
    RuleCandidate,
    RuleEvent,
    RuleState,
    SettledVersion,
)
from scoredock.contrib.rules.domain.wish import served_by, versions_in
from scoredock.contrib.rules.options import RuleCanary
from scoredock.errors import ScoredockError
from scoredock.formats.periods import period_text
from scoredock.services.ledger import Ledger
from scoredock.workspace.unattended.attendance import attendance

_WAITS = ("rule-canary-waits",)


def summary(
    folder: RuleFolder, workspace_id: str, ledger: Ledger, attended_by: str | None = None
) -> messages.RuleSummary:
    """Message of a rule; what cannot be read of it is its error. `attended_by` is what `attendance` says, where that is
    at hand.
    """
    try:
        rule, state = folder.rule(), folder.state()
    except ScoredockError as error:
        return messages.RuleSummary(
            name=folder.name,
            workspace_id=workspace_id,
            source="",
            service="",
            endpoint="",
            paused=False,
            look="trouble",
            status=l10n.t("cannot be read"),
            note="",
            code=error.code,
            versions=[],
            candidate=None,
            last="",
            last_time=0.0,
            error=str(error),
        )
    if attended_by is None:
        attended_by = attendance(folder.path.parent.parent)
    versions, now = _served(rule, state, ledger)
    return replace(summary_of(rule, now, workspace_id, versions), installed=attended_by)


def summary_of(rule: DeploymentRule, state: RuleState, workspace_id: str, versions: list[int]) -> messages.RuleSummary:
    """A rule in a list."""
    newest = next(iter(events(rule, state)), None)
    return messages.RuleSummary(
        name=rule.name,
        workspace_id=workspace_id,
        source=rule.source,
        service=rule.service,
        endpoint=rule.canary.endpoint if rule.canary is not None else "",
        paused=rule.paused,
        look=_look(rule, state),
        status=_status(rule, state),
        note=state.note,
        code=state.note_code,
        versions=versions,
        candidate=_candidate(rule, state.candidate) if state.candidate is not None else None,
        last=_in_words(newest) if newest is not None else "",
        last_time=newest.time if newest is not None else 0.0,
        error="",
    )


def _served(rule: DeploymentRule, state: RuleState, ledger: Ledger) -> tuple[list[int], RuleState]:
    """Versions that its service serves, and the state. If the service does not exist, or no longer fits, the state says
    so: nothing has looked since perhaps, and what was promoted serves no more.
    """
    try:
        return list(versions_in(served_by(rule, ledger)[1], rule.model)), state
    except ScoredockError as error:
        return [], replace(state, note=str(error), note_code=error.code)


def _look(rule: DeploymentRule, state: RuleState) -> messages.RuleLook:
    if rule.paused:
        return "paused"
    if state.note and state.note_code not in (*_WAITS, "rule-version-settled"):
        return "trouble"
    if state.candidate is not None:
        return "waiting" if state.note_code in _WAITS else "working"
    return "idle"


def _status(rule: DeploymentRule, state: RuleState) -> str:
    candidate = state.candidate
    if rule.paused:
        return l10n.t("paused")
    if candidate is not None:
        return _step_text(rule, candidate)
    if state.note and state.note_code != "rule-version-settled":
        return l10n.t("waiting")
    last = next((each for each in reversed(state.history) if each.what in _OUTCOMES), None)
    return l10n.t("version {version} {outcome}", version=last.version, outcome=_title(last.what)) if last else ""


_OUTCOMES = ("promoted", "refused", "withdrawn", "stopped", "superseded")


def _step_text(rule: DeploymentRule, candidate: RuleCandidate) -> str:
    version = candidate.version
    share = share_of(rule, candidate)
    return {
        "conditions": l10n.t("version {version}: conditions", version=version),
        "deploying": l10n.t("version {version}: deploying", version=version),
        "joining": l10n.t("version {version}: canary {share}%", version=version, share=share),
        "canary": l10n.t("version {version}: canary {share}%", version=version, share=share),
        "promoting": l10n.t("version {version}: promoting", version=version),
        "ending": l10n.t("version {version}: clearing away", version=version),
    }[candidate.step]


def share_of(rule: DeploymentRule, candidate: RuleCandidate) -> int:
    """Percent of the requests that a candidate has; 0 before and after its canary."""
    shares = rule.canary.shares if rule.canary is not None else ()
    if candidate.step == "ending" or not 0 <= candidate.share < len(shares):
        return 0
    return shares[candidate.share]


def _candidate(rule: DeploymentRule, candidate: RuleCandidate) -> messages.RuleCandidateDetails:
    return messages.RuleCandidateDetails(
        version=candidate.version,
        step=_step_text(rule, candidate),
        since=candidate.began,
        share=share_of(rule, candidate),
        service=service_name(rule, candidate) if candidate.share >= 0 else "",
        results=_results(candidate.results),
    )


def _results(results: tuple[ConditionResult, ...]) -> list[messages.RuleConditionResult]:
    return [messages.RuleConditionResult(each.kind, each.passed, each.text, each.seconds) for each in results]


def details(folder: RuleFolder, workspace_id: str, ledger: Ledger, *, watched: bool) -> messages.RuleDetails:
    """All of a rule. Raises ScoredockError `rule-missing`, `rule-damaged`."""
    rule, state = folder.rule(), folder.state()
    outcomes = sorted(state.outcomes.items(), key=lambda each: -each[1].time)
    return messages.RuleDetails(
        rule=summary(folder, workspace_id, ledger),
        conditions=condition_sentences(rule),
        canary=canary_sentence(rule.canary),
        sets_alias=rule.sets_alias,
        results=_results(_last_results(state)),
        outcomes=[_settled_message(version, each) for version, each in outcomes],
        history=[event_line(each) for each in events(rule, state)],
        created=rule.created,
        by=rule.by,
        watched=watched,
    )


def _last_results(state: RuleState) -> tuple[ConditionResult, ...]:
    if state.candidate is not None:
        return state.candidate.results
    newest = max(state.outcomes.values(), key=lambda each: each.time, default=None)
    return newest.results if newest is not None else ()


def _settled_message(version: int, each: SettledVersion) -> messages.RuleSettledVersion:
    return messages.RuleSettledVersion(version, each.outcome, each.reason, each.time, _results(each.results))


def events(rule: DeploymentRule, state: RuleState) -> list[RuleEvent]:
    """Events of the rule, pauses among them, newest first."""
    pauses = [
        RuleEvent(time=when, version=0, what="paused" if is_pause else "resumed", reason=by)
        for when, by, is_pause in rule.pauses
    ]
    # Two entries of one moment keep their order.
    return sorted((*reversed(state.history), *pauses), key=lambda each: -each.time)


def event_line(event: RuleEvent) -> messages.RuleEventLine:
    """Line of the history in words."""
    title = _title(event.what)
    if event.what == "canary":
        title = l10n.t("canary {share}%", share=event.share)
    return messages.RuleEventLine(
        event.time, event.version, event.what, title, event.reason, event.code, event.revision
    )


def _in_words(event: RuleEvent) -> str:
    title = event_line(event).title
    if not event.version:
        return title
    return l10n.t("version {version} {title}", version=event.version, title=title)


def _title(what: str) -> str:
    return {
        "seen": l10n.t("seen"),
        "conditions": l10n.t("conditions met"),
        "deployed": l10n.t("deployed as a candidate"),
        "canary": l10n.t("canary"),
        "promoted": l10n.t("promoted"),
        "refused": l10n.t("refused"),
        "withdrawn": l10n.t("withdrawn"),
        "stopped": l10n.t("stopped"),
        "superseded": l10n.t("superseded"),
        "again": l10n.t("wanted again"),
        "restored": l10n.t("restored from a backup"),
        "paused": l10n.t("paused"),
        "resumed": l10n.t("resumed"),
    }.get(what, what)


def condition_sentences(rule: DeploymentRule) -> list[str]:
    """Sentences on what must hold before a candidate is deployed."""
    conditions = rule.conditions
    sentences = []
    if conditions.drift:
        sentences.append(l10n.t("The comparison “{name}” shows no drift.", name=conditions.drift))
    if conditions.tests:
        sentences.append(l10n.t("The tests pass: {files}.", files=", ".join(conditions.tests)))
    if conditions.score:
        sentences.append(
            l10n.t(
                "{score} on the dataset {dataset} with the label {label}.",
                score=conditions.score,
                dataset=conditions.dataset,
                label=conditions.label,
            )
        )
    if conditions.command:
        sentences.append(l10n.t("The command ends with 0: {command}.", command=" ".join(conditions.command)))
    return sentences


def canary_sentence(canary: RuleCanary | None) -> str:
    """Empty without one."""
    if canary is None:
        return ""
    text = l10n.t(
        "{shares} of the requests of {endpoint}, each for {period} and {requests} responses.",
        shares=", ".join(f"{each}%" for each in canary.shares),
        endpoint=canary.endpoint,
        period=period_text(canary.seconds),
        requests=canary.requests,
    )
    window = {"least": canary.least, "window": canary.window}
    limits = {"errors": canary.errors, "milliseconds": canary.milliseconds}
    if canary.errors and canary.milliseconds:
        text += " " + l10n.t(
            "Withdrawn above {errors}% errors or {milliseconds} ms (95th percentile) of at least {least} responses in"
            " {window} s.",
            **limits,
            **window,
        )
    elif canary.errors:
        text += " " + l10n.t(
            "Withdrawn above {errors}% errors of at least {least} responses in {window} s.",
            errors=canary.errors,
            **window,
        )
    elif canary.milliseconds:
        text += " " + l10n.t(
            "Withdrawn above {milliseconds} ms (95th percentile) of at least {least} responses in {window} s.",
            milliseconds=canary.milliseconds,
            **window,
        )
    return text
