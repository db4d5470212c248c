"""A path of a datastore."""

from __future__ import annotations

from typing import Any


class DataReference:
    """What `Datastore.path` and `upload_files` give."""

    def __init__(self, datastore: Any, path_on_datastore: str = "") -> None:
        self.datastore = datastore
        self.path_on_datastore = path_on_datastore

    def path(self, path: str) -> "DataReference":
        """A path below it."""
        joined = "/".join(part for part in (self.path_on_datastore, path) if part)
        return DataReference(self.datastore, joined)

    def __repr__(self) -> str:
        return f"DataReference(datastore={self.datastore.name}, path={self.path_on_datastore})"
