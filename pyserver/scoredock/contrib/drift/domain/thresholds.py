"""Metrics, the value from which on each counts, and what a person says instead. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

NUMERICAL = (
    "normalized_wasserstein_distance",
    "jensen_shannon_distance",
    "population_stability_index",
    "two_sample_kolmogorov_smirnov_test",
    "null_value_rate",
)
CATEGORICAL = (
    "jensen_shannon_distance",
    "population_stability_index",
    "pearsons_chi_squared_test",
    "null_value_rate",
    "new_category_rate",
)
"""Metrics of a kind of column. Those that Azure Machine Learning v2 has as well have its names; `new_category_rate` is
ours. Of both tests the effect size counts, not the probability."""
ALL = tuple(dict.fromkeys((*NUMERICAL, *CATEGORICAL)))

_NUMERICAL_DEFAULTS = {"normalized_wasserstein_distance": 0.1, "null_value_rate": 0.05}
_CATEGORICAL_DEFAULTS = {"jensen_shannon_distance": 0.1, "null_value_rate": 0.05, "new_category_rate": 0.01}
"""The two distances are those of Azure's own defaults. A metric without a threshold is shown and decides nothing."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Values from which on a metric counts, by the kind of the column."""

    numerical: Mapping[str, float]
    categorical: Mapping[str, float]

    def to_json(self) -> dict[str, dict[str, float]]:
        return {"numerical": dict(self.numerical), "categorical": dict(self.categorical)}


def with_defaults(changes: Mapping[str, float]) -> Thresholds:
    """Thresholds that are given, beside or in place of the default ones; 0 turns a metric off.

    Raises ScoredockError `drift-option-invalid`.
    """
    for name, value in changes.items():
        if name not in ALL:
            raise ScoredockError(
                "drift-option-invalid",
                l10n.t("“{name}” is not a metric.", name=name[:64]),
                l10n.t("The metrics are {names}.", names=", ".join(ALL)),
            )
        if not math.isfinite(value) or value < 0:
            raise ScoredockError(
                "drift-option-invalid",
                l10n.t("The threshold of {name} must be a number that is not negative.", name=name),
            )
    return Thresholds(
        _changed(_NUMERICAL_DEFAULTS, changes, NUMERICAL), _changed(_CATEGORICAL_DEFAULTS, changes, CATEGORICAL)
    )


def _changed(defaults: Mapping[str, float], changes: Mapping[str, float], names: tuple[str, ...]) -> dict[str, float]:
    both = {**defaults, **changes}
    return {name: both[name] for name in names if both.get(name, 0.0) > 0}
