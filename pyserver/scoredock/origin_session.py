"""Sessions of requests that keep to one origin, and whose time-outs hold for all of an answer and not for each byte."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urljoin

import requests
import requests.adapters
import urllib3
import urllib3.connection

from scoredock import l10n
from scoredock.origins import host_and_port, is_for
from scoredock.timed_response import TimedResponse

_PIECE = 64 << 10


class ForeignRedirect(requests.RequestException):
    """Nothing was sent to where it leads."""


def keep_to(session: requests.Session, address: str) -> None:
    """A redirect to another origin than that of the address raises ForeignRedirect."""
    target_of = session.get_redirect_target

    def target(response: requests.Response) -> str | None:
        location = target_of(response)
        if location is not None and not is_for(address, place := urljoin(response.url, location)):
            raise ForeignRedirect(l10n.t("it redirects to another server, {host}", host=host_and_port(place) or "?"))
        return location

    session.get_redirect_target = target  # type: ignore[method-assign,assignment]


def whole_body(response: requests.Response, seconds: float) -> bytes:
    """Body of a response that comes as a stream. Raises requests.ReadTimeout when it takes longer, and what urllib3
    raises."""
    until, pieces = time.monotonic() + seconds, []
    while piece := response.raw.read1(_PIECE, decode_content=True):
        pieces.append(piece)
        if time.monotonic() > until:
            raise requests.ReadTimeout
    return b"".join(pieces)


class BoundedAdapter(requests.adapters.HTTPAdapter):
    """Mount it for `http://` and `https://`. A head that takes longer than the time-out for reading is a
    `requests.ReadTimeout`, and so is a body of which too little comes in that time; small ones are read by the caller,
    who has a limit for all of it."""

    def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
        super().init_poolmanager(*arguments, **settings)
        self.poolmanager.pool_classes_by_scheme = dict(_POOLS)

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **settings)
        if not proxy.lower().startswith("socks"):  # which have connections of their own
            manager.pool_classes_by_scheme = dict(_POOLS)
        return manager


def mount_bounded(session: requests.Session) -> None:
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter())


class _PlainConnection(urllib3.connection.HTTPConnection):
    response_class = TimedResponse


class _SecuredConnection(urllib3.connection.HTTPSConnection):
    response_class = TimedResponse


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecuredPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecuredConnection


_POOLS = {"http": _PlainPool, "https": _SecuredPool}
