"""Handshake by which driver and worker host prove to one another that they know the secret of the job, which neither
sends.

The host begins with a number that it has drawn for this connection: `{"challenge": …}`. The driver draws one as well,
and answers with an HMAC of both, `{"challenge": …, "worker": 3, "answer": …}`; the host then proves itself in the same
way, `{"answer": …}`, before the driver says anything of the job. What was recorded on one connection is of no use on
another, at another place, or in the other direction, as all of that is part of what is signed. What follows is neither
encrypted nor signed. The server uses this module too.
"""

import contextlib
import hmac
import json
import os
import socket
import threading
import time
from typing import Any, Dict, Iterator, List, Tuple

SECONDS = 10.0
"""For a whole handshake, however slowly it comes."""
MOST_WAITING = 32
"""Callers that have not proved themselves yet; one more takes the place of the one that has waited longest."""
AT_HOST, AT_RELAY = "host", "relay"
"""Places that ask for a proof."""
_LONGEST = 512
_NUMBER_BYTES = 32
_BY_DRIVER, _BY_HOST = "driver", "host"


class Stranger(OSError):
    """The other side does not know the secret of the job."""


class Door:
    """Door of a host or the relay, which lets in drivers that know the secret."""

    def __init__(self, secret: str, place: str) -> None:
        self._secret = secret
        self._place = place
        self._lock = threading.Lock()
        self._waiting: List[socket.socket] = []

    def admit(self, connection: socket.socket) -> int:
        """The number of the worker that a driver wants at the other end. Raises Stranger for anybody else, and OSError
        for a caller that has gone, or had to make room."""
        with self._lock:
            self._waiting.append(connection)
            crowd = self._waiting[:-MOST_WAITING]
            del self._waiting[:-MOST_WAITING]
        for each in crowd:
            with contextlib.suppress(OSError):  # it has gone by itself
                each.shutdown(socket.SHUT_RDWR)
        try:
            return self._challenge(connection)
        finally:
            with self._lock, contextlib.suppress(ValueError):  # it had to make room
                self._waiting.remove(connection)

    def _challenge(self, connection: socket.socket) -> int:
        line = _Line(connection, SECONDS)
        with _spoken():
            own = _drawn()
            line.send({"challenge": own})
            reply = line.receive()
            number, theirs = int(reply["worker"]), str(reply["challenge"])
            signed = (self._place, number, own, theirs)
            _require_equal(reply["answer"], _proof(self._secret, _BY_DRIVER, signed))
            line.send({"answer": _proof(self._secret, _BY_HOST, signed)})
        return number


def introduce(connection: socket.socket, secret: str, place: str, number: int, seconds: float = SECONDS) -> None:
    """The side of the driver, which wants the worker of a number. Raises Stranger where the other side does not know
    the secret or is silent, OSError for a connection that has ended."""
    line = _Line(connection, seconds)
    with _spoken():
        theirs, own = str(line.receive()["challenge"]), _drawn()
        signed = (place, number, theirs, own)
        line.send({"challenge": own, "worker": number, "answer": _proof(secret, _BY_DRIVER, signed)})
        _require_equal(line.receive()["answer"], _proof(secret, _BY_HOST, signed))


@contextlib.contextmanager
def _spoken() -> Iterator[None]:
    """Raises Stranger for whoever says something else."""
    try:
        yield
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Stranger("It does not speak as workers and their drivers do.") from None


class _Line:
    """Short lines of JSON, all of them together within so many seconds. Nothing behind a line is taken."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._end = time.monotonic() + seconds

    def send(self, message: Dict[str, Any]) -> None:
        """Raises OSError."""
        self._set_time()
        self._connection.sendall(json.dumps(message).encode("ascii") + b"\n")

    def receive(self) -> Dict[str, Any]:
        """Raises OSError, ValueError for what is no such line."""
        line = bytearray()
        while not line.endswith(b"\n"):
            if len(line) >= _LONGEST:
                raise ValueError("The line is too long.")
            self._set_time()
            byte = self._connection.recv(1)
            if not byte:
                raise ConnectionResetError("The connection ended before anybody had proved anything.")
            line += byte
        message = json.loads(line.decode("ascii"))
        if not isinstance(message, dict):
            raise ValueError("A message is not a JSON object.")
        return message

    def _set_time(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise Stranger("It has not proved in time that it knows the secret.")
        self._connection.settimeout(left)


def _drawn() -> str:
    return os.urandom(_NUMBER_BYTES).hex()


def _proof(secret: str, side: str, signed: Tuple[str, int, str, str]) -> str:
    words = json.dumps(["scoredock batch", side, *signed])
    return hmac.new(secret.encode(), words.encode("ascii"), "sha256").hexdigest()


def _require_equal(answer: Any, proof: str) -> None:
    """Raises Stranger."""
    if not hmac.compare_digest(str(answer).encode(), proof.encode()):
        raise Stranger("It does not know the secret of the job.")
