"""Tells which version a deployment rule wishes, and which its service serves."""

from __future__ import annotations

from scoredock import l10n
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.state import RuleState, SettledVersion
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock.registry.grammar import parse_reference
from scoredock.registry.records import ModelSummary
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.revision import Revision


@dataclass(frozen=True, slots=True)
class WishedChange:
    """Version that should be served, beside those that are."""

    model: ModelSummary
    rows: ServiceRows
    current: Revision
    versions: tuple[int, ...]
    """Versions of the model that the service has now; several where a script loads several."""

    follows_newest: bool = False

    @property
    def is_met(self) -> bool:
        """True if nothing is to be changed. Newest versions are not followed back if the one that is served was
        deleted.
        """
        version = self.model.version
        return version in self.versions or (self.follows_newest and version < max(self.versions))


def wished_change(rule: DeploymentRule, registry: Registry, ledger: Ledger) -> WishedChange:
    """Raises what `served_by` and a look at the model raise."""
    rows, current = served_by(rule, ledger)
    versions = versions_in(current, rule.model)
    return WishedChange(registry.summary(rule.source), rows, current, versions, follows_newest=not rule.alias)


def tried_before(state: RuleState, wished: WishedChange) -> SettledVersion | None:
    """Outcome of the version that is wished, if it is not to be tried again; else None. An alias may go back and forth:
    what was promoted is in the way only if somebody else has changed the service since.
    """
    earlier = state.outcomes.get(wished.model.version)
    last = max((each.revision for each in state.outcomes.values()), default=0)
    if earlier is None or (earlier.outcome == "promoted" and last == wished.current.number):
        return None
    return earlier


def served_by(rule: DeploymentRule, ledger: Ledger) -> tuple[ServiceRows, Revision]:
    """The service of a rule with the revision that it has. Raises ScoredockError `rule-service-missing`,
    `rule-service-unfit`."""
    rows = ledger.one(rule.service)
    current = rows.current if rows is not None else None
    if rows is None or current is None:
        raise ScoredockError(
            "rule-service-missing",
            l10n.t("The service {service} of the rule {rule} does not exist.", service=rule.service, rule=rule.name),
        )
    if current.request.image:
        raise _unfit(
            l10n.t("The service {service} runs an image, which holds its models.", service=rule.service),
            l10n.t("Deploy it from a model and a script, or update it with another version of the image."),
        )
    if not versions_in(current, rule.model):
        raise _unfit(
            l10n.t("The service {service} does not use the model {model}.", service=rule.service, model=rule.model)
        )
    return rows, current


def versions_in(revision: Revision, model: str) -> tuple[int, ...]:
    """Versions of a model that a revision has."""
    references = [parse_reference(each) for each in revision.models]
    return tuple(each.version for each in references if each.name == model and each.version is not None)


def models_with(revision: Revision, model: str, version: int) -> tuple[str, ...]:
    """The models of a revision with another version of one of them, once."""
    wanted = f"{model}:{version}"
    models = [wanted if parse_reference(each).name == model else each for each in revision.models]
    return tuple(dict.fromkeys(models))


def _unfit(message: str, fix: str = "") -> ScoredockError:
    return ScoredockError("rule-service-unfit", message, fix)
