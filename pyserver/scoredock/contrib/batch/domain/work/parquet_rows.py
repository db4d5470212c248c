"""Counts the rows of a Parquet file, from its footer: Thrift's compact protocol, as far as that needs it.

Reading rows is the worker's affair, in the script's own environment; the server has no library for Parquet.
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift has the numbers of the fields,
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md how they are written.
"""

from __future__ import annotations

import os
from typing import Any, BinaryIO

from scoredock.late_dataclass import dataclass

_MAGIC = b"PAR1"
_LARGEST_FOOTER = 1 << 28
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4
_GROUP_BYTES, _GROUP_ROWS = 2, 3
_NAME, _CHILDREN = 4, 5
_DEEPEST = 32


class NoParquet(ValueError):
    """The file is not Parquet, or is damaged."""


@dataclass(frozen=True, slots=True)
class Footer:
    """Facts of a Parquet file that planning needs."""

    rows: int
    bytes: int
    """Of all row groups, not compressed."""
    columns: tuple[str, ...]


def read_footer(stream: BinaryIO) -> Footer:
    """Raises OSError, NoParquet."""
    size = stream.seek(0, os.SEEK_END)
    if size < 12:
        raise NoParquet("it is shorter than a Parquet file can be")
    stream.seek(size - 8)
    tail = stream.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or not 0 < length <= min(size - 12, _LARGEST_FOOTER):
        raise NoParquet("it does not end as a Parquet file does")
    stream.seek(size - 8 - length)
    try:
        fields = _Compact(stream.read(length)).struct(0)
        groups = fields.get(_GROUPS, [])
        schema = fields[_SCHEMA][1:]  # the first one is the whole row
        return Footer(
            rows=int(fields[_ROWS]),
            bytes=sum(int(group.get(_GROUP_BYTES, 0)) for group in groups),
            columns=tuple(each.get(_NAME, b"").decode("utf-8", "replace") for each in schema if _CHILDREN not in each),
        )
    except (IndexError, KeyError, TypeError, AttributeError, ValueError):
        raise NoParquet("its footer is damaged") from None


class _Compact:
    """Values of Thrift as plain ones: structs as dictionaries by number, lists, numbers, bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, depth: int) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise ValueError
        fields: dict[int, Any] = {}
        number = 0
        while True:
            head = self._byte()
            if head == 0:
                return fields
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            fields[number] = self._value(head & 15, depth, in_list=False)

    def _value(self, kind: int, depth: int, *, in_list: bool) -> Any:
        if kind in (1, 2):
            return self._byte() == 1 if in_list else kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return self._take(8)
        if kind == 8:
            return self._take(self._varint())
        if kind in (9, 10):
            return self._list(depth)
        if kind == 12:
            return self.struct(depth + 1)
        raise ValueError

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 != 15 else self._varint()
        if count > len(self._data):
            raise ValueError
        return [self._value(head & 15, depth, in_list=True) for _ in range(count)]

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, count: int) -> bytes:
        self._at += count
        if self._at > len(self._data):
            raise IndexError
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        result = shift = 0
        while True:
            byte = self._byte()
            result |= (byte & 127) << shift
            if byte < 128:
                return result
            shift += 7

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
