"""Fenced blocks of a page, and the command lines in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PARTS = re.compile(
    r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^ *```$|^#+ (?P<heading>[^\n]+)$",
    re.MULTILINE | re.DOTALL,
)
_TEST = re.compile(r"<!-- test: ([a-z-]+) -->\n\Z")
_ENDLESS = re.compile(
    r"scoredock (service|environment) (logs .*(-f|--follow)\b|metrics .*--follow\b|watch\b|debug\b)"
    r"|.*\bscoredock.runtime "
)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    language: str
    line: int
    """Of the fence within the page, from 1."""
    heading: str
    """The nearest one above it, as it is written."""
    text: str
    test: str
    """Name in a comment above it: a test of its own runs the block."""


def blocks(page: str) -> Iterator[Block]:
    """In the order of the page."""
    heading = ""
    for part in _PARTS.finditer(page):
        if part["heading"]:
            heading = part["heading"]
            continue
        lines = [line.removeprefix(part["indent"]) for line in part["text"].splitlines()]
        test = _TEST.search(page, 0, part.start())
        line = page.count("\n", 0, part.start()) + 1
        yield Block(
            part["language"].strip(),
            line,
            heading,
            "\n".join(lines),
            test[1] if test else "",
        )


def command_lines(block: Block) -> list[str]:
    """What a person would type, one command after the other; a line that ends with a backslash goes on in the next."""
    lines = re.sub(r"\\\n\s*", "", block.text).splitlines()
    if block.language == "console":
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    if block.language == "sh":
        return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return []


def is_endless(line: str) -> bool:
    """Whether the command goes on until somebody ends it with Ctrl+C."""
    return _ENDLESS.match(line.partition(" #")[0]) is not None
