"""Files in which a service has collected its inputs, and those inputs as request bodies."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock.services.folders import service_folder
from scoredock.services.ledger import Ledger
from scoredock_runtime.contract import COLLECTED_FOLDER, DATA_FOLDER

_PREDICTIONS = frozenset(("predictions", "prediction", "outputs", "output"))
"""Designations that scripts give a ModelDataCollector of what they return."""
_INPUTS = "inputs"
_ADDED = frozenset(("Timestamp", "CorrelationId", "RequestId"))


@dataclass(frozen=True, slots=True)
class ServiceFiles:
    """Files of one service. A script with a ModelDataCollector writes tables, any other service has requests."""

    tables: tuple[Path, ...] = ()
    predictions: tuple[Path, ...] = ()
    """Tables of what the script returned."""
    requests: tuple[Path, ...] = field(default=())


def collected_files(registry: Registry, name: str, since: str = "", until: str = "") -> ServiceFiles:
    """Files of the days from `since` to `until` (UTC, as ISO 8601).

    Raises ServiceNotFound, and ScoredockError `drift-data-empty` where the service collected nothing.
    """
    Ledger(registry.store).require(name)
    folder = service_folder(registry.folder, name) / DATA_FOLDER / COLLECTED_FOLDER
    files = [path for path in sorted(folder.rglob("*")) if _is_of_days(path, folder, since[:10], until[:10])]
    tables = [path for path in files if path.suffix == ".csv" and _designation(path, folder) == _INPUTS]
    predictions = [path for path in files if path.suffix == ".csv" and _designation(path, folder) in _PREDICTIONS]
    requests = () if tables else tuple(path for path in files if path.suffix == ".jsonl")
    if not tables and not requests and not since and not until:
        raise ScoredockError(
            "drift-data-empty",
            l10n.t("The service {name} has collected no inputs.", name=name),
            l10n.t("Turn data collection on in its deployment configuration, and send requests."),
        )
    return ServiceFiles(tuple(tables), tuple(predictions), requests)


def _designation(path: Path, folder: Path) -> str:
    """`MODEL/VERSION/DESIGNATION/YYYY/MM/DD/FILE` at the end of a path."""
    parts = path.relative_to(folder).parts
    return parts[-5].lower() if len(parts) >= 5 else ""


def _is_of_days(path: Path, folder: Path, first: str, last: str) -> bool:
    parts = path.relative_to(folder).parts
    if len(parts) < 4 or path.suffix not in (".csv", ".jsonl"):
        return False
    day = "-".join(parts[-4:-1])
    return not (first and day < first) and not (last and day > last)


@dataclass(slots=True)
class CollectedBodies:
    """Request bodies of a service in the order in which they came; iterate once."""

    files: ServiceFiles
    since: str = ""
    until: str = ""
    skipped: int = 0
    """Lines that could not be read."""

    def __iter__(self) -> Iterator[str]:
        for path in self.files.requests:
            yield from self._requests(path)
        for path in self.files.tables:
            yield from self._rows(path)

    def _requests(self, path: Path) -> Iterator[str]:
        """Bodies of those that were answered, each on one line."""
        with path.open("rb") as stream:
            for line in stream:
                try:
                    record = json.loads(line)
                    body = record["input"]
                    is_meant = record["status"] == 200 and self._is_within(record["timestamp"])
                except (ValueError, KeyError, TypeError, RecursionError):
                    self.skipped += 1
                    continue
                if is_meant and isinstance(body, str):
                    yield _one_line(body)

    def _rows(self, path: Path) -> Iterator[str]:
        """Rows of a ModelDataCollector, each as a body with the names of its columns."""
        with path.open(encoding="utf-8", errors="replace", newline="") as stream:
            reader = csv.reader(stream)
            head = next(reader, [])
            places = [place for place, name in enumerate(head) if not name.startswith("$") and name not in _ADDED]
            times = head.index("$Timestamp") if "$Timestamp" in head else None
            for row in reader:
                if len(row) != len(head):
                    self.skipped += 1
                elif times is None or self._is_within(row[times]):
                    values = {head[place]: _value(row[place]) for place in places}
                    yield json.dumps({"data": [values]}, ensure_ascii=False)

    def _is_within(self, moment: str) -> bool:
        return (not self.since or moment >= self.since) and (not self.until or moment < self.until)


def _one_line(body: str) -> str:
    if "\n" not in body and "\r" not in body:
        return body
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return " ".join(body.splitlines())


def _value(text: str) -> Any:
    """A number where it is one."""
    if not text:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else text
