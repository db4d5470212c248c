"""Origin that a credential is for: scheme, host and port of an address that somebody named (RFC 6454).

Every client of ours that sends a credential asks here before it follows what an answer or a file names: a redirect, a
next page, the place of an upload, the realm of a challenge. Pure, and Python 3.6 without anything of the server: what
speaks to Azure in the person's own Python reads this file as well.
"""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
Origin = NamedTuple("Origin", (("scheme", str), ("host", str), ("port", int)))
_NOWHERE = Origin("", "", 0)
_AUTHORITY = re.compile(r"[^:/?#]+://([^/?#]*)")
_READ_DIFFERENTLY = re.compile(r"[\x00-\x20\\]")
"""Where a host ends before or behind them, clients do not agree."""


def origin_of(address: str) -> Origin:
    """Origin of a web address; for anything else one that is equal to no origin of the web."""
    authority = _AUTHORITY.match(address)
    if authority is None or _READ_DIFFERENTLY.search(authority.group(1)):
        return _NOWHERE
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return _NOWHERE
    host = (parts.hostname or "").rstrip(".")
    return Origin(parts.scheme, host, port) if host and port else _NOWHERE


def is_for(named: str, address: str) -> bool:
    """True if a credential for the address that somebody named may be sent to another one."""
    origin = origin_of(named)
    return origin != _NOWHERE and origin == origin_of(address)


def takes_challenge(registry: str, realm: str) -> bool:
    """True if a credential for a registry may be sent to the realm of a challenge which that registry sent itself: over
    TLS anywhere, as public registries have it; in the clear only to the registry's own host, which is spoken to in the
    clear as well."""
    own, other = origin_of(registry), origin_of(realm)
    if _NOWHERE in (own, other):
        return False
    return other.scheme == "https" or (own.scheme == other.scheme == "http" and own.host == other.host)


def host_and_port(address: str) -> str:
    """Host for a person to read: no user, no password, no path; the port if it is not the usual one."""
    origin = origin_of(address)
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return host if origin.port == _PORTS.get(origin.scheme, 0) else f"{host}:{origin.port}"


def proxy_of(address: str) -> str:
    """The proxy of the environment through which an address is reached, without its login; empty for none."""
    from urllib.request import getproxies, proxy_bypass  # only a failure needs it

    parts = urlsplit(address)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy or (parts.hostname and proxy_bypass(parts.hostname)):
        return ""
    place = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return f"{place.scheme}://{place.netloc.rpartition('@')[2]}"
