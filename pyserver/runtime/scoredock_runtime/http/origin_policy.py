"""Requests that a service may answer at all: web pages of others must not reach it. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Dict, List, Optional, Pattern, Sequence, Tuple, Union
from urllib.parse import urlsplit

from scoredock_runtime.contract import ALLOWED_HOSTS

Headers = List[Tuple[bytes, bytes]]


def is_loopback(host: str) -> bool:
    """True if the host name or address (without port) means this machine only."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_address(host: str) -> bool:
    """True if the host (without port) is an IP address. A page of somebody else's cannot make one mean this service, as
    it can with a name of its own (DNS rebinding)."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def split_host(value: str) -> str:
    """The host of a Host header, without the port; empty when it is not one."""
    if not value or any(sign in value for sign in "/@\\?# \t,"):
        return ""
    try:
        return urlsplit(f"//{value}").hostname or ""
    except ValueError:
        return ""


def _rule(origin: str) -> Union[str, Pattern[str]]:
    """An expression where the text looks like one, by the signs that flask-cors goes by."""
    if not set(origin) & set("*\\]?$^[]()"):
        return origin
    try:
        return re.compile(origin, re.IGNORECASE)
    except re.error as fault:
        raise ValueError(f"AML_CORS_ORIGINS holds {origin!r}, which is not a regular expression: {fault}.") from None


class OriginPolicy:
    """The rule for one service.

    `origins` are those of AML_CORS_ORIGINS, regular expressions among them; `answers_cors` says that a raw-HTTP script
    sees to CORS itself. `hosts` are the names that a service which others may reach answers to, besides those of this
    machine and all addresses; with none given, or `*` among them, it answers to every name. One that starts with a dot
    stands for all names that end so. Raises ValueError for an expression that is none."""

    def __init__(
        self, bound_host: str, origins: Sequence[str], *, answers_cors: bool = False, hosts: Sequence[str] = ()
    ) -> None:
        self._loopback_only = is_loopback(bound_host)
        names = [name.strip().rstrip(".").lower() for name in hosts if name.strip()]
        self._hosts = () if "*" in names else tuple(names)
        given = [origin.strip() for origin in origins if origin.strip()]
        self._origins = [origin.rstrip("/").lower() for origin in given]
        self._any_origin = "*" in given or ".*" in given
        self._rules = [_rule(".*" if origin == "*" else origin) for origin in given]
        self._answers_cors = answers_cors
        self._known_hosts: Dict[bytes, bool] = {}
        self.opens = bool(self._origins)
        """Whether answers carry CORS headers."""

    def let_script_answer(self, answers_cors: bool) -> None:
        """Known once the script is imported."""
        self._answers_cors = answers_cors

    def refusal(
        self,
        host: Optional[bytes],
        origin: Optional[bytes],
        fetch_site: Optional[bytes],
        fetch_mode: Optional[bytes] = None,
    ) -> Optional[str]:
        """Reason why the request is refused, as a sentence; None when it may pass. Cheap for plain clients.

        On this machine, a page of another port is of the same site, but not ours; a person may follow its link.
        """
        if self._loopback_only and host is not None and not self._host_is_ours(host):
            return "The Host header does not name this machine; the service answers on localhost only."
        if self._hosts and host is not None and not self._host_is_ours(host):
            return f"The Host header names no host that {ALLOWED_HOSTS} lists."
        if origin is not None:
            if self._origin_may(origin, host):
                return None
            return "Requests of web pages from another origin are refused; AML_CORS_ORIGINS opens the service to them."
        if fetch_site is not None and not self._any_origin and not self._answers_cors:
            site = fetch_site.lower()
            foreign = site == b"cross-site"
            if self._loopback_only and site == b"same-site" and fetch_mode != b"navigate":
                foreign = True
        else:
            foreign = False
        if foreign:
            return "Requests of web pages from another site are refused; AML_CORS_ORIGINS opens the service to them."
        return None

    def cors_headers(
        self, origin: Optional[bytes], *, preflight: Optional[bytes], request_headers: Optional[bytes]
    ) -> Headers:
        """Headers that AML_CORS_ORIGINS adds to an answer, as flask-cors does in v1: also to a request without Origin.

        `preflight` is Access-Control-Request-Method of an OPTIONS request, `request_headers` its
        Access-Control-Request-Headers.
        """
        allowed = self._allowed(origin)
        if allowed is None:
            return []
        headers: Headers = [(b"Access-Control-Allow-Origin", allowed)]
        if preflight and preflight.upper() in b"GET, POST":
            names = sorted(each.strip() for each in (request_headers or b"").split(b","))
            if request_headers:
                headers.append((b"Access-Control-Allow-Headers", b", ".join(names)))
            headers.append((b"Access-Control-Allow-Methods", b"GET, POST"))
        if allowed != b"*" and (len(self._rules) > 1 or not isinstance(self._rules[0], str)):
            headers.append((b"Vary", b"Origin"))
        return headers

    def _allowed(self, origin: Optional[bytes]) -> Optional[bytes]:
        if not origin:
            if self._any_origin:
                return b"*"
            plain = sorted(rule for rule in self._rules if isinstance(rule, str))
            return plain[0].encode("latin-1", "replace") if plain else None
        text = origin.decode("latin-1")
        for rule in self._rules:
            if rule.casefold() == text.casefold() if isinstance(rule, str) else rule.match(text):
                return origin
        return None

    def _host_is_ours(self, host: bytes) -> bool:
        is_ours = self._known_hosts.get(host)
        if is_ours is None:
            name = split_host(host.decode("latin-1")).rstrip(".")
            is_ours = is_loopback(name) or (not self._loopback_only and self._is_listed(name))
            if len(self._known_hosts) < 64:
                self._known_hosts[host] = is_ours
        return is_ours

    def _is_listed(self, name: str) -> bool:
        return is_address(name) or any(
            name.endswith(each) if each.startswith(".") else name == each for each in self._hosts
        )

    def _origin_may(self, origin: bytes, host: Optional[bytes]) -> bool:
        text = origin.decode("latin-1").lower()
        if self._answers_cors or self._any_origin or text in self._origins:
            return True
        # The whole of it, where the header's rule is content with a beginning.
        if any(not isinstance(rule, str) and rule.fullmatch(text) for rule in self._rules):
            return True
        return host is not None and text in (
            f"http://{host.decode('latin-1').lower()}",
            f"https://{host.decode('latin-1').lower()}",
        )
