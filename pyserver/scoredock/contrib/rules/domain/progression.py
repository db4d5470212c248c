"""The steps of a rule: from a version that is wished and not served to one that is promoted, refused or withdrawn.

Each round reads what is wished and what is there, and does one step after the other until it has to wait. A step is
written down when it is done, and what it does looks first whether it was done already: a round that was killed is gone
on with by the next one, and nothing is done twice.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from scoredock import l10n
from scoredock.contrib.rules.domain import clock
from scoredock.contrib.rules.domain.candidates import CandidatePlace, candidate_request
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.rule_folder import RuleFolder
from scoredock.contrib.rules.domain.state import (
    ConditionResult,
    Outcome,
    RuleCandidate,
    RuleEvent,
    RuleState,
    SettledVersion,
    changed_text,
    outcome_text,
    waiting_text,
)
from scoredock.contrib.rules.domain.transient import is_of_others, is_transient
from scoredock.contrib.rules.domain.wish import (
    WishedChange,
    models_with,
    served_by,
    tried_before,
    versions_in,
    wished_change,
)
from scoredock.contrib.rules.options import RuleCanary
from scoredock.errors import Cancelled, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.services.deployments import Deployments
from scoredock.services.endpoints.record import stamp_of
from scoredock.services.endpoints.view import EndpointView
from scoredock.services.request import DeployRequest, UpdateRequest
from scoredock.services.revision import Revision


class Judge(Protocol):
    """Asks the conditions of a rule."""

    def judge(
        self,
        rule: DeploymentRule,
        request: DeployRequest,
        results: Sequence[ConditionResult],
        keep: Callable[[ConditionResult], None],
    ) -> None:
        """Judges the conditions that `results` have not yet, one after the other, up to the first that does not hold;
        `request` is what the candidate would be deployed as. Raises ScoredockError where nothing can be said.
        """


@dataclass(frozen=True, slots=True)
class _Round:
    """Facts that a step goes by."""

    rule: DeploymentRule
    state: RuleState
    candidate: RuleCandidate
    place: CandidatePlace


class Progression:
    """Carries out one rule."""

    def __init__(
        self, deployments: Deployments, folder: RuleFolder, judge: Judge, progress: Progress, cancel: CancelToken
    ) -> None:
        self._deployments, self._folder, self._judge = deployments, folder, judge
        self._progress, self._cancel = progress, cancel

    def run(self, *, again: bool = False) -> RuleState:
        """Carries out one round; returns the state. With `again` the version that is wished is tried also where it was
        settled before.

        Raises ScoredockError `rule-missing`, `rule-damaged`, `rule-running`, `cancelled`, and what the store raises.
        """
        with self._folder.running():
            if again:
                self._forget()
            while True:
                self._cancel.raise_if_cancelled()
                before = self._folder.state()
                rule = self._folder.rule()
                if rule.paused:
                    return before
                after, goes_on = self._step(rule, before)
                if after != before:
                    self._folder.write_state(after)
                if not goes_on:
                    return after

    def end(self) -> None:
        """Clears what a candidate has left away, for a rule that is deleted; the caller holds the rule."""
        state, rule = self._folder.state(), self._folder.rule()
        if state.candidate is not None:
            self._place(rule, state.candidate).clear()

    def _forget(self) -> None:
        rule, state = self._folder.rule(), self._folder.state()
        version = self._deployments.registry.summary(rule.source).version
        if version in state.outcomes:
            kept = {each: what for each, what in state.outcomes.items() if each != version}
            event = RuleEvent(time=time.time(), version=version, what="again", reason=state.outcomes[version].outcome)
            self._folder.write_state(replace(state, outcomes=kept).with_event(event))

    def _step(self, rule: DeploymentRule, state: RuleState) -> tuple[RuleState, bool]:
        """The state after one step, and whether another one can follow at once."""
        try:
            if state.candidate is None:
                return self._begun(rule, replace(state, note="", note_code=""))
            return self._advanced(rule, replace(state, note="", note_code=""), state.candidate)
        except Cancelled:
            raise
        except ScoredockError as error:
            # Nothing is decided: the next round tries it again, and says why not until then.
            kept = self._folder.state()
            return replace(kept, note=str(error), note_code=error.code), False

    # ------------------------------------------------------------------------------------------ begin

    def _begun(self, rule: DeploymentRule, state: RuleState) -> tuple[RuleState, bool]:
        self._served(rule)
        wished = wished_change(rule, self._deployments.registry, self._deployments.ledger)
        version = wished.model.version
        reason = self._reason_to_wait(rule, state, wished)
        if reason is not None:
            return replace(state, note=reason[1], note_code=reason[0]), False
        candidate = RuleCandidate(
            version=version,
            entry=f"v{version}-{secrets.token_hex(2)}",
            step="conditions",
            base_revision=wished.current.number,
            began=time.time(),
        )
        text = l10n.t(
            "{source} is version {version}, and {service} serves version {served}.",
            source=rule.source,
            version=version,
            service=rule.service,
            served=", ".join(map(str, wished.versions)),
        )
        seen = RuleEvent(time=candidate.began, version=version, what="seen", reason=text)
        return replace(state, candidate=candidate).with_event(seen), True

    def _reason_to_wait(self, rule: DeploymentRule, state: RuleState, wished: WishedChange) -> tuple[str, str] | None:
        """Code and sentence why no candidate begins; empty ones where all is as it is wished, None where one does."""
        version = wished.model.version
        if wished.is_met:
            return "", ""
        earlier = tried_before(state, wished)
        if earlier is not None:
            return "rule-version-settled", l10n.t(
                "Version {version} was {outcome}: {reason} `scoredock rule run {name} --again` tries it again.",
                version=version,
                outcome=outcome_text(earlier.outcome),
                reason=earlier.reason,
                name=rule.name,
            )
        if wished.rows.intent is not None:
            return "service-busy", l10n.t("The service {service} is being changed.", service=rule.service)
        self._require_started(rule)
        return None

    def _require_started(self, rule: DeploymentRule) -> None:
        """Whoever has stopped a service does not want it to be started. Raises ScoredockError
        `rule-service-stopped`."""
        if self._deployments.service(rule.service).state == "Stopped":
            raise ScoredockError(
                "rule-service-stopped", l10n.t("The service {service} is stopped.", service=rule.service)
            )

    # ------------------------------------------------------------------------------------------ go on

    def _advanced(self, rule: DeploymentRule, state: RuleState, candidate: RuleCandidate) -> tuple[RuleState, bool]:
        if candidate.step == "ending":
            return self._cleared(rule, state, candidate), True
        disturbed = self._disturbed(rule, candidate)
        if disturbed is not None:
            return self._decided(rule, state, disturbed), True
        steps = {
            "conditions": self._judged,
            "deploying": self._deployed,
            "joining": self._joined,
            "canary": self._observed,
            "promoting": self._promoted,
        }
        try:
            return steps[candidate.step](_Round(rule, state, candidate, self._place(rule, candidate)))
        except Cancelled:
            raise
        except ScoredockError as error:
            if is_transient(error):
                raise
            end = self._stopped(rule, candidate) or self._failed(candidate, error)
            return self._decided(rule, self._folder.state(), end), True

    def _disturbed(self, rule: DeploymentRule, candidate: RuleCandidate) -> RuleCandidate | None:
        """The candidate with its end, where somebody else has changed what it goes by; else None."""
        registry = self._deployments.registry
        try:
            current = self._served(rule)
            if current.number != candidate.base_revision:
                if candidate.step == "promoting" and candidate.version in versions_in(current, rule.model):
                    return None
                return _ended(
                    candidate, "stopped", "rule-service-changed", changed_text(rule, candidate, current.number)
                )
            registry.summary(f"{rule.model}:{candidate.version}")
            wished = registry.summary(rule.source)
        except ScoredockError as error:
            if is_transient(error):
                raise
            return _ended(candidate, "stopped", error.code, str(error))
        if wished.version != candidate.version and candidate.step != "promoting":
            text = l10n.t("{source} is version {version} now.", source=rule.source, version=wished.version)
            return _ended(candidate, "superseded", "", text)
        return None

    def _stopped(self, rule: DeploymentRule, candidate: RuleCandidate) -> RuleCandidate | None:
        """The candidate with its end where somebody has deleted its version or changed the service meanwhile: a step
        that fails then says nothing of the version."""
        end = self._disturbed(rule, candidate)
        return end if end is not None and end.outcome == "stopped" else None

    def _served(self, rule: DeploymentRule) -> Revision:
        """Revision that the service has, once what a killed writer left of a change of it is finished or taken back.
        Raises ScoredockError `rule-service-missing`, `rule-service-unfit`.
        """
        rows, current = served_by(rule, self._deployments.ledger)
        if rows.intent is None:
            return current
        self._deployments.service(rule.service)
        return served_by(rule, self._deployments.ledger)[1]

    def _failed(self, candidate: RuleCandidate, error: ScoredockError) -> RuleCandidate:
        """The candidate as a failure of a step leaves it."""
        outcome: Outcome = "refused"
        if is_of_others(error):
            outcome = "stopped"
        return _ended(candidate, outcome, error.code, str(error))

    def _judged(self, now: _Round) -> tuple[RuleState, bool]:
        candidate = now.candidate

        def keep(result: ConditionResult) -> None:
            nonlocal candidate
            candidate = replace(candidate, results=(*candidate.results, result))
            self._folder.write_state(replace(now.state, candidate=candidate))

        current = self._served(now.rule)
        if all(each.passed for each in candidate.results):
            request = candidate_request(now.rule, candidate, current)
            self._judge.judge(now.rule, request, candidate.results, keep)
        broken = next((each for each in candidate.results if not each.passed), None)
        if broken is not None:
            refusal = _ended(candidate, "refused", "rule-condition-failed", broken.text)
            return self._decided(now.rule, now.state, self._stopped(now.rule, candidate) or refusal), True
        state = now.state
        if candidate.results:
            text = " ".join(each.text for each in candidate.results)
            state = state.with_event(_event(candidate, "conditions", text))
        following = replace(candidate, step="deploying" if now.rule.canary is not None else "promoting")
        return replace(state, candidate=following), True

    def _deployed(self, now: _Round) -> tuple[RuleState, bool]:
        """Its service beside the one of the rule."""
        now.place.view()  # what makes a canary impossible is said before anything is deployed
        current = self._served(now.rule)
        self._progress.report(
            l10n.t("Deploying {name} as a candidate", name=f"{now.rule.model}:{now.candidate.version}")
        )
        now.place.deploy(current)
        text = l10n.t("It runs as the service {service}.", service=now.place.name)
        state = now.state.with_event(_event(now.candidate, "deployed", text))
        stamp = stamp_of(now.place.view().row.endpoint)
        return replace(state, candidate=replace(now.candidate, step="joining", share=0, stamp=stamp)), True

    def _joined(self, now: _Round) -> tuple[RuleState, bool]:
        """It has the share that is due."""
        canary = _canary(now.rule)
        view, share = now.place.look(), canary.shares[now.candidate.share]
        withdrawal = self._withdrawn(now, view)
        if withdrawal is not None:
            return self._decided(now.rule, now.state, withdrawal), True
        version = now.place.version(view)
        if (version is None or version.share != share) and stamp_of(view.row.endpoint) != now.candidate.stamp:
            return self._decided(now.rule, now.state, self._endpoint_changed(now, view)), True
        answered, failed, lost = now.place.counted(view)
        stamp = now.place.join(share, view)
        candidate = replace(
            now.candidate,
            step="canary",
            stamp=stamp,
            clock=clock.began(),
            answered=answered,
            failed=failed,
            lost=lost,
        )
        event = replace(_event(candidate, "canary", ""), share=share)
        return replace(now.state, candidate=candidate).with_event(event), True

    def _observed(self, now: _Round) -> tuple[RuleState, bool]:
        """One look at a share: it goes on, ends, or is waited for."""
        canary, view = _canary(now.rule), now.place.look()
        ended = self._withdrawn(now, view)
        if ended is None and stamp_of(view.row.endpoint) != now.candidate.stamp:
            ended = self._endpoint_changed(now, view)
        if ended is None:
            ended = self._spoiled(now, view)
        if ended is not None:
            return self._decided(now.rule, now.state, ended), True
        tally = now.place.tally(view)
        candidate = replace(now.candidate, clock=clock.advanced(now.candidate.clock))
        if candidate.clock.elapsed < canary.seconds or tally.responses < canary.requests:
            state = replace(now.state, candidate=candidate, note_code="rule-canary-waits")
            return replace(state, note=waiting_text(canary, candidate, tally.responses)), False
        if candidate.share + 1 < len(canary.shares):
            return replace(now.state, candidate=replace(candidate, step="joining", share=candidate.share + 1)), True
        return replace(now.state, candidate=replace(candidate, step="promoting")), True

    def _promoted(self, now: _Round) -> tuple[RuleState, bool]:
        """The service of the rule has the version; the alias of the rule follows."""
        rule, candidate = now.rule, now.candidate
        current = self._served(rule)
        if candidate.version not in versions_in(current, rule.model):
            late = self._withdrawn(now, now.place.look()) if rule.canary is not None else None
            if late is not None:
                return self._decided(rule, now.state, late), True
            self._require_started(rule)
            self._progress.report(l10n.t("Updating {service}", service=rule.service))
            changes = UpdateRequest(
                models=models_with(current, rule.model, candidate.version), expected_revision=candidate.base_revision
            )
            self._deployments.update(rule.service, changes, self._progress, self._cancel)
            current = self._served(rule)
        text = l10n.t(
            "{service} serves version {version} as revision {revision}.",
            service=rule.service,
            version=candidate.version,
            revision=current.number,
        )
        if rule.sets_alias:
            self._deployments.registry.changes.alias(f"{rule.model}:{candidate.version}", rule.sets_alias)
            text += " " + l10n.t("The alias {alias} points to it.", alias=rule.sets_alias)
        ended = _ended(replace(candidate, revision=current.number), "promoted", "", text)
        return self._decided(rule, now.state, ended), True

    # ------------------------------------------------------------------------------------------ a canary

    def _withdrawn(self, now: _Round, view: EndpointView) -> RuleCandidate | None:
        """The candidate with its end if the router has withdrawn it by itself; else None."""
        version = now.place.version(view)
        withdrawal = version.withdrawal if version is not None else None
        if withdrawal is None or version is None:
            return None
        fields = {"measured": withdrawal.measured, "requests": withdrawal.requests, "seconds": version.limits.seconds}
        if withdrawal.kind == "errors":
            text = l10n.t("{measured:g}% of {requests} responses in {seconds} s were errors.", **fields)
        else:
            text = l10n.t(
                "{measured:g}% of {requests} responses in {seconds} s took longer than {limit} ms.",
                limit=version.limits.milliseconds,
                **fields,
            )
        return _ended(now.candidate, "withdrawn", "rule-limit-crossed", text)

    def _spoiled(self, now: _Round, view: EndpointView) -> RuleCandidate | None:
        """The candidate with its end if its service has ended, or if too many failed over the whole share; else None:
        the router looks back for a window only, in which few requests may come.
        """
        failure, canary = now.place.failure(), _canary(now.rule)
        if failure is not None:
            return _ended(now.candidate, "withdrawn", failure.code, str(failure))
        tally = now.place.tally(view)
        if not canary.errors or tally.answered < canary.least or tally.failed * 100 <= canary.errors * tally.answered:
            return None
        text = l10n.t("{failed} of {answered} responses were errors.", failed=tally.failed, answered=tally.answered)
        return _ended(now.candidate, "withdrawn", "rule-limit-crossed", text)

    def _endpoint_changed(self, now: _Round, view: EndpointView) -> RuleCandidate:
        """Whoever has changed the endpoint means it so: a share that the candidate still has stays."""
        endpoint, version = view.row.endpoint, now.place.version(view)
        keeps = version is not None and (endpoint.default == version.name or endpoint.effective(version.name) > 0)
        text = l10n.t("The endpoint {endpoint} was changed by somebody else.", endpoint=endpoint.name)
        if keeps:
            text += " " + l10n.t(
                "The candidate stays in it as {version} with its service {service}.",
                version=now.candidate.entry,
                service=now.place.name,
            )
        return replace(_ended(now.candidate, "stopped", "endpoint-changed", text), keeps_traffic=keeps)

    # ------------------------------------------------------------------------------------------ end

    def _decided(self, rule: DeploymentRule, state: RuleState, candidate: RuleCandidate) -> RuleState:
        """It is decided and written down before anything of it is cleared away."""
        outcome = candidate.outcome
        if outcome is None:
            raise ValueError("no outcome")
        if outcome == "stopped" and self._holds_traffic(rule, candidate):
            candidate = replace(candidate, keeps_traffic=True)
        event = replace(_event(candidate, outcome, candidate.reason), code=candidate.code, revision=candidate.revision)
        return replace(state, candidate=replace(candidate, step="ending")).with_event(event)

    def _holds_traffic(self, rule: DeploymentRule, candidate: RuleCandidate) -> bool:
        """True if requests of its endpoint have nobody but it: the service of the rule is gone."""
        if rule.canary is None or candidate.share < 0 or self._deployments.ledger.one(rule.service) is not None:
            return candidate.keeps_traffic
        return True

    def _cleared(self, rule: DeploymentRule, state: RuleState, candidate: RuleCandidate) -> RuleState:
        if not candidate.keeps_traffic:
            self._place(rule, candidate).clear()
        outcomes = dict(state.outcomes)
        if candidate.outcome is not None and candidate.outcome != "superseded":
            outcomes[candidate.version] = SettledVersion(
                outcome=candidate.outcome,
                reason=candidate.reason,
                code=candidate.code,
                time=time.time(),
                revision=candidate.revision,
                results=candidate.results,
            )
        return replace(state, candidate=None, outcomes=outcomes)

    def _place(self, rule: DeploymentRule, candidate: RuleCandidate) -> CandidatePlace:
        return CandidatePlace(self._deployments, rule, candidate, self._progress, self._cancel)


def _ended(candidate: RuleCandidate, outcome: Outcome, code: str, reason: str) -> RuleCandidate:
    return replace(candidate, outcome=outcome, code=code, reason=reason)


def _event(candidate: RuleCandidate, what: str, reason: str) -> RuleEvent:
    return RuleEvent(time=time.time(), version=candidate.version, what=what, reason=reason)


def _canary(rule: DeploymentRule) -> RuleCanary:
    if rule.canary is None:
        raise ScoredockError("rule-damaged", l10n.t("The rule {rule} has no canary.", rule=rule.name))
    return rule.canary
