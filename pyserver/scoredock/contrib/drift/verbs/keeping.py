"""Keeping the record of a comparison, of which the audit log tells where a column has drifted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from scoredock.contrib.drift.domain.monitors import Choices, MonitorFolder, record_path
from scoredock.contrib.drift.domain.record import verdict_of
from scoredock.registry.audit.following import Proof, recording
from scoredock.registry.store.outbox import change


def keep(folder: MonitorFolder, record: Mapping[str, Any], choices: Choices) -> Path:
    """Where it is kept. Raises OSError, and ScoredockError where the audit log cannot be written."""
    if not verdict_of(record).has_drift:
        return folder.add(record, choices)
    path = record_path(folder, record)
    entry = change(
        "drift.detected", f"datadrifts/{folder.name}/runs/{path.stem}", _facts(folder.name, path.stem, record)
    )
    with recording(folder.path.parent.parent, entry, Proof(str(path))):
        return folder.add(record, choices)


def _facts(name: str, run: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The coefficient is the share of the columns that moved, from 0 to 1."""
    baseline, target = record["baseline"], record["target"]
    return {
        "dataDriftId": name,
        "dataDriftName": name,
        "runId": run,
        "baseDatasetId": baseline["source"],
        "targetDatasetId": target["source"],
        "driftCoefficient": round(len(record["drifted"]) / max(1, len(record["features"])), 6),
        "startTime": target["since"] or _moment(record["created"]),
        "endTime": target["until"] or _moment(record["created"]),
        "drifted": list(record["drifted"])[:100],
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()
