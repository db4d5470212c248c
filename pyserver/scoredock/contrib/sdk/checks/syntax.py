"""Finds what Python refuses in scripts and cells, with the repairs that are plain: brackets, quotes and indentation."""

from __future__ import annotations

import ast
import re
import warnings

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.newer_strings import needs_newer_python
from scoredock.analysis.tree import Lines
from scoredock.checks.script.syntax import CONFLICT, newer_finding, problem_of, syntax_finding
from scoredock.contrib.sdk.checks import rules
from scoredock.text import Fix, Range, TextEdit

_PIECE = re.compile(
    r"(?:[rRbBuUfF]{0,2})(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*')|#[^\r\n]*|[()\[\]{}]|\r\n|\n|\r",
    re.DOTALL,
)
_BEGINS = re.compile(
    r"[ \t]*(?:[A-Za-z_][\w.]*(?:\[[^\]\n]*\])?\s*=[^=]|[A-Za-z_][\w.]*\(|(?:import|from|def|class|if|for|while|return|with|print|try)\b|@)"  # noqa: E501 (a text that would change if it were wrapped)
)
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_CURLY = {
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u2013": "-",
    "\u2014": "-",
    "\u00a0": " ",
    "\uff0c": ",",
    "\uff08": "(",
    "\uff09": ")",
    "\uff1a": ":",
}
"""Curly quotes, long dashes, the no-break space and full-width marks, and what Python wants for them."""
_SENTENCE = re.compile(r"[^\W\d_a-zA-Z]{2,}[^\x00-\x7f\w]")
"""Letters of another script, and a sign of it behind them."""
_OF_CODE = re.compile(r"[='\"(\[]")
_OPENED = re.compile(r"opening parenthesis '([(\[{])'(?: on line (\d+))?")
_MOST_LINES = 5_000
"""Longer scripts get no repair by trial: each trial parses them once."""


def sdk_syntax_finding(error: SyntaxError, text: str) -> Finding:
    """The finding for what Python said, better placed where the cause is known."""
    lines = Lines(text)
    usual = syntax_finding(error, text)
    if CONFLICT.search(text):
        return rules.SYNTAX.finding(usual.range, message=usual.message)
    if needs_newer_python(text):
        return newer_finding(rules.SYNTAX, usual.range, problem_of(error))
    if len(lines.starts) <= _MOST_LINES:
        for repair in (_text, _curly, _surplus, _unclosed, _indented):
            found = repair(error, text, lines)
            if found is not None:
                return found
    return rules.SYNTAX.finding(usual.range, fixes=usual.fixes, problem=problem_of(error))


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True


def _trial(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _finding(
    lines: Lines, place: Range, problem: str, title: str, edits: list[tuple[int, int, str]], *, sure: bool
) -> Finding:
    fix = Fix(title, tuple(lines.edit(*edit) for edit in edits), preferred=True)
    return rules.SYNTAX.finding(place, fixes=(fix,) if sure else (), problem=problem)


def _text(error: SyntaxError, text: str, lines: Lines) -> Finding | None:
    """A line in a language with full stops and commas of its own, as translations leave them in code cells."""
    number = (error.lineno or 1) - 1
    line = lines.line(number)
    if not (error.msg or "").startswith("invalid character") or _OF_CODE.search(line) or not _SENTENCE.search(line):
        return None
    start = lines.starts[number] + len(line) - len(line.lstrip())
    edits = [(start, start, "# ")]
    return _finding(
        lines,
        lines.range(start, start + len(line.strip())),
        l10n.t("this line is text and no code; write # before it"),
        l10n.t("Make it a comment"),
        edits,
        sure=_parses(_trial(text, edits)),
    )


def _curly(error: SyntaxError, text: str, lines: Lines) -> Finding | None:
    """Quotes and dashes of a word processor."""
    if not error.msg or not error.msg.startswith(("invalid character", "invalid non-printable", "unterminated string")):
        return None
    number = (error.lineno or 1) - 1
    line = lines.line(number)
    columns = [i for i, character in enumerate(line) if character in _CURLY]
    if not columns:
        return None
    start = lines.starts[number]
    edits = [(start + i, start + i + 1, _CURLY[line[i]]) for i in columns]
    place = lines.range(start + columns[0], start + columns[0] + 1)
    character = line[columns[0]]
    label = l10n.t("no-break space") if character == "\u00a0" else character
    return _finding(
        lines,
        place,
        l10n.t(
            "the character {character} comes from a word processor; write {plain}",
            character=label,
            plain=_CURLY[character],
        ),
        l10n.t("Write plain characters"),
        edits,
        sure=_parses(_trial(text, edits)),
    )


def _surplus(error: SyntaxError, text: str, lines: Lines) -> Finding | None:
    """A closing bracket too many, or one of the wrong kind."""
    message = error.msg or ""
    if not message.startswith(("unmatched", "closing parenthesis")):
        return None
    offset = lines.starts[min(max((error.lineno or 1) - 1, 0), len(lines.starts) - 1)] + max((error.offset or 1) - 1, 0)
    if text.startswith("\ufeff") and (error.lineno or 1) == 1:
        offset += 1
    if text[offset : offset + 1] not in (")", "]", "}"):
        return None
    bracket = text[offset]
    edits = [(offset, offset + 1, "")]
    if _parses(_trial(text, edits)):
        return _finding(
            lines,
            lines.range(offset, offset + 1),
            l10n.t("{bracket} closes nothing here", bracket=bracket),
            l10n.t("Remove {code}", code=bracket),
            edits,
            sure=True,
        )
    opened = _OPENED.search(message)
    if opened is not None:
        found = _left_open(text, lines, opened.group(1), int(opened.group(2) or lines.position(offset).line + 1) - 1)
        if found is not None:
            return found
    for closer in (")", "]", "}"):
        edits = [(offset, offset + 1, closer)]
        if closer != bracket and _parses(_trial(text, edits)):
            return _finding(
                lines,
                lines.range(offset, offset + 1),
                l10n.t("{bracket} does not close the open bracket; {closer} does", bracket=bracket, closer=closer),
                l10n.t("Change to {code}", code=closer),
                edits,
                sure=True,
            )
    return None


def _left_open(text: str, lines: Lines, bracket: str, number: int) -> Finding | None:
    """A bracket that should have been closed in the line it stands in."""
    line = lines.line(number)
    start = lines.starts[number]
    code = re.sub(r"[ \t]#.*$", "", line).rstrip()
    for end in dict.fromkeys(
        (len(code.rstrip(",:")), len(code), *(i for i in range(len(code) - 1, 0, -1) if code[i] in "),:]}"))
    ):
        edits = [(start + end, start + end, _CLOSER[bracket])]
        if _parses(_trial(text, edits)):
            at = line.rfind(bracket, 0, end)
            place = lines.range(start + max(at, 0), start + max(at, 0) + 1)
            return _finding(
                lines,
                place,
                l10n.t("the bracket {bracket} is never closed", bracket=bracket),
                l10n.t("Insert {code}", code=_CLOSER[bracket]),
                edits,
                sure=True,
            )
        if end < len(code) - 30:
            break
    return None


def _unclosed(error: SyntaxError, text: str, lines: Lines) -> Finding | None:
    """A bracket that is still open where the next statement begins."""
    del error  # it stands where Python gave up, which may be far behind
    stack: list[tuple[str, int, int]] = []
    last = 0
    """Offset behind the last character that is neither space nor comment."""
    position = 0
    for match in _PIECE.finditer(text):
        between = text[position : match.start()].rstrip()
        if between:
            last = position + len(between)
        position = match.end()
        piece = match.group()
        if piece in "([{":
            stack.append((piece, match.start(), lines.position(match.start()).line))
            last = match.end()
        elif piece in ")]}":
            if not stack or _CLOSER[stack[-1][0]] != piece:
                return None
            stack.pop()
            last = match.end()
        elif piece in ("\r\n", "\n", "\r"):
            if stack and _begins_statement(text, match.end(), lines, stack[0][2]):
                found = _closed(text, lines, stack, last)
                if found is not None:
                    return found
        elif not piece.startswith("#"):
            last = match.end()
    rest = text[position:].rstrip()
    if rest:
        last = position + len(rest)
    return _closed(text, lines, stack, last) if stack else None


def _begins_statement(text: str, offset: int, lines: Lines, opened: int) -> bool:
    line = lines.line(lines.position(offset).line)
    if not line.strip() or line.lstrip().startswith("#"):
        return False
    first = lines.line(opened)
    indent, own = len(first) - len(first.lstrip()), len(line) - len(line.lstrip())
    return own <= indent and bool(_BEGINS.match(text, offset))


def _closed(text: str, lines: Lines, stack: list[tuple[str, int, int]], end: int) -> Finding | None:
    closers = "".join(_CLOSER[bracket] for bracket, _, _ in reversed(stack))
    edits = [(end, end, closers)]
    if not _parses(_trial(text, edits)):
        return None
    bracket, start, _ = stack[-1]
    line = lines.position(end).line + 1
    return _finding(
        lines,
        lines.range(start, start + 1),
        l10n.t(
            "the bracket {bracket} is never closed; {closers} belongs at the end of line {line}",
            bracket=bracket,
            closers=closers,
            line=line,
        ),
        l10n.t("Insert {code}", code=closers),
        edits,
        sure=True,
    )


def _indented(error: SyntaxError, text: str, lines: Lines) -> Finding | None:
    """A whole text that is indented, as when it was copied out of a list."""
    if not isinstance(error, IndentationError) or not (error.msg or "").startswith("unexpected indent"):
        return None
    line_numbers = [n for n in range(len(lines.starts)) if lines.line(n).strip()]
    if not line_numbers:
        return None
    first = lines.line(line_numbers[0])
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    if (error.lineno or 1) - 1 != line_numbers[0]:
        return _never_opened(text, lines, (error.lineno or 1) - 1)
    if not indent:
        return None
    edits = [
        (lines.starts[n], lines.starts[n] + len(indent), "") for n in line_numbers if lines.line(n).startswith(indent)
    ]
    place = lines.range(lines.starts[line_numbers[0]], lines.starts[line_numbers[0]] + len(indent))
    fix = Fix(
        l10n.t("Remove the indentation"), tuple(TextEdit(lines.range(s, e), n) for s, e, n in edits), preferred=True
    )
    sure = _parses(_trial(text, edits))
    return rules.SYNTAX.finding(place, fixes=(fix,) if sure else (), problem=l10n.t("the first statement is indented"))


def _never_opened(text: str, lines: Lines, number: int) -> Finding | None:
    """A call whose opening bracket was lost, so that its arguments look like an indented block."""
    previous = next((n for n in range(number - 1, max(number - 20, -1), -1) if lines.line(n).strip()), None)
    if previous is None:
        return None
    end = lines.starts[previous] + len(lines.line(previous).rstrip())
    edits = [(end, end, "(")]
    if not _parses(_trial(text, edits)):
        return None
    return _finding(
        lines,
        lines.range(max(end - 1, 0), end),
        l10n.t("the arguments below have no opening bracket"),
        l10n.t("Insert {code}", code="("),
        edits,
        sure=True,
    )
