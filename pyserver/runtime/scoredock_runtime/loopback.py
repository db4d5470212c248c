"""Which requests a service may answer at all: web pages of others must not reach it. Pure."""

from __future__ import annotations

import ipaddress
from typing import Dict, List, Optional, Sequence, Tuple
from urllib.parse import urlsplit

Headers = List[Tuple[bytes, bytes]]


def is_loopback(host: str) -> bool:
    """Whether the host name or address (without port) means this machine only."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def split_host(value: str) -> str:
    """The host of a Host header, without the port; empty when it is not one."""
    if not value or any(sign in value for sign in "/@\\?# \t,"):
        return ""
    try:
        return urlsplit(f"//{value}").hostname or ""
    except ValueError:
        return ""


class Gate:
    """The rule for one service.

    `origins` are those of AML_CORS_ORIGINS; `answers_cors` says that a raw-HTTP script sees to CORS itself."""

    def __init__(self, bound_host: str, origins: Sequence[str], *, answers_cors: bool = False) -> None:
        self._loopback_only = is_loopback(bound_host)
        self._origins = [origin.strip().rstrip("/").lower() for origin in origins if origin.strip()]
        self._any_origin = "*" in self._origins
        self._answers_cors = answers_cors
        self._known_hosts: Dict[bytes, bool] = {}

    def refusal(self, host: Optional[bytes], origin: Optional[bytes], fetch_site: Optional[bytes]) -> Optional[str]:
        """Why the request is refused, as a sentence; None when it may pass. Cheap for plain clients."""
        if self._loopback_only and host is not None and not self._host_is_ours(host):
            return "The Host header does not name this machine; the service answers on localhost only."
        if origin is not None:
            if self._origin_may(origin, host):
                return None
            return "Requests of web pages from another origin are refused; AML_CORS_ORIGINS opens the service to them."
        if (
            fetch_site is not None
            and fetch_site.lower() == b"cross-site"
            and not self._any_origin
            and not self._answers_cors
        ):
            return "Requests of web pages from another site are refused; AML_CORS_ORIGINS opens the service to them."
        return None

    def cors_headers(self, origin: Optional[bytes], *, preflight: bool, wanted: Optional[bytes]) -> Headers:
        """What AML_CORS_ORIGINS adds to an answer; an absent Origin is answered with the first one, as in v1."""
        if not self._origins:
            return []
        if self._any_origin:
            allowed = b"*"
        elif origin is None:
            allowed = self._origins[0].encode()
        elif origin.decode("latin-1").lower() in self._origins:
            allowed = origin
        else:
            return []
        headers: Headers = [(b"access-control-allow-origin", allowed)]
        if preflight:
            if wanted:
                headers.append((b"access-control-allow-headers", wanted))
            headers.append((b"access-control-allow-methods", b"GET, POST"))
        if not self._any_origin:
            headers.append((b"vary", b"Origin"))
        return headers

    def _host_is_ours(self, host: bytes) -> bool:
        known = self._known_hosts.get(host)
        if known is None:
            known = is_loopback(split_host(host.decode("latin-1")))
            if len(self._known_hosts) < 64:
                self._known_hosts[host] = known
        return known

    def _origin_may(self, origin: bytes, host: Optional[bytes]) -> bool:
        text = origin.decode("latin-1").lower()
        if self._answers_cors or self._any_origin or text in self._origins:
            return True
        return host is not None and text in (
            f"http://{host.decode('latin-1').lower()}",
            f"https://{host.decode('latin-1').lower()}",
        )
