"""The stored log read for the control endpoint: lines as they lie on disk, from a number on."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from typing import BinaryIO, List, Optional

from scoredock_runtime.contract import LOGS_AT_ONCE

_BLOCK = 65_536


def lines_after(path: str, since: int, limit: int, most: int = LOGS_AT_ONCE) -> bytes:
    """Whole records with a number above `since`, oldest first: at most `limit` of them and `most` bytes, but one at
    least where there is one. `path` is the newest file; those before it have `.1` … behind their name.

    Costs a few reads however long the log is, as the first record is found by halving.
    """
    records: List[bytes] = []
    size = 0
    with contextlib.ExitStack() as opened:
        for stream in _from(path, since, opened):
            _seek(stream, since)
            for line in stream:
                number = _number(line)
                if number is None or number <= since:
                    continue
                if len(records) >= limit or (records and size + len(line) > most):
                    return b"".join(records)
                records.append(line)
                size += len(line)
                since = number
    return b"".join(records)


def _from(newest: str, since: int, opened: contextlib.ExitStack) -> List[BinaryIO]:
    """The files that may hold records above `since`, oldest first. They are opened from the newest on, so that one that
    takes an older name meanwhile is there twice, and none is passed over. A single name may stand for no file just
    then."""
    streams: List[BinaryIO] = []
    missing = 0
    for index in itertools.count():
        try:
            name = f"{newest}.{index}" if index else newest
            stream = opened.enter_context(open(name, "rb"))  # noqa: SIM115 (closed with the others)
        except OSError:
            missing += 1
            if missing > 1:
                break
            continue
        missing = 0
        streams.append(stream)
        first = _number(stream.readline())
        if first is not None and first <= since + 1:
            break
    return streams[::-1]


def _seek(stream: BinaryIO, since: int) -> None:
    """To the start of a line at or before the first record above `since`."""
    low, high = 0, stream.seek(0, os.SEEK_END)
    while high - low > _BLOCK:
        middle = (low + high) // 2
        stream.seek(middle)
        stream.readline()  # the rest of the line that the middle fell into
        number = _number(stream.readline())
        if number is not None and number <= since:
            low = middle
        else:
            high = middle
    stream.seek(low)
    if low:
        stream.readline()


def _number(line: bytes) -> Optional[int]:
    """Number of a whole record; None for a line that is still being written, or is none of ours."""
    if not line.endswith(b"}\n") or not line.startswith(b'{"n":'):
        return None
    digits = line[5 : line.find(b",", 5)]
    if digits.isdigit():
        return int(digits)
    try:
        return int(json.loads(line)["n"])
    except (ValueError, KeyError, TypeError):
        return None
