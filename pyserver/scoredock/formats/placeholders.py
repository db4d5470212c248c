"""Texts that stand where a value will be: what people write in examples and templates. What a program fills in before
the file is read is `v2/placeholders.py`."""

from __future__ import annotations

import re

ANGLES = re.compile(r"<[A-Za-z][^<>\r\n|&;]{0,60}>")
"""`<your-name>`, with nothing in it that means something to a shell."""
BRACKETS = re.compile(r"\[[A-Za-z][\w .-]{0,60}\]")
"""`[your-name]`, the whole of a word of a command line."""
_BEGINS = r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
"""Where a word begins: `latest` holds no “test”, `myTest` does."""
_OPEN = re.compile(
    r"<[^<>\n]{1,80}>|^\s*\[[^\[\]\n]*\]\s*$|^\W*$|\*{3,}|\.{3}|\u2026|(?<![A-Za-z])[xX]{3,}(?![A-Za-z])|[xX]{4,}"
    rf"|{_BEGINS}(?i:your|change[-_ ]?me|place[-_ ]?holder|(?:insert|replace|to-?do)(?![a-z]))"
)
_EXAMPLE = re.compile(rf"{_BEGINS}(?i:example|dummy|fake|test)|12345678|([A-Za-z0-9])\1{{7}}|Eby8vdM02xNOcqFlqUwJPLlm")
"""Words of examples, sequences that nobody draws, and the key of the storage emulator, which everybody has."""


def is_left_open(text: str) -> bool:
    """True if a text asks whoever reads it to write something else in its place."""
    return _OPEN.search(text) is not None


def is_example_key(key: str) -> bool:
    """True if a key or a password opens nothing: it is a placeholder, or made for an example."""
    return is_left_open(key) or _EXAMPLE.search(key) is not None
