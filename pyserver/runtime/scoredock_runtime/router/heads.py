"""Heads of requests and answers, read as far as it takes to find where a message ends and where it is to go. Pure.

What is passed on is passed on as it came, so a version reads the same bytes again. A request that the two could read
differently is refused here: only the strict form of a head passes, which every parser reads alike.
"""

from __future__ import annotations

import re
from typing import Dict, NamedTuple, Optional, Sequence

from scoredock_runtime.contract import CHALLENGE_HEADER

HEAD_LIMIT = 64 * 1024
CHUNKED = -1
"""Of a length: the body says itself where it ends."""
UNTIL_CLOSE = -2
"""Of an answer's length: the end of the connection is its end."""
PINNED = b"azureml-model-deployment"
"""Names the version that is to answer, as with online endpoints of v2; in answers the one that did."""

_CHALLENGE = CHALLENGE_HEADER.encode()
_CACHED_HEAD = 4096
_CACHED_HEADS = 512
_REQUEST_LINE = re.compile(rb"([A-Z][A-Z0-9!#$%&'*+.^_`|~-]*) [!-~]+ HTTP/1\.([01])\r\n")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*)\r\n")
FRAMING = frozenset((b"content-length", b"transfer-encoding"))
"""Headers that say where a message ends."""
_ONCE = FRAMING | {b"host"}
_KNOWN = frozenset((*_ONCE, b"connection", _CHALLENGE, PINNED))
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])[ \r]")
_CONNECTION = re.compile(rb"\r\nconnection:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_MARK = re.compile(rb"\r\n%b[ \t]*:[^\r\n]*(?=\r\n)" % PINNED, re.IGNORECASE)
_HOST = re.compile(rb"\r\nhost:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_DIGITS = 15
_FRAMING = re.compile(
    rb"\r\n(?:content-length:[ \t]*([0-9]{1,%d})[ \t]*(?=\r)|content-length|connection|transfer-encoding|%b)"
    % (_DIGITS, PINNED),
    re.IGNORECASE,
)
"""The headers that decide where an answer ends, and the one that is the router's to set, found in one search; the group
is the length, where it is one."""


class BadMessage(Exception):
    """A head or a body that is not passed on; its arguments are a status and a sentence."""

    @property
    def status(self) -> int:
        return int(self.args[0])

    @property
    def sentence(self) -> str:
        return str(self.args[1])


class RequestHead(NamedTuple):
    """Facts of a request's head that the router needs."""

    length: int
    """Bytes of the body, or CHUNKED."""
    keeps: bool
    """The client wants to use the connection again."""
    bodiless: bool
    """The answer has no body, whatever its head says: HEAD."""
    sticky: Optional[bytes]
    """The value of the header that ties requests to a version, where there is one."""
    pinned: Optional[bytes]
    """The version that the request names."""
    challenge: Optional[bytes]
    """Of a health request that asks who listens here: the router answers it itself."""
    usual: bool
    """The version is chosen for it, its answer has a body, it goes on as it came, and another request may follow."""
    passed_on: Optional[bytes] = None
    """The head that goes on in the place of this one: it names a version's own host where the client named that of the
    router, which no version answers to. None where it goes on as it came."""


class AnswerHead(NamedTuple):
    """Facts of an answer's head that the router needs."""

    size: int
    """Bytes of the head."""
    status: int
    length: int
    """Bytes of the body, CHUNKED or UNTIL_CLOSE."""
    closes: bool
    """The version closes its connection after it."""


class RequestHeads:
    """Reads heads and remembers those that it has read: a client sends the same ones again and again."""

    def __init__(self, sticky_header: str = "", hosts: Sequence[str] = ()) -> None:
        """`hosts` are names of the router."""
        self._sticky = sticky_header.lower().encode("latin-1", "replace")
        self._hosts = frozenset(each.strip().lower().encode("latin-1", "replace") for each in hosts if each.strip())
        self._known: Dict[bytes, RequestHead] = {}
        self.find = self._known.get
        """The head of these bytes, if they have been read before."""

    def read(self, head: bytes) -> RequestHead:
        """`head` ends with its empty line. Raises BadMessage."""
        line = _REQUEST_LINE.match(head)
        if line is None:
            raise BadMessage(400, "The request is not valid HTTP.")
        if line[1] == b"CONNECT":
            raise BadMessage(405, "The method is not allowed for the requested URL.")
        headers = self._headers(head, line.end())
        version_1_0 = line[2] == b"0"
        if not version_1_0 and b"host" not in headers:
            raise BadMessage(400, "The request must name one host.")
        wishes = headers.get(b"connection", b"").lower()
        keeps = b"keep-alive" in wishes if version_1_0 else b"close" not in wishes
        bodiless, pinned = line[1] == b"HEAD", headers.get(PINNED)
        is_own = headers.get(b"host", b"").partition(b":")[0].lower() in self._hosts
        read = RequestHead(
            _body_length(headers, version_1_0=version_1_0),
            keeps,
            bodiless,
            headers.get(self._sticky) if self._sticky else None,
            pinned,
            headers.get(_CHALLENGE) if head.startswith(b"GET / ") else None,
            keeps and not bodiless and pinned is None and not is_own,
            _HOST.sub(b"\r\nHost: localhost", head, 1) if is_own else None,
        )
        if read.challenge is None and len(head) <= _CACHED_HEAD:
            if len(self._known) >= _CACHED_HEADS:
                self._known.clear()
            self._known[head] = read
        return read

    def _headers(self, head: bytes, start: int) -> Dict[bytes, bytes]:
        """Those that matter, names in lower case. Raises BadMessage."""
        headers: Dict[bytes, bytes] = {}
        last = len(head) - 2
        while start < last:
            header = HEADER.match(head, start)
            if header is None:
                raise BadMessage(400, "The request is not valid HTTP.")
            name = header[1].lower()
            if name in _KNOWN or name == self._sticky:
                value = header[2].rstrip(b" \t")
                if name in _ONCE and name in headers:
                    raise BadMessage(400, f"The request has the header {name.decode()} twice.")
                headers[name] = headers[name] + b"," + value if name in headers else value
            start = header.end()
        return headers


def _body_length(headers: Dict[bytes, bytes], *, version_1_0: bool) -> int:
    """Raises BadMessage for what two parsers could read differently."""
    length, coding = headers.get(b"content-length"), headers.get(b"transfer-encoding")
    if coding is not None:
        if length is not None or version_1_0 or coding.lower() != b"chunked":
            raise BadMessage(400, "The request does not say clearly how long it is.")
        return CHUNKED
    if length is None:
        return 0
    if not length.isdigit() or len(length) > _DIGITS:
        raise BadMessage(400, "The length of the request is not a number.")
    return int(length)


def read_answer(data: bytes, *, bodiless: bool) -> Optional[AnswerHead]:
    """The head that `data` begins with; None while it is not complete. Raises ValueError for what is not HTTP."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > HEAD_LIMIT:
            raise ValueError("the head of the answer is too large")
        return None
    line = _STATUS_LINE.match(data)
    if line is None:
        raise ValueError("the answer is not HTTP")
    head = data[: end + 2].lower()
    status = int(line[2])
    keeps = line[1] == b"1"
    start = head.find(b"\r\nconnection:")
    if start >= 0:
        wish = head[start + 13 : head.find(b"\r", start + 13)]
        keeps = b"close" not in wish if keeps else b"keep-alive" in wish
    length = 0 if bodiless or status < 200 or status in (204, 304) else _answer_length(head)
    return AnswerHead(end + 4, status, length, not keeps or length == UNTIL_CLOSE)


def _answer_length(head: bytes) -> int:
    start = head.find(b"\r\ntransfer-encoding:")
    if start >= 0:
        coding = head[start + 20 : head.find(b"\r", start + 20)]
        return CHUNKED if coding.strip() == b"chunked" else UNTIL_CLOSE
    start = head.find(b"\r\ncontent-length:")
    if start < 0:
        return UNTIL_CLOSE
    value = head[start + 17 : head.find(b"\r", start + 17)].strip()
    if not value.isdigit() or len(value) > _DIGITS:
        raise ValueError("the length of the answer is not a number")
    return int(value)


def whole_answer(data: bytes) -> int:
    """The status, where `data` is one whole answer with a length after which the connection goes on: most are. Else 0,
    and `read_answer` tells."""
    end = data.find(b"\r\n\r\n")
    lengths = _FRAMING.findall(data, 0, end + 2) if end > 0 else []
    if len(lengths) != 1 or not lengths[0] or int(lengths[0]) != len(data) - end - 4:
        return 0
    status = data[9:12]
    return int(status) if data.startswith(b"HTTP/1.1 ") and b"200" <= status <= b"999" and status.isdigit() else 0


def without_connection(head: bytes) -> bytes:
    """The head of an answer without what it says of the connection: that is between the version and the router."""
    return _CONNECTION.sub(b"", head)


def without_mark(head: bytes) -> bytes:
    """The head of an answer that names no version: who answered is for the router to say, not for a script."""
    return _MARK.sub(b"", head)
