"""The statement under the cursor as a small script of its own, so that half-typed code can be understood at once.

A whole script does not parse while it is typed in, and takes long when it is large. What a path depends on is the
statement at hand, the assignments before it and the imports; those few lines are put together and closed.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.late_dataclass import dataclass
from scoredock.text import Position

MARK = "cursor_of_scoredock"
"""Stands where the cursor stood."""
_TOKEN = re.compile(
    r"""#.*|\"{3}|'{3}|[rbfuRBFU]{0,2}"(?:[^"\\]|\\.)*"?|[rbfuRBFU]{0,2}'(?:[^'\\]|\\.)*'?|[()\[\]{}]|\w+|[^\w\s]"""
)
_LINES = re.compile(
    r"""^[ \t]*(?:(?P<function>(?:async[ \t]+)?def[ \t])
    |(?P<imported>(?:import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import[ \t]+[\w*])[^\n\\(]*$)
    |(?P<name>\w+)[ \t]*(?::[^=\n]{1,80})?=(?!=)[ \t]*\S.*$)""",
    re.MULTILINE | re.VERBOSE,
)
"""Lines that begin a function, import something or assign to one name."""
_BEGINS = re.compile(r"(?:def|class|import|from)\b|@\w")
"""At the start of a line: a statement of its own, whatever is open before it."""
_TARGET = re.compile(r"^\w+[ \t]*(?::[^=\n\"']{1,80})?=(?!=)")
_BACK = 40
"""Lines that a statement may begin before the cursor."""
_USUAL = {"os": "import os", "pathlib": "import pathlib", "Path": "from pathlib import Path"}
"""What is meant by these names although their import is not written yet."""
_GOES_ON = 10
_MOST_NAMES = 30
_MOST_IMPORTS = 60
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_LINE = 2_000
"""Longer lines are not looked at."""


@dataclass(frozen=True, slots=True)
class TypedLiteral:
    """A string literal that is being typed, with what surrounds it."""

    script: ParsedScript
    """The statement with `MARK` in the literal, after the imports and assignments it depends on."""
    start: Position
    """Where the text in the literal begins."""
    before: str
    """What stands between that and the cursor."""
    after: str
    """What stands between the cursor and the closing quote."""


def literal_at(lines: Lines, facts: Facts, place: Position) -> TypedLiteral | None:
    """The literal around a position; None where there is none or where it cannot be understood."""
    line = lines.line(place.line)
    if len(line) > _LINE:
        return None
    first = _first_line(lines, place.line)
    head = "\n".join(lines.line(n) for n in range(first, place.line)) + ("\n" if first < place.line else "")
    head_and_before = head + line[: place.character]
    opened, quote, begin = _scan(head_and_before)
    if len(quote) != 1:
        return None
    column = begin - len(head)
    if column < 0:
        return None
    rest = line[place.character :]
    found = re.match(rf"(?:[^{quote}\\]|\\.)*?(?={quote})", rest)
    inner = found.group() if found else ""
    closed = rest[found.end() + 1 :] if found else ""
    statement = head_and_before + MARK + inner + quote
    script = _parsed(lines, facts, first, statement, closed, opened)
    if script is None:
        return None
    return TypedLiteral(script, Position(place.line, column), line[column : place.character], inner)


def _first_line(lines: Lines, number: int) -> int:
    """First line of the statement that goes on at a line: there no bracket is open and no line is continued."""
    first, opened, continued = max(0, number - _BACK), "", False
    for n in range(first, number + 1):
        line = lines.line(n)[:_LINE]
        if (not opened and not continued) or _BEGINS.match(line):
            first, opened = n, ""
        opened, _, _ = _scan(line, opened)
        continued = line.endswith("\\")
    return first


def _scan(text: str, opened: str = "") -> tuple[str, str, int]:
    """Brackets that are open at the end, and the quote of a text that is not closed, with where it begins."""
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in _CLOSERS:
            opened += word
        elif word in ")]}":
            opened = opened[:-1]
        elif word[-3:] in ('"""', "'''") and len(word) == 3:
            return opened, word, match.end()
        else:
            quote = next((c for c in word[:3] if c in "\"'"), "")
            if quote and word[0] != "#":
                at = word.index(quote)
                body = word[at + 1 :]
                if "\n" in body or not body.endswith(quote) or _escapes(body[:-1]):
                    return opened, quote, match.start() + at + 1
    return opened, "", len(text)


def _escapes(body: str) -> bool:
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1


def _parsed(lines: Lines, facts: Facts, first: int, statement: str, closed: str, opened: str) -> ParsedScript | None:
    closers = "".join(_CLOSERS[c] for c in reversed(opened))
    around = _context(lines, first, statement)
    body = re.sub(r"^elif\b", "if", statement.lstrip())
    body = _TARGET.sub("_ =", body)  # what is assigned here is not yet what the statement reads
    for tail in (closed, closers, closed.rstrip(":") + closers):
        for end in ("", ": pass", " pass"):
            try:
                return parse_script(f"{around}{body}{tail}{end}\n", facts)
            except (SyntaxError, TooComplex):
                continue
    return None


def _context(lines: Lines, first: int, statement: str) -> str:
    """The imports, and the assignments that the statement depends on, each name as it was last set before it."""
    imports: list[str] = []
    assigned: dict[str, list[tuple[int, int, str]]] = {}
    functions = here = 0
    start = lines.starts[first]
    for match in _LINES.finditer(lines.text):
        if match.end() - match.start() > _LINE:
            continue
        name = match["name"]
        if name is not None:
            number = bisect_right(lines.starts, match.start()) - 1
            assigned.setdefault(name, []).append((number, functions, match.group().strip()))
        elif match["imported"] is None:
            functions += 1
            here += match.start() < start
        elif len(imports) < _MOST_IMPORTS:
            imports.append(match.group().strip())
    pending_names, used, visited_names = _names(statement), list[tuple[int, str]](), set[str]()
    while pending_names and len(used) < _MOST_NAMES:
        name = pending_names.pop()
        if name in visited_names or name not in assigned:
            continue
        visited_names.add(name)
        # The nearest before it, in the same function where there is one there.
        every = [a for a in assigned[name] if a[0] != first]
        before = [a for a in every if a[0] < first and a[1] == here] or [a for a in every if a[1] != here] or []
        if not before:
            continue
        number, _, text = before[-1]
        used.append((number, text))
        pending_names |= _names(text.split("=", 1)[1])
    chosen = [_complete(lines, number, text) for number, text in sorted(used)]
    known = _names("\n".join(imports))
    usual = [line for name, line in _USUAL.items() if name not in known]
    return "".join(f"{text}\n" for text in [*usual, *imports, *chosen] if text)


def _names(text: str) -> set[str]:
    return set(re.findall(r"\b[A-Za-z_]\w*", text[: _LINE * 4]))


def _complete(lines: Lines, number: int, text: str) -> str:
    """An assignment with the lines that it goes on over; empty when it cannot be read alone."""
    for more in range(1, _GOES_ON):
        if _whole(text):
            return text
        text += "\n" + lines.line(number + more)[:_LINE]
    return ""


def _whole(text: str) -> bool:
    """True if an assignment ends on its line and can be read alone."""
    try:
        compile(text, "assignment", "exec", flags=0x400)  # ast.PyCF_ONLY_AST: nothing is run
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True
