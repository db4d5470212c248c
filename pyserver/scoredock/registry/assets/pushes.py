"""Pushes of the images of a workspace, from their records."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from scoredock.late_dataclass import dataclass
from scoredock.registry.assets.assets import Assets
from scoredock.registry.records import AssetRecord

PUSHES = "pushed"
_MOST = 100
"""Pushes that a record keeps, the newest ones."""


class ImageRecords(Protocol):
    """The records of a workspace."""

    @property
    def assets(self) -> Assets: ...


@dataclass(frozen=True, slots=True)
class RecordedPush:
    """One name in a registry under which an image was left there."""

    reference: str
    """With its tag: `registry.example.com/team/diabetes:3`."""
    digest: str
    """Of the manifest, as the registry has it."""
    time: float
    """Seconds since the epoch."""

    @property
    def pinned(self) -> str:
        """Reference to these very bytes, even if the tag moves: `registry.example.com/team/diabetes@sha256:…`."""
        return f"{self.reference.rpartition(':')[0]}@{self.digest}"


def pushes_of(record: AssetRecord) -> tuple[RecordedPush, ...]:
    """The newest first. What another program may have written there counts only as far as it is whole."""
    entries = record.content.get(PUSHES)
    pushes = [_push(each) for each in entries] if isinstance(entries, list) else []
    return tuple(sorted(filter(None, pushes), key=lambda each: each.time, reverse=True))


def note_push(registry: ImageRecords, id: str, reference: str, digest: str) -> AssetRecord:
    """Add to the record of an image that a registry has it; the same tag again takes the place of the older entry.

    Raises what `Assets.amend` raises.
    """
    reference = tagged(reference)
    entry = {"reference": reference, "digest": digest, "time": time.time()}

    def with_entry(content: Mapping[str, object]) -> Mapping[str, object]:
        before = content.get(PUSHES)
        others = [
            each
            for each in (before if isinstance(before, list) else ())
            if not (isinstance(each, Mapping) and each.get("reference") == reference)
        ]
        return {**content, PUSHES: [*others, entry][-_MOST:]}

    return registry.assets.amend("image", id, with_entry)


def last_push(registry: ImageRecords, reference: str) -> tuple[AssetRecord, RecordedPush] | None:
    """The record whose image was pushed last under a reference, by its tag or its digest; None where none was."""
    names = {reference} if "@" in reference else {tagged(reference)}
    candidates = [
        (record, push)
        for record in registry.assets.records("image")
        for push in pushes_of(record)
        if names & {push.reference, push.pinned}
    ]
    return max(candidates, key=lambda each: each[1].time, default=None)


def tagged(reference: str) -> str:
    """A reference with a tag and without a digest, as a registry is given it."""
    name = reference.partition("@")[0]
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _push(entry: object) -> RecordedPush | None:
    if not isinstance(entry, Mapping):
        return None
    reference, digest, when = entry.get("reference"), entry.get("digest"), entry.get("time")
    if isinstance(reference, str) and isinstance(digest, str) and isinstance(when, (int, float)):
        return RecordedPush(reference, digest, float(when))
    return None
