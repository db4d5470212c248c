"""`az ml` command lines in shell text: where they are and of which words they consist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from scoredock.formats.placeholders import ANGLES, BRACKETS
from scoredock.late_dataclass import dataclass

_AZ = re.compile(r"(?<![\w./\\-])az(?:\.cmd|\.exe)?[ \t]+ml(?=[ \t\r\n\\`^]|$)")
_SAYING = re.compile(
    r"(?:^|[;&|(])\s*(?:@?echo|printf|print|Write-(?:Host|Output|Verbose|Warning)|REM|rem|log|info)\b[^;&|]*$",
    re.IGNORECASE,
)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_TAIL = re.compile(r"[\\`^]([ \t]*)(\r\n|\n|\r|$)")
_REDIRECT = re.compile(r"[012]?(?:>>|>&|>|<)(?:&?[012])?[ \t]*")
_FILLED_IN = re.compile(r"\{[A-Za-z_]")
"""What a cell of a notebook fills in, and a program that puts the line together."""
_MARKS = {".ps1": "`", ".cmd": "^", ".bat": "^"}
_MOST_LINES = 20_000
_MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command."""

    text: str
    """Without its quotes."""
    start: int
    end: int
    variable: bool = False
    """Whether the shell fills something in."""
    placeholder: bool = False
    quoted: bool = False


@dataclass(slots=True)
class Line:
    """One `az ml` command."""

    start: int
    """Offset of the word az."""
    end: int = 0
    words: list[Word] = field(default_factory=list)
    """What follows `az ml`."""
    continuations: list[tuple[int, int, str]] = field(default_factory=list)
    """Each mark at the end of a line: its place up to the line end, and the mark with the spaces behind it."""
    complete: bool = True
    """Whether it was read to its end."""


def mark_of(path: str) -> str:
    """Character that ends a line which goes on, by the shell that the ending of a path means: Bash without one."""
    return _MARKS.get(path[path.rfind(".") :].lower(), "\\")


def command_lines(text: str, *, folded: frozenset[int] = frozenset(), mark: str = "\\") -> Iterator[Line]:
    """Every command in source order. `folded` are lines whose end is no end, as in folded YAML; `mark` says of which
    shell the text is: cmd knows no single quotes, and a backslash is none but in a path there and in PowerShell."""
    documents = _here_documents(text)
    position = 0
    for count, match in enumerate(_AZ.finditer(text)):
        if count > _MOST_LINES:
            return
        start = match.start()
        if start < position or any(first <= start < last for first, last in documents) or _is_said(text, start):
            continue
        line = _read(text, match.end(), start, folded, mark)
        position = line.end
        yield line


def _here_documents(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    if "<<" not in text:
        return spans
    last = 0
    for match in _HEREDOC.finditer(text):
        if match.start() < last:
            continue
        body = text.find("\n", match.end())
        end = (
            re.compile(rf"^[ \t]*{re.escape(match.group(2))}[ \t]*\r?$", re.MULTILINE).search(text, body + 1)
            if body >= 0
            else None
        )
        last = end.end() if end else len(text)
        if body >= 0:
            spans.append((body, last))
        if len(spans) > 1000:
            break
    return spans


def _is_said(text: str, start: int) -> bool:
    """True if the words only stand in a comment or a text."""
    begin = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    before = text[begin:start]
    if len(before) > 2000:
        return True
    if re.match(r"\s*(?:#|::|//|REM\b|rem\b)", before) or re.search(r"(?:^|\s)#\s", before):
        return True
    if _SAYING.search(before) and not re.search(r"\$\(\s*$|`$", before):
        return True
    if re.search(r"(?:\$\(|`|[\"']\s*)\s*$", before) and not re.search(r"[\"']\s*$", before):
        return False
    return (
        before.count('"') % 2 == 1
        or before.count("'") % 2 == 1
        or bool(re.search(r"\b(?:displayName|name|description)\s*:", before))
    )


def _read(text: str, position: int, start: int, folded: frozenset[int], mark: str) -> Line:
    line = Line(start)
    length = len(text)
    # In x=`az …` the next backtick ends the command, at the end of a line as well.
    substituted = text[:start].rstrip(" \t").endswith("`")
    while position < length and len(line.words) < _MOST_WORDS:
        character = text[position]
        if character in " \t":
            position += 1
        elif character in "\r\n":
            after = position + (2 if text.startswith("\r\n", position) else 1)
            if after not in folded:
                break
            position = after
        elif character == "`" and substituted:
            break
        elif character in "\\`^" and (tail := _TAIL.match(text, position)):
            line.continuations.append((position, tail.start(2), text[position : tail.start(2)]))
            if not tail.group(2) or tail.group(1):
                position = tail.start(2)
                if tail.group(1) or not tail.group(2):
                    break
            position = tail.end()
        elif character in ";|&)`" or (character == "#" and text[position - 1] in " \t"):
            break
        elif character in "<>" or (character in "012" and text[position + 1 : position + 2] == ">"):
            position = _angle(text, position, line)
        else:
            word, position = _word(text, position, substituted=substituted, mark=mark)
            if word is None:
                line.complete = False
                break
            line.words.append(word)
    line.end = max(position, line.words[-1].end if line.words else position)
    return line


def _angle(text: str, position: int, line: Line) -> int:
    """Behind a placeholder or a file that a command makes (`<(…)`), which are words, or behind a redirection."""
    angles = ANGLES.match(text, position)
    if angles is not None:
        line.words.append(Word(angles.group(), position, angles.end(), placeholder=True))
        return angles.end()
    if text.startswith(("<(", ">("), position):
        end = _closed(text, position + 1)
        line.words.append(Word(text[position:end], position, end, variable=True))
        return end
    redirect = _REDIRECT.match(text, position)
    if redirect is None:
        return position + 1
    if re.search(r"&[012]", redirect.group()):
        return redirect.end()
    return _word(text, redirect.end())[1]


def _word(text: str, start: int, *, substituted: bool = False, mark: str = "\\") -> tuple[Word | None, int]:
    """The word that begins here, with the offset behind it; None for a quote that is never closed. `substituted`: a
    backtick ends the command."""
    quotes = '"' if mark == "^" else "\"'"
    position = start
    length = len(text)
    parts: list[str] = []
    variable = placeholder = quoted = False
    while position < length:
        character = text[position]
        if character in " \t\r\n;|&)" or (character in "<>" and not ANGLES.match(text, position)):
            break
        if character in "\\`^" and not (character == "`" and substituted) and _TAIL.match(text, position):
            break
        if character in quotes:
            quoted = True
            end = position + 1
            while end < length and text[end] != character:
                end += 2 if text[end] == "\\" and character == '"' else 1
            if end >= length:
                return None, length
            inner = text[position + 1 : end]
            parts.append(inner)
            variable = (
                variable
                or (character == '"' and bool(re.search(r"[$%`]|\{\{", inner)))
                or "{{" in inner
                or "$(" in inner
            )
            position = end + 1
        elif character == "<" and (angles := ANGLES.match(text, position)):
            placeholder = True
            parts.append(angles.group())
            position = angles.end()
        elif character == "$" and text[position + 1 : position + 2] in ("(", "{"):
            variable = True
            end = _closed(text, position + 1)
            parts.append(text[position:end])
            position = end
        elif character == "`":
            if position == start:
                break
            return Word("".join(parts), start, position, variable, placeholder, quoted), position
        elif character == "\\" and position + 1 < length and mark not in _MARKS.values():
            parts.append(text[position + 1])
            position += 2
        else:
            variable = variable or character in "$%@*?"
            parts.append(character)
            position += 1
    if position == start:
        position += 1
    text_of_word = "".join(parts)
    placeholder = placeholder or (not quoted and BRACKETS.fullmatch(text_of_word) is not None)
    variable = variable or bool(_FILLED_IN.search(text_of_word))
    return Word(text_of_word, start, position, variable, placeholder, quoted), position


def _closed(text: str, position: int) -> int:
    """The offset behind the bracket that closes the one here."""
    opener = text[position]
    closer = ")" if opener == "(" else "}"
    depth = 0
    for offset in range(position, min(len(text), position + 5000)):
        if text[offset] == opener:
            depth += 1
        elif text[offset] == closer:
            depth -= 1
            if not depth:
                return offset + 1
    return min(len(text), position + 5000)
