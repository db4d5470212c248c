"""A small picture for the first request to a script that takes one."""

from __future__ import annotations

import struct
import zlib

NAME = "sample.png"
_SIDE = 32


def png() -> bytes:
    """A grey square with a darker half, as PNG with three channels."""
    line = b"\x00" + b"\xc0\xc0\xc0" * (_SIDE // 2) + b"\x40\x40\x40" * (_SIDE // 2)
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(line * _SIDE)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
