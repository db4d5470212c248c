"""Chooses the child of a parent run that is meant: the best one by a metric, or the one of an iteration.

The rules, in this order:

1. An iteration was given: the child whose tag or parameter `iteration` is that number; where no child has one, the
child
   whose name or id ends with `_<number>`, as automated ML names its children.
2. A metric was given: the best finished child by it.
3. The parent's tag `automl_best_child_run_id`, when it names one of its children.
4. The parent's primary metric: tag, then parameter, `primary_metric`, `azureml.primary_metric` or
`mlflow.primary_metric`,
   else the key `primary_metric` in the JSON of `AMLSettingsJsonString`: the best finished child by it.
5. Otherwise the run is no such parent, and it is meant itself.

Best is the greatest value, or the least one: as `metric_goal`, `primary_metric_goal`, `azureml.primary_metric_goal` or
`metric_operation` of the parent say (a word that begins with `min` or `max`); that holds for the primary metric only.
Otherwise the name of the metric decides: one of its words is the name of a measure that is better when it is smaller
(`loss`, `error`, `rmse`, …), and none says that the sign was turned (`neg`). Words are what stands between underscores,
other signs and changes of case; a word that ends with `loss` or `error` counts as well.

A value that is NaN or infinite never wins, and neither does a run that failed or still runs. Of equal values the
earliest run wins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.records import RunRecord
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import printable

BEST_TAG = "automl_best_child_run_id"
_PRIMARY = ("primary_metric", "azureml.primary_metric", "mlflow.primary_metric")
_GOALS = ("metric_goal", "primary_metric_goal", "azureml.primary_metric_goal", "metric_operation")
_SETTINGS = ("AMLSettingsJsonString", "azureml.AMLSettingsJsonString")
_ITERATION = ("iteration", "azureml.iteration")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LESS_IS_BETTER = frozenset(
    (
        "loss",
        "logloss",
        "error",
        "errors",
        "err",
        "mae",
        "mse",
        "rmse",
        "rmsle",
        "msle",
        "mape",
        "smape",
        "wape",
        "mase",
        "medae",
        "rmsd",
        "nrmse",
        "nmae",
        "deviance",
        "perplexity",
        "regret",
        "cost",
        "wer",
        "cer",
        "brier",
        "ece",
    )
)
_TURNED = frozenset(("neg", "negative", "negated"))


@dataclass(frozen=True, slots=True)
class BestChild:
    """A run, and why it."""

    run: RunRecord
    reason: str
    """One sentence; empty when the run itself was meant."""


def primary_metric(parent: RunRecord) -> str:
    """The metric that the children of a run were made for; empty when the run does not say."""
    for labels in (parent.tags, parent.params):
        for key in _PRIMARY:
            if name := labels.get(key, "").strip():
                return name[:250]
    name = _setting(parent, "primary_metric")
    return name.strip()[:250]


def less_is_better(metric: str) -> bool:
    """True if smaller values are better, by the name of the metric alone."""
    words = {word.lower() for word in _WORD.findall(metric)}
    if words & _TURNED:
        return False
    return bool(words & _LESS_IS_BETTER) or any(word.endswith(("loss", "error")) for word in words)


def best_by(children: Sequence[RunRecord], metric: str, *, least: bool) -> RunRecord | None:
    """The finished child with the best value; None when none has one."""
    sign = -1 if least else 1
    best: RunRecord | None = None
    for child in sorted(children, key=lambda run: (run.started or 0, run.id)):
        value = child.metrics.get(metric)
        if value is None or child.status != "FINISHED":
            continue
        if best is None or sign * value > sign * best.metrics[metric]:
            best = child
    return best


def best_known(parent: RunRecord, children: Sequence[RunRecord]) -> RunRecord | None:
    """Best child by the rules 3 and 4; None if they name none."""
    best_id = parent.tags.get(BEST_TAG, "")
    named = next((child for child in children if child.id == best_id), None)
    if named is not None:
        return named
    metric = primary_metric(parent)
    return best_by(children, metric, least=_goal_is_least(parent, metric)) if metric else None


def has_best(parent: RunRecord) -> bool:
    """True if the rules 3 or 4 can apply, so that its children are worth a look."""
    return bool(parent.tags.get(BEST_TAG) or primary_metric(parent))


def choose(parent: RunRecord, children: Sequence[RunRecord], metric: str, iteration: int | None) -> BestChild:
    """Child by all rules. Raises run-choice-invalid if what was asked for is not there."""
    if metric and iteration is not None:
        raise ScoredockError(
            "run-choice-invalid", l10n.t("Both a metric and an iteration were given."), l10n.t("Give one of them.")
        )
    if (metric or iteration is not None) and not children:
        raise ScoredockError(
            "run-choice-invalid",
            l10n.t("The run {id} has no children to choose from.", id=parent.id),
            l10n.t("Leave the metric and the iteration out to register the run itself."),
        )
    if iteration is not None:
        return _by_iteration(parent, children, iteration)
    if metric:
        least = _goal_is_least(parent, metric) if metric == primary_metric(parent) else less_is_better(metric)
        return _by_metric(parent, children, metric, least)
    best = best_known(parent, children)
    if best is not None and best.id == parent.tags.get(BEST_TAG):
        return BestChild(
            best, l10n.t("{child} is the best child that {parent} names.", child=_named(best), parent=_named(parent))
        )
    primary = primary_metric(parent)
    if not primary or not children:
        return BestChild(parent, "")
    return _by_metric(parent, children, primary, _goal_is_least(parent, primary))


def _by_metric(parent: RunRecord, children: Sequence[RunRecord], metric: str, least: bool) -> BestChild:
    best = best_by(children, metric, least=least)
    if best is None:
        metrics = sorted({key for child in children for key in child.metrics})[:20]
        message = l10n.t(
            "No finished child of {parent} has a value of the metric {metric}.",
            parent=_named(parent),
            metric=printable(metric),
        )
        if metrics:
            message = f"{message} {l10n.t('Their metrics: {metrics}.', metrics=', '.join(metrics))}"
        raise ScoredockError(
            "run-choice-invalid",
            message,
            details={"metrics": metrics},
        )
    words = {
        "child": _named(best),
        "metric": metric,
        "value": best.metrics[metric],
        "count": len(children),
        "parent": _named(parent),
    }
    if least:
        return BestChild(
            best,
            l10n.t("{child} has the lowest {metric} ({value:.6g}) of the {count} children of {parent}.", **words),
        )
    return BestChild(
        best, l10n.t("{child} has the highest {metric} ({value:.6g}) of the {count} children of {parent}.", **words)
    )


def _by_iteration(parent: RunRecord, children: Sequence[RunRecord], iteration: int) -> BestChild:
    labelled = {child.id: number for child in children if (number := _iteration(child)) is not None}
    if labelled:
        matches = [child for child in children if labelled.get(child.id) == iteration]
    else:
        matches = [child for child in children if _ending(child.name) == iteration] or [
            child for child in children if _ending(child.id) == iteration
        ]
    if not matches:
        raise ScoredockError(
            "run-choice-invalid",
            l10n.t("{parent} has no child of iteration {iteration}.", parent=_named(parent), iteration=iteration),
        )
    reason = l10n.t(
        "{child} is iteration {iteration} of {parent}.",
        child=_named(matches[0]),
        iteration=iteration,
        parent=_named(parent),
    )
    return BestChild(matches[0], reason)


def _iteration(child: RunRecord) -> int | None:
    for labels in (child.tags, child.params):
        for key in _ITERATION:
            text = labels.get(key, "").strip()
            if text.isascii() and text.isdigit() and len(text) < 10:
                return int(text)
    return None


def _ending(name: str) -> int | None:
    match = re.search(r"_([0-9]{1,9})$", name)
    return int(match[1]) if match else None


def _goal_is_least(parent: RunRecord, metric: str) -> bool:
    for said in _goals(parent):
        word = said.strip().lower()
        if word.startswith("min"):
            return True
        if word.startswith("max"):
            return False
    return less_is_better(metric)


def _goals(parent: RunRecord) -> Iterator[str]:
    for labels in (parent.tags, parent.params):
        for key in _GOALS:
            yield labels.get(key, "")
    yield _setting(parent, "metric_operation")


def _setting(parent: RunRecord, key: str) -> str:
    for name in _SETTINGS:
        try:
            document = json.loads(parent.tags.get(name, "") or parent.params.get(name, "") or "{}")
        except (ValueError, RecursionError):
            continue
        value = document.get(key) if isinstance(document, Mapping) else None
        if isinstance(value, str):
            return value
    return ""


def _named(run: RunRecord) -> str:
    return f"{printable(run.name)} ({run.id[:8]})" if run.name else run.id
