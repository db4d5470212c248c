"""h11, which is pure Python and keeps the state of a whole exchange, made to read requests only."""

from __future__ import annotations

from typing import Any, Tuple, Type, Union

import h11

from scoredock_runtime.http.parsing import HEAD_LIMIT, ParserCallbacks

MALFORMED: Tuple[Type[BaseException], ...] = (h11.RemoteProtocolError, ValueError)
"""ValueError for numbers of thousands of digits, with older releases."""


class PurePythonParser:
    """A fresh h11 connection for each request; the same calls as httptools."""

    def __init__(self, callbacks: ParserCallbacks) -> None:
        self._callbacks = callbacks
        self._method = b""
        self._version = "1.1"
        self._keep_alive = False
        self._connection = _h11_server()

    def feed_data(self, data: Union[bytes, memoryview]) -> None:
        self._connection.receive_data(data)
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data):
                self._callbacks.on_body(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                for name, value in event.headers:  # trailers
                    self._callbacks.on_header(bytes(name), bytes(value))
                rest = self._connection.trailing_data[0]
                self._connection = _h11_server()
                self._callbacks.on_message_complete()
                if not rest:
                    return
                # As soon as it begins: what comes next is not the beginning of a request.
                self._callbacks.on_message_begin()
                self._connection.receive_data(rest)

    def _begin(self, event: Any) -> None:
        self._method = bytes(event.method)
        self._version = event.http_version.decode()
        callbacks = self._callbacks
        callbacks.on_message_begin()
        callbacks.on_url(bytes(event.target))
        wish = b""
        for name, value in event.headers:
            callbacks.on_header(bytes(name), bytes(value))
            if name == b"connection":
                wish += b"," + value.lower()
        self._keep_alive = b"close" not in wish if self._version == "1.1" else b"keep-alive" in wish
        callbacks.on_headers_complete()

    def get_method(self) -> bytes:
        return self._method

    def get_http_version(self) -> str:
        return self._version

    def should_keep_alive(self) -> bool:
        return self._keep_alive


def _h11_server() -> Any:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
