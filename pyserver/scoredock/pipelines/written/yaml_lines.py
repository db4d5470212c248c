"""Pieces of YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from scoredock.pipelines.written.steps import Variable

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


def scalar(text: str) -> str:
    """A text as it can stand behind a colon."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


def block(key: str, script: str, indent: str) -> Iterator[str]:
    """`key: |` and the lines; one line stands behind the colon where it may."""
    lines = script.splitlines()
    if len(lines) == 1 and not re.search(r": | #|^[\[{&*!|>'\"%@`-]|:$", lines[0]):
        yield f"{indent}{key}: {lines[0]}"
        return
    yield f"{indent}{key}: |"
    inner = " " * (len(indent.replace("-", " ")) + 2)
    yield from (f"{inner}{line}" if line else "" for line in lines)


def comments(lines: tuple[str, ...], indent: str) -> Iterator[str]:
    yield from (f"{indent}# {line}" for line in lines)


def variable(each: Variable, indent: str) -> str:
    """With what it is for, behind it."""
    return f"{indent}{each.name}: {scalar(each.value)}  # {each.comment}"
