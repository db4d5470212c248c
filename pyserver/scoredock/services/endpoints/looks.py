"""Endpoints for those who look all the time: a cluster that does not answer holds up none of the others."""

from __future__ import annotations

import time
from concurrent.futures import Future, wait
from dataclasses import replace

from scoredock import threads
from scoredock.engines.base import Observation
from scoredock.late_dataclass import dataclass
from scoredock.service import Service
from scoredock.services.endpoints.endpoints import Endpoints
from scoredock.services.endpoints.rows import EndpointRow
from scoredock.services.endpoints.view import EndpointView, services_of

_WAIT_SECONDS = 1.0
"""For a look at a router in a cluster, of which the next look says more."""
_SLOW_SECONDS = 0.8
"""A cluster that took longer the last time is not waited for."""


@dataclass(frozen=True, slots=True)
class _EndpointLook:
    """At an endpoint in a cluster."""

    view: EndpointView
    began: float
    ended: float


class EndpointLooks:
    """Views of endpoints for one caller; keeps the last observations of endpoints in clusters."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _EndpointLook] = {}
        self._under_way: dict[tuple[str, str], Future[_EndpointLook]] = {}

    def views(
        self, workspace: str, endpoints: Endpoints, services: list[Service], good_for: float
    ) -> list[EndpointView]:
        """All endpoints of a workspace, observed now. A look at a cluster is good for so many seconds."""
        rows = endpoints.rows()
        remote = {(workspace, each.endpoint.name): each for each in rows if each.endpoint.compute}
        self._take()
        due = {key: row for key, row in remote.items() if self._is_due(key, row, good_for)}
        if due:
            pool = threads.pool(len(due), "router")
            for key, row in due.items():
                self._under_way[key] = pool.submit(_look, endpoints, row, services)
            pool.shutdown(wait=False)
            wait(
                [each for key, each in self._under_way.items() if key in due and not self._was_slow(key)],
                _WAIT_SECONDS,
            )
            self._take()
        return [
            self._shown(key, row, endpoints, services)
            if (key := (workspace, row.endpoint.name)) in remote
            else endpoints.seen(row, services)
            for row in rows
        ]

    def _take(self) -> None:
        """Takes the looks that have ended."""
        for key, look in [(key, each) for key, each in self._under_way.items() if each.done()]:
            del self._under_way[key]
            if look.exception() is None:
                self._kept[key] = look.result()
            else:
                threads.note_fault_of("router")(look)

    def _is_due(self, key: tuple[str, str], row: EndpointRow, good_for: float) -> bool:
        if key in self._under_way:
            return False
        kept = self._kept.get(key)
        return kept is None or kept.view.row.updated != row.updated or time.monotonic() - kept.ended >= good_for

    def _was_slow(self, key: tuple[str, str]) -> bool:
        kept = self._kept.get(key)
        return kept is not None and kept.ended - kept.began > _SLOW_SECONDS

    def _shown(
        self, key: tuple[str, str], row: EndpointRow, endpoints: Endpoints, services: list[Service]
    ) -> EndpointView:
        """The last look; while one is late, that the cluster does not answer."""
        kept = self._kept.get(key)
        if kept is not None and (key not in self._under_way or not self._was_slow(key)):
            return replace(kept.view, services=services_of(row, services))
        away = Observation("Unhealthy", "cluster does not answer", row.endpoint.last_port or None)
        answered = kept.view.answered if kept is not None else {}
        log_file = endpoints.log_file(row.endpoint.name)
        return EndpointView(row, away if row.running else None, services_of(row, services), answered, log_file)


def _look(endpoints: Endpoints, row: EndpointRow, services: list[Service]) -> _EndpointLook:
    began = time.monotonic()
    return _EndpointLook(endpoints.seen(row, services), began, time.monotonic())
