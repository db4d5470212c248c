"""The log of a service in a container, copied on demand to where everything on this machine reads logs.

It goes on over containers that replace one another and stays when they are gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from scoredock.engines.log_mirror import (
    AT_ONCE_BYTES,
    MirrorWriter,
    copied_lines,
    copying,
    keep_marks,
    marks_of,
    newest_files,
    printable_line,
)
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract import LogRecord, record_from_line


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
    """Of a container that has ended: lines it printed that are not records."""


def mirror(folder: Path, source: ContainerLog) -> None:
    """Copy what is new. Never raises for the state of the log; gives up when somebody else copies for long.

    What `fetch` raises goes through; the lines until then are kept.
    """
    with copying(folder) as may_copy:
        if not may_copy:
            return
        try:
            _copy(folder, source)
        except FileNotFoundError:
            return  # somebody has removed the service meanwhile


def _copy(folder: Path, source: ContainerLog) -> None:
    marks = marks_of(folder)
    mark = marks.get(source.name, {})
    if source.final and mark.get("final") == source.final:
        return
    since = max(int(mark.get("n", 0)), _copied(folder, source.name))
    writer = MirrorWriter(folder)
    final = ""
    try:
        copied = 0
        while copied < AT_ONCE_BYTES:
            before = since
            for line in source.fetch(since):
                record = record_from_line(line)
                if record is not None and record.n > since:
                    writer.leave_out(record.n - since - 1)
                    writer.write(record, source.name, record.n)
                    since = record.n
                    copied += len(line)
            if since == before:
                break
        if source.final:
            for text in source.rest():
                writer.write(LogRecord(0, time.time(), "stderr", "E", printable_line(text)), source.name, 0)
        final = source.final  # not before: a copy that was broken off is made again
    finally:
        writer.close()
        marks[source.name] = {"n": since, "final": final}
        keep_marks(folder, marks)


def unread(folder: Path, name: str, final: str) -> bool:
    """True if a container that ended at `final` has not been copied to its end yet."""
    return bool(marks_of(folder).get(name, {}).get("final") != final)


def _copied(folder: Path, name: str) -> int:
    """The highest number of a container's records near the end of the log here."""
    highest = 0
    for path in newest_files(folder):
        highest = max([each.key for each in copied_lines(path) if each.name == name], default=0)
        if highest:
            break
    return highest
