"""Logs and histories of the services of one workspace."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from scoredock.engines.base import Engine
from scoredock.engines.log_files import first_number, last_number, log_path, read_log
from scoredock.services.folders import service_folder
from scoredock.services.ledger import Ledger
from scoredock.services.log_view.log_places import OwnPlaces
from scoredock_runtime.contract import LogRecord
from scoredock_runtime.contract_history import Row, read_history


class Logs:
    """Reads the stored lines and the histories of services, whether they run or not. `engine` gives the engine of a
    name."""

    def __init__(self, workspace: Path, ledger: Ledger, engine: Callable[[str], Engine]) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._engine = engine

    def records(self, name: str, since: int = 0) -> Iterator[LogRecord]:
        """Stored lines after a sequence number, oldest first; the steps of the deployment itself are among them.
        Tracebacks name the person's own files."""
        known = self._ledger.require(name)
        found = (
            self._engine(known.service.engine).logs(known.service.handle, since)
            if known.service.handle is not None
            else read_log(service_folder(self._workspace, name), since)
        )
        return _mapped(found, self.places(name))

    def places(self, name: str) -> OwnPlaces:
        """Map from staged files in what the service writes to the person's own."""
        return OwnPlaces(self._workspace, name, lambda: self._ledger.require(name))

    def last_line(self, name: str) -> int:
        """Sequence number of the newest stored line, 0 when there is none; costs the same however long the log is."""
        self._ledger.require(name)
        return last_number(service_folder(self._workspace, name))

    def source(self, name: str) -> LogSource:
        """The stored lines, for whoever reads them in parts."""
        self._ledger.require(name)
        return LogSource(service_folder(self._workspace, name), self.places(name), lambda: self._fetch(name))

    def _fetch(self, name: str) -> None:
        known = self._ledger.require(name)
        if known.service.handle is not None:
            self._engine(known.service.engine).logs(known.service.handle, 0)

    def history(self, name: str) -> list[Row]:
        """Oldest first; of a service that runs, with one of now. Raises service-not-found."""
        service = self._ledger.require(name).service
        if service.handle is None:
            return read_history(str(service_folder(self._workspace, name)))
        return self._engine(service.engine).history(service.handle)

    def file(self, name: str) -> Path:
        """The newest log file; it may not exist yet."""
        self._ledger.require(name)
        return log_path(service_folder(self._workspace, name))


class LogSource:
    """The stored lines of one service, by their numbers. Tracebacks name the person's own files."""

    def __init__(self, folder: Path, places: OwnPlaces, fetch: Callable[[], None]) -> None:
        self._folder = folder
        self._places = places
        self._fetch = fetch

    def fetch(self) -> None:
        """Get what a container has written since. Raises service-not-found when the service is gone."""
        self._fetch()

    def window(self, after: int, before: int, *, server_only: bool = False) -> Iterator[LogRecord]:
        """Records with numbers above `after` and below `before`, oldest first."""
        records = read_log(self._folder, after, server_only=server_only)
        return _mapped(takewhile(lambda record: record.n < before, records), self._places)

    def first(self) -> int:
        """Number of the oldest stored record; 0 when there is none."""
        return first_number(self._folder)

    def last(self) -> int:
        """Number of the newest."""
        return last_number(self._folder)


def _mapped(records: Iterator[LogRecord], places: OwnPlaces) -> Iterator[LogRecord]:
    for record in records:
        text = places.mapped(record.m)
        yield record if text == record.m else dataclasses.replace(record, m=text)
