"""Reads a cell of a notebook: Python with or without magics, a file that it writes, shell lines, or something else."""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from typing import Literal

from scoredock.late_dataclass import dataclass

CellKind = Literal["python", "file", "shell", "other"]

_CELL_MAGIC = re.compile(r"[ \t]*%%(\w+)([^\r\n]*)")
_WITH_PYTHON = frozenset(
    ("time", "timeit", "capture", "prun", "python", "python3", "memit", "mprun", "snakeviz", "pyinstrument", "local")
)
"""Cell magics whose cell is Python of the same kernel."""
_SHELLS = frozenset(("bash", "sh", "cmd", "script", "!", "powershell", "pwsh", "zsh", "system", "sx"))
NAMING_MAGICS = _SHELLS | {"capture", "timeit", "prun"}
"""Those that bind what stands on their line."""
PLAIN_MAGICS = frozenset(
    (
        *("writefile", "file", "html", "HTML", "javascript", "js", "latex", "markdown", "svg", "time", "python"),
        *("python3", "pip", "conda", "mamba", "uv", "cd", "ls", "ll", "cat", "cp", "mv", "rm", "mkdir", "rmdir"),
        *("env", "set_env", "autoreload", "matplotlib", "config", "pwd", "who", "whos", "pinfo", "memit", "mprun"),
    )
)
"""Those that bind no name."""
_AUTOMATIC = (
    r"(?:pip|conda|mamba|uv|cd|ls|cat|cp|mv|rm|mkdir|rmdir|env|set_env|load_ext|autoreload|matplotlib)[ \t]+"
    r"(?:-{1,2}\w|[A-Za-z0-9_.~/\\\"'])[^\r\n]*|run[ \t]+[A-Za-z_.~/][^\r\n]*|(?:ls|pwd|ll|whos|who)[ \t]*$"
)
"""Line magics that IPython knows without the sign, where no variable has their name."""
_OPERATOR = re.compile(r"[ \t]*\w+[ \t]+(?:in|is|and|or|if|not)\b")
_LINE_MAGIC = re.compile(rf"([ \t]*)(?:%(?!%)[A-Za-z_][^\r\n]*|[!?][^\r\n]*|[\w.]+\?{{1,2}}[ \t]*$|{_AUTOMATIC})")
_HAS_AUTOMATIC = re.compile(rf"^[ \t]*(?:{_AUTOMATIC})", re.MULTILINE)
_ASSIGNED = re.compile(r"([ \t]*)([A-Za-z_][\w, \t]*)=[ \t]*((?:![ \t]*|%)(?!=)[A-Za-z./][^\r\n]*)")
_TIMED = re.compile(r"[ \t]*%time (?=[A-Za-z_][\w., ]*=[^=]|[A-Za-z_][\w.]*\()")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_STRINGS = re.compile(r"\"\"\"|'''")
CallKind = Literal["shell", "lines", "magic"]
_LONGEST_LINE = 60


@dataclass(frozen=True, slots=True)
class CellCall:
    """A line of a cell that is for the notebook and not for Python."""

    kind: CallKind
    offset: int
    """Of the first character of its text."""
    text: str
    """Behind the sign, in one piece; of a magic its name and all that follows."""
    target: str = ""
    """What its value is assigned to."""


@dataclass(frozen=True, slots=True)
class CellSource:
    """One cell as the checks read it."""

    kind: CellKind
    body: str
    """Python with everything else blanked, the written file, or the shell text."""
    start: int = 0
    """Offset of the body in the cell."""
    target: str = ""
    """The file that is written."""
    appends: bool = False
    commands: tuple[tuple[int, str], ...] = ()
    """Shell lines within Python: offset behind the exclamation mark, and the text up to the end of the command."""
    indent: int = 0
    """Characters at the front of each line that the kernel takes off."""
    calls: tuple[CellCall, ...] = ()
    """All lines within Python that are magics or for the shell."""
    magic: str = ""
    """Name of the cell magic."""
    line: str = ""
    """What follows it on its line."""


def read_cell(text: str) -> CellSource:
    """The meaning of a cell's text."""
    position = 0
    while (match := _LINE.match(text, position)) and match.end() > position and not match.group().strip():
        position = match.end()
    magic = _CELL_MAGIC.match(text, position)
    if magic is None:
        return _python(text)
    name, rest = magic.group(1), magic.group(2).strip()
    line = _LINE.match(text, position)
    start = line.end() if line else len(text)
    body = text[start:]
    if name in ("writefile", "file"):
        words = rest.replace("--append", "-a").split()
        target = next((w for w in words if not w.startswith("-")), "").strip("\"'")
        return CellSource("file", body, start, target, "-a" in words, magic=name, line=rest)
    if name in _SHELLS:
        return CellSource("shell", body, start, magic=name, line=rest)
    if name in _WITH_PYTHON:
        blank = re.sub(r"[^\r\n]", " ", text[:start])
        return dataclasses.replace(_python(blank + body), start=start, magic=name, line=rest)
    return CellSource("other", "", start, magic=name, line=rest)


def _python(text: str) -> CellSource:
    """Line magics and shell lines blanked to `pass`, so that the rest can be read at the same positions."""
    indent = _indent(text)
    if not any(mark in text for mark in "%!?") and not _HAS_AUTOMATIC.search(text):
        return CellSource("python", _dedented(text, indent), indent=indent)
    commands: list[tuple[int, str]] = []
    calls: list[CellCall] = []
    pieces: list[str] = []
    inside = ""
    position = 0
    depth = 0
    while position < len(text):
        match = _LINE.match(text, position)
        line = match.group() if match else ""
        if not line:
            break
        plain = line.rstrip("\r\n")
        end = line[len(plain) :]
        magic_match = None if inside or depth > 0 else _magic(plain)
        if magic_match is None:
            pieces.append(line)
            inside = _string_state(plain, inside)
            depth = max(0, depth + _depth(plain)) if not inside else depth
            position += len(line)
            continue
        stop = position + len(line)
        whole = plain
        while whole.rstrip().endswith("\\") and stop < len(text):  # a shell line goes on behind a backslash
            following = _LINE.match(text, stop)
            more = following.group() if following else ""
            if not more:
                break
            whole, stop = text[position : stop + len(more)].rstrip("\r\n"), stop + len(more)
        call = _call(magic_match, position, whole)
        calls.append(call)
        if call.kind != "magic":
            commands.append((call.offset, call.text))
        pieces.append(_blanked(text[position:stop], magic_match))
        del end
        position = stop
    body = _dedented("".join(pieces), indent)
    return CellSource("python", body, commands=tuple(commands), indent=indent, calls=tuple(calls))


def _call(match: re.Match[str], position: int, whole: str) -> CellCall:
    """`whole` is the line with those that go on behind backslashes."""
    assigned = match.re is _ASSIGNED
    mark = match.start(3) if assigned else match.end(1)
    target = match.group(2).strip() if assigned else ""
    sign = whole[mark : mark + 1]
    if sign == "!":
        begin = mark + (2 if whole[mark + 1 : mark + 2] == "!" else 1)
        return CellCall("lines" if assigned or begin - mark == 2 else "shell", position + begin, whole[begin:], target)
    begin = mark + 1 if sign == "%" else mark
    text = re.sub(r"\\\r?\n", " ", whole[begin:]).strip()
    if sign == "?" or (sign != "%" and text.endswith("?")):
        text = f"pinfo {text.strip('?')}"
    return CellCall("magic", position + begin, text, target)


def _magic(line: str) -> re.Match[str] | None:
    """A line that is for the notebook or the shell, and no Python."""
    found = _LINE_MAGIC.fullmatch(line) or _ASSIGNED.fullmatch(line)
    return None if found is not None and line.lstrip()[:1].isalpha() and _OPERATOR.match(line) else found


def _blanked(text: str, match: re.Match[str]) -> str:
    if match.re is _ASSIGNED:
        head = match.end(2)
        rest = re.sub(r"[^\r\n]", " ", text[head:])
        value = "= None" if len(rest.split("\n")[0]) >= len("= None") else "=0"
        return text[:head] + value + rest[len(value) :]
    lead = match.group(1)
    timed = _TIMED.match(text)
    if timed is not None:
        # The statement that is timed is Python of the cell, and as long a beginning keeps it in its place.
        return f"{lead}if 1: {text[timed.end() :]}"
    blank = re.sub(r"[^\r\n]", " ", text)
    first = len(blank) - len(blank.lstrip(" "))
    return (
        lead + ("pass" if first - len(lead) >= 4 else "0") + blank[len(lead) + (4 if first - len(lead) >= 4 else 1) :]
    )


def _string_state(line: str, inside: str) -> str:
    """The kind of long string that is still open behind a line."""
    for match in _STRINGS.finditer(line):
        if not inside:
            if "#" in line[: match.start()] and line[: match.start()].count('"') % 2 == 0:
                return inside
            inside = match.group()
        elif match.group() == inside:
            inside = ""
    return inside


def _depth(line: str) -> int:
    """How many more brackets a line opens than it closes, strings and comments left out."""
    plain = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#.*", "", line)
    return sum(plain.count(c) for c in "([{") - sum(plain.count(c) for c in ")]}")


def _indent(text: str) -> int:
    """Characters before the first statement."""
    for match in _LINE.finditer(text):
        line = match.group()
        if line.strip():
            return len(line) - len(line.lstrip(" \t"))
        if not line:
            break
    return 0


def _dedented(text: str, indent: int) -> str:
    """The text as the kernel reads it; lines with less keep what they have."""
    if not indent:
        return text
    first = next(line for line in text.splitlines() if line.strip())[:indent]
    return "".join(line.removeprefix(first) for line in text.splitlines(keepends=True))


@dataclass(frozen=True, slots=True)
class NotebookLine:
    """A line of a notebook in a script."""

    line: int
    """From zero."""
    text: str
    """As much of it as fits in a sentence."""


def notebook_line(text: str) -> NotebookLine | None:
    """The first magic or line for the shell that a script would end at; None for a script that is all Python, or whose
    only fault is another one."""
    text = text.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError:
        return _first_magic(text)
    except (ValueError, RecursionError, MemoryError):
        pass
    return None


def _first_magic(text: str) -> NotebookLine | None:
    cell = read_cell(text)
    if cell.magic:
        line = text.count("\n", 0, cell.start) - 1 if cell.start else 0
        return _line_at(text, max(line, 0))
    first = min((call.offset for call in cell.calls), default=None)
    return None if first is None else _line_at(text, text.count("\n", 0, first))


def _line_at(text: str, line: int) -> NotebookLine:
    lines = text.splitlines()
    content = lines[line].strip() if line < len(lines) else ""
    return NotebookLine(line, content if len(content) <= _LONGEST_LINE else f"{content[: _LONGEST_LINE - 1]}…")
