"""A change of an endpoint on a compute target reaches its Gateway and its router, also where one of the two failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from scoredock.engines.base import Observation
from scoredock.engines.handle import Handle
from scoredock.errors import ClusterUnreachable
from scoredock.services.endpoints.cluster_router import Surroundings
from scoredock.services.endpoints.division import division_of
from scoredock.services.endpoints.record import EndpointRecord, EndpointVersion, with_traffic, without_version
from scoredock.services.endpoints.router_alignment import RouterAlignment
from scoredock.services.endpoints.rows import EndpointRow

from scoredock_runtime.contract import Routes

HANDLE = Handle("kubernetes", Path("prices"), name="prices-endpoint")
ENDPOINT = EndpointRecord(
    "prices",
    (
        EndpointVersion("blue", "prices-blue", 90, 80, host="10.96.0.7"),
        EndpointVersion("green", "prices-green", 10, 80, host="10.96.0.8"),
    ),
    "blue",
    last_port=4711,
    compute="aks",
)


class Rows:
    """One row."""

    def __init__(self) -> None:
        self.row = EndpointRow(ENDPOINT, HANDLE, True, 1.0, 1.0)

    def require(self, name: str) -> EndpointRow:
        assert name == "prices"
        return self.row

    def save(self, endpoint: EndpointRecord) -> None:
        self.row = replace(self.row, endpoint=endpoint)

    def set_handle(self, name: str, handle: Handle | None) -> None:
        assert name == "prices"
        self.row = replace(self.row, handle=handle)


class FakeRouter:
    """The router of an endpoint behind a Gateway, with what both of them go by, and the order of changes."""

    def __init__(self) -> None:
        self.routes: Routes | None = None
        self.division: Any = None
        self.steps: list[str] = []
        self.fails_at = ""
        self.rests = False

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if name == self.fails_at:
            raise ClusterUnreachable("away")

    def observe(self, _: Handle) -> Observation:
        return Observation("Stopped" if self.rests else "Healthy", port=4711)

    def placed(self, endpoint: EndpointRecord) -> EndpointRecord:
        return endpoint

    def find(self, _: str) -> Handle | None:
        return None

    def start(self, _: EndpointRecord, routes: Routes) -> Handle:
        self._step("start")
        self.routes, self.rests = routes, False
        return HANDLE

    def lags(self, _: Handle, routes: Routes) -> bool:
        return self.routes != routes

    def change(self, _: Handle, routes: Routes) -> None:
        self._step("router")
        self.routes = routes

    def misleads(self, _: Handle, endpoint: EndpointRecord) -> bool:
        return bool(self.division != division_of(endpoint))

    def lead(self, _: Handle, endpoint: EndpointRecord) -> None:
        self._step("gateway")
        self.division = division_of(endpoint)


class Aligned:
    """An endpoint that is in line."""

    def __init__(self, folder: Path) -> None:
        self.rows, self.router = Rows(), FakeRouter()
        surroundings = Surroundings(Mock(folder=folder), Mock(), {"process": Mock(), "kubernetes": Mock()})
        self.alignment = RouterAlignment(self.rows, surroundings)  # type: ignore[arg-type]
        self.alignment.router = lambda _: self.router  # type: ignore[assignment,method-assign,return-value]
        self.alignment.settle("prices")
        assert not self.behind
        self.router.steps.clear()

    @property
    def behind(self) -> bool:
        return self.alignment.is_behind(self.rows.row)


@pytest.fixture
def aligned(tmp_path: Path) -> Aligned:
    return Aligned(tmp_path)


def test_a_version_that_is_removed_leaves_the_gateway_before_the_router(aligned: Aligned) -> None:
    aligned.rows.save(without_version(ENDPOINT, "green"))
    assert aligned.behind
    aligned.alignment.settle("prices")
    assert aligned.router.steps == ["gateway", "router"]
    assert [each.version for each in aligned.router.division.shares] == ["blue"]
    assert not aligned.behind


@pytest.mark.parametrize("fails_at", ["gateway", "router"])
def test_what_fails_between_the_two_is_done_by_the_next_look(aligned: Aligned, fails_at: str) -> None:
    aligned.rows.save(with_traffic(ENDPOINT, {"green": 50, "blue": 50}))
    aligned.router.fails_at = fails_at
    with pytest.raises(ClusterUnreachable):
        aligned.alignment.settle("prices")
    assert aligned.behind
    aligned.router.fails_at = ""
    aligned.alignment.settle("prices")
    assert [each.weight for each in aligned.router.division.shares] == [50, 50]
    assert aligned.router.routes is not None
    assert [each.share for each in aligned.router.routes.versions] == [50, 50]
    assert not aligned.behind


def test_a_router_that_was_started_is_written_down_before_the_gateway_leads_on(aligned: Aligned) -> None:
    aligned.router.rests, aligned.router.division, aligned.router.fails_at = True, None, "gateway"
    aligned.rows.set_handle("prices", None)
    with pytest.raises(ClusterUnreachable):
        aligned.alignment.settle("prices")
    assert aligned.rows.row.handle == HANDLE
    aligned.router.fails_at = ""
    aligned.alignment.settle("prices")
    assert aligned.router.steps == ["start", "gateway", "gateway"]
    assert not aligned.behind
