"""Messages between a worker and the process of its script, over a socket pair.

A message is a head of fixed size, fields as a JSON object, and a body of raw bytes. The sides take turns: each message
is followed by one of the other side, so nobody ever reads beyond the message that is due. Both check sizes, when they
send and when they receive.
"""

import json
import socket
import struct
from typing import Any, Dict, NamedTuple, Optional, Union

HEAD = struct.Struct("<4sBBHIQd")
"""Mark, kind, flags, nothing, bytes of the fields, bytes of the body, seconds that run() took."""
MARK = b"SDS1"
PROTOCOL = 1
LARGEST_FIELDS = 16 * 1024 * 1024
LARGEST_BODY = 1024 * 1024 * 1024
"""Bytes. A larger message is refused by both sides before any of it is taken."""

# Of the worker.
START, INIT, CALL, NEXT, CLOSE, GO_ON, END = 1, 2, 3, 4, 5, 6, 7
# Of the script's process.
HELLO, LOADED, READY, UNUSABLE, ANSWER, RESPONSE, PART, RAISED, BAD_INPUT, LINE, ROWS, ENDED = range(32, 44)

LINES_WAIT = 1
"""Flag of the worker: lines of its log wait to be written before the script's next one (see LINE)."""
STREAMED = 1
"""Flag of a RESPONSE: its parts come one by one, each after a NEXT."""

_AT_ONCE = 65536
_dumps, _loads = json.dumps, json.loads
"""As they were before the script came."""

Body = Union[bytes, bytearray, memoryview]


class ProtocolFault(Exception):
    """The other side does not speak the protocol; its text says what came instead, as the end of a sentence."""


class ChannelEnded(ProtocolFault):
    """The other side has closed the channel."""


class ScriptMessage(NamedTuple):
    """One message as it came."""

    kind: int
    flags: int
    seconds: float
    fields: Dict[str, Any]
    body: bytes


class ScriptChannel:
    """One end. Used by one thread at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(
        self,
        kind: int,
        fields: Optional[Dict[str, Any]] = None,
        body: Body = b"",
        *,
        flags: int = 0,
        seconds: float = 0.0,
    ) -> None:
        """Raises ProtocolFault for what is too large, and OSError."""
        text = _dumps(fields).encode() if fields else b""
        size = len(body)
        check_sizes(len(text), size)
        head = HEAD.pack(MARK, kind, flags, 0, len(text), size, seconds)
        if size < _AT_ONCE:
            self.connection.sendall(head + text + body)
        else:
            self.connection.sendall(head + text)
            self.connection.sendall(body)

    def receive(self) -> ScriptMessage:
        """The next message. Raises ChannelEnded, ProtocolFault and OSError."""
        data = self._some(_AT_ONCE)
        while len(data) < HEAD.size:
            data += self._some(_AT_ONCE, inside=True)
        mark, kind, flags, nothing, text_size, size, seconds = HEAD.unpack_from(data)
        if mark != MARK or nothing:
            raise ProtocolFault(f"sent what is no message of Scoredock ({data[:24]!r})")
        check_sizes(text_size, size)
        end = HEAD.size + text_size + size
        if len(data) > end:
            raise ProtocolFault("sent more than one message at a time")
        if len(data) < end:
            data = self._rest(data, end)
        fields = _fields(data[HEAD.size : HEAD.size + text_size]) if text_size else {}
        return ScriptMessage(kind, flags, seconds, fields, data[HEAD.size + text_size :])

    def _rest(self, data: bytes, end: int) -> bytes:
        parts, size = [data], len(data)
        while size < end:
            part = self._some(end - size, wait=True, inside=True)
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def _some(self, size: int, *, wait: bool = False, inside: bool = False) -> bytes:
        data = self.connection.recv(size, getattr(socket, "MSG_WAITALL", 0) if wait else 0)
        if not data:
            raise ChannelEnded("closed its channel" + (" in the middle of a message" if inside else ""))
        return data


def check_sizes(fields: int, body: int) -> None:
    """Raises ProtocolFault for a message that is too large."""
    if fields > LARGEST_FIELDS or body > LARGEST_BODY:
        raise ProtocolFault(
            f"has a message of {(fields + body) / 1e6:.0f} MB, more than the {LARGEST_BODY // 1024**2} MiB that one"
            " may have"
        )


def _fields(text: bytes) -> Dict[str, Any]:
    try:
        fields = _loads(text.decode())
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise ProtocolFault("sent fields that are no JSON object")
    return fields
