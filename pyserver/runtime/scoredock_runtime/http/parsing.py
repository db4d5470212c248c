"""The HTTP parser: httptools where it is installed, otherwise h11, which is pure Python, behind the same few calls.

Both tell a connection: on_message_begin, on_url, on_header, on_headers_complete, on_body, on_message_complete.
"""

from __future__ import annotations

from typing import Any, Callable, List, Protocol, Tuple, Type, Union

HEAD_LIMIT = 64 * 1024
"""Bytes of a request line and its headers."""


class ParserCallbacks(Protocol):
    """Receiver of what a parser has read."""

    def on_message_begin(self) -> None: ...

    def on_url(self, url: bytes) -> None: ...

    def on_header(self, name: bytes, value: bytes) -> None: ...

    def on_headers_complete(self) -> None: ...

    def on_body(self, data: bytes) -> None: ...

    def on_message_complete(self) -> None: ...


class Parser(Protocol):
    """Reads the requests of one connection."""

    def feed_data(self, data: Union[bytes, memoryview]) -> None:
        """Raises one of `MALFORMED`."""

    def get_method(self) -> bytes: ...

    def get_http_version(self) -> str: ...

    def should_keep_alive(self) -> bool: ...


_LENGTH_DIGITS = 15


def head_fault(version: str, headers: List[Tuple[bytes, bytes]]) -> str:
    """Reason why a request must not be answered whose head the parser took (RFC 9112, 3.2 and 6.1); empty when it may.

    Names are in lower case. What stands before a service may read such a request otherwise than it is read here.
    """
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding":
            if version == "1.0":
                return "HTTP/1.0 knows no transfer codings."
            if value.strip(b" \t").lower() != b"chunked":
                return "The request does not say clearly how long it is."
        elif name == b"content-length" and len(value) > _LENGTH_DIGITS:
            return "The length of the request is not a number."
    if hosts > 1 or (version == "1.1" and not hosts):
        return "The request must name one host."
    return ""


_Errors = Tuple[Type[BaseException], ...]


def _choose() -> Tuple[Callable[[Any], Parser], _Errors, _Errors, _Errors]:
    try:
        import httptools
    except ImportError:
        from scoredock_runtime.http import plain_parser

        return plain_parser.PurePythonParser, plain_parser.MALFORMED, (), ()
    errors = (httptools.HttpParserError,), (httptools.HttpParserUpgrade,), (httptools.HttpParserCallbackError,)
    return (httptools.HttpRequestParser, *errors)


parser_for, MALFORMED, UPGRADE, CALLBACK_RAISED = _choose()
"""Makes a parser for a connection; what it raises for bytes that are not HTTP; what for a wish to speak another
protocol; which of the errors for bytes that are not HTTP says that a call back raised instead."""
