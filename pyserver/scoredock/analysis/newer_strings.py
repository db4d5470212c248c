"""Formatted strings that Python reads from 3.12 on (PEP 701): with quotes, backslashes and comments of any kind between
the braces. An older Python refuses them, and says so of what is sound for a newer one."""

from __future__ import annotations

import ast
import re
import sys
import warnings

FIRST = (3, 12)
_OPENING = re.compile(r"(?<!\w)([A-Za-z]{0,2})(\"{3}|'{3}|\"|')|#")


def needs_newer_python(text: str) -> bool:
    """True if the Python of this process refuses a text for such strings alone."""
    if sys.version_info >= FIRST:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(_without_expressions(text.removeprefix("\ufeff")))
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return False
    return True


def _without_expressions(text: str) -> str:
    """The text with a 0 in the place of all that stands between the braces of formatted strings. Raises ValueError or
    IndexError where a string has no end."""
    fields: list[tuple[int, int]] = []
    at = 0
    while opening := _OPENING.search(text, at):
        at = _end(text, opening, fields)
    for start, end in reversed(fields):
        text = f"{text[:start]}0{text[end:]}"
    return text


def _end(text: str, opening: re.Match[str], fields: list[tuple[int, int]]) -> int:
    """Offset of the end of the string or comment that begins there; its fields are added to `fields`."""
    if opening.group() == "#":
        return text.find("\n", opening.end()) % (len(text) + 1)
    prefix, quote = opening.groups()
    is_formatted, at = "f" in prefix.lower(), opening.end()
    while not text.startswith(quote, at):
        if text[at] == "\n" and len(quote) == 1:
            raise ValueError
        if text[at] == "\\":
            at = text.index("}", at) + 1 if is_formatted and text.startswith("N{", at + 1) else at + 2
        elif is_formatted and text[at] == "{" and text[at + 1] != "{":
            start, at = at + 1, _field_end(text, at + 1)
            fields.append((start, at))
        else:
            at += 2 if text.startswith("{{", at) else 1
    return at + len(quote)


def _field_end(text: str, at: int) -> int:
    """Offset of the brace that closes a field."""
    depth = 0
    while depth or text[at] != "}":
        opening = _OPENING.match(text, at)
        if opening is not None:
            at = _end(text, opening, [])
            continue
        depth += (text[at] in "([{") - (text[at] in ")]}")
        at += 1
    return at
