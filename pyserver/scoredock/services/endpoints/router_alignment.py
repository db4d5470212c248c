"""Bringing the router of an endpoint in line with its row, which says all that a change wants of it."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

from scoredock.engines.handle import Handle
from scoredock.services.endpoints.adoption import keep_endpoint
from scoredock.services.endpoints.record import EndpointRecord, absorbed
from scoredock.services.endpoints.router import RouterProcess
from scoredock.services.endpoints.rows import EndpointRow, EndpointRows
from scoredock.services.ledger import Ledger
from scoredock.state_table import is_at_rest, is_changing
from scoredock_runtime.contract import Route, Routes, WithdrawalLimits

_NOWHERE = 9
"""The port of a version that never listened: nobody does there, so others answer for it."""
_READY_SECONDS = 15.0


class RouterAlignment:
    """Compares rows with routers, and does what is missing."""

    def __init__(self, rows: EndpointRows, routers: RouterProcess, ledger: Ledger) -> None:
        self._rows = rows
        self._routers = routers
        self._ledger = ledger

    def is_behind(self, row: EndpointRow) -> bool:
        """Whether the router is not what the row says."""
        if not row.running:
            return row.handle is not None
        if row.handle is None or is_at_rest(self._routers.observe(row.handle).state):
            return True
        routes = self._routers.routes(row.endpoint.name)
        return self.followed(row.endpoint) != row.endpoint or _routes(row.endpoint) != routes

    def settle(self, name: str) -> None:
        """Brings the router in line with the row. The lease is the caller's."""
        row = self._rows.require(name)
        keep_endpoint(self._routers.folder(name), row.endpoint, row.running, row.created)
        handle = self.handle(row)
        if not row.running:
            if handle is not None:
                self._routers.stop(handle)
            self._rows.set_handle(name, None)
            return
        endpoint = self.followed(row.endpoint)
        if endpoint != row.endpoint:
            self._rows.save(endpoint)
        if handle is None:
            handle = self._routers.start(name, endpoint.port, _routes(endpoint), endpoint.last_port)
        elif _routes(endpoint) != self._routers.routes(name):
            self._routers.change(handle, _routes(endpoint))
        if handle != row.handle:
            self._rows.set_handle(name, handle)
        port = self._await(handle)
        if port and port != endpoint.last_port:
            self._rows.save(replace(endpoint, last_port=port))
            keep_endpoint(self._routers.folder(name), replace(endpoint, last_port=port), row.running, row.created)

    def _await(self, handle: Handle) -> int:
        """A router is there at once; its first answer takes as long as its interpreter. The port; 0 for none."""
        deadline = time.monotonic() + _READY_SECONDS
        while is_changing((seen := self._routers.observe(handle)).state) and time.monotonic() < deadline:
            time.sleep(0.02)
        return seen.port or 0

    def handle(self, row: EndpointRow) -> Handle | None:
        """Of a router that runs, whether or not its start was written down."""
        if row.handle is not None and not is_at_rest(self._routers.observe(row.handle).state):
            return row.handle
        return self._routers.find(row.endpoint.name)

    def followed(self, endpoint: EndpointRecord) -> EndpointRecord:
        """With the ports where the services of its versions listen now and the revisions that they serve, and without
        those that the router withdrew."""
        services = {each.service.name: each.service for each in self._ledger.all()}
        versions = tuple(
            replace(each, port=there.port or each.port, revision=there.active_revision)
            if (there := services.get(each.service)) is not None
            else each
            for each in endpoint.versions
        )
        return absorbed(replace(endpoint, versions=versions), self._routers.withdrawals(endpoint.name))


def _routes(endpoint: EndpointRecord) -> Routes:
    versions = [
        Route(
            each.name,
            each.port or _NOWHERE,
            each.share,
            limits=WithdrawalLimits(each.armed, **asdict(each.limits)) if each.limits else None,
            revision=each.revision,
        )
        for each in endpoint.versions
    ]
    return Routes(
        versions, endpoint.default, endpoint.sticky_header, endpoint.mirror, endpoint.mirror_share, endpoint.takeover
    )
