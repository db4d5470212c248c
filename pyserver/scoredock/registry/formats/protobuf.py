"""Just enough of protobuf's wire format to find a few fields of a large file without reading the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO


def text(stream: BinaryIO, where: object) -> str:
    """A short protobuf string, or empty."""
    if not isinstance(where, range) or len(where) > 256:
        return ""
    stream.seek(where.start)
    return stream.read(len(where)).decode("utf-8", "replace")


def fields(stream: BinaryIO, start: int, stop: int, most: int = 10_000) -> Iterator[tuple[int, int | range]]:
    """Fields of one protobuf message: number and integer, or the place of the bytes, which are jumped over.

    Raises ValueError for what is no such message, or has more than `most` fields.
    """
    place = start
    for _ in range(most):
        if place >= stop:
            return
        key, place = varint(stream, place)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError("not a protobuf message")
        value: int | range
        if wire == 0:
            value, place = varint(stream, place)
        elif wire == 2:
            length, place = varint(stream, place)
            value = range(place, place + length)
            place += length
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
            value = range(place, place + length)
            place += length
        else:
            raise ValueError("not a protobuf message")
        if place > stop:
            raise ValueError("a field reaches beyond its message")
        yield number, value
    raise ValueError("too many fields")


def varint(stream: BinaryIO, place: int) -> tuple[int, int]:
    stream.seek(place)
    value = 0
    for shift, byte in enumerate(stream.read(10)):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, place + shift + 1
    raise ValueError("not a protobuf number")
