"""Reads the audit log on from where it was: the next events for whoever delivers them."""

from __future__ import annotations

import contextlib
from pathlib import Path

from scoredock.registry.audit.chain import AuditRecord, record_of
from scoredock.registry.audit.log import AuditLog


class AuditReader:
    """Reads a log on from where it was, without reading again what came before."""

    def __init__(self, log: AuditLog, after: int) -> None:
        self._log = log
        self.seq = after
        """The last record that was read."""
        self._path: Path | None = None
        self._offset = 0

    def more(self, most: int) -> list[AuditRecord]:
        """The next ones, in order; fewer where there are no more."""
        records: list[AuditRecord] = []
        segments = self._log.segments()
        while len(records) < most:
            place = self._place(segments)
            if place is None:
                return records
            self._path = segments[place]
            if not self._read(records, most) and len(records) < most:
                if place + 1 == len(segments):
                    return records
                self._path, self._offset = segments[place + 1], 0
        return records

    def _place(self, segments: list[Path]) -> int | None:
        """The segment to read in; the first that may have something new where the former one was let go."""
        if self._path in segments:
            return segments.index(self._path)
        self._offset = 0
        places = [place for place, path in enumerate(segments) if int(path.stem) <= self.seq + 1]
        return places[-1] if places else (0 if segments else None)

    def _read(self, records: list[AuditRecord], most: int) -> bool:
        """True if it stopped because there was enough."""
        assert self._path is not None  # noqa: S101 (set by the caller; for the type checker)
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as stream:
            stream.seek(self._offset)
            for line in stream:
                if not line.endswith(b"\n"):
                    return False
                self._offset += len(line)
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    record = record_of(line[:-1])
                    if record.seq > self.seq:
                        self.seq = record.seq
                        records.append(record)
                        if len(records) == most:
                            return True
        return False
