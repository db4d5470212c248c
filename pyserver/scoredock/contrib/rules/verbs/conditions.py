"""Asks the conditions of a deployment rule: drift first, which needs no service, then tests, score and command of one
temporary deployment of the candidate."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n, run, threads
from scoredock.context import Context, Operation
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.scoring import (
    for_prediction,
    gives_probabilities,
    labelled_rows,
    measured,
    prediction_in,
    score_limit,
)
from scoredock.contrib.rules.domain.state import ConditionResult
from scoredock.contrib.rules.domain.transient import is_transient
from scoredock.contrib.rules.domain.wish import served_by
from scoredock.counts import counted
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.contribution import condition_of, require_contribution

if TYPE_CHECKING:
    from scoredock.contrib.profiling.api import SizedService
    from scoredock.formats.http_file.sending import SentRequest
    from scoredock.services.access.calls import Answer
    from scoredock.services.request import DeployRequest

Keep = Callable[[ConditionResult], None]
_REQUEST_SECONDS = 60.0
_NAMED = 5
_LAST_LINES = 3


class Conditions:
    """Conditions of the rules of one workspace."""

    def __init__(self, context: Context, workspace_id: str, operation: Operation) -> None:
        self._context, self._workspace_id, self._operation = context, workspace_id, operation

    def judge(
        self, rule: DeploymentRule, request: DeployRequest, results: Sequence[ConditionResult], keep: Keep
    ) -> None:
        """See `progression.Judge`."""
        judged = {each.kind for each in results}
        conditions = rule.conditions
        if conditions.drift and "drift" not in judged:
            result = self._within_time("drift", rule, lambda operation: self._drift(rule, operation))
            keep(result)
            if not result.passed:
                return
        of_service: list[tuple[str, Callable[[_ConditionTrial], tuple[bool, str]]]] = []
        if conditions.tests and "tests" not in judged:
            of_service.append(("tests", self._tests))
        if conditions.score and "score" not in judged:
            of_service.append(("score", self._score))
        if conditions.command and "command" not in judged:
            of_service.append(("command", self._command))
        if of_service:
            self._of_service(rule, request, of_service, keep)

    def _of_service(
        self,
        rule: DeploymentRule,
        request: DeployRequest,
        questions: Sequence[tuple[str, Callable[[_ConditionTrial], tuple[bool, str]]]],
        keep: Keep,
    ) -> None:
        with contextlib.ExitStack() as stack:
            started: list[SizedService] = []

            def service(operation: Operation) -> SizedService:
                if not started:
                    started.append(self._temporary(request, stack, operation))
                return started[0]

            def of_trial(ask: Callable[[_ConditionTrial], tuple[bool, str]], operation: Operation) -> tuple[bool, str]:
                return ask(_ConditionTrial(rule, service(operation), operation))

            for kind, ask in questions:
                result = self._within_time(kind, rule, partial(of_trial, ask))
                keep(result)
                if not result.passed:
                    return

    def _temporary(self, request: DeployRequest, stack: contextlib.ExitStack, operation: Operation) -> SizedService:
        """Runs until the stack is closed, and whatever ends this process. Raises what a deployment raises."""
        require_contribution("profiling")
        from scoredock.contrib.profiling.api import ProfileSubject, temporary_service

        deployments = self._context.deployments(self._workspace_id)
        plan = deployments.planned(request)
        subject = ProfileSubject(request.engine, request.compute, plan.spec, plan.models, plan=plan)
        operation.progress.report(l10n.t("Deploying the candidate for its conditions"))
        service = stack.enter_context(temporary_service(deployments, subject, operation.progress, operation.cancel))
        service.start(None)
        return service

    def _within_time(
        self, kind: str, rule: DeploymentRule, ask: Callable[[Operation], tuple[bool, str]]
    ) -> ConditionResult:
        """Result of a condition within its time. A failure that says nothing about the candidate is raised."""
        began = time.monotonic()
        try:
            with self._limited(rule.conditions.seconds) as operation:
                passed, text = ask(operation)
        except Cancelled:
            self._operation.cancel.raise_if_cancelled()
            passed, text = (
                False,
                l10n.t(
                    "It took longer than {seconds} s, which is the limit of the rule.", seconds=rule.conditions.seconds
                ),
            )
        except ScoredockError as error:
            if is_transient(error):
                raise
            passed, text = False, str(error)
        return ConditionResult(
            kind=kind,
            passed=passed,
            text=f"{condition_title(kind)}: {text}",
            seconds=round(time.monotonic() - began, 2),
        )

    @contextlib.contextmanager
    def _limited(self, seconds: int) -> Iterator[Operation]:
        """An operation that is cancelled when the time is over."""
        from scoredock.progress import CancelToken

        token = CancelToken()
        self._operation.cancel.on_cancel(token.cancel)
        call_off = threads.call_later(seconds, token.cancel, name="condition", at_fault=threads.logged)
        try:
            yield Operation(self._operation.progress, token)
        finally:
            call_off()

    # ------------------------------------------------------------------------------------------ each of them

    def _drift(self, rule: DeploymentRule, operation: Operation) -> tuple[bool, str]:
        return condition_of("drift").holds(rule.conditions.drift, self._workspace_id, self._context, operation)

    def _tests(self, trial: _ConditionTrial) -> tuple[bool, str]:
        require_contribution("request_tests")
        from scoredock.contrib.request_tests.api import run_against
        from scoredock.scripts.request_files import given_variables

        given = given_variables(trial.uri, trial.service.credential(), {})
        results = run_against(trial.rule.conditions.tests, given, trial.send, self._context, trial.operation)
        broken = [each for each in results if each.state != "passed"]
        if not broken:
            return True, l10n.t("{tests} passed.", tests=counted(len(results), "test"))
        first = broken[0]
        reason = first.error or next((each.message for each in first.unmet), "")
        names = ", ".join(f"“{each.name}”" for each in broken[:_NAMED])
        return False, l10n.t(
            "{broken} of {tests} failed ({names}): {reason}",
            broken=len(broken),
            tests=counted(len(results), "test"),
            names=names,
            reason=reason if reason.endswith(".") else f"{reason}.",
        )

    def _score(self, trial: _ConditionTrial) -> tuple[bool, str]:
        from scoredock.services.access.dataset_samples import rows_of_dataset

        conditions = trial.rule.conditions
        limit = score_limit(conditions.score)
        deployments = self._context.deployments(self._workspace_id)
        texts = [each.decode() for each in rows_of_dataset(deployments.registry, conditions.dataset)]
        rows = labelled_rows(texts, conditions.label, self._sample(trial.rule))
        labels = [each.label for each in rows]

        def score(call: Callable[[bytes], Answer]) -> float:
            predictions = []
            asks_for_class = False
            for row in rows:
                trial.operation.cancel.raise_if_cancelled()
                answer = call(for_prediction(row.body) if asks_for_class else row.body)
                if not asks_for_class and gives_probabilities(answer):
                    asks_for_class, answer = True, call(for_prediction(row.body))
                predictions.append(prediction_in(answer, conditions.label))
            return measured(limit.metric, predictions, labels)

        now = score(trial.score)
        before = 0.0
        if limit.of_current:
            before = score(lambda body: deployments.client.call(trial.rule.service, body, timeout=_REQUEST_SECONDS))
        fields = {"metric": limit.metric, "now": now, "rows": len(rows), "limit": limit.limit(before)}
        holds = limit.holds(now, before)
        if limit.at_least:
            text = l10n.t("{metric} {now:.4g} on {rows} rows, at least {limit:.4g} is wanted.", **fields)
        else:
            text = l10n.t("{metric} {now:.4g} on {rows} rows, at most {limit:.4g} is wanted.", **fields)
        return holds, text

    def _sample(self, rule: DeploymentRule) -> Any:
        """A request body that the service takes; None where nothing tells."""
        deployments = self._context.deployments(self._workspace_id)
        served_by(rule, deployments.ledger)
        try:
            return json.loads(deployments.client.sample(rule.service).content)
        except (ScoredockError, ValueError, RecursionError):
            return None

    def _command(self, trial: _ConditionTrial) -> tuple[bool, str]:
        """It knows the candidate by variables."""
        conditions, lines = trial.rule.conditions, []

        def keep(line: str) -> None:
            lines.append(line)
            trial.operation.progress.output(line)

        variables = {
            "SCOREDOCK_RULE": trial.rule.name,
            "SCOREDOCK_SERVICE": trial.rule.service,
            "SCOREDOCK_CANDIDATE_URI": f"{trial.uri}/score",
            "SCOREDOCK_CANDIDATE_KEY": trial.service.credential(),
        }
        try:
            completed = run.run(
                conditions.command,
                cwd=Path(conditions.folder) if conditions.folder else None,
                env=run.program_environment(variables),
                cancel=trial.operation.cancel,
                on_line=keep,
            )
        except OSError as error:
            reason = error.strerror or l10n.t("there is no such program")
            return False, l10n.t(
                "The command {command} cannot be started: {reason}.", command=conditions.command[0], reason=reason
            )
        last = " ".join(lines[-_LAST_LINES:])
        if completed.returncode:
            return False, l10n.t(
                "The command ended with exit code {code}. {last}", code=completed.returncode, last=last
            )
        return True, l10n.t("The command ended with exit code 0.")


class _ConditionTrial:
    """A candidate that runs for its conditions."""

    def __init__(self, rule: DeploymentRule, service: SizedService, operation: Operation) -> None:
        self.rule, self.service, self.operation = rule, service, operation
        self.uri = f"{service.address.scheme}://127.0.0.1:{service.address.port}"

    def send(self, sent: SentRequest) -> Answer:
        """A request of a file."""
        from scoredock.services.access.calls import send
        from scoredock.services.access.file_requests import call_of

        call = call_of(sent, self.service.credential(), _REQUEST_SECONDS)
        return send(self.service.name, self.service.address, call, cancel=self.operation.cancel)

    def score(self, body: bytes) -> Answer:
        """A body for `/score`."""
        from scoredock.services.access.bodies import JSON
        from scoredock.services.access.calls import CONTENT_TYPE, SCORE, OutgoingCall, authorization, send

        headers = {CONTENT_TYPE: JSON, **authorization(self.service.credential())}
        call = OutgoingCall(SCORE, "POST", body, headers, _REQUEST_SECONDS)
        return send(self.service.name, self.service.address, call, cancel=self.operation.cancel)


def condition_title(kind: str) -> str:
    """A condition for people."""
    return {
        "drift": l10n.t("Drift"),
        "tests": l10n.t("Tests"),
        "score": l10n.t("Score"),
        "command": l10n.t("Command"),
    }.get(kind, kind)
