"""Keeping the record of a comparison, of which the audit log tells where a column has drifted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.drift.domain import monitor_backup
from scoredock.contrib.drift.domain.monitors import MonitorFolder, record_path
from scoredock.contrib.drift.domain.record import verdict_of
from scoredock.contrib.drift.options import DriftChoices
from scoredock.progress import CancelToken
from scoredock.registry.audit.following import Proof, recording
from scoredock.registry.store.outbox import change
from scoredock.registry.upkeep.carried_part import CarriedNote


def keep(folder: MonitorFolder, record: Mapping[str, Any], choices: DriftChoices) -> Path:
    """Keeps the record; returns its path. Raises OSError, and ScoredockError if the audit log cannot be written."""
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


class CarriedMonitors:
    """Comparisons in the backup of a workspace, as `registry.upkeep.carried_part.CarriedPart`."""

    files = r"drift/[a-zA-Z0-9][a-zA-Z0-9\-._]{0,63}/((schedule|choices|state)\.json|records/[0-9]{15}\.json)"

    def members(self, workspace: Path, left_out: list[str]) -> Iterator[tuple[str, bytes | Path]]:
        return monitor_backup.members(workspace, left_out)

    def settle(self, workspace: Path) -> list[CarriedNote]:
        names, absent = monitor_backup.settle(workspace)
        text = l10n.t("Schedules of drift are paused: {names}.", names=", ".join(names))
        notes = [CarriedNote(text, "scoredock drift resume NAME")] if names else []
        if absent:
            paths = ", ".join(dict.fromkeys(absent))
            notes.append(CarriedNote(l10n.t("They name files that are not on this machine: {paths}.", paths=paths)))
        return notes

    def problems(self, workspace: Path, *, deep: bool, cancel: CancelToken) -> Iterator[tuple[Path, str, str]]:
        return monitor_backup.problems(workspace)
