"""Strict JSON with positions. Common slips are reported one by one and read over, so that the rest is still checked."""

from __future__ import annotations

import re
from dataclasses import field

from scoredock import l10n
from scoredock.analysis.json_slips import (
    BARE,
    COLON,
    COMMAS,
    CURLED,
    ODD_SPACE,
    WORD,
    Slip,
    bare_slip,
    prefix_end,
    quoted_slip,
    unclosed_slip,
)
from scoredock.analysis.tree import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_NODES,
    Lines,
    Mapping,
    MappingEntry,
    Node,
    Scalar,
    Sequence,
    SyntaxProblem,
    Tree,
    too_long,
)
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
_LOOSE = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"')
_SINGLE = re.compile(r"'((?:[^'\\\r\n]|\\[^\r\n])*)'")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_COMMENT = re.compile(r"//[^\r\n]*|#[^\r\n]*|/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


_SHOWN_PROBLEMS = 50
_MOST_PROBLEMS = 2_000
"""A text with more slips than this is not JSON and is not read further."""


class _JsonStop(Exception):
    """The text cannot be read any further."""


@dataclass(slots=True)
class _OpenBracket:
    """A container that is being read."""

    start: int
    is_object: bool
    entries: list[MappingEntry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    key: Scalar | None = None
    comma: int = -1
    """Offset of the comma that still waits for what follows it."""


def parse_json(text: str) -> Tree:
    """The tree of a JSON text. Never raises; what was understood before a fatal problem is kept."""
    lines = Lines(text)
    if len(text) > MAX_CHARACTERS:
        return too_long(lines)
    return _Scanner(text, lines).run()


class _Scanner:
    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.at = 1 if text.startswith("\ufeff") else 0
        self.problems: list[SyntaxProblem] = []
        self.stack: list[_OpenBracket] = []
        self.root: Node | None = None
        self.nodes = 0
        self.problem_count = 0

    def run(self) -> Tree:
        try:
            self._value_or_end()
        except _JsonStop:
            while self.stack:  # keep what was complete, so that its keys are still checked
                self._close(self.at)
        if self.root is None and not self.problems:
            self._problem(l10n.t("The file is empty."), 0, 0)
        return Tree(self.root, tuple(self.problems), self.lines)

    def _problem(self, message: str, start: int, end: int, fix: Fix | None = None) -> None:
        self.problem_count += 1
        if self.problem_count > _MOST_PROBLEMS:
            raise _JsonStop
        if self.problem_count <= _SHOWN_PROBLEMS:
            self.problems.append(SyntaxProblem(message, self.lines.range(start, end), (fix,) if fix else ()))

    def _fix(self, title: str, start: int, end: int, new: str, *, certain: bool = False) -> Fix | None:
        if self.problem_count >= _SHOWN_PROBLEMS:
            return None
        return Fix(title, (self.lines.edit(start, end, new),), preferred=True, certain=certain)

    def _fatal(self, message: str, start: int, end: int | None = None) -> _JsonStop:
        self._problem(message, start, min(len(self.text), start + 1) if end is None else end)
        return _JsonStop()

    def _skip(self) -> None:
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # matches always
            odd = ODD_SPACE.match(self.text, self.at)
            if odd is not None:
                start, self.at = self.at, odd.end()
                fix = self._fix(l10n.t("Replace it with a space"), start, self.at, " ", certain=True)
                self._problem(l10n.t("This looks like a space, but JSON does not know it as one."), start, self.at, fix)
                continue
            comment = _COMMENT.match(self.text, self.at)
            if comment is None:
                if self.text.startswith("/*", self.at):
                    raise self._fatal(l10n.t("JSON has no comments, and this one is not closed."), self.at, self.at + 2)
                return
            start, self.at = self.at, comment.end()
            self._problem(
                l10n.t("JSON has no comments."),
                start,
                self.at,
                self._fix(l10n.t("Remove the comment"), start, self.at, ""),
            )

    def _value_or_end(self) -> None:
        text = self.text
        while True:
            self._skip()
            if self.at >= len(text):
                if self.stack:
                    opened = self.stack[-1]
                    closer = "}" if opened.is_object else "]"
                    closers = "".join("}" if o.is_object else "]" for o in reversed(self.stack))
                    whole = opened.key is None and opened.comma < 0 and len(closers) <= 8
                    fix = (
                        self._fix(l10n.t("Insert {closers}", closers=closers), len(text), len(text), closers)
                        if whole
                        else None
                    )
                    self._problem(
                        l10n.t("The file ends before the closing {closer} of this.", closer=closer),
                        opened.start,
                        opened.start + 1,
                        fix,
                    )
                    raise _JsonStop
                return
            if self.root is not None and not self.stack:
                rest = text[self.at :].rstrip()
                few = len(rest) <= 8 and not rest.strip("}],; \r\n\t")
                fix = self._fix(l10n.t("Remove it"), self.at, self.at + len(rest), "") if few else None
                self._problem(
                    l10n.t("There is text after the end of the JSON value."), self.at, self.at + len(rest), fix
                )
                raise _JsonStop
            if not self.stack:
                self._value()
            else:
                self._inside(self.stack[-1])

    def _inside(self, opened: _OpenBracket) -> None:
        mark = self.text[self.at]
        closer = "}" if opened.is_object else "]"
        if opened.key is not None:
            self._value()
            return
        if mark == closer:
            if opened.comma >= 0:
                comma = opened.comma
                self._problem(
                    l10n.t("JSON allows no comma before a closing bracket."),
                    comma,
                    comma + 1,
                    self._fix(l10n.t("Remove the comma"), comma, comma + 1, "", certain=True),
                )
            self.at += 1
            self._close(self.at)
            return
        if mark in "}]":
            self._unexpected_closer(closer)
            return
        filled = bool(opened.entries or opened.items)
        if mark == "," or mark in COMMAS:
            if not filled or opened.comma >= 0:
                fix = self._fix(l10n.t("Remove the comma"), self.at, self.at + 1, "")
                self._problem(l10n.t("There is no value before this comma."), self.at, self.at + 1, fix)
            elif mark != ",":
                fix = self._fix(l10n.t("Change to a comma"), self.at, self.at + 1, ",", certain=True)
                self._problem(l10n.t("JSON separates values by a comma."), self.at, self.at + 1, fix)
                opened.comma = self.at
            else:
                opened.comma = self.at
            self.at += 1
            return
        if filled and opened.comma < 0:
            last = opened.entries[-1].value if opened.is_object else opened.items[-1]
            end = self.lines.offset(last.range.end)
            fix = self._fix(l10n.t("Insert a comma"), end, end, ",", certain=True)
            self._problem(l10n.t("A comma is missing before this."), self.at, self.at + 1, fix)
        opened.comma = -1
        if opened.is_object:
            self._key(opened)
        else:
            self._value()

    def _unexpected_closer(self, closer: str) -> None:
        """Either the bracket before it was forgotten, or it is one too many."""
        mark = self.text[self.at]
        outer = self.stack[-2] if len(self.stack) > 1 else None
        message = l10n.t("Expected {closer} here, as this closes what was not opened last.", closer=closer)
        if outer is None or ("}" if outer.is_object else "]") != mark or self.stack[-1].comma >= 0:
            raise self._fatal(message, self.at)
        self._problem(
            message, self.at, self.at + 1, self._fix(l10n.t("Insert {closer}", closer=closer), self.at, self.at, closer)
        )
        self._close(self.at)

    def _key(self, opened: _OpenBracket) -> None:
        self._drop_prefix()
        mark = self.text[self.at]
        if mark in "\"'" or CURLED.match(mark):
            key = self._string()
        else:
            word = WORD.match(self.text, self.at)
            if word is None:
                raise self._fatal(l10n.t("Expected a key in double quotes here."), self.at)
            start, self.at = self.at, word.end()
            self._problem(
                l10n.t("A key must be in double quotes."),
                start,
                self.at,
                self._fix(l10n.t("Put the key in quotes"), start, self.at, f'"{word.group()}"', certain=True),
            )
            key = Scalar(word.group(), self.lines.range(start, self.at), word.group())
        self._skip()
        if not self.text.startswith(":", self.at):
            self._colon(key)
        else:
            self.at += 1
        opened.key = key

    def _colon(self, key: Scalar) -> None:
        """Something else than a colon stands behind a key."""
        start, end = self.lines.offset(key.range.start), self.lines.offset(key.range.end)
        other = COLON.match(self.text, self.at)
        if other is not None:
            fix = self._fix(l10n.t("Change to a colon"), self.at, other.end(), ":", certain=True)
            self._problem(l10n.t("JSON separates a key from its value by a colon."), self.at, other.end(), fix)
            self.at = other.end()
        elif self.at < len(self.text) and (self.text[self.at] in "\"'{[-" or self.text[self.at].isdecimal()):
            fix = self._fix(l10n.t("Insert a colon"), end, end, ":", certain=True)
            self._problem(l10n.t("Expected a colon after this key."), start, end, fix)
        else:
            raise self._fatal(l10n.t("Expected a colon after this key."), start, end)

    def _drop_prefix(self) -> None:
        end = prefix_end(self.text, self.at)
        if end > self.at:
            fix = self._fix(
                l10n.t("Remove the letter"), self.at, end, "", certain=self.text[self.at : end].lower() == "u"
            )
            self._problem(l10n.t("JSON allows no letters before a text, unlike Python."), self.at, end, fix)
            self.at = end

    def _count(self, start: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._fatal(
                l10n.t("The file holds more than {most:,} values and is not read further.", most=MAX_NODES), start
            )

    def _value(self) -> None:
        self._drop_prefix()
        start = self.at
        mark = self.text[start]
        self._count(start)
        if mark in "{[":
            if len(self.stack) >= MAX_DEPTH:
                raise self._fatal(
                    l10n.t("The file is nested deeper than {most} levels and is not read further.", most=MAX_DEPTH),
                    start,
                )
            self.stack.append(_OpenBracket(start, mark == "{"))
            self.at += 1
        elif mark in "\"'" or CURLED.match(mark):
            self._store(self._string())
        else:
            self._store(self._bare(start))

    def _bare(self, start: int) -> Scalar:
        word = WORD.match(self.text, start)
        if word is None:
            raise self._fatal(l10n.t("Expected a value here."), start)
        raw, self.at = word.group(), word.end()
        span = self.lines.range(start, self.at)
        if raw in _WORDS:
            return Scalar(_WORDS[raw], span, raw)
        number = _NUMBER.fullmatch(raw)
        if number is not None:
            try:
                value = float(raw) if number.group(1) or number.group(2) else int(raw)
                float(value)  # checks reckon with it
            except (ValueError, OverflowError):
                value = float("inf")
            if value in (float("inf"), float("-inf")):
                self._problem(l10n.t("This number is too large."), start, self.at)
                value = 0
            return Scalar(value, span, raw)
        whole = BARE.match(self.text, start)
        if self.stack and whole is not None:  # text may hold spaces and colons: `python:3.11`
            raw = whole.group().rstrip()
            self.at = start + len(raw)
        if len(raw) > 200 or _CONTROL.search(raw):
            raise self._fatal(l10n.t("This is not a JSON value."), start)
        return self._slip_value(bare_slip(raw, self.at), start)

    def _slip_value(self, slip: Slip, start: int) -> Scalar:
        """The value that a slip stands for; the slip is reported."""
        self.at = slip.end
        fix = self._fix(slip.title, start, slip.end, slip.new, certain=slip.certain)
        self._problem(slip.message, start, slip.end, fix)
        return Scalar(slip.value, self.lines.range(start, slip.end), self.text[start : slip.end], quoted=slip.quoted)

    def _string(self) -> Scalar:
        start = self.at
        match = None if self.text.startswith('"""', start) else _STRING.match(self.text, start)
        slip = quoted_slip(self.text, start) if match is None else None
        if slip is not None:
            return self._slip_value(slip, start)
        match = _STRING.match(self.text, start)
        if match is not None:
            self.at = match.end()
            value = match.group(1)
            return Scalar(
                _unescape(value) if "\\" in value else value,
                self.lines.range(start, self.at),
                match.group(),
                quoted=True,
            )
        single = _SINGLE.match(self.text, start)
        if single is not None:
            self.at = single.end()
            value = single.group(1).replace("\\'", "'")
            escaped = '"' + value.replace('"', '\\"') + '"'
            double = self._fix(l10n.t("Use double quotes"), start, self.at, escaped, certain="\\" not in value)
            self._problem(l10n.t("JSON needs double quotes."), start, self.at, double)
            return Scalar(value, self.lines.range(start, self.at), single.group(), quoted=True)
        loose = _LOOSE.match(self.text, start)
        if loose is None:
            unclosed = unclosed_slip(self.text, start)
            if unclosed is not None:
                return self._slip_value(unclosed, start)
            end = self.lines.offset(self.lines.range(start, start).start) + 1
            raise self._fatal(l10n.t("The closing quote of this text is missing."), start, end)
        self.at = loose.end()
        raw = loose.group()
        doubled = re.sub(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})', r"\\\\", raw)
        fix: Fix | None = None
        if doubled == raw and not _CONTROL.search(raw.replace("\t", "")):
            doubled = raw.replace("\t", "\\t")
            fix = self._fix(l10n.t("Write tabs as \\t"), start, self.at, doubled)
        elif doubled != raw:
            fix = self._fix(l10n.t("Double the backslashes"), start, self.at, doubled)
        self._problem(
            l10n.t("This text holds a backslash or control character that JSON does not allow."), start, self.at, fix
        )
        return Scalar(raw[1:-1], self.lines.range(start, self.at), raw, quoted=True)

    def _store(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        opened = self.stack[-1]
        if opened.is_object:
            if opened.key is not None:
                opened.entries.append(MappingEntry(opened.key, node))
                opened.key = None
        else:
            opened.items.append(node)

    def _close(self, end: int) -> None:
        opened = self.stack.pop()
        span = self.lines.range(opened.start, end)
        node: Node = Mapping(tuple(opened.entries), span) if opened.is_object else Sequence(tuple(opened.items), span)
        self._store(node)


def _unescape(value: str) -> str:
    text = _ESCAPE.sub(lambda m: _ESCAPES.get(m.group(1)) or chr(int(m.group(1)[1:], 16)), value)
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return text
