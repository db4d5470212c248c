"""Finds the comments of a text without parsing it: also in files that are broken, never in strings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import field

from scoredock.late_dataclass import dataclass

_PYTHON = re.compile(
    r"(?P<comment>\#[^\r\n]*)"
    r'|(?P<string>"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'(?:\\.|[^\\])*?(?:\'\'\'|\Z)'
    r'|"(?:\\.|[^"\\\r\n])*"?|\'(?:\\.|[^\'\\\r\n])*\'?)'
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<joined>\\(?:\r\n|\n|\r))|(?P<end>\r\n|\n|\r)",
    re.DOTALL,
)
_STATEMENT = re.compile(r"(?:async |def |class |import |from |@)")
# A quote that is not closed takes the rest of its line: looking for its end again and again would cost too much.
_QUOTED = r'"(?:\\.|[^"\\\r\n])*"?|(?<!\w)\'[^\'\r\n]*\'?'
_SHELL = re.compile(rf"{_QUOTED}|\\.|(?P<comment>(?<![^\s;&|(){{}}])#[^\r\n]*)")
_TOML = re.compile(rf'"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|{_QUOTED}|(?P<comment>#[^\r\n]*)', re.DOTALL)
_PLAIN = re.compile(r"(?P<comment>(?<!\S)#[^\r\n]*)")
_YAML_LINE = re.compile(r'(?<![^\s\[{,:])(?:"(?:\\.|[^"\\])*"|\'(?:\'\'|[^\'])*\')|(?P<comment>(?<!\S)#.*)')
_YAML_BLOCK = re.compile(r"(?:^|[\s:-])[|>][+\-0-9]{0,2}\s*$")
_YAML_START = re.compile(r"\s*(?:-\s+)*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


@dataclass(slots=True)
class CommentIndex:
    """The comments of a text, and which lines belong together."""

    comments: list[tuple[int, int]] = field(default_factory=list)
    """Offsets of each, from `#` to the end of its line."""
    statements: list[tuple[int, int]] = field(default_factory=list)
    """First and last line of what goes over several lines, in order."""

    def together(self, line: int) -> range:
        """The lines of a statement that begins or ends in this line; else the line alone."""
        index = bisect_right(self.statements, (line, 1 << 60)) - 1
        for first, last in self.statements[max(0, index - 1) : index + 1]:
            if line in (first, last):
                return range(first, last + 1)
        return range(line, line + 1)


def commented(text: str, path: str, kind: str = "") -> CommentIndex:
    """The comments of a file, by the language that its name tells; none for JSON and unknown ones."""
    if kind == "commands":
        return CommentIndex(_matches(_SHELL, text))
    suffix = path.rsplit(".", 1)[-1].lower()
    reader = _READERS.get(suffix)
    return reader(text) if reader is not None else CommentIndex()


def _python(text: str) -> CommentIndex:
    index = CommentIndex()
    line = first = depth = 0
    for match in _PYTHON.finditer(text):
        kind = match.lastgroup
        if kind == "comment":
            index.comments.append(match.span())
        elif kind == "string":
            line += _line_ends(match.group())
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "joined":
            line += 1
        else:
            if depth and _STATEMENT.match(text, match.end()):
                depth = 0  # a bracket that was never closed must not swallow the rest
                first = line
            if not depth:
                if line > first:
                    index.statements.append((first, line))
                first = line + 1
            line += 1
    if line > first:
        index.statements.append((first, line))
    return index


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _yaml(text: str) -> CommentIndex:
    index = CommentIndex()
    block: int | None = None
    for line in _LINE.finditer(text):
        content = line.group().rstrip("\r\n")
        indent = len(content) - len(content.lstrip(" "))
        if block is not None:
            if not content.strip() or indent > block:
                continue
            block = None
        comment = next((m for m in _YAML_LINE.finditer(content) if m.lastgroup), None)
        code = content
        if comment is not None:
            index.comments.append((line.start() + comment.start(), line.start() + len(content)))
            code = content[: comment.start()]
        if _YAML_BLOCK.search(code):
            start = _YAML_START.match(code)
            column = start.end() if start else indent
            # A scalar of a list item needs to be deeper than the dash, one of a key deeper than the key.
            block = code.rfind("-", 0, column) if code[column : column + 1] in ("|", ">") else column
            block = max(block, -1)
    return index


def _matches(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [match.span("comment") for match in pattern.finditer(text) if match.lastgroup]


def _by(pattern: re.Pattern[str]) -> Callable[[str], CommentIndex]:
    return lambda text: CommentIndex(_matches(pattern, text))


_READERS: dict[str, Callable[[str], CommentIndex]] = {
    "py": _python,
    "yml": _yaml,
    "yaml": _yaml,
    "txt": _by(_PLAIN),
    "in": _by(_PLAIN),
    "toml": _by(_TOML),
    "sh": _by(_SHELL),
    "bash": _by(_SHELL),
    "ps1": _by(_SHELL),
}
