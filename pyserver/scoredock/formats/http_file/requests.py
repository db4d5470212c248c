"""Requests, variables and faults of an `.http` file, as plain data."""

from __future__ import annotations

from dataclasses import field

from scoredock.formats.http_file.expectations import Expectation, StatusExpectation
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range


@dataclass(frozen=True, slots=True)
class HttpFault:
    """Fault at one place of the file."""

    message: str
    """One sentence."""
    range: Range


@dataclass(frozen=True, slots=True)
class FileVariable:
    """`@name = value`, as it is written."""

    name: str
    value: str
    line: int
    is_prompt: bool = False
    """REST Client asks the person for its value."""


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class BodyText:
    """A line of the body."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class BodyFile:
    """`< path` (the file as it is) or `<@ path` (with its variables replaced)."""

    path: str
    line: int
    substituted: bool = False
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class FileRequest:
    """One request of a file. Nothing is replaced in it yet."""

    name: str
    """Other than that of every other request of the file: from `# @name`, the title, or the request line."""
    line: int
    """Of the request line."""
    block: Range
    """From the separator, or what stands first, to the end of the last line."""
    method: str
    target: str
    """The address with the query, on one line."""
    headers: tuple[Header, ...] = ()
    body: tuple[BodyText | BodyFile, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    tolerance: float | None = None
    """Of the floats in the expected answer; None where the file says it, or nobody."""
    faults: tuple[HttpFault, ...] = ()
    """Why it cannot be sent as it is."""
    test_faults: tuple[HttpFault, ...] = ()
    """What is wrong with its expectations; it can be sent nevertheless."""
    keeps_redirects: bool = False
    """`# @no-redirect`"""

    def header(self, name: str) -> str:
        """The value of a header as it is written; empty where there is none."""
        return next((each.value for each in self.headers if each.name.lower() == name.lower()), "")

    @property
    def follows(self) -> bool:
        """True if a redirect is followed; who expects one wants to see it."""
        expected = [each.status for each in self.expectations if isinstance(each, StatusExpectation)]
        return not self.keeps_redirects and not any(status.startswith("3") for status in expected)

    @property
    def is_test(self) -> bool:
        return bool(self.expectations or self.test_faults)


@dataclass(frozen=True, slots=True)
class HttpFile:
    """A whole file."""

    requests: tuple[FileRequest, ...] = ()
    variables: tuple[FileVariable, ...] = ()
    deploy: str = ""
    """`# @deploy PATH`: what a test deploys, relative to the file; empty for what lies around it."""
    tolerance: float | None = None
    faults: tuple[HttpFault, ...] = field(default=())
    """All of them, those of its requests among them."""

    def request(self, name: str) -> FileRequest | None:
        """The request of this name, or the one that stands at this position from 1 (`2`)."""
        found = next((each for each in self.requests if each.name == name), None)
        if found is None and name.isdecimal() and 0 < int(name) <= len(self.requests):
            return self.requests[int(name) - 1]
        return found

    def request_at(self, line: int) -> FileRequest | None:
        """The one whose block has this line."""
        return next((each for each in self.requests if each.block.start.line <= line <= each.block.end.line), None)


def lines_with_variables(request: FileRequest) -> tuple[int, ...]:
    """Lines whose variables are replaced when the request is sent."""
    parts = [each.line for each in request.body if isinstance(each, BodyText)]
    return (request.line, *(each.line for each in request.headers), *parts)


def line_range(line: int, text: str, start: int = 0) -> Range:
    """A line from `start` to its last character that shows."""
    return Range(Position(line, start), Position(line, max(start, len(text.rstrip()))))
