"""Head of a Linux program: its loader and the libraries it needs; and versions of Python in it."""

from __future__ import annotations

import re
import struct
from typing import Final

from scoredock.late_dataclass import dataclass

MAGIC: Final = b"\x7fELF"
_MACHINES: Final = {3: "386", 21: "ppc64le", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64"}
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS, _RPATH, _RUNPATH = 1, 5, 15, 29
_MOST = 4096
"""Of headers and of entries that are looked at."""


class NotElf(ValueError):
    """A file is not a program of Linux, or its head is damaged."""


@dataclass(frozen=True, slots=True)
class ElfHead:
    """Head of a program or library."""

    machine: str
    """As Go names it: `amd64`; empty for others."""
    interpreter: str
    """Path of the loader; empty where there is none: the program is linked statically, or a library."""
    libraries: tuple[str, ...]
    """Names of libraries, such as `libc.so.6`."""
    run_paths: tuple[str, ...]
    """Folders where libraries are looked for first; `$ORIGIN` is that of the program."""


def read_head(content: bytes) -> ElfHead:
    """Raises NotElf."""
    try:
        return _read(content)
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError):
        raise NotElf("the head of a program is damaged") from None


def versions_in(content: bytes, minor: str) -> set[str]:
    """The versions of a minor version of Python (`3.11`) that stand in a program as texts of their own: `3.11.2`.

    PY_VERSION is such a text, but a linker may let it be the end of a longer one, of a path like `…/Python-3.11.2`; so
    what stands alone counts, and where nothing does, the ends of texts.
    """
    number = re.escape(minor.encode()) + rb"\.(\d{1,3})(?:(?:a|b|c|rc)\d+)?\+?(?=\0)"
    for before in (rb"\x00", rb"[-/]"):  # not `\0`, which would take the digit that follows along
        if matches := {match[1].decode() for match in re.finditer(before + number, content)}:
            return {f"{minor}.{patch}" for patch in matches}
    return set()


def _read(content: bytes) -> ElfHead:
    if content[:4] != MAGIC or content[4] not in (1, 2) or content[5] not in (1, 2):
        raise NotElf("a file is not a program of Linux")
    wide = content[4] == 2
    order = "<" if content[5] == 1 else ">"
    (machine,) = struct.unpack_from(f"{order}H", content, 18)
    (table,) = struct.unpack_from(order + ("Q" if wide else "I"), content, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", content, 54 if wide else 42)
    segments = []
    for index in range(min(count, _MOST)):
        at = table + index * size
        if wide:
            kind, _, offset, address, _, length = struct.unpack_from(f"{order}IIQQQQ", content, at)
        else:
            kind, offset, address, _, length = struct.unpack_from(f"{order}IIIII", content, at)
        segments.append((kind, offset, address, length))
    interpreter = next((content[at : at + size - 1] for kind, at, _, size in segments if kind == _INTERPRETER), b"")
    entries = _dynamic(content, segments, order + ("qQ" if wide else "iI"))
    strings = _offset(segments, next((value for tag, value in entries if tag == _STRINGS), 0))
    libraries = [_text(content, strings + value) for tag, value in entries if tag == _NEEDED]
    paths = [_text(content, strings + value) for tag, value in entries if tag in (_RPATH, _RUNPATH)]
    return ElfHead(
        _MACHINES.get(machine, ""),
        interpreter.decode(),
        tuple(libraries),
        tuple(folder for path in paths for folder in path.split(":") if folder),
    )


def _dynamic(content: bytes, segments: list[tuple[int, int, int, int]], form: str) -> list[tuple[int, int]]:
    entries: list[tuple[int, int]] = []
    for kind, start, _, length in segments:
        if kind == _DYNAMIC:
            size = struct.calcsize(form)
            for at in range(start, start + min(length, _MOST * size) - size + 1, size):
                tag, value = struct.unpack_from(form, content, at)
                if tag == 0:
                    break
                entries.append((tag, value))
    return entries


def _offset(segments: list[tuple[int, int, int, int]], address: int) -> int:
    """Offset in the file of what is at an address of memory."""
    for kind, offset, start, length in segments:
        if kind == _LOAD and start <= address < start + length:
            return address - start + offset
    return 0


def _text(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at, at + _MOST)].decode() if 0 < at < len(content) else ""
