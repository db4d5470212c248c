"""Where the rows of a CSV file begin and end, without parsing it.

A quote opens a field only where the field begins, as pandas has it; elsewhere it is a character as any other. Blocks in
which no quoted field holds a line end, which is nearly all there is, are only searched for line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from scoredock.batch.sizes import MiniBatchSize

_BLOCK = 1 << 20
_LONGEST_RECORD = 1 << 28
_GUESS = 64
"""Bytes of a row, for the first look for so many line ends."""
_MAY_HOLD_LINE_END = re.compile(rb'(?:(?<=[,\n])|\A)"[^"\n]*(?:""[^"\n]*)*\n')
_BLANK = re.compile(rb"^[ \t]*\r?\n", re.MULTILINE)
_BLANKS = (b"\n", b"\r", b" ", b"\t")
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
    begin, lines, blank = start, 0, 0
    for offset, block, masked in _blocks(stream, start):
        position, has_blank = 0, _has_blank(masked)
        while position < len(block):
            before = position
            if size.unit == "items":
                position, more = _after_rows(masked, position, size.count - lines)
                is_full = lines + more == size.count
            else:
                position, more = _after_bytes(masked, position, begin + size.count - offset)
                is_full = offset + position - begin >= size.count
            lines += more
            blank += len(_BLANK.findall(masked, before, position)) if has_blank else 0
            position = min(position, len(block))  # a line end that the last row lacks is in `masked` alone
            if is_full:
                yield RowRange(begin, offset + position, lines - blank)
                begin, lines, blank = offset + position, 0, 0
    if lines:
        yield RowRange(begin, stream.tell(), lines - blank)


def header_end(stream: BinaryIO) -> int:
    """Where the first row ends. Raises OSError, and RowTooLong."""
    return next((part.end for part in split(stream, 0, MiniBatchSize(1, "items"))), 0)


def _blocks(stream: BinaryIO, start: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Whole rows with their place in the file, and the same with no line ends but those of rows."""
    stream.seek(start)
    rest = b""
    while True:
        chunk = stream.read(_BLOCK)
        data = rest + chunk if rest else chunk
        if not data:
            return
        masked = _masked(data) if b'"' in data else data
        end = masked.rfind(b"\n") + 1 if chunk else len(data)
        if not end and len(data) > _LONGEST_RECORD:
            raise RowTooLong
        rest = data[end:]
        if end:
            if not chunk and not masked.endswith(b"\n"):
                masked += b"\n"  # the last row
            yield start, data[:end], masked
            start += end


def _has_blank(data: bytes) -> bool:
    """Whether there may be a blank line: a fast look, as hardly any file has one."""
    return data.startswith(_BLANKS) or any(b"\n" + each in data for each in _BLANKS)


def _masked(data: bytes) -> bytes:
    if _MAY_HOLD_LINE_END.search(data) is None:
        return data
    return _FIELD.sub(lambda field: field.group().replace(b"\n", b" "), data)


def _after_rows(data: bytes, position: int, number: int) -> tuple[int, int]:
    """Behind so many line ends, or behind the last; how many they were."""
    total = 0
    last = data.rfind(b"\n") + 1
    while position < last and total < number:
        window = min(last, position + max(4096, (number - total) * _GUESS))
        count = data.count(b"\n", position, window)
        if total + count >= number:
            return _behind(data, position, window, number - total), number
        total, position = total + count, window
    return max(position, last), total


def _behind(data: bytes, low: int, high: int, number: int) -> int:
    """Behind the wanted line end, of which the window has at least so many."""
    while high - low > 4096:
        middle = (low + high) // 2
        count = data.count(b"\n", low, middle)
        if count >= number:
            high = middle
        else:
            low, number = middle, number - count
    for _ in range(number):
        low = data.index(b"\n", low) + 1
    return low


def _after_bytes(data: bytes, position: int, limit: int) -> tuple[int, int]:
    """Behind the first row that ends at `limit` or later, or behind the last; how many rows that were."""
    end = data.find(b"\n", max(position, limit - 1)) + 1 if limit <= len(data) else 0
    end = end or data.rfind(b"\n") + 1
    end = end if end > position else len(data)
    return end, data.count(b"\n", position, end)
