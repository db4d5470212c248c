"""Talks to a service on loopback: is it ours, and is it well? No proxy is ever asked."""

from __future__ import annotations

import hmac
import http.client
import io
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoredock.engines.handle import Handle
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """Port of a service, and what identifies the service there."""

    port: int
    nonce: str
    certificate: str = ""
    """Its PEM file when it speaks HTTPS; empty for plain HTTP."""
    is_chosen: bool = False
    """A person named the port: whoever listens there is meant, and has nothing to prove."""

    @property
    def scheme(self) -> str:
        return "https" if self.certificate else "http"

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        """Not connected yet; `timeout` in seconds for each step."""
        if self.certificate:
            return _PinnedConnection(self.port, self.certificate, timeout)
        return http.client.HTTPConnection(LOOPBACK, self.port, timeout=timeout)


def address_of(handle: Handle, port: int) -> Address:
    """Address of a service that listens on `port`."""
    return Address(port, handle.nonce, handle.certificate)


@dataclass(frozen=True, slots=True)
class Probe:
    """Result of a health request."""

    reached: bool
    """Something answered HTTP there."""
    proven: bool
    """It holds the nonce of our service, so it is not a stranger on our port."""
    status: int = 0

    @property
    def healthy(self) -> bool:
        return self.proven and self.status == 200


def probe(address: Address, timeout: float = 2.0) -> Probe:
    """One health request, which takes `timeout` in all. Never raises for what the other side does."""
    connection = address.connection(timeout)
    try:
        end_in_all(connection, timeout)
        return probe_on(connection, address.nonce)
    except (OSError, http.client.HTTPException):
        return Probe(False, False)
    finally:
        connection.close()


class LastingProbes:
    """Probes of services to which every new connection takes long. One that met a healthy service counts for some
    seconds, as long as nothing that leads there has changed. Thread-safe."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._good: dict[Address, tuple[float, object]] = {}
        """When the newest good one was made of an address, and what led there."""

    def probe(self, address: Address, way: object, timeout: float) -> Probe:
        """See `probe`. `way` is whatever leads to the service: its pods, say."""
        at, earlier = self._good.get(address, (float("-inf"), None))
        now = time.monotonic()
        if earlier == way and now - at < self._seconds:
            return Probe(True, True, 200)
        met = probe(address, timeout)
        if met.healthy:
            self._good = {each: good for each, good in self._good.items() if now - good[0] < self._seconds}
            self._good[address] = now, way
        return met


def probe_on(connection: http.client.HTTPConnection, nonce: str) -> Probe:
    """The same on an open connection, which stays usable. Raises OSError and HTTPException.

    It carries no key: whoever answers has not proven yet that it may see one.
    """
    challenge = secrets.token_hex(16)
    connection.request("GET", "/", headers={CHALLENGE_HEADER: challenge})
    answer = connection.getresponse()
    answer.read(65_536)
    given = (answer.getheader(PROOF_HEADER) or "").encode("latin-1", "replace")
    return Probe(True, hmac.compare_digest(given, proof(nonce, challenge).encode()), answer.status)


def end_in_all(connection: http.client.HTTPConnection, seconds: float) -> None:
    """Connects, and lets every wait on the connection end after `seconds` in all: a time-out of its own begins again
    with each byte. Raises OSError, TimeoutError then, too."""
    deadline = time.monotonic() + seconds
    connection.connect()
    plain: Any = connection.sock
    connection.sock = _EndingSocket(plain, deadline)


class _EndingSocket:
    """A socket whose every wait ends at a moment."""

    def __init__(self, plain: Any, deadline: float) -> None:
        self._plain = plain
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._limit()
        self._plain.sendall(data)

    def makefile(self, mode: str, *_: object) -> io.BufferedReader:  # noqa: ARG002 (answers are read as bytes)
        return io.BufferedReader(_EndingReader(self._plain.makefile("rb", buffering=0), self._limit))

    def close(self) -> None:
        self._plain.close()

    def shutdown(self, how: int) -> None:
        self._plain.shutdown(how)

    def _limit(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._plain.settimeout(left)


class _EndingReader(io.RawIOBase):
    """Reader of such a socket."""

    def __init__(self, plain: Any, limit: Callable[[], None]) -> None:
        self._plain = plain
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._limit()
        count: int | None = self._plain.readinto(buffer)
        return count

    def close(self) -> None:
        self._plain.close()
        super().close()


class _PinnedConnection(http.client.HTTPConnection):
    """HTTPS to exactly the certificate in a file. Who signed it, for which name and until when does not matter on
    loopback."""

    def __init__(self, port: int, certificate: str, timeout: float) -> None:
        super().__init__(LOOPBACK, port, timeout=timeout)
        self._certificate = certificate

    def connect(self) -> None:
        """Raises OSError, also for another certificate than the expected one."""
        expected_certificate = _first_certificate(self._certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        plain = socket.create_connection((LOOPBACK, self.port), self.timeout)
        try:
            self.sock = context.wrap_socket(plain)
        except BaseException:
            plain.close()
            raise
        if self.sock.getpeercert(binary_form=True) != expected_certificate:
            self.close()
            raise ssl.SSLError("another certificate answers on the port")


def _first_certificate(path: str) -> bytes:
    """Raises OSError."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    text = Path(path).read_text("ascii", "replace")
    first = text.find(begin)
    last = text.find(end, first)
    if first < 0 or last < 0:
        raise ssl.SSLError("the certificate file holds none")
    try:
        return ssl.PEM_cert_to_DER_cert(text[first : last + len(end)])
    except ValueError:
        raise ssl.SSLError("the certificate file is damaged") from None
