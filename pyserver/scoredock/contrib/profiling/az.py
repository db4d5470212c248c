"""`az ml model profile`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.az.api import Desk, LineError, models_of, service_options
from scoredock.contrib.profiling import messages
from scoredock.contrib.profiling.verbs import models
from scoredock.contrib.profiling.verbs.profile_fields import v1_fields


def profile(desk: Desk) -> Any:
    """Deploys for as long as it takes to measure, with the rows of a dataset as requests."""
    options = desk.options
    dataset, data = options.text("--input-dataset-id"), options.text("--input-data")
    if not dataset and not data:
        raise LineError(l10n.t("Dataset not provided. Profiling required a dataset with sample input data."))
    params = messages.ModelProfileParams(
        profile_name=options.text("--name"),
        rows=f"dataset:{dataset}" if dataset else str(Path(data.removeprefix("@")).absolute()),
        cpu=options.number("--cpu-cores"),
        memory_in_g_b=options.number("--memory-gb"),
        **service_options(options),
    )
    measured = models.profile(params, desk.context, desk.operation())
    for note in measured.notes:
        desk.note(note)
    fields = v1_fields(
        measured,
        name=options.text("--name"),
        description=options.text("--description"),
        dataset=dataset,
        models=list(models_of(options)),
    )
    desk.write_metadata(fields)
    return fields
