"""The words of an expression of GitHub Actions or Azure Pipelines."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from scoredock import l10n

MAX_CHARACTERS = 21_000
"""As on GitHub."""
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+(?:\.\d+)*\.?|(?<![\w)\]*])\.\d+)(?:[eE][-+]?\d+)?)"
    r"|[-+]Infinity\b)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<sign>==|!=|<=|>=|&&|\|\||[!<>()\[\],.*])"
)


class ExpressionFault(Exception):
    """An expression cannot be read or evaluated; says the sentence."""


class ExpressionWord(NamedTuple):
    """Word of an expression."""

    kind: str
    text: str
    value: Any = None
    """Of the kind `value`, which other grammars have."""


def tokens(text: str) -> list[ExpressionWord]:
    """Raises ExpressionFault."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionFault(l10n.t("The expression is too long."))
    words: list[ExpressionWord] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionFault(
                l10n.t(
                    "The expression “{text}” has “{mark}”, which is not part of one.", text=text, mark=text[position]
                )
            )
        position = match.end()
        if match.lastgroup != "space":
            words.append(ExpressionWord(str(match.lastgroup), match.group()))
    return words
