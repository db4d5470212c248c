"""Versions of datasets, environments and images as messages."""

from __future__ import annotations

from collections.abc import Mapping

from scoredock.protocol import messages
from scoredock.registry.assets import datasets
from scoredock.registry.records import AssetRecord

_KINDS: Mapping[str, messages.AssetKind] = {"dataset": "dataset", "environment": "environment", "image": "image"}


def asset_record(record: AssetRecord, used: Mapping[tuple[str, str], list[str]]) -> messages.Asset:
    """Message of an asset, with what uses it."""
    return messages.Asset(
        kind=_KINDS[record.kind],
        id=record.id,
        name=record.name,
        version=record.version,
        description=record.description,
        tags=dict(record.tags),
        created=record.created,
        created_by=record.created_by,
        summary=_summary(record),
        used_by=list(used.get((record.kind, record.id), ())),
        deleted=record.deleted,
    )


def _summary(record: AssetRecord) -> str:
    # Reading configurations costs start-up time that most commands need not pay.
    from scoredock.registry.assets import environments as environment_records
    from scoredock.registry.assets import images

    summaries = {"dataset": datasets.summary, "environment": environment_records.summary, "image": images.summary}
    return summaries[record.kind](record)
