"""Finds the bounds of the rows of a CSV file, without parsing it.

A quote opens a field only where the field begins, as pandas has it; elsewhere it is a character as any other. Blocks in
which no quoted field holds a line end, which is nearly all there is, are only searched for line ends.
"""

from __future__ import annotations

import bisect
import io
import itertools
import re
from collections.abc import Iterator
from typing import BinaryIO

from scoredock.contrib.batch.domain.work.sizes import MiniBatchSize
from scoredock.late_dataclass import dataclass

_BLOCK = 1 << 16
"""Its lines stay in the cache of a processor until the next block takes their place."""
_LONGEST_RECORD = 1 << 28
_MAY_HOLD_LINE_END = re.compile(rb'(?:(?<=[,\n])|\A)"[^"\n]*(?:""[^"\n]*)*\n')
_BLANK = re.compile(rb"[ \t]*\r?\n")
_FIELD = re.compile(rb'(?:(?<=[,\n])|\A)"[^"]*(?:""[^"]*)*(?:"|\Z)')


@dataclass(frozen=True, slots=True)
class RowRange:
    """Whole rows of a file, by bytes."""

    start: int
    end: int
    rows: int
    """As pandas counts them: lines without anything but blanks are none."""


class RowTooLong(ValueError):
    """A row of more than 256 MB: most likely a quote that is never closed."""


def split(stream: BinaryIO, start: int, size: MiniBatchSize) -> Iterator[RowRange]:
    """Parts of so many rows, or of whole rows that begin within so many bytes, from a place where a row begins.

    The last row needs no line end. A blank line takes the place of a row. Raises OSError, and RowTooLong.
    """
    begin, rows, blank = start, 0, 0
    for offset, length, block in _blocks(stream, start):
        lines = io.BytesIO(block).readlines()
        ends = [] if size.unit == "items" else list(itertools.accumulate(map(len, lines)))
        blanks = _blank_lines(lines)
        first, place = 0, offset
        while first < len(lines):
            if size.unit == "items":
                last = min(len(lines), first + size.count - rows)
            else:
                last = min(len(lines), bisect.bisect_left(ends, begin + size.count - offset, first) + 1)
            is_last = last == len(lines)  # to add up the others alone costs nothing where mini-batches are large
            place = offset + length if is_last else place + sum(map(len, lines[first:last]))
            rows += last - first
            blank += bisect.bisect_left(blanks, last) - bisect.bisect_left(blanks, first)
            first = last
            if (rows if size.unit == "items" else place - begin) >= size.count:
                yield RowRange(begin, place, rows - blank)
                begin, rows, blank = place, 0, 0
    if rows:
        yield RowRange(begin, stream.tell(), rows - blank)


def header_end(stream: BinaryIO) -> int:
    """Offset in bytes at which the first row ends; 0 for an empty file. Raises OSError, and RowTooLong."""
    return next((part.end for part in split(stream, 0, MiniBatchSize(1, "items"))), 0)


def _blocks(stream: BinaryIO, start: int) -> Iterator[tuple[int, int, bytes]]:
    """Whole rows: their place in the file, how many bytes they are, and they with no line ends but those of rows, of
    which the last has one even where the file lacks it."""
    stream.seek(start)
    rest = b""
    while True:
        chunk = stream.read(max(_BLOCK, len(rest)))  # of a row that does not end twice as much, or all is read anew
        data = rest + chunk if rest else chunk
        if not data:
            return
        masked = _masked(data) if b'"' in data else data
        end = masked.rfind(b"\n") + 1 if chunk else len(data)
        if not end and len(data) > _LONGEST_RECORD:
            raise RowTooLong
        rest = data[end:]
        if end:
            yield start, end, masked[:end] if masked.endswith(b"\n", 0, end) else masked + b"\n"
            start += end


def _blank_lines(lines: list[bytes]) -> list[int]:
    """Their numbers; a fast look first, as hardly any file has one."""
    if not any(map(bytes.isspace, lines)):
        return []
    return [number for number, line in enumerate(lines) if _BLANK.fullmatch(line)]


def _masked(data: bytes) -> bytes:
    if _MAY_HOLD_LINE_END.search(data) is None:
        return data
    return _FIELD.sub(lambda field: field.group().replace(b"\n", b" "), data)
