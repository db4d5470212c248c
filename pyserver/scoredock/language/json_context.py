"""Where in a JSON text the cursor stands, also while the text is half typed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r'"(?:[^"\\\r\n]|\\.)*"?|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class JsonContext:
    """The place of the cursor."""

    path: tuple[str, ...]
    """Keys of the objects around it, and in a value the key it belongs to."""
    is_key: bool
    """A key is being typed, otherwise a value."""
    start: int
    """Offset where the word under the cursor begins, its opening quote included."""
    end: int
    """Offset where it ends, its closing quote included when it has one."""
    typed: str
    """What stands between its start and the cursor, without quotes."""
    keys: tuple[str, ...]
    """Keys that the object around has before the cursor."""
    has_colon: bool
    """A colon follows already."""


def context_at(text: str, offset: int) -> JsonContext | None:
    """The context of an offset; None outside any object."""
    stack: list[tuple[str, str, list[str]]] = []  # bracket, key it is the value of, keys seen
    key = ""
    expects_value = False
    start = offset
    typed = ""
    for match in _WORD.finditer(text, 0, min(offset, _LIMIT)):
        word = match.group()
        touches = match.end() >= offset
        if word[0] == '"' and (len(word) == 1 or word[-1] != '"' or _escaped(word)):
            start, typed = match.start(), word[1:]
        elif word in ("{", "["):
            stack.append((word, key if expects_value else "", []))
            key, expects_value = "", word == "["
        elif word in ("}", "]"):
            if stack:
                stack.pop()
            key, expects_value = "", bool(stack) and stack[-1][0] == "["
        elif word == ":":
            expects_value = True
        elif word == ",":
            key, expects_value = "", bool(stack) and stack[-1][0] == "["
        elif touches and word[0] != '"':
            start, typed = match.start(), word
        elif word[0] == '"' and stack and stack[-1][0] == "{" and not expects_value:
            key = word.strip('"')
            stack[-1][2].append(key)
    if not stack:
        return None
    end = offset
    rest = text[offset : offset + 500]
    rest_of_word = re.match(
        r'[^"\r\n,{}\[\]:]*"' if text[start : start + 1] == '"' and start < offset else r"\w*", rest
    )
    if rest_of_word is not None:
        end = offset + rest_of_word.end()
    after = text[end : end + 100].lstrip()
    around = tuple(name for _, name, _ in stack if name)
    bracket, _, keys = stack[-1]
    is_key = bracket == "{" and not expects_value
    path = around if is_key else (*around, key) if key else around
    return JsonContext(path, is_key, start, end, typed, tuple(keys), after.startswith(":"))


def _escaped(word: str) -> bool:
    return word.endswith('\\"') and not word.endswith('\\\\"')
