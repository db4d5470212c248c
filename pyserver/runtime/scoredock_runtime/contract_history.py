"""History that the parent of a service writes, so that a chart shows the last day and not only what comes.

Each row is a snapshot of counters that never fall. What happened between two rows is their difference, whichever rows
lie between, so that coarse files need no sums of fine ones, and a row that is lost or torn loses no count. Standard
library only: the server reads these files, too.
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
from binascii import crc32
from collections import deque
from errno import ENOSPC
from typing import Deque, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

FOLDER = "history"
"""In the service folder."""
ANSWER_KINDS = ("succeeded", "badRequest", "unauthorized", "notFound", "tooLarge", "busy", "timeout", "failed")
"""How requests were answered: below 400; 4xx as far as no other; 401 and 403; 404; 413; 503; 504; 5xx else."""
_KIND_OF = {401: 2, 403: 2, 404: 3, 413: 4, 503: 5, 504: 6}
BOUNDS = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)
"""Upper bounds of the latency histogram in seconds; one more bucket takes the rest."""


class Ring(NamedTuple):
    """One file, in which the newest row takes the place of the oldest."""

    name: str
    seconds: float
    """From one row to the next, at least."""
    rows: int


RINGS = (Ring("fine", 2.0, 600), Ring("middle", 15.0, 1440), Ring("coarse", 60.0, 1440))
"""Twenty minutes, six hours and a day, and longer where rows are rarer; together 1.1 MB."""

_MARK = 0x53444831  # "SDH1"
_COUNTS = len(ANSWER_KINDS) + len(BOUNDS) + 1
_NUMBERS = struct.Struct(f"<QdddIIIIIIIQ{_COUNTS}Qdd")
_HEAD = struct.Struct("<II")
ROW_BYTES = 320
"""Mark, checksum, the place in the file counted on without end, numbers, and room for what is not thought of yet."""


class Row(NamedTuple):
    """A snapshot."""

    number: int
    """From 1, never used again within `origin`, also across restarts."""
    wall: float
    """Seconds since the epoch as the clock showed them."""
    clock: float
    """Seconds since the machine started; this clock is never set."""
    elapsed: float
    """Seconds since the row before; 0.0 for the first one of a parent's life."""
    boot: int
    """Stands for the start of the machine that `clock` counts from."""
    origin: int
    """Stands for the counters: rows of different ones cannot be compared."""
    revision: int
    """That was served up to here."""
    workers: int
    """Ready to answer."""
    in_flight: int
    queued: int
    """The most since the row before in the same file."""
    flags: int
    memory: int
    """Resident bytes of all workers; the most since the row before in the same file."""
    kinds: Tuple[int, ...]
    """Answers so far, by ANSWER_KINDS."""
    buckets: Tuple[int, ...]
    """Answers so far by the seconds they took, by BOUNDS and one for the rest. Requests that could not be read are
    answered, but take no time."""
    seconds: float
    """Of all answers so far."""
    cpu: float
    """Seconds of CPU that workers have used so far."""


FIRST = 1
"""Flag: the first row of a parent's life."""


def kind_of(status: int) -> str:
    """Kind of a status, one of ANSWER_KINDS."""
    index = _KIND_OF.get(status)
    if index is None:
        index = 0 if status < 400 else 1 if status < 500 else len(ANSWER_KINDS) - 1
    return ANSWER_KINDS[index]


class StoredRow(NamedTuple):
    """A row as it lies in a file."""

    place: int
    """Counted on without end; the file has it at `place` modulo its rows."""
    row: Row


def packed(row: Row, place: int = 0) -> bytes:
    """Bytes of a row as it is stored."""
    body = struct.pack("<Q", place) + _NUMBERS.pack(*row[:12], *row.kinds, *row.buckets, row.seconds, row.cpu)
    body = body.ljust(ROW_BYTES - _HEAD.size, b"\0")
    return _HEAD.pack(_MARK, crc32(body)) + body


def unpacked(data: bytes) -> Optional[StoredRow]:
    """Row in stored bytes; None for what is not a whole row."""
    if len(data) != ROW_BYTES:
        return None
    mark, checksum = _HEAD.unpack_from(data)
    if mark != _MARK or checksum != crc32(data[_HEAD.size :]):
        return None
    (place,) = struct.unpack_from("<Q", data, _HEAD.size)
    numbers = _NUMBERS.unpack_from(data, _HEAD.size + 8)
    kinds = 12 + len(ANSWER_KINDS)
    number, wall, clock, elapsed, boot, origin, revision, workers, in_flight, queued, flags, memory = numbers[:12]
    row = Row(
        number,
        wall,
        clock,
        elapsed,
        boot,
        origin,
        revision,
        workers,
        in_flight,
        queued,
        flags,
        memory,
        numbers[12:kinds],
        numbers[kinds:-2],
        numbers[-2],
        numbers[-1],
    )
    return StoredRow(place, row)


def rows_of(data: bytes) -> List[StoredRow]:
    """The rows that lie one after the other in `data`; torn ones are passed over."""
    places = range(0, len(data) - ROW_BYTES + 1, ROW_BYTES)
    return [stored for at in places if (stored := unpacked(data[at : at + ROW_BYTES])) is not None]


def read_ring(service_folder: str, ring: Ring) -> List[StoredRow]:
    """The rows of a file, the oldest first; none where it cannot be read."""
    try:
        with open(os.path.join(service_folder, FOLDER, ring.name), "rb") as stream:
            return sorted(rows_of(stream.read(ring.rows * ROW_BYTES)))
    except OSError:
        return []


def read_history(service_folder: str) -> List[Row]:
    """All rows of a service in the order in which they were written; of rows that several files hold, the finest."""
    return merged(stored.row for ring in RINGS for stored in read_ring(service_folder, ring))


def merged(rows: Iterable[Row]) -> List[Row]:
    """Each row once, the first one of those with the same number; in order of origin and number, the origin that was
    written to last at the end."""
    rows_by_key: Dict[Tuple[int, int], Row] = {}
    for row in rows:
        rows_by_key.setdefault((row.origin, row.number), row)
    newest: Dict[int, float] = {}
    for row in rows_by_key.values():
        newest[row.origin] = max(newest.get(row.origin, 0.0), row.wall)
    return sorted(rows_by_key.values(), key=lambda row: (newest[row.origin], row.origin, row.number))


def placed(rows: Sequence[Row], now: float) -> List[float]:
    """Times when the rows were written, in seconds of the clock of `now`, whatever the clock was set to meanwhile.

    Rows of one start of the machine keep their distances; the newest row is where the clock was then.
    """
    times: List[float] = []
    later: Optional[Row] = None
    bound = now
    for row in reversed(rows):
        if later is None:
            moment = min(row.wall, bound)
        elif row.boot == later.boot:
            moment = times[-1] - max(0.0, later.clock - row.clock)
        else:
            # Between two starts of the machine only the clock says how long it was.
            moment = min(times[-1] - max(later.elapsed, 0.001), times[-1] - max(0.0, later.wall - row.wall))
        times.append(moment)
        later = row
    return times[::-1]


def machine_clock() -> float:
    """Seconds since the machine started, with those that it slept."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def machine_start() -> int:
    """Stands for the start of the machine that `machine_clock` counts from; another number after each."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as stream:
            return crc32(stream.read().strip())
    except OSError:
        return int((time.time() - machine_clock()) // 60) & 0xFFFFFFFF


class HistoryWriter:
    """Adds rows to the files of a service. What cannot be written stays in memory, as much as the file would hold, and
    is written as soon as that can be done."""

    def __init__(self, service_folder: str) -> None:
        self._files = [_RingFile(service_folder, ring) for ring in RINGS]
        kept = read_history(service_folder)
        self.newest: Optional[Row] = kept[-1] if kept else None
        """That was written last, in this life or one before."""

    def append(self, row: Row, *, everywhere: bool = False) -> Optional[OSError]:
        """Adds a row; returns why not all could be written, or None. `everywhere` adds it to the coarse files whenever
        their last one was."""
        self.newest = row
        faults = [each.append(row, everywhere) for each in self._files]
        return next((fault for fault in faults if fault is not None), None)

    def unwritten(self) -> List[Row]:
        """Rows that wait for room on the disk, the oldest first, and the newest row in any case; from any thread."""
        waiting = [stored.row for each in self._files for stored in list(each.waiting)]
        return merged([*waiting, self.newest] if self.newest is not None else waiting)


class _RingFile:
    """One file of a service."""

    def __init__(self, service_folder: str, ring: Ring) -> None:
        self._path = os.path.join(service_folder, FOLDER, ring.name)
        self._ring = ring
        rows = read_ring(service_folder, ring)
        self._next = rows[-1].place + 1 if rows else 0
        self._elapsed = ring.seconds
        self._most = (0, 0, 0)
        self.waiting: Deque[StoredRow] = deque(maxlen=ring.rows)

    def append(self, row: Row, everywhere: bool) -> Optional[OSError]:
        self._elapsed += row.elapsed
        self._most = (
            max(self._most[0], row.in_flight),
            max(self._most[1], row.queued),
            max(self._most[2], row.memory),
        )
        # A row that comes a little early is that of this interval: the next one would come too late.
        if everywhere or self._elapsed >= self._ring.seconds - min(0.5, self._ring.seconds * 0.1):
            in_flight, queued, memory = self._most
            self.waiting.append(StoredRow(self._next, row._replace(in_flight=in_flight, queued=queued, memory=memory)))
            self._next += 1
            self._elapsed, self._most = 0.0, (0, 0, 0)
        try:
            if self.waiting:
                self._write()
        except OSError as fault:
            return fault
        return None

    def _write(self) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(os.path.dirname(self._path), 0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            while self.waiting:
                stored = self.waiting[0]
                data = packed(stored.row, stored.place)
                os.lseek(descriptor, stored.place % self._ring.rows * ROW_BYTES, os.SEEK_SET)
                if os.write(descriptor, data) != len(data):
                    raise OSError(ENOSPC, os.strerror(ENOSPC))
                self.waiting.popleft()
        finally:
            os.close(descriptor)
