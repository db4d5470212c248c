"""Deployment rule as a person states it, and its JSON. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from typing import Any

from scoredock import l10n
from scoredock.contrib.rules.options import RuleCanary, RuleOptions
from scoredock.errors import ScoredockError
from scoredock.formats.periods import option_invalid
from scoredock.late_dataclass import dataclass
from scoredock.record_check import record_of
from scoredock.registry.grammar import parse_reference, require_alias
from scoredock.services.request import require_service_name

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,63}")
_LONGEST = 30 * 86_400
MOST_SHARES = 8
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class DeploymentRule(RuleOptions):
    """A version of a model → a service."""

    created: float = 0.0
    by: str = ""
    paused: bool = False
    pauses: tuple[tuple[float, str, bool], ...] = field(default=(), hash=False)
    """When it was paused or resumed, by whom, and whether it was a pause."""

    @property
    def model(self) -> str:
        """Name of the model. Raises ScoredockError `model-not-found` where the source is not one."""
        return parse_reference(self.source).name

    @property
    def alias(self) -> str:
        """Alias whose version is meant; empty for the newest one. Raises as `model`."""
        return parse_reference(self.source).alias


def require_rule(rule: DeploymentRule) -> None:
    """Raises ScoredockError `rule-name-invalid`, `model-not-found`, `alias-invalid`, `service-name-invalid`,
    `rule-option-invalid` for what needs no look at the workspace."""
    require_rule_name(rule.name)
    reference = parse_reference(rule.source)
    if reference.version is not None:
        raise option_invalid(
            l10n.t("A rule follows the newest version or an alias of a model, not {reference}.", reference=reference),
            l10n.t("Name the model, or MODEL@ALIAS."),
        )
    if rule.sets_alias:
        require_alias(rule.sets_alias)
    require_service_name(rule.service)
    if rule.canary is not None:
        _require_canary(rule.canary)
    conditions = rule.conditions
    if bool(conditions.score) != bool(conditions.dataset) or bool(conditions.score) != bool(conditions.label):
        raise option_invalid(l10n.t("A score needs a dataset and its label column as well, and they need a score."))
    if not 1 <= conditions.seconds <= _LONGEST:
        raise option_invalid(l10n.t("A condition may take from 1 second to 30 days."))


def require_rule_name(name: str) -> None:
    """Raises ScoredockError `rule-name-invalid`."""
    if not _NAME.fullmatch(name):
        raise ScoredockError("rule-name-invalid", l10n.t("“{name}” cannot be the name of a rule.", name=name[:64]))


def _require_canary(canary: RuleCanary) -> None:
    require_service_name(canary.endpoint)
    shares = canary.shares
    rises = all(one < other for one, other in itertools.pairwise(shares))
    if not shares or len(shares) > MOST_SHARES or not rises or not all(1 <= each <= 100 for each in shares):
        raise option_invalid(
            l10n.t("The shares of a canary are up to {most} numbers from 1 to 100 that rise.", most=MOST_SHARES),
            l10n.t("Write them as 10,50."),
        )
    if not 0 <= canary.seconds <= _LONGEST:
        raise option_invalid(l10n.t("A share of a canary lasts at most 30 days."))
    if not 0 <= canary.requests <= 1_000_000:
        raise option_invalid(l10n.t("A share of a canary waits for at most 1,000,000 requests."))


def watched_and_set(rule: DeploymentRule) -> tuple[tuple[str, str], tuple[str, str] | None]:
    """Model and alias that a rule watches, and those that it changes; None if it changes none."""
    return (rule.model, rule.alias), (rule.model, rule.sets_alias) if rule.sets_alias else None


def require_no_circle(rule: DeploymentRule, others: Sequence[DeploymentRule]) -> None:
    """Raises ScoredockError `rule-service-taken` for a second rule of a service, `rule-goes-round` where what it
    changes leads back to what it watches."""
    for other in others:
        if other.service == rule.service:
            raise ScoredockError(
                "rule-service-taken",
                l10n.t("The rule {rule} deploys to the service {service}.", rule=other.name, service=rule.service),
                details={"rule": other.name},
            )
    start, after = watched_and_set(rule)
    following = _circle_from(after, start, [rule.name], others) if after is not None else None
    if following is not None:
        raise _circle(rule, following)


def _circle_from(
    place: tuple[str, str], start: tuple[str, str], path: list[str], others: Sequence[DeploymentRule]
) -> list[str] | None:
    """The rules by which a change of `place` comes back to `start`; None where it does not."""
    if place == start:
        return path
    for each in others:
        watches, sets = watched_and_set(each)
        if watches == place and sets is not None and each.name not in path:
            circle = _circle_from(sets, start, [*path, each.name], others)
            if circle is not None:
                return circle
    return None


def _circle(rule: DeploymentRule, path: Sequence[str]) -> ScoredockError:
    if len(path) == 1:
        message = l10n.t(
            "The rule {rule} would set the alias that it watches: {alias}.", rule=rule.name, alias=rule.alias
        )
    else:
        message = l10n.t("These rules would go round: {path}.", path=" → ".join([*path, rule.name]))
    return ScoredockError("rule-goes-round", message, details={"rules": list(path)})


def rule_to_json(rule: DeploymentRule) -> dict[str, Any]:
    """JSON of a rule for its file."""
    document = asdict(rule)
    del document["source"]
    return {"format": FORMAT, "model": rule.model, "alias": rule.alias, **document}


def rule_from_json(raw: Mapping[str, Any]) -> DeploymentRule:
    """Rule from what `rule_to_json` made; keys of a newer release are passed over. Raises KeyError, TypeError,
    ValueError.
    """
    model, alias = raw["model"], raw.get("alias", "")
    return record_of(DeploymentRule, {**raw, "source": f"{model}@{alias}" if alias else str(model)})
