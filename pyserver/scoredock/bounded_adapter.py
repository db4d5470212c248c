"""Connections of requests whose time-out holds for all of an answer's head, and not for each byte of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests.adapters
import urllib3
import urllib3.connection

from scoredock.answer_time import answer_time


class BoundedAdapter(requests.adapters.HTTPAdapter):
    """Mount it for `http://` and `https://`. A head that takes longer than the time-out for reading is a
    `requests.ReadTimeout`; bodies are read by the caller, who has limits of its own."""

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


def _within(connection: Any, answer: Callable[[], Any]) -> Any:
    if not isinstance(connection.timeout, (int, float)):
        return answer()
    line = connection.sock
    with answer_time(connection.timeout, lambda: line) as is_late:
        try:
            head = answer()
        except Exception as error:
            if is_late.is_set():
                raise TimeoutError("timed out") from error
            raise
    if is_late.is_set():  # what was cut off may look like a whole head
        raise TimeoutError("timed out")
    return head


class _PlainConnection(urllib3.connection.HTTPConnection):
    def getresponse(self) -> Any:
        return _within(self, super().getresponse)


class _SecuredConnection(urllib3.connection.HTTPSConnection):
    def getresponse(self) -> Any:
        return _within(self, super().getresponse)


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecuredPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecuredConnection


_POOLS = {"http": _PlainPool, "https": _SecuredPool}
