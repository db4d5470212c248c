"""The log of a service in a container, copied on demand to where everything on this machine reads logs.

Records keep their time, stream and text and get the next numbers of the service's own log here, so that it goes on over
containers that replace one another and stays when they are gone. Each copied line also tells whose record it was: a
copy that was cut off goes on where the lines end, and nothing is copied twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scoredock.engines.log_files import last_number, log_path
from scoredock_runtime import contract
from scoredock_runtime.contract import LogRecord

_LOCK_SECONDS = 2.0
_FILE_BYTES = 10_000_000
_FILE_COUNT = 3
_TAIL = 262_144
_MARKS = "mirror.json"
_AT_ONCE_BYTES = 40_000_000
"""Of one copy: a script that floods its log is followed call by call."""


@dataclass(frozen=True, slots=True)
class ContainerLog:
    """One container's log."""

    name: str
    """Of the container."""
    fetch: Callable[[int], Iterable[str]]
    """Some stored records above a number, as JSON lines; nothing at the end of the log."""
    final: str = ""
    """Of a container that has ended: when, so that it is copied once."""
    rest: Callable[[], Iterable[str]] = tuple
    """Of a container that has ended: lines it printed that are no records."""


def mirror(folder: Path, source: ContainerLog) -> None:
    """Copy what is new. Never raises for the state of the log; gives up when somebody else copies for long.

    What `fetch` raises goes through; the lines until then are kept.
    """
    logs = log_path(folder).parent
    if not folder.is_dir():
        return
    try:
        logs.mkdir(mode=0o700, exist_ok=True)
        with FileLock(str(logs / "mirror.lock")).acquire(timeout=_LOCK_SECONDS):
            _copy(folder, source)
    except (Timeout, FileNotFoundError):
        return


def _copy(folder: Path, source: ContainerLog) -> None:
    marks = _marks(folder)
    mark = marks.get(source.name, {})
    if source.final and mark.get("final") == source.final:
        return
    since = max(int(mark.get("n", 0)), _copied(folder, source.name))
    writer = _Writer(folder, source.name)
    final = ""
    try:
        copied = 0
        while copied < _AT_ONCE_BYTES:
            before = since
            for line in source.fetch(since):
                record = _parse(line)
                if record is not None and record.n > since:
                    writer.write(record)
                    since = record.n
                    copied += len(line)
            if since == before:
                break
        if source.final:
            for text in source.rest():
                writer.write(LogRecord(0, time.time(), "stderr", "E", _shown(text)))
        final = source.final  # not before: a copy that was broken off is made again
    finally:
        writer.close()
        marks[source.name] = {"n": since, "final": final}
        temporary = log_path(folder).with_name(f".{_MARKS}")
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps(marks), "utf-8")
            temporary.replace(log_path(folder).with_name(_MARKS))


def unread(folder: Path, name: str, final: str) -> bool:
    """Whether a container that ended at `final` has not been copied to its end yet."""
    return bool(_marks(folder).get(name, {}).get("final") != final)


def _marks(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        raw = json.loads(log_path(folder).with_name(_MARKS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): each for name, each in raw.items() if isinstance(each, dict)} if isinstance(raw, dict) else {}


def _copied(folder: Path, name: str) -> int:
    """The highest number of a container's records near the end of the log here."""
    highest = 0
    for path in (log_path(folder), log_path(folder).with_name(f"{contract.LOG_FILE}.1")):
        for raw in _tail(path):
            with contextlib.suppress(ValueError, AttributeError, TypeError):
                document = json.loads(raw)
                if document.get("c") == name:
                    highest = max(highest, int(document.get("k", 0)))
        if highest:
            break
    return highest


def _tail(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _TAIL))
            yield from stream.read().split(b"\n")
    except OSError:
        return


class _Writer:
    """Appends to the log here and turns its files over, as the runtime does with its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = log_path(folder)
        self._name = name
        self._last = last_number(folder)
        self._stream = self._path.open("ab")
        self._size = self._stream.tell()
        if self._size and not _ends_with_line(self._path):
            self._stream.write(b"\n")  # a line that was cut off

    def write(self, record: LogRecord) -> None:
        self._last += 1
        fields = {"n": self._last, "t": record.t, "s": record.s, "l": record.l, "m": record.m}
        line = json.dumps({**fields, "c": self._name, "k": record.n}, ensure_ascii=False, separators=(",", ":"))
        raw = line.encode("utf-8", "replace") + b"\n"
        if self._size and self._size + len(raw) > _FILE_BYTES:
            self._turn_over()
        self._stream.write(raw)
        self._size += len(raw)

    def _turn_over(self) -> None:
        self._stream.close()
        for index in range(_FILE_COUNT - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{index}")
            newer = self._path.with_name(f"{self._path.name}.{index - 1}") if index > 1 else self._path
            with contextlib.suppress(FileNotFoundError):
                newer.replace(older)
        self._stream = self._path.open("ab")
        self._size = 0

    def close(self) -> None:
        self._stream.close()


def _ends_with_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def _shown(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\t" else ascii(each)[1:-1] for each in text)[:16_384]


def _parse(line: str) -> LogRecord | None:
    try:
        raw = json.loads(line)
        return LogRecord(n=int(raw["n"]), t=float(raw["t"]), s=str(raw["s"]), l=str(raw["l"]), m=str(raw["m"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
