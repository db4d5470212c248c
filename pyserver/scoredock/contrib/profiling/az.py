"""`az ml model profile`."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.az.api import Desk, LineError, models_of, service_options
from scoredock.contrib.profiling import messages
from scoredock.contrib.profiling.verbs import models
from scoredock.contrib.profiling.verbs.profile_fields import v1_fields
from scoredock.temporary.folders import TemporaryFolder


def profile(desk: Desk) -> Any:
    """Deploys for as long as it takes to measure, with the rows of a dataset as requests."""
    options = desk.options
    dataset, data = options.text("--input-dataset-id"), options.text("--input-data")
    if not dataset and not data:
        raise LineError(l10n.t("Dataset not provided. Profiling required a dataset with sample input data."))
    with ExitStack() as stack:
        params = messages.ModelProfileParams(
            profile_name=options.text("--name"),
            rows=f"dataset:{dataset}" if dataset else _rows(data, stack),
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


def _rows(data: str, stack: ExitStack) -> str:
    """The file of requests: the one that a line names, or one with the body that it writes out."""
    with suppress(ValueError):
        body = json.loads(data)
        path = stack.enter_context(TemporaryFolder("profile")) / "rows.jsonl"
        path.write_text(json.dumps(body) + "\n", "utf-8")
        return str(path)
    return str(Path(data.removeprefix("@")).absolute())
