"""Request bodies from registered datasets: the sample that a model names, and rows to profile with."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.assets import datasets
from scoredock.services.access.bodies import ScoringRequest

DATASET = "dataset:"
"""What a registered dataset begins with where a file of rows could be named as well."""


def sample_of_models(registry: Registry, models: Sequence[str]) -> ScoringRequest | None:
    """The first row of the dataset that the first model with one names as its sample input.

    None when none names one; a dataset or model that is gone is passed over, as a sample is only an offer.
    """
    for model in models:
        try:
            reference = registry.model(model).metadata.sample_input_dataset
            if not reference:
                continue
            record = registry.assets.get("dataset", reference)
            rows = datasets.rows(registry.assets, record, 0, 1).rows
        except ScoredockError:
            continue
        if rows:
            return ScoringRequest(
                rows[0],
                l10n.t(
                    "The first row of the dataset {dataset}, which is set as the sample of the model {model}.",
                    dataset=record.id,
                    model=model,
                ),
                "dataset",
            )
    return None


def rows_of_dataset(registry: Registry, reference: str) -> list[bytes]:
    """All bodies of `name:version` or `name`. Raises ScoredockError asset-not-found, model-damaged."""
    record = registry.assets.get("dataset", reference)
    return [row.encode() for row in datasets.every_row(registry.assets, record)]
