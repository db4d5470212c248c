"""Rows of a script's ModelDataCollector, on their way to the worker, which writes them as those of its own scripts."""

import threading
from typing import Any, Dict, List, NamedTuple, Optional

_LARGEST, _MOST = 32 * 1024 * 1024, 20000
"""Bytes and records that wait at most; what comes then is dropped, as the worker's own collector does."""


class DataPlace(NamedTuple):
    """Workspace and service whose data it is."""

    workspace: str
    service: str


class RowRecord(NamedTuple):
    """Rows of one call of collect(), as a message."""

    fields: Dict[str, Any]
    body: bytes


class RowQueue:
    """Queue of rows in the place of the worker's collector; from any thread. They go over with the next answer."""

    def __init__(self) -> None:
        self.place: Optional[DataPlace] = None
        self._records: List[RowRecord] = []
        self._bytes = 0
        self._lock = threading.Lock()
        self.waits = False
        """Whether there are rows to send."""

    def open_at(self, workspace: str, service: str) -> None:
        """Sets whose data it is, as the worker knows it."""
        self.place = DataPlace(workspace, service)

    def add(self, model: str, version: str, designation: str, file: str, header: bytes, rows: List[bytes]) -> None:
        """Rows of the script's own. Never waits."""
        body = header + b"".join(rows)
        fields = {"model": model, "version": version, "designation": designation, "file": file, "header": len(header)}
        with self._lock:
            if self._bytes + len(body) <= _LARGEST and len(self._records) < _MOST:
                self._records.append(RowRecord(fields, body))
                self._bytes += len(body)
                self.waits = True

    def take(self) -> List[RowRecord]:
        """All that wait."""
        with self._lock:
            records, self._records = self._records, []
            self._bytes = 0
            self.waits = False
        return records
