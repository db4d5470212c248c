"""Notes on changes of models and of datasets, environments and images: facts with names that stay."""

from __future__ import annotations

import sqlite3
from typing import Any

from scoredock.registry.records import AssetRecord, ModelFile, ModelSummary, ModelVersion
from scoredock.registry.store import outbox


def note_model(connection: sqlite3.Connection, what: str, model: ModelSummary) -> None:
    """A change of a version; a new one with its files."""
    facts: dict[str, Any] = {
        "modelName": model.name,
        "modelVersion": model.version,
        "modelTags": dict(model.tags),
        "modelProperties": dict(model.properties),
        "digest": model.digest,
        "runId": model.run_id,
        "experiment": model.experiment,
    }
    files: tuple[ModelFile, ...] = ()
    if isinstance(model, ModelVersion) and what == "model.registered":
        files, metadata = model.files, model.metadata
        named = (
            metadata.sample_input_dataset,
            metadata.sample_output_dataset,
            *(each for _, each in metadata.datasets),
        )
        facts["datasets"] = sorted({each for each in named if each})
        if metadata.source is not None:
            facts["commit"], facts["dirty"] = metadata.source.commit, metadata.source.dirty
    outbox.note(connection, what, f"models/{model.id}", facts, files)


def note_asset(connection: sqlite3.Connection, what: str, record: AssetRecord) -> None:
    """The same of a dataset, an environment or an image. `what` is the part behind its kind."""
    facts: dict[str, Any] = {"name": record.name, "version": record.version, "tags": dict(record.tags)}
    if record.kind == "image":
        facts["models"] = list(record.content.get("models") or ())  # type: ignore[call-overload]
        facts["environment"] = record.content.get("environment") or ""
    files = record.files if what == "registered" else ()
    outbox.note(connection, f"{record.kind}.{what}", f"{record.kind}s/{record.id}", facts, files)
