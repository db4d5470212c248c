"""What a person says of a deployment rule, and its JSON. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.periods import option_invalid
from scoredock.late_dataclass import dataclass
from scoredock.registry import grammar
from scoredock.services.request import require_service_name

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,63}")
_LONGEST = 30 * 86_400
MOST_SHARES = 8
FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class CanaryPlan:
    """A candidate gets a part of the requests before it gets all of them."""

    endpoint: str
    """Whose default version the service of the rule is."""
    shares: tuple[int, ...]
    """Percent of the requests, one after the other."""
    seconds: int
    """That each share lasts at least."""
    requests: int
    """That the candidate answers at least in each share."""
    errors: int = 0
    """Percent of its responses above which it is withdrawn; 0 for any."""
    milliseconds: int = 0
    """That 95 percent of its responses may take at most; 0 for any time."""
    window: int = 60
    """Seconds that these two limits look back."""
    least: int = 20
    """Fewer responses decide nothing."""


@dataclass(frozen=True, kw_only=True)
class RuleConditions:
    """What must hold before a candidate is deployed; what is empty need not."""

    tests: tuple[str, ...] = ()
    """Request files, or folders with some; absolute."""
    drift: str = ""
    """Name of a comparison, whose last verdict must not be drift."""
    score: str = ""
    """`accuracy >= 0.9`, `rmse <= current`: of the candidate on a dataset."""
    dataset: str = ""
    label: str = ""
    """The column of the dataset that holds what is right."""
    command: tuple[str, ...] = ()
    """A program of the person's with its arguments, which ends with 0."""
    folder: str = ""
    """Where it runs."""
    seconds: int = 600
    """That each condition may take."""

    @property
    def needs_service(self) -> bool:
        """True if the candidate has to run for them."""
        return bool(self.tests or self.score or self.command)


@dataclass(frozen=True, kw_only=True)
class DeploymentRule:
    """A version of a model → a service."""

    name: str
    model: str
    alias: str = ""
    """Whose version is meant; empty for the newest one."""
    service: str
    conditions: RuleConditions = RuleConditions()
    canary: CanaryPlan | None = None
    sets_alias: str = ""
    """Given to each version that was promoted; empty for none."""
    created: float = 0.0
    by: str = ""
    paused: bool = False
    pauses: tuple[tuple[float, str, bool], ...] = field(default=(), hash=False)
    """When it was paused or resumed, by whom, and whether it was a pause."""

    @property
    def source(self) -> str:
        """`name@alias`, or the name for its newest version."""
        return f"{self.model}@{self.alias}" if self.alias else self.model


def require_rule(rule: DeploymentRule) -> None:
    """Raises ScoredockError `rule-name-invalid`, `model-name-invalid`, `alias-invalid`, `service-name-invalid`,
    `rule-option-invalid` for what needs no look at the workspace."""
    require_rule_name(rule.name)
    grammar.require_model_name(rule.model)
    for alias in (rule.alias, rule.sets_alias):
        if alias:
            grammar.require_alias(alias)
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


def _require_canary(canary: CanaryPlan) -> None:
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
    """What a rule watches and what it changes, as model and alias."""
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
    """For the file."""
    return {"format": FORMAT, **asdict(rule)}


def rule_from_json(raw: Mapping[str, Any]) -> DeploymentRule:
    """What `rule_to_json` made; keys of a newer release are passed over. Raises KeyError, TypeError, ValueError."""
    canary, conditions = raw.get("canary"), raw.get("conditions") or {}
    return DeploymentRule(
        name=str(raw["name"]),
        model=str(raw["model"]),
        alias=str(raw.get("alias", "")),
        service=str(raw["service"]),
        conditions=_record(RuleConditions, conditions),
        canary=_record(CanaryPlan, canary) if canary else None,
        sets_alias=str(raw.get("sets_alias", "")),
        created=float(raw.get("created", 0.0)),
        by=str(raw.get("by", "")),
        paused=bool(raw.get("paused", False)),
        pauses=tuple((float(when), str(by), bool(is_pause)) for when, by, is_pause in raw.get("pauses", ())),
    )


def _record(kind: Any, raw: Mapping[str, Any]) -> Any:
    names = kind.__dataclass_fields__
    values = {name: tuple(each) if isinstance(each, list) else each for name, each in raw.items() if name in names}
    return kind(**values)
