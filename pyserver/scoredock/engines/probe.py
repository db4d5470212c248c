"""Talks to a service on loopback: is it ours, and is it well? No proxy is ever asked."""

from __future__ import annotations

import hmac
import http.client
import secrets
from dataclasses import dataclass

from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Probe:
    """What a health request met."""

    reached: bool
    """Something answered HTTP there."""
    proven: bool
    """It holds the nonce of our service, so it is no stranger on our port."""
    status: int = 0

    @property
    def healthy(self) -> bool:
        return self.proven and self.status == 200


def probe(port: int, nonce: str, timeout: float = 2.0) -> Probe:
    """One health request. Never raises for what the other side does."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        return probe_on(connection, nonce)
    except (OSError, http.client.HTTPException):
        return Probe(False, False)
    finally:
        connection.close()


def probe_on(connection: http.client.HTTPConnection, nonce: str) -> Probe:
    """The same on an open connection, which stays usable. Raises OSError and HTTPException."""
    challenge = secrets.token_hex(16)
    connection.request("GET", "/", headers={CHALLENGE_HEADER: challenge})
    answer = connection.getresponse()
    answer.read(65_536)
    given = (answer.getheader(PROOF_HEADER) or "").encode("latin-1", "replace")
    return Probe(True, hmac.compare_digest(given, proof(nonce, challenge).encode()), answer.status)
