"""Context of the cursor in a JSON text, also while the text is half typed."""

from __future__ import annotations

import re
from dataclasses import field

from scoredock.language.context import CursorContext
from scoredock.late_dataclass import dataclass

_TOKEN = re.compile(r"""\"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?|[{}\[\]:,]|[^\s{}\[\]:,"']+""")
_LIMIT = 200_000
_AHEAD = 20_000
"""Characters after the cursor that are searched for further keys of the same object."""


@dataclass(slots=True)
class _OpenObject:
    """An object or list that the cursor is in."""

    is_object: bool
    name: str | int | None
    """Key or position that it is the value of."""
    siblings: dict[str, str] = field(default_factory=dict)
    key: str | None = None
    """The key whose value is read."""
    count: int = 0
    """Items before the cursor."""
    state: str = "start"
    """`start` (before a key or item), `key` (after a key), `value` (after a colon), `end` (after a value)."""
    end: int = 0
    """Where the last value ended."""


def context_at(text: str, offset: int) -> CursorContext | None:
    """The context of an offset; None outside any object."""
    offset = min(offset, len(text))
    if offset > _LIMIT:
        return None
    stack: list[_OpenObject] = []
    start, typed = offset, ""
    for match in _TOKEN.finditer(text, 0, offset):
        word = match.group()
        if word[0] in "\"'" and not _closed(word):
            if match.end() == offset:
                start, typed = match.start(), word[1:]
            else:
                _finish(stack, word, match.end())
        elif word[0] not in "\"'{}[]:," and match.end() == offset:
            start, typed = match.start(), word
        else:
            _read(stack, word, match.end())
    if not stack:
        return None
    around = stack[-1]
    if around.state == "key":
        return None
    end = _word_end(text, start, offset)
    comma_before = None
    if around.state == "end":
        if not around.is_object or "\n" not in text[around.end : start]:
            return None
        comma_before = around.end
    is_key = around.is_object and around.state != "value"
    after = text[end : end + 100].lstrip()
    names = [opened.name for opened in stack[1:] if opened.name is not None]
    last: list[str | int] = [] if is_key else [around.key or ""] if around.is_object else [around.count]
    has_colon = after.startswith(":")
    follows = after[:1] in ('"', "'")
    later = _keys_after(text, end)
    return CursorContext(
        path=(*names, *last),
        is_key=is_key,
        start=start,
        end=end,
        typed=typed,
        siblings={**around.siblings, **later} if around.is_object else {},
        has_colon=has_colon,
        comma_before=comma_before,
        comma_after=follows and not has_colon and around.is_object,
    )


def _read(stack: list[_OpenObject], word: str, end: int) -> None:
    around = stack[-1] if stack else None
    if word in "{[":
        name: str | int | None = None
        if around is not None:
            name = around.key if around.is_object else around.count
        stack.append(_OpenObject(word == "{", name))
    elif word in "}]":
        if stack:
            stack.pop()
        if stack:
            stack[-1].state, stack[-1].end = "end", end
    elif around is None:
        return
    elif word == ":":
        around.state = "value"
    elif word == ",":
        around.state, around.key = "start", None
        around.count += 1
    else:
        _finish(stack, word, end)


def _finish(stack: list[_OpenObject], word: str, end: int) -> None:
    """A whole text, number or word."""
    if not stack:
        return
    around = stack[-1]
    plain = word.strip("\"'")
    if around.is_object and around.state in ("start", "end", "key"):
        around.key, around.state = plain, "key"
        around.siblings[plain] = ""
    else:
        if around.is_object and around.key is not None:
            around.siblings[around.key] = plain
        around.state, around.end = "end", end


def _word_end(text: str, start: int, offset: int) -> int:
    """The word under the cursor goes on to its closing quote, or over the characters of a bare word."""
    quote = text[start : start + 1]
    pattern = rf"[^{quote}\r\n,{{}}\[\]:]*{quote}" if quote and quote in "\"'" and start < offset else r"\w*"
    found = re.compile(pattern).match(text, offset, offset + 500)
    return found.end() if found else offset


def _keys_after(text: str, offset: int) -> dict[str, str]:
    """Keys of the same object that follow, with their plain values."""
    values: dict[str, str] = {}
    depth, last, key = 0, "", ""
    for match in _TOKEN.finditer(text, offset, offset + _AHEAD):
        word = match.group()
        if word in "{[":
            depth += 1
        elif word in "}]":
            depth -= 1
            if depth < 0:
                break
        elif depth == 0 and word == ":":
            key = last
            if key:
                values[key] = ""
        elif depth == 0 and word == ",":
            key = last = ""
        elif depth == 0:
            last = word.strip("\"'")
            if key and not values[key]:
                values[key], key = last, ""
    return values


def _closed(word: str) -> bool:
    if len(word) == 1 or word[-1] != word[0]:
        return False
    backslashes = len(word) - 1 - len(word[:-1].rstrip("\\"))
    return backslashes % 2 == 0
