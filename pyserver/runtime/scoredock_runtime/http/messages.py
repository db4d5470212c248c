"""A request and its answer, as the worker's parts hand them to one another, and what makes one of the other."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Protocol, Tuple, Union

if TYPE_CHECKING:
    from scoredock_runtime.http.connection import Connection

Headers = List[Tuple[bytes, bytes]]

JSON_TYPE = b"Content-Type: application/json\r\n"
HTML_TYPE = b"Content-Type: text/html; charset=utf-8\r\n"
NOT_ALLOWED = "The method is not allowed for the requested URL."
NOT_FAILED = b"x-ms-run-function-failed: False\r\n"
FAILED = b"x-ms-run-function-failed: True\r\n"


class Request:
    """A request whose body is complete; later also what is known of its answer.

    What most requests do not need stands in the class: setting all of it for each would be a tenth of a small one."""

    path: str = ""
    query: bytes = b""
    scheme: str = "http"
    server: Tuple[str, int] = ("127.0.0.1", 80)
    client: Tuple[str, int] = ("127.0.0.1", 0)
    id: bytes = b""
    common: bytes = b""
    """Header lines that the answer has whatever it says."""
    started: float = 0.0
    """`time.perf_counter()` when it was complete."""
    deadline: float = 0.0
    """`time.monotonic()` at which the front end answers 504; 0.0 for none."""
    overdue: bool = False
    ended: bool = False
    """Its client sends nothing more."""
    abandoned: bool = False
    """Answered already, or nobody waits for the answer any more."""
    head_is_cached: bool = False
    """Its head was looked at when another request had the same."""
    chunk: bytes = b""
    """The bytes that it was read from, where they came at once."""

    def __init__(
        self,
        method: bytes,
        target: bytes,
        headers: Headers,
        body: bytes,
        connection: Optional[Connection] = None,
        *,
        keep_alive: bool = False,
    ) -> None:
        self.method = method
        self.target = target
        """As it stands in the request line."""
        self.headers = headers
        """Names in lower case, in the order of the request."""
        self.given: Dict[bytes, bytes] = {}
        """The first value of each header that the application looks at."""
        self.body = body
        self.connection = connection
        self.keep_alive = keep_alive


class Answer(NamedTuple):
    """Answer to a request, without the headers that every answer has."""

    status: int
    headers: bytes
    """Header lines, each with its line end."""
    body: Union[bytes, Iterator[bytes]]
    """All of it, or parts that are sent as they are made."""


class RequestHandler(Protocol):
    """Handler that calls run(); in the main thread only."""

    def answer(self, request: Request) -> Answer:
        """The answer to one request."""

    def broken(self, fault: BaseException) -> Answer:
        """The answer when an exception that the script raised outside run() came out of `answer`."""

    def stream_failed(self, fault: BaseException) -> None:
        """The parts of a streamed answer raised it."""


def header_lines(pairs: Iterable[Tuple[str, str]]) -> bytes:
    """Lines of headers, each with its line end. Raises ValueError for a name or value that would end its line: it could
    forge headers or a second answer."""
    lines = []
    for name, value in pairs:
        line = f"{name}: {value}"
        if "\r" in line or "\n" in line or "\0" in line:
            raise ValueError(f"The header {name[:100]!r} holds a line end.")
        lines.append(line.encode("latin-1", "replace"))
    return b"".join(line + b"\r\n" for line in lines)


_dumps = json.dumps  # as it was before the script came


def json_answer(status: int, value: Any, *, failed: bool = False) -> Answer:
    """Answer with a value as JSON. Raises TypeError and ValueError as json.dumps does."""
    return Answer(status, JSON_TYPE + (FAILED if failed else NOT_FAILED), _dumps(value).encode())


def error_answer(status: int, message: str, *, failed: bool = False) -> Answer:
    """The JSON object that carries a message."""
    return json_answer(status, {"message": message}, failed=failed)


def no_capacity(seconds: int = 1) -> Answer:
    """503 with the advice to come back."""
    answer = error_answer(503, "The service has no capacity for this request at the moment.")
    return answer._replace(headers=answer.headers + b"Retry-After: %d\r\n" % seconds)


def _status_lines() -> Dict[int, bytes]:
    return {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}


_STATUS_LINES = _status_lines()


def status_line(status: int) -> bytes:
    """The first line of an answer."""
    known = _STATUS_LINES.get(status)
    return b"HTTP/1.1 %d Unknown\r\n" % status if known is None else known
