"""All versions of a workspace, kept in memory until somebody commits a change: the views ask for them again and again."""

from __future__ import annotations

import threading

from scoredock.registry import rows
from scoredock.registry.records import ModelVersion
from scoredock.registry.store import Store


class Snapshot:
    """Never older than the last commit before the call, whoever made it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counter: int | None = None
        self._versions: list[ModelVersion] = []

    def versions(self, *, latest: bool, include_deleted: bool) -> list[ModelVersion]:
        """By name, newest first; a new list each time of records that are shared. Raises what reading raises."""
        everything = self._everything()
        if not latest:
            return list(everything) if include_deleted else [model for model in everything if model.deleted is None]
        newest: dict[str, ModelVersion] = {}
        for model in everything:
            if model.deleted is None:
                newest.setdefault(model.name, model)
        return list(newest.values())

    def _everything(self) -> list[ModelVersion]:
        with self._lock:
            # Asked before the read: a commit in between makes the next call read once more, never once too little.
            counter = self._store.change_counter()
            if counter != self._counter:
                with self._store.read() as connection:
                    self._versions = rows.select(connection, include_deleted=True)
                self._counter = counter
            return self._versions
