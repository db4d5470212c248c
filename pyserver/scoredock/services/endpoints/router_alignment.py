"""Bringing the router of an endpoint in line with its row, which says all that a change wants of it."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

from scoredock.engine_table import DEFAULT_ENGINE
from scoredock.engines.handle import Handle
from scoredock.errors import ScoredockError
from scoredock.services.endpoints.adoption import keep_endpoint
from scoredock.services.endpoints.cluster_router import RouterInCluster, Surroundings
from scoredock.services.endpoints.record import EndpointRecord, absorbed
from scoredock.services.endpoints.router import Router, RouterFiles, RouterProcess
from scoredock.services.endpoints.rows import EndpointRow, EndpointRows
from scoredock.state_table import is_at_rest, is_changing
from scoredock_runtime.contract import Route, Routes, WithdrawalLimits

_NOWHERE = Route("", 9)
"""Of a version that never listened: nobody does there, so others answer for it."""
_READY_SECONDS = 15.0


class RouterAlignment:
    """Compares rows with routers, and does what is missing."""

    def __init__(self, rows: EndpointRows, surroundings: Surroundings) -> None:
        self._rows = rows
        self.files = RouterFiles(surroundings.registry.folder)
        folder = surroundings.registry.folder
        self._process = RouterProcess(folder, surroundings.engines[DEFAULT_ENGINE], surroundings.ledger)
        self._cluster = RouterInCluster(surroundings)

    def router(self, endpoint: EndpointRecord) -> Router:
        """Router of the kind that an endpoint needs: in its cluster, or a process on this machine."""
        return self._cluster if endpoint.compute else self._process

    def of_another_home(self, row: EndpointRow) -> EndpointRow:
        """The row with a router that another home of the workspace has started, where that is in a cluster; nothing is
        written down."""
        if row.handle is not None or not row.endpoint.compute:
            return row
        endpoint, handle = self._cluster.of_another_home(row.endpoint)
        return row if handle is None else replace(row, endpoint=endpoint, handle=handle, running=True)

    def take_up(self, name: str) -> None:
        """Writes down the router that another home of the workspace has started, and how it divides the requests,
        before this home changes it for the first time. Raises ScoredockError, OSError."""
        row = self._rows.require(name)
        if row.handle is not None or not row.endpoint.compute:
            return
        endpoint, handle = self._cluster.taken_up(row.endpoint)
        if handle is not None:
            self._rows.save(endpoint)
            self._rows.set_running(name, True)
            self._rows.set_handle(name, handle)

    def is_behind(self, row: EndpointRow) -> bool:
        """True if the router is not what the row says."""
        if not row.running:
            return row.handle is not None
        router = self.router(row.endpoint)
        if row.handle is None or is_at_rest(router.observe(row.handle).state):
            return True
        if self.followed(row.endpoint) != row.endpoint:
            return True
        try:
            return router.lags(row.handle, _routes(row.endpoint)) or router.misleads(row.handle, row.endpoint)
        except ScoredockError:
            return False  # which a change says, and a look shows

    def settle(self, name: str) -> None:
        """Brings the router in line with the row. The lease is the caller's."""
        row = self._rows.require(name)
        router = self.router(row.endpoint)
        keep_endpoint(self.files.folder(name), row.endpoint, row.running, row.created)
        handle = self.handle(row)
        if not row.running:
            if handle is not None:
                router.stop(handle)
            self._rows.set_handle(name, None)
            return
        endpoint = self.followed(row.endpoint)
        if endpoint != row.endpoint:
            self._rows.save(endpoint)
        routes, lags = _routes(endpoint), False
        if handle is None:
            handle = router.start(endpoint, routes)
        else:
            lags = router.lags(handle, routes)
        if handle != row.handle:
            self._rows.set_handle(name, handle)
        if router.misleads(handle, endpoint):
            router.lead(handle, endpoint)  # first: a version that is removed gets nothing more when the router is done
        if lags:
            router.change(handle, routes)
        port = self._await(router, handle)
        if port and port != endpoint.last_port:
            self._rows.save(replace(endpoint, last_port=port))
            keep_endpoint(self.files.folder(name), replace(endpoint, last_port=port), row.running, row.created)

    @staticmethod
    def _await(router: Router, handle: Handle) -> int:
        """A router is there at once; its first answer takes as long as its interpreter. The port; 0 for none."""
        deadline = time.monotonic() + _READY_SECONDS
        while is_changing((seen := router.observe(handle)).state) and time.monotonic() < deadline:
            time.sleep(0.02)
        return seen.port or 0

    def handle(self, row: EndpointRow) -> Handle | None:
        """Handle of a router that runs, even if its start was not recorded; None if there is none."""
        router = self.router(row.endpoint)
        if row.handle is not None and not is_at_rest(router.observe(row.handle).state):
            return row.handle
        return router.find(row.endpoint.name)

    def followed(self, endpoint: EndpointRecord) -> EndpointRecord:
        """Endpoint with the present addresses and revisions of its versions, and with the router's withdrawals."""
        return absorbed(self.router(endpoint).placed(endpoint), self.files.withdrawals(endpoint.name))


def _routes(endpoint: EndpointRecord) -> Routes:
    versions = [
        Route(
            each.name,
            each.port or _NOWHERE.port,
            each.share,
            host=each.host or _NOWHERE.host,
            limits=WithdrawalLimits(each.armed, **asdict(each.limits)) if each.limits else None,
            revision=each.revision,
        )
        for each in endpoint.versions
    ]
    return Routes(
        versions, endpoint.default, endpoint.sticky_header, endpoint.mirror, endpoint.mirror_share, endpoint.takeover
    )
