"""Reads an `.http` file. Whatever is wrong in one request, the others are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field, replace

from scoredock import l10n
from scoredock.formats.http_file.expectations import (
    Expectation,
    ExpectationFault,
    expectation,
    is_unfinished,
    tolerance,
)
from scoredock.formats.http_file.requests import (
    BodyFile,
    BodyText,
    FileRequest,
    FileVariable,
    Header,
    HttpFault,
    HttpFile,
    line_range,
)
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range

MAX_CHARACTERS = 5_000_000
_MOST_CONTINUATIONS = 2_000
"""Lines of an expected value that is written over several."""

_SEPARATOR = re.compile(r"#{3,}(.*)")
_COMMENT = re.compile(r"[ \t]*(?:#+|//+)")
_VARIABLE = re.compile(r"[ \t]*@([^\s=]+)[ \t]*=[ \t]*(.*?)[ \t]*")
_METHODS = "GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS|CONNECT|TRACE|QUERY|LOCK|UNLOCK|PROPFIND|PROPPATCH|COPY|MOVE|MKCOL"
_METHODS += "|MKCALENDAR|ACL|SEARCH|REPORT"
_METHOD = re.compile(rf"({_METHODS})[ \t]+", re.IGNORECASE)
_OTHER_METHOD = re.compile(r"([A-Z]+)[ \t]+(?:https?://|/|\{\{)")
_VERSION = re.compile(r"\s+HTTP/.*$", re.IGNORECASE)
_CONTINUATION = re.compile(r"[ \t]*[&?]|[ \t]+/(?!/)")
"""Of an address over several lines: a query, and a part of the path that is indented."""
_RESPONSE = re.compile(r"[ \t]*HTTP/[\d.]+")
_FILE_LINE = re.compile(r"<(?:(@)(\w+)?)?[ \t]+(.+?)[ \t]*")
_HANDLER = re.compile(r"[ \t]*(?:>[ \t]+\S+\.js|(?:>>!?|<>)[ \t]+\S+)[ \t]*")
"""A script or a file of the client of JetBrains for what comes back."""
_SCRIPT = re.compile(r"[ \t]*[<>][ \t]*\{%")
_NAME = re.compile(r"@name[ \t=]+(.+?)[ \t]*")
_PROMPT = re.compile(r"@prompt[ \t]+([^\s]+)(?:[ \t]+.*)?")
_NO_REDIRECT = re.compile(r"[ \t]*(?:#+|//+)[ \t]*@no-redirect\b")
_DIRECTIVE = re.compile(r"@(expect|tolerance|deploy)(?:[ \t]+(.*?))?[ \t]*")


def parse_http_file(text: str) -> HttpFile:
    """All requests, variables and faults of a text."""
    if len(text) > MAX_CHARACTERS:
        fault = HttpFault(l10n.t("The file is too large to be read as requests."), line_range(0, ""))
        return HttpFile(faults=(fault,))
    blocks = list(_blocks(text.removeprefix("\ufeff")))
    requests: list[FileRequest] = []
    head = _Head()
    for block in blocks:
        remarks = _remarks(block)
        head.take(remarks)
        request = _request(block, remarks)
        if request is not None:
            requests.append(request)
        else:
            head.take_header(remarks)
    named = tuple(_named(requests))
    faults = [*head.faults, *(fault for each in named for fault in (*each.faults, *each.test_faults))]
    faults.sort(key=lambda fault: fault.range.start)
    variables = tuple(variable for block in blocks for variable in block.variables)
    return HttpFile(named, variables, head.deploy, head.tolerance, tuple(faults))


@dataclass(slots=True)
class _FileLine:
    number: int
    text: str


@dataclass(slots=True)
class _Block:
    """Lines between two separators."""

    title: str
    start: int
    end: int
    comments: list[_FileLine] = field(default_factory=list)
    lines: list[_FileLine] = field(default_factory=list)
    """All but comments."""
    variables: list[FileVariable] = field(default_factory=list)


@dataclass(slots=True)
class _Remarks:
    """Values in the comments of a block."""

    name: str = ""
    deploy: str = ""
    tolerance: float | None = None
    expectations: list[Expectation] = field(default_factory=list)
    faults: list[HttpFault] = field(default_factory=list)


@dataclass(slots=True)
class _Head:
    """Values that hold for the whole file."""

    deploy: str = ""
    tolerance: float | None = None
    faults: list[HttpFault] = field(default_factory=list)

    def take(self, remarks: _Remarks) -> None:
        self.deploy = self.deploy or remarks.deploy

    def take_header(self, remarks: _Remarks) -> None:
        """Add the comments of a block without a request: its tolerance is that of the file, and it can expect
        nothing."""
        if self.tolerance is None:
            self.tolerance = remarks.tolerance
        self.faults += remarks.faults
        for each in remarks.expectations:
            message = l10n.t("No request follows that this could be expected of.")
            self.faults.append(HttpFault(message, Range(Position(each.line, 0), Position(each.line + 1, 0))))


def _blocks(text: str) -> Iterator[_Block]:
    block = _Block("", 0, 0)
    number = -1
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text)):
        separator = _SEPARATOR.fullmatch(line)
        if separator is not None:
            yield block
            block = _Block(separator[1].strip(), number, number)
            continue
        block.end = number
        if _COMMENT.match(line):
            block.comments.append(_FileLine(number, line))
            continue
        block.lines.append(_FileLine(number, line))
        variable = _VARIABLE.fullmatch(line)
        if variable is not None:
            block.variables.append(FileVariable(variable[1], variable[2], number))
    yield block


# ---------------------------------------------------------------------------------------------- comments


def _remarks(block: _Block) -> _Remarks:
    remarks = _Remarks()
    waiting = list(block.comments)
    while waiting:
        line = waiting.pop(0)
        start = _COMMENT.match(line.text)
        comment = line.text[start.end() if start else 0 :].strip()
        name = _NAME.fullmatch(comment)
        if name is not None:
            remarks.name = remarks.name or name[1]
        prompt = _PROMPT.fullmatch(comment)
        if prompt is not None:
            block.variables.append(FileVariable(prompt[1], "", line.number, is_prompt=True))
        directive = _DIRECTIVE.fullmatch(comment)
        if directive is not None:
            _take(directive[1], _whole(directive[2] or "", line.number, waiting), line, remarks)
    return remarks


def _whole(text: str, number: int, waiting: list[_FileLine]) -> str:
    """The text, with the comments behind it as far as they go on with its JSON."""
    for _ in range(_MOST_CONTINUATIONS):
        if not waiting or waiting[0].number != number + 1 or not is_unfinished(text):
            break
        line = waiting.pop(0)
        number = line.number
        start = _COMMENT.match(line.text)
        text += "\n" + line.text[start.end() if start else 0 :]
    return text


def _take(word: str, value: str, line: _FileLine, remarks: _Remarks) -> None:
    try:
        if word == "expect":
            remarks.expectations.append(expectation(value, line.number))
        elif word == "tolerance":
            remarks.tolerance = tolerance(value)
        elif value:
            remarks.deploy = value
        else:
            raise ExpectationFault(l10n.t("Say what is deployed: @deploy score.py"))
    except ExpectationFault as fault:
        start = len(line.text) - len(line.text[line.text.index("@") :])
        remarks.faults.append(HttpFault(str(fault), line_range(line.number, line.text, start)))


# ---------------------------------------------------------------------------------------------- the request


def _request(block: _Block, remarks: _Remarks) -> FileRequest | None:
    lines = _without_blank_ends(block.lines)
    if not lines or _RESPONSE.match(lines[0].text):
        return None
    faults: list[HttpFault] = []
    method, target, rest = _request_line(lines, faults)
    headers, body = _headers(rest, faults)
    end = max(lines[-1].number, block.end)
    return FileRequest(
        remarks.name or block.title,
        lines[0].number,
        Range(Position(block.start, 0), Position(end, len(block.lines[-1].text))),
        method,
        target,
        tuple(headers),
        tuple(_body(body, faults)),
        tuple(remarks.expectations),
        remarks.tolerance,
        tuple(faults),
        tuple(remarks.faults),
        any(_NO_REDIRECT.match(line.text) for line in block.comments),
    )


def _without_blank_ends(lines: list[_FileLine]) -> list[_FileLine]:
    """From the first line that is neither blank nor a variable, without blank ones at the end and scripts before it."""
    start, end = 0, len(lines)
    script = False
    while start < end:
        text = lines[start].text
        script = script or _SCRIPT.match(text) is not None
        if not script and text.strip() and not _VARIABLE.fullmatch(text):
            break
        script = script and "%}" not in text
        start += 1
    while end > start and not lines[end - 1].text.strip():
        end -= 1
    return lines[start:end]


def _request_line(lines: list[_FileLine], faults: list[HttpFault]) -> tuple[str, str, list[_FileLine]]:
    first, rest = lines[0], lines[1:]
    parts = [first.text.strip()]
    while rest and _CONTINUATION.match(rest[0].text):
        parts.append(rest.pop(0).text.strip())
    whole = "".join(parts)
    found = _METHOD.match(whole)
    method, target = (found[1].upper(), whole[found.end() :]) if found else ("GET", whole)
    target = _VERSION.sub("", target.strip())
    if found is None:
        other = _OTHER_METHOD.match(whole)
        if other is not None:
            message = l10n.t("“{method}” is not a method of HTTP.", method=other[1])
            faults.append(HttpFault(message, line_range(first.number, first.text)))
        elif any(character.isspace() for character in target):
            message = l10n.t(
                "Expected a request line: a method and an address, such as POST http://localhost:6789/score"
            )
            faults.append(HttpFault(message, line_range(first.number, first.text)))
    return method, target, rest


def _headers(lines: list[_FileLine], faults: list[HttpFault]) -> tuple[list[Header], list[_FileLine]]:
    """The headers, joined as HTTP joins those of one name, and the lines behind the first blank one."""
    blank = next((index for index, line in enumerate(lines) if not line.text.strip()), len(lines))
    headers: dict[str, Header] = {}
    for line in lines[:blank]:
        name, colon, value = line.text.partition(":")
        name, value = name.strip(), value.strip()
        if not colon:
            message = l10n.t("Expected a header like “Name: value”, or an empty line before the body.")
            faults.append(HttpFault(message, line_range(line.number, line.text)))
        same = headers.get(name.lower())
        if same is None:
            headers[name.lower()] = Header(name, value, line.number)
        else:
            joint = ";" if name.lower() == "cookie" else ","
            headers[name.lower()] = replace(same, value=f"{same.value}{joint}{value}")
    kind = headers.get("x-request-type")
    if kind is not None and kind.value.lower() == "graphql":
        message = l10n.t("GraphQL requests are not supported; write the body as JSON.")
        faults.append(HttpFault(message, line_range(kind.line, lines[0].text)))
    return [each for name, each in headers.items() if name != "content-length"], lines[blank + 1 :]


def _body(lines: list[_FileLine], faults: list[HttpFault]) -> Iterator[BodyText | BodyFile]:
    kept = _without_handlers(lines)
    for line in kept:
        match = _FILE_LINE.fullmatch(line.text)
        if match is None:
            yield BodyText(line.text, line.number)
            continue
        encoding = match[2] or "utf-8"
        if not _is_encoding(encoding):
            message = l10n.t("“{encoding}” is not a known encoding.", encoding=encoding)
            faults.append(HttpFault(message, line_range(line.number, line.text)))
            encoding = "utf-8"
        yield BodyFile(match[3], line.number, match[1] is not None, encoding)


def _is_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def _without_handlers(lines: list[_FileLine]) -> list[_FileLine]:
    """Without what the client of JetBrains does with an answer, which is not part of what is sent."""
    request_lines: list[_FileLine] = []
    script = False
    for line in lines:
        if not script and _SCRIPT.match(line.text):
            script = True
        elif not script and not _HANDLER.fullmatch(line.text):
            request_lines.append(line)
        if script and "%}" in line.text:
            script = False
    if len(request_lines) < len(lines):
        while request_lines and not request_lines[-1].text.strip():
            request_lines.pop()
    return request_lines


def _named(requests: list[FileRequest]) -> Iterator[FileRequest]:
    """Requests with names that are all different; of the same ones, later ones get a number."""
    names: set[str] = set()
    for request in requests:
        path = request.target.partition("?")[0]
        name = base = request.name or f"{request.method} {path}"
        number = 1
        while name in names:
            number += 1
            name = f"{base} ({number})"
        names.add(name)
        yield replace(request, name=name)
