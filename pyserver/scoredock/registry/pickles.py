"""What a pickle says of itself, by walking its opcodes: which modules it names, which version strings it carries.

Nothing is loaded, and what is found is a hint for a form to fill in, never a statement that the file is safe.
"""

from __future__ import annotations

import io
import pickletools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_BYTES = 32 << 20
MOST_OPCODES = 500_000
MOST_SECONDS = 0.5
_STRINGS = frozenset(
    ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "STRING")
)
_LONGEST = 256
_RECONSTRUCTORS = frozenset(("copyreg", "copy_reg", "builtins", "__builtin__"))
"""Modules whose objects only rebuild others; they say nothing about the model."""


@dataclass(frozen=True, slots=True)
class PickleFacts:
    """What the opcodes name."""

    modules: tuple[str, ...]
    """Top-level packages of the objects, in the order they are met."""
    first: str
    """`module.name` of the first object, usually the model's own class."""
    versions: dict[str, str]
    """Value of string attributes whose name ends with `_version` (`_sklearn_version`)."""


def walk(stream: BinaryIO) -> PickleFacts | None:
    """Facts of the pickle at the stream's start; None when it is no pickle. What comes after damage, after large arrays
    in joblib's own framing, or beyond the bounds is not seen. Never raises but OSError.
    """
    content = stream.read(MOST_BYTES)
    if not _looks_like_pickle(content):
        return None
    modules: dict[str, None] = {}
    first = ""
    versions: dict[str, str] = {}
    for module, name in _globals(content, versions):
        if module in _RECONSTRUCTORS:
            continue
        modules.setdefault(module.partition(".")[0])
        first = first or f"{module}.{name}"
    return PickleFacts(tuple(modules), first, versions)


def _looks_like_pickle(content: bytes) -> bool:
    """Protocol 2 and later begin with PROTO; the older text protocols with an opcode that reads as one."""
    if content[:1] == b"\x80":
        return len(content) > 2 and 2 <= content[1] <= 5
    return content[:1] in b"(]}c" and b"\n" in content[:512] and content.rstrip()[-1:] == b"."


def _globals(content: bytes, versions: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Module and name of each object; strings that STACK_GLOBAL takes are remembered across memo opcodes."""
    deadline = time.monotonic() + MOST_SECONDS
    memo: dict[int, str] = {}
    last = ""
    recent: list[str] = ["", ""]
    key = ""
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(io.BytesIO(content))):
            if count >= MOST_OPCODES or (count % 1024 == 0 and time.monotonic() > deadline):
                return
            name = opcode.name
            text: str | None = None
            if name in _STRINGS and isinstance(argument, str):
                text = argument if len(argument) <= _LONGEST else ""
            elif name in ("BINGET", "LONG_BINGET", "GET") and argument is not None:
                text = memo.get(int(argument))
            elif name == "MEMOIZE":
                memo[len(memo)] = last
            elif name in ("BINPUT", "LONG_BINPUT", "PUT") and argument is not None:
                memo[int(argument)] = last
            elif name == "GLOBAL" and isinstance(argument, str):
                module, _, attribute = argument.partition(" ")
                last, key = "", ""
                yield module, attribute
            elif name == "STACK_GLOBAL":
                last, key = "", ""
                yield recent[0], recent[1]
            else:
                last, key = "", ""
            if text is not None:
                if key.endswith("_version") and text:
                    versions.setdefault(key, text)
                key = text
                last = text
                recent = [recent[1], text]
    except (ValueError, TypeError, IndexError, OverflowError, UnicodeError, EOFError, MemoryError):
        return
