"""Built environments that the revisions of services need, so that they are kept."""

from __future__ import annotations

from scoredock.registry.store.rows import only_kept
from scoredock.registry.store.store import Store


def environment_keys(store: Store) -> list[tuple[str, str]]:
    """Service and key of the environment of every kept revision, active or to return to; sorted."""
    with store.read() as connection:
        found = connection.execute(
            "SELECT DISTINCT service, environment_key FROM revisions WHERE environment_key != ''"
            " ORDER BY service, environment_key"
        ).fetchall()
    return [(row[0], row[1]) for row in found]


def kept_revisions_with(store: Store, key: str) -> dict[str, list[int]]:
    """Names of the services that need a built environment only for revisions that they do not serve now → those
    revisions."""
    with store.read() as connection:
        found = connection.execute(
            "SELECT r.service, r.revision, s.active_revision FROM revisions r JOIN services s ON s.name = r.service"
            " WHERE r.environment_key = ? ORDER BY r.service, r.revision",
            (key,),
        ).fetchall()
    return only_kept((row[0], row[1], row[2]) for row in found)
