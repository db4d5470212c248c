"""Conditions and canary of a new rule, from its options; whether what the rule names is there and fits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n, run
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.rules.domain.candidates import RULE, require_endpoint
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.scoring import score_limit
from scoredock.contrib.rules.domain.wish import served_by
from scoredock.contrib.rules.options import RuleCanary, RuleConditions
from scoredock.errors import ScoredockError
from scoredock.features.contribution import condition_of, require_contribution
from scoredock.features.endpoints.endpoints import endpoints_of
from scoredock.formats.periods import option_invalid


def conditions_of(options: RuleConditions) -> RuleConditions:
    """Conditions with absolute paths. Raises ScoredockError `rule-option-invalid`, and for tests that are nowhere."""
    tests = tuple(str(absolute(each)) for each in options.tests)
    for path in tests:
        if not os.path.lexists(path):
            raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path))
    if options.score:
        score_limit(options.score)
    if options.command:
        _require_program(options.command, options.folder)
    folder = str(absolute(options.folder)) if options.command and options.folder else ""
    return replace(options, tests=tests, folder=folder)


def _require_program(command: Sequence[str], folder: str) -> None:
    try:
        if os.sep not in command[0]:
            run.resolve_executable(command[0])
        elif not (Path(folder or ".") / command[0]).is_file():
            raise FileNotFoundError(command[0])
    except FileNotFoundError:
        raise option_invalid(l10n.t("There is no command {name}.", name=command[0])) from None


def canary_of(
    options: RuleCanary | None, service: str, context: Context, workspace_id: str, operation: Operation
) -> RuleCanary | None:
    """This canary with the name of its endpoint. Raises ScoredockError `rule-option-invalid`, `rule-endpoint-unfit`."""
    if options is None:
        return None
    endpoint = options.endpoint
    if not endpoint:
        fitting = [
            each.endpoint.name
            for each in endpoints_of(context, workspace_id, operation).rows()
            if any(one.name == each.endpoint.default and one.service == service for one in each.endpoint.versions)
        ]
        if len(fitting) != 1:
            raise ScoredockError(
                "rule-endpoint-unfit",
                l10n.t("Several endpoints have {service} as their default version.", service=service)
                if fitting
                else l10n.t("A canary needs an endpoint whose default version is {service}.", service=service),
                l10n.t("Name it with --endpoint.")
                if fitting
                else l10n.t("Make one: `scoredock endpoint create NAME --service {service}`.", service=service),
            )
        endpoint = fitting[0]
    return replace(options, endpoint=endpoint)


def require_things(rule: DeploymentRule, context: Context, workspace_id: str) -> None:
    """Checks that what the rule names exists and fits. Raises ScoredockError `rule-service-unfit`,
    `rule-endpoint-unfit`, and for what is nowhere.
    """
    if rule.conditions.tests:
        require_contribution("request_tests")
    deployments = context.deployments(workspace_id)
    deployments.registry.summary(rule.model)
    _, current = served_by(rule, deployments.ledger)
    if current.request.properties.get(RULE):
        raise ScoredockError(
            "rule-service-unfit",
            l10n.t("The service {service} is a candidate of another rule.", service=rule.service),
        )
    if rule.conditions.drift:
        condition_of("drift").require(rule.conditions.drift, context.workspace(workspace_id).path)
    if rule.conditions.dataset:
        deployments.registry.assets.get("dataset", rule.conditions.dataset)
    if rule.canary is not None:
        require_endpoint(rule, rule.canary, endpoints_of(context, workspace_id, Operation()).one(rule.canary.endpoint))
        _require_limits(rule.canary)


def _require_limits(canary: RuleCanary) -> None:
    """Raises ScoredockError `limits-invalid`."""
    from scoredock.services.endpoints.record import EndpointRecord, EndpointVersion, VersionLimits, with_limits

    limits = VersionLimits(canary.errors, canary.milliseconds, canary.window, canary.least)
    with_limits(EndpointRecord(canary.endpoint, (EndpointVersion("candidate", ""),), ""), {"candidate": limits})
