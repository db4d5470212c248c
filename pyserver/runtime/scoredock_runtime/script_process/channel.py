"""Messages between a worker and the process of its script, over two pipes.

A message is a head of fixed size, fields as a JSON object, and a body of raw bytes. The sides take turns: each message
is followed by one of the other side, so nobody ever reads beyond the message that is due. Both check sizes, when they
send and when they receive.
"""

import contextlib
import json
import mmap
import os
import select
import struct
import time
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
DEBUGGING = 44

LINES_WAIT = 1
"""Flag of the worker: lines of its log wait to be written before the script's next one (see LINE)."""
ONLY_ID = 2
"""Flag of a CALL that has no other field than the id of its request: that stands there instead of an object."""
SHARED = 128
"""Flag of both: the body lies in the memory that both share, and does not follow."""
STREAMED = 1
"""Flag of a RESPONSE: its parts come one by one, each after a NEXT."""

_AT_ONCE = 65536
_MUCH = 1024 * 1024
_KEPT = 16 * 1024 * 1024
"""Bytes of shared memory that stay for the next body: to have them anew takes six times as long as to fill them."""
_HALF = "closed its channel in the middle of a message"
_BUFFER = 1024 * 1024
"""Bytes on their way, as far as the system lets them: fewer changes between the processes for large bodies."""
_SET_PIPE_SIZE = 1031
"""F_SETPIPE_SZ of Linux, which Python names since 3.10."""
_pack, _unpack = HEAD.pack, HEAD.unpack_from
_dumps, _loads = json.dumps, json.loads
"""As they were before the script came."""

_NOTHING: Dict[str, Any] = {}
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
    body: Body


class PipeEnds:
    """Descriptors of a pipe to read from and one to write to. A message there and one back cost the kernel half of what
    they cost over a socket pair."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._deadline: Optional[float] = None
        with contextlib.suppress(ImportError, OSError):  # another system, or more than this user may have
            import fcntl

            fcntl.fcntl(writing, _SET_PIPE_SIZE, _BUFFER)

    def limit(self, seconds: Optional[float]) -> None:
        """Makes reading raise TimeoutError once so much time has passed; None for no limit."""
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def read(self, size: int) -> bytes:
        """Bytes that are there, at most so many, waiting for them; empty at the end. Raises OSError."""
        if self._deadline is not None:
            self._wait(self._deadline)
        return os.read(self._reading, size)

    def read_into(self, view: memoryview) -> int:
        """The same, into this memory; how many bytes they are."""
        data = self.read(min(len(view), _BUFFER))
        view[: len(data)] = data
        return len(data)

    def write(self, data: Body) -> None:
        """All of it. Raises OSError."""
        size = len(data)
        count = os.write(self._writing, data)
        if count < size:
            with memoryview(data) as view:
                while count < size:
                    count += os.write(self._writing, view[count:])

    def close(self) -> None:
        """Whatever is done with it then raises OSError. Harmless when it is closed."""
        reading, writing = self._reading, self._writing
        self._reading = self._writing = -1
        for descriptor in {reading, writing} - {-1}:
            os.close(descriptor)

    def _wait(self, deadline: float) -> None:
        poller = select.poll()
        poller.register(self._reading, select.POLLIN)
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000.0):
            raise TimeoutError


class ScriptChannel:
    """One end. Used by one thread at a time."""

    def __init__(self, ends: PipeEnds, shared: int = -1, *, views: bool = False) -> None:
        self.ends = ends
        self._shared = shared
        """Descriptor of a file in memory for large bodies, which a pipe would carry in small pieces; -1 for none."""
        self._views = views
        """A large body is a view of that memory, good until the next message is sent."""
        self._holds_much = False

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
        self.put(kind, _dumps(fields).encode() if fields else b"", body, flags, seconds)

    def put(self, kind: int, text: bytes, body: Body, flags: int, seconds: float) -> None:
        """The same, with the bytes of the fields."""
        size = len(body)
        if size < _AT_ONCE and len(text) < _AT_ONCE:
            self.ends.write(_pack(MARK, kind, flags, 0, len(text), size, seconds) + text + body)
            return
        check_sizes(len(text), size)
        if size >= _MUCH and self._share(body):
            self.ends.write(_pack(MARK, kind, flags | SHARED, 0, len(text), size, seconds) + text)
            return
        self.ends.write(_pack(MARK, kind, flags, 0, len(text), size, seconds) + text)
        self.ends.write(body)

    def _share(self, body: Body) -> bool:
        """True if it could be put into the shared memory."""
        if self._shared < 0:
            return False
        try:
            with memoryview(body) as view:
                done = 0
                while done < len(view):
                    done += os.pwrite(self._shared, view[done:], done)
        except OSError:
            return False  # no memory for it: the pipe needs less at a time
        self._holds_much = done > _KEPT
        return True

    def _from_shared(self, size: int) -> Body:
        """Body in the shared memory: as it lies there for a script, whose text is decoded from it, else a copy."""
        if self._shared < 0 or os.fstat(self._shared).st_size < size:
            raise ProtocolFault("sent less than it said")
        if self._views:
            return memoryview(mmap.mmap(self._shared, size, access=mmap.ACCESS_READ))
        body = os.pread(self._shared, size, 0)
        self._holds_much = size > _KEPT
        self.give_back()
        return body

    def give_back(self) -> None:
        """The other side has no view of the shared memory any more."""
        if self._holds_much:
            self._holds_much = False
            os.ftruncate(self._shared, 0)

    def receive(self) -> ScriptMessage:
        """The next message. Raises ChannelEnded, ProtocolFault and OSError."""
        data = self.ends.read(_AT_ONCE)
        if len(data) < HEAD.size:
            data = self._head(data)
        mark, kind, flags, nothing, text_size, size, seconds = _unpack(data)
        if mark != MARK or nothing:
            raise ProtocolFault(f"sent what is not a message of Scoredock ({data[:24]!r})")
        begin = HEAD.size + text_size
        is_shared = bool(flags & SHARED)
        end = begin if is_shared else begin + size
        if len(data) == end:
            body: Body = data[begin:]
        else:
            check_sizes(text_size, size)
            if len(data) > end:
                raise ProtocolFault("sent more than one message at a time")
            if len(data) < begin:
                data = bytes(self._whole(data, begin))
            body = self._whole(data[begin:], end - begin)
        if is_shared:
            check_sizes(text_size, size)
            body = self._from_shared(size)
        if not text_size:
            fields = _NOTHING
        elif flags & ONLY_ID and kind == CALL:
            fields = {"id": data[HEAD.size : begin].decode("latin-1")}
        else:
            fields = _fields(data[HEAD.size : begin])
        return ScriptMessage(kind, flags, seconds, fields, body)

    def _head(self, data: bytes) -> bytes:
        """Bytes that have come, once the head is there."""
        if not data:
            raise ChannelEnded("closed its channel")
        while len(data) < HEAD.size:
            data += self._some(_AT_ONCE)
        return data

    def _whole(self, data: bytes, size: int) -> Union[bytes, bytearray]:
        """`data` and what is still to come up to this size; where that is much, without a second copy."""
        if size - len(data) < _MUCH:
            while len(data) < size:
                data += self._some(size - len(data))
            return data
        whole = bytearray(size)
        whole[: len(data)] = data
        with memoryview(whole) as view:
            have = len(data)
            while have < size:
                count = self.ends.read_into(view[have:])
                if not count:
                    raise ChannelEnded(_HALF)
                have += count
        return whole

    def _some(self, size: int) -> bytes:
        data = self.ends.read(size)
        if not data:
            raise ChannelEnded(_HALF)
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
        raise ProtocolFault("sent fields that are not a JSON object")
    return fields
