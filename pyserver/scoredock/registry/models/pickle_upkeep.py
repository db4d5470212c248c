"""Looking into the pickles of versions that were registered before that was done, and who allowed what."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace

from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.models import lookup
from scoredock.registry.records import ModelVersion
from scoredock.registry.store import rows
from scoredock.registry.store.store import Store


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody allowed a version to be deployed although it holds known-bad names or Python code."""

    by: str
    time: float
    """Seconds since the epoch."""
    names: frozenset[str]
    """Those that were known when it was given."""


def consent_of(model: ModelVersion) -> Consent | None:
    """Recorded consent, if it covers every known-bad name and all code of the version; None otherwise."""
    try:
        document = json.loads(model.consent) if model.consent else None
        if not isinstance(document, Mapping):
            return None
        consent = Consent(str(document["by"]), float(document["time"]), frozenset(map(str, document["names"])))
    except (ValueError, KeyError, TypeError):
        return None
    return consent if consent.names >= set(model.metadata.pickle.needing_consent) else None


def look_at(
    store: Store, blobs: Blobs, manifests: Manifests, reference: str, cancel: CancelToken | None = None
) -> ModelVersion:
    """The version, its pickles looked into and that recorded if it was `unread` and its bytes are there.

    Raises model-not-found, the errors of storing, `cancelled`.
    """
    with store.read() as connection:
        model = rows.complete(connection, lookup.live(connection, reference))
    if model.pickle != "unread" or not all(blobs.holds(file) for file in model.files):
        return model
    from scoredock.pickles.scan import scan

    state, found = scan(((blobs.path(file.sha256), file.path) for file in model.files), cancel=cancel)
    with store.write() as connection:
        model = rows.complete(connection, lookup.live(connection, model.id))
        if model.pickle == "unread":
            details = rows.metadata_to_json(replace(model.metadata, pickle=found))
            connection.execute(
                "UPDATE model_versions SET pickle = ?, details = ? WHERE name = ? AND version = ?",
                (state, details, model.name, model.version),
            )
            manifests.record(connection, model.name, model.version)
            model = rows.complete(connection, lookup.live(connection, model.id))
    return model


def look_at_unread(
    store: Store, blobs: Blobs, manifests: Manifests, seconds: float, cancel: CancelToken | None = None
) -> int:
    """Looks into live versions that are `unread`, newest first, until the time is over. Gives how many were. Raises the
    errors of storing, `cancelled`."""
    with store.read() as connection:
        waiting = connection.execute(
            "SELECT name, version FROM model_versions WHERE pickle = 'unread' AND deleted IS NULL ORDER BY created DESC"
        ).fetchall()
    begun = time.monotonic()
    looked = 0
    for name, version in waiting:
        if time.monotonic() - begun > seconds:
            break
        try:
            looked += look_at(store, blobs, manifests, f"{name}:{version}", cancel).pickle != "unread"
        except ScoredockError as error:
            if not isinstance(error, ModelNotFound):  # deleted meanwhile
                raise
    return looked
