"""The audit log on the disk: its segments, appended to, read, bounded and checked."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.audit.chain import START, TRIMMED, AuditRecord, Break, ChainCheck, digest, line_of, record_of
from scoredock.registry.store.durable import FILE_MODE, flush, flush_folder, make_folder, write_all
from scoredock.registry.store.faults import storing
from scoredock.registry.store.outbox import Mark, change

FOLDER = "audit"
_LOCK, _HEAD, _ENDING = "lock", "head", ".jsonl"
_LOCK_SECONDS = 10.0
_SEGMENT_BYTES = 4 << 20
_MOST_SEGMENTS = 32
"""Of which each has somewhat more than `_SEGMENT_BYTES` at most: about 130 MB, some 200,000 changes."""
_PIECE = 64 << 10
_HEAD_BYTES = 128

Source = Callable[["AuditTail"], Iterable[Mapping[str, Any]]]
"""Gives what is to be appended behind a tail; called with the lock held."""


@dataclass(frozen=True, slots=True)
class AuditTail:
    """End of a log."""

    seq: int
    digest: str
    mark: Mark
    segment: Path | None
    size: int
    """Of the segment, without a line that was cut off."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Result of a check of a log."""

    records: int
    first: int
    last: int
    digest: str
    """Of the newest record: whoever keeps it elsewhere can tell later that nothing before it was changed."""
    breaks: tuple[Break, ...]
    holds: bool | None
    """Whether the digest of an earlier check is that of a record; None without one."""


class AuditLog:
    """Audit log of one workspace. Holds nothing open; safe to use from several threads and processes."""

    def __init__(
        self, workspace: Path, segment_bytes: int = _SEGMENT_BYTES, most_segments: int = _MOST_SEGMENTS
    ) -> None:
        self.folder = workspace / FOLDER
        self._segment_bytes = segment_bytes
        self._most_segments = most_segments

    # ------------------------------------------------------------------------------------------ reading

    def segments(self) -> list[Path]:
        """Segments in order; each is named by its first record."""
        try:
            return sorted(path for path in self.folder.iterdir() if path.suffix == _ENDING and path.stem.isdecimal())
        except FileNotFoundError:
            return []

    def read(self, after: int = 0) -> Iterator[AuditRecord]:
        """Records behind `after` in order, without those that were let go or cannot be read. What is appended meanwhile
        may be among them."""
        segments = self.segments()
        for place, path in enumerate(segments):
            follower = segments[place + 1] if place + 1 < len(segments) else None
            if follower is not None and int(follower.stem) <= after + 1:
                continue
            for _, line in _lines(path):
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    record = record_of(line)
                    if record.seq > after:
                        yield record

    def newest(self, most: int, about: str = "") -> list[AuditRecord]:
        """The newest first. `about`: only those whose subject has this in it."""
        records: list[AuditRecord] = []
        for path in reversed(self.segments()):
            for _, line in reversed(list(_lines(path))):
                if len(records) == most:
                    return records
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    record = record_of(line)
                    if about in record.subject:
                        records.append(record)
        return records

    def first_seq(self) -> int:
        """Number of the oldest record that is there; 1 for an empty log."""
        segments = self.segments()
        return int(segments[0].stem) if segments else 1

    def since(self) -> float:
        """Time when the oldest record that is there was made; 0 for an empty log. What was changed before is not in it,
        as in a workspace of a release without a log."""
        return next((each.time for each in self.read()), 0.0)

    def last_seq(self) -> int:
        """Number of the newest record; 0 for an empty log."""
        return self.tail().seq

    # ------------------------------------------------------------------------------------------ writing

    def append(self, source: Source) -> int:
        """Appends what `source` gives for the tail, and gives the number of the newest record. When this returns, it
        survives a power cut. Raises ScoredockError `store-busy`, disk-full, io-failed, workspace-read-only."""
        with storing(self.folder), self.locked():
            tail = self.tail()
            lines = []
            seq, before, mark = tail.seq, tail.digest, tail.mark
            for entry in source(tail):
                seq += 1
                mark_text = entry.get("mark") or _mark_text(mark)
                line = line_of({**entry, "mark": mark_text}, seq, before)
                before, mark = digest(line), _mark(mark_text)
                lines.append(line)
            if lines:
                self._write(tail, lines, seq, before)
                if tail.size > self._segment_bytes:
                    self._trim()
            return seq

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One writer at a time over all processes."""
        make_folder(self.folder)
        lock = FileLock(str(self.folder / _LOCK), timeout=_LOCK_SECONDS, mode=FILE_MODE)
        try:
            lock.acquire()
        except Timeout as error:
            raise ScoredockError(
                "store-busy",
                l10n.t("Another process is writing to the audit log {path}.", path=self.folder),
                place=Place(str(self.folder)),
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, tail: AuditTail, lines: list[bytes], seq: int, newest: str) -> None:
        is_new = tail.segment is None or tail.size > self._segment_bytes
        path = self.folder / f"{tail.seq + 1:012d}{_ENDING}" if is_new or tail.segment is None else tail.segment
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, FILE_MODE)
        try:
            end = 0 if is_new else tail.size
            os.ftruncate(descriptor, end)  # what a killed writer left behind the last whole line
            os.lseek(descriptor, end, os.SEEK_SET)
            try:
                write_all(descriptor, b"".join(line + b"\n" for line in lines))
                flush(descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, end)
                raise
        finally:
            os.close(descriptor)
        if is_new:
            flush_folder(self.folder)
        self._write_head(seq, newest)

    def _write_head(self, seq: int, newest: str) -> None:
        """Only behind the records that it tells of, so that it is never ahead of them."""
        text = json.dumps({"seq": seq, "digest": newest}).encode().ljust(_HEAD_BYTES - 1) + b"\n"
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        with contextlib.suppress(OSError):  # it is behind then, as after a kill at this point
            descriptor = os.open(self.folder / _HEAD, flags, FILE_MODE)
            try:
                os.write(descriptor, text)
            finally:
                os.close(descriptor)

    def _trim(self) -> None:
        """Lets the oldest segments go, once a record says so."""
        segments = self.segments()
        oldest = segments[: max(0, len(segments) - self._most_segments)]
        if not oldest:
            return
        last = next((line for _, line in reversed(list(_lines(oldest[-1])))), b"")
        if not last:
            return
        first, newest = int(oldest[0].stem), record_of(last).seq
        tail = self.tail()
        data = {"first": first, "last": newest, "count": newest - first + 1, "digest": digest(last)}
        line = line_of({**change(TRIMMED, "audit", data), "mark": _mark_text(tail.mark)}, tail.seq + 1, tail.digest)
        self._write(tail, [line], tail.seq + 1, digest(line))
        for path in oldest:
            path.unlink(missing_ok=True)

    def tail(self) -> AuditTail:
        """End of the log, where the next record goes. A segment without a whole line counts as one that is not there.

        A number that was given is not given again: where the end was cut off, the gap stays to be seen.
        """
        head = self._head() or (0, START)
        for path in reversed(self.segments()):
            line, size = _last_line(path)
            if line is None:
                continue
            try:
                record = record_of(line)
                seq, mark = record.seq, _mark(record.mark)
            except (ValueError, TypeError, KeyError):
                seq, mark = int(path.stem), Mark("", 0)
            # What was written is followed, and not what somebody has made of it: `verify` tells of that for ever.
            return AuditTail(*(head if head[0] >= seq else (seq, digest(line))), mark, path, size)
        return AuditTail(*head, Mark("", 0), None, 0)

    def _head(self) -> tuple[int, str] | None:
        try:
            document = json.loads((self.folder / _HEAD).read_bytes())
            return int(document["seq"]), str(document["digest"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    # ------------------------------------------------------------------------------------------ checking

    def verify(self, earlier: str = "") -> ChainReport:
        """Reads all of it. `earlier`: a digest that was noted elsewhere, and must be that of a record. Raises
        io-failed, store-busy."""
        check, holds = ChainCheck(), None if not earlier else False
        with storing(self.folder), contextlib.ExitStack() as held:
            if os.access(self.folder, os.W_OK):  # else nobody else writes there either
                held.enter_context(self.locked())
            head = self._head()
            if head is not None:
                check.watch.add(head[0])
            for path in self.segments():

                def lines(path: Path = path) -> Iterator[tuple[int, bytes]]:
                    nonlocal holds
                    for number, line in _lines(path):
                        holds = holds or (digest(line) == earlier if earlier else holds)
                        yield number, line

                check.take(path.name, lines())
            check.end(head)
        first = check.first.seq if check.first is not None else 0
        last = check.last.seq if check.last is not None else 0
        return ChainReport(check.records, first, last, check.last_digest, tuple(check.breaks), holds)


def log_stamp(workspace: Path) -> int:
    """Another number when the log has grown; 0 for none."""
    try:
        return (workspace / FOLDER / _HEAD).stat().st_mtime_ns
    except OSError:
        return 0


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines with their numbers; what a killed writer left at the end is none."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.endswith(b"\n"):
                    yield number, line[:-1]
    except FileNotFoundError:
        return  # let go meanwhile


def _last_line(path: Path) -> tuple[bytes | None, int]:
    """The last whole line, without its end, and where it ends."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        begin, piece = size, b""
        while begin > 0:
            step = min(_PIECE, begin)
            begin -= step
            stream.seek(begin)
            piece = stream.read(step) + piece
            end = piece.rfind(b"\n")
            start = piece.rfind(b"\n", 0, end) if end >= 0 else -1
            if end >= 0 and (start >= 0 or begin == 0):
                return piece[start + 1 : end], begin + end + 1
    return None, 0


def _mark_text(mark: Mark) -> str:
    return f"{mark.epoch} {mark.number}" if mark.number else ""


def _mark(text: str) -> Mark:
    epoch, _, number = text.partition(" ")
    return Mark(epoch, int(number)) if number.isdecimal() else Mark("", 0)


def mark_text(mark: Mark) -> str:
    """Text of a mark, as a record has it."""
    return _mark_text(mark)
