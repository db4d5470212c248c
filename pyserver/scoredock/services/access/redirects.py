"""Where a response sends its caller on to: followed within the same service only, so that nothing of a request, its key
least of all, goes to anybody else."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urljoin, urlsplit

from scoredock.engines.probe import Address

MOST_REDIRECTS = 10
_STATUSES = frozenset({301, 302, 303, 307, 308})
_KEPT = "/%:@!$&'()*+,;=~-._?[]"


def is_redirect(status: int, location: str) -> bool:
    return status in _STATUSES and location != ""


def path_here(location: str, path: str, address: Address) -> str:
    """The path with the query that a `Location` names, seen from a request for `path`; empty for another server."""
    text = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        parts = urlsplit(urljoin(f"{address.scheme}://127.0.0.1:{address.port}{path}", text))
        is_same = (parts.scheme, parts.port) == (address.scheme, address.port) and is_loopback(parts.hostname or "")
    except ValueError:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=_KEPT) if is_same else ""


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost") or host == "0.0.0.0":  # noqa: S104 (nothing is bound)
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
