"""Which built environments the revisions of services need."""

from __future__ import annotations

from scoredock.registry.store.store import Store


def environment_keys(store: Store) -> list[tuple[str, str]]:
    """Service and key of the environment of every kept revision, active or to return to; sorted."""
    with store.read() as connection:
        found = connection.execute(
            "SELECT DISTINCT service, environment_key FROM revisions WHERE environment_key != ''"
            " ORDER BY service, environment_key"
        ).fetchall()
    return [(row[0], row[1]) for row in found]
