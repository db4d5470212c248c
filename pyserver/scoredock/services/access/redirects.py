"""Redirects of a service, followed within it only, so that a request and its key go to no other server."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urljoin, urlsplit

from scoredock.engines.probe import Address
from scoredock.origins import is_for, origin_of

MOST_REDIRECTS = 10
_STATUSES = frozenset({301, 302, 303, 307, 308})
_KEPT = "/%:@!$&'()*+,;=~-._?[]"


def is_redirect(status: int, location: str) -> bool:
    return status in _STATUSES and location != ""


def path_here(location: str, path: str, address: Address) -> str:
    """The path with the query that a `Location` names, seen from a request for `path`; empty for another server."""
    text = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        target = urljoin(f"{address.scheme}://127.0.0.1:{address.port}{path}", text)
    except ValueError:
        return ""
    parts = urlsplit(target)
    host = origin_of(target).host
    here = f"{address.scheme}://{f'[{host}]' if ':' in host else host}:{address.port}"
    if not is_loopback(host) or not is_for(here, target):
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=_KEPT)


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost") or host == "0.0.0.0":  # noqa: S104 (nothing is bound)
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
