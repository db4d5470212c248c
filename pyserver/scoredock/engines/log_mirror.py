"""The log of a service that runs elsewhere, copied to where everything on this machine reads logs.

Copied records keep their time, stream and text and get the next numbers of the service's own log here. Each copied line
also tells whose it was (`c`) and which of that one's (`k`): a copy that was cut off goes on where the lines end, and
nothing is copied twice. What else is to be kept between two copies are marks, in a file beside the log.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from scoredock.engines.log_files import LOCK_FILE, last_number, log_path
from scoredock_runtime import contract
from scoredock_runtime.contract import LogRecord

_LOCK_SECONDS = 2.0
_FILE_BYTES = 10_000_000
_FILE_COUNT = 3
_TAIL = 262_144
_MARKS = "mirror.json"
AT_ONCE_BYTES = 40_000_000
"""Of one copy: a script that floods its log is followed call by call."""
_TEXT = 16_384
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@contextlib.contextmanager
def copying(folder: Path) -> Iterator[bool]:
    """True within the block if the log of a service may be copied: not while another process copies for long, and not
    if its folder no longer exists. Never raises for that."""
    logs = log_path(folder).parent
    with contextlib.ExitStack() as held:
        may_copy = folder.is_dir()
        if may_copy:
            try:
                logs.mkdir(mode=0o700, exist_ok=True)
                held.enter_context(FileLock(str(logs / LOCK_FILE), mode=0o600).acquire(timeout=_LOCK_SECONDS))
            except (Timeout, FileNotFoundError):
                may_copy = False
        yield may_copy


def marks_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Marks that earlier copies stored, by the source of the log."""
    try:
        raw = json.loads(log_path(folder).with_name(_MARKS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): each for name, each in raw.items() if isinstance(each, dict)} if isinstance(raw, dict) else {}


def keep_marks(folder: Path, marks: dict[str, dict[str, Any]]) -> None:
    """Never raises: the lines themselves say the most of it."""
    temporary = log_path(folder).with_name(f".{_MARKS}")
    with contextlib.suppress(OSError):
        temporary.write_text(json.dumps(marks), "utf-8")
        temporary.replace(log_path(folder).with_name(_MARKS))


class CopiedLine(NamedTuple):
    """A line of the log here that a copy has written."""

    n: int
    name: str
    """Whose it was."""
    key: int


def copied_lines(path: Path) -> Iterator[CopiedLine]:
    """Lines near the end of a file of the log, oldest first."""
    for raw in _tail(path):
        with contextlib.suppress(ValueError, AttributeError, TypeError, KeyError):
            document = json.loads(raw)
            if isinstance(name := document.get("c"), str):
                yield CopiedLine(int(document["n"]), name, int(document.get("k", 0)))


def newest_files(folder: Path) -> tuple[Path, Path]:
    """The newest file of the log and the one before, whether they are there or not."""
    return log_path(folder), log_path(folder).with_name(f"{contract.LOG_FILE}.1")


def _tail(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _TAIL))
            yield from stream.read().split(b"\n")
    except OSError:
        return


class MirrorWriter:
    """Appends to the log here and turns its files over, as the runtime does with its own. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._path = log_path(folder)
        self.last = last_number(folder)
        """The number that was written last."""
        self._stream = self._path.open("ab")
        self._size = self._stream.tell()
        if self._size and not _ends_with_line(self._path):
            self._stream.write(b"\n")  # a line that was cut off

    def leave_out(self, lines: int) -> None:
        """Leaves out numbers before the next record, for lines that were gone before they were copied. Readers count
        them by their numbers."""
        self.last += max(0, lines)

    def write(self, record: LogRecord, name: str, key: int) -> int:
        """Writes a record, and gives the number of its bytes. `key` says which record of `name` it is."""
        self.last += 1
        fields = {"n": self.last, "t": record.t, "s": record.s, "l": record.l, "m": record.m}
        raw = _as_json({**fields, "c": name, "k": key}).encode("utf-8", "replace") + b"\n"
        if self._size and self._size + len(raw) > _FILE_BYTES:
            self._turn_over()
        self._stream.write(raw)
        self._size += len(raw)
        return len(raw)

    def flush(self) -> None:
        self._stream.flush()

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


def printable_line(text: str) -> str:
    """Line as the runtime would have stored it."""
    return "".join(each if each.isprintable() or each == "\t" else ascii(each)[1:-1] for each in text)[:_TEXT]
