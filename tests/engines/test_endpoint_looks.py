"""Who looks at endpoints all the time is not held up by a cluster that does not answer."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from scoredock.engines.base import Observation
from scoredock.services.endpoints.looks import EndpointLooks
from scoredock.services.endpoints.record import EndpointRecord, EndpointVersion
from scoredock.services.endpoints.rows import EndpointRow
from scoredock.services.endpoints.view import EndpointView

from pace import within


def row(name: str, compute: str = "", updated: float = 1.0) -> EndpointRow:
    record = EndpointRecord(name, (EndpointVersion("blue", f"{name}-blue"),), "blue", last_port=4711, compute=compute)
    return EndpointRow(record, None, True, 1.0, updated)


class Looked:
    """Endpoints whose looks at a cluster end when the test says so."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.looks = 0
        self.endpoints = Mock(rows=lambda: [row("far", "aks"), row("near")], seen=self._seen)
        self.endpoints.log_file.return_value = Path("service.jsonl")

    def _seen(self, looked_at: EndpointRow, _: list[Any]) -> EndpointView:
        if looked_at.endpoint.compute:
            self.looks += 1
            self.answers.wait(60)
        return EndpointView(looked_at, Observation("Healthy", port=1), {}, {}, Path("service.jsonl"))


def test_a_cluster_that_does_not_answer_holds_up_no_other_endpoint() -> None:
    looked, looks = Looked(), EndpointLooks()
    began = time.monotonic()
    first = looks.views("local", looked.endpoints, [], 2.0)
    assert within(time.monotonic() - began, 2)
    again = looks.views("local", looked.endpoints, [], 2.0)
    for views in (first, again):
        assert [each.row.endpoint.name for each in views] == ["far", "near"]
        far, near = (each.observation for each in views)
        assert far is not None
        assert (far.state, far.phase, far.port) == ("Unhealthy", "cluster does not answer", 4711)
        assert near is not None
        assert near.state == "Healthy"
    assert looked.looks == 1, "none is begun beside one that is under way"
    looked.answers.set()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        seen = looks.views("local", looked.endpoints, [], 60.0)[0].observation
        if seen is not None and seen.state == "Healthy":
            break
        time.sleep(0.02)
    assert seen is not None
    assert seen.state == "Healthy"


def test_a_look_at_a_cluster_is_good_for_a_while_and_for_the_row_that_it_saw() -> None:
    looked, looks = Looked(), EndpointLooks()
    looked.answers.set()
    for good_for, count in ((60.0, 1), (60.0, 1), (0.0, 2), (60.0, 2)):
        looks.views("local", looked.endpoints, [], good_for)
        assert looked.looks == count
    looked.endpoints.rows = lambda: [row("far", "aks", updated=2.0)]
    looks.views("local", looked.endpoints, [], 60.0)
    assert looked.looks == 3
    looks.views("other", looked.endpoints, [], 60.0)
    assert looked.looks == 4, "an endpoint of the same name in another workspace"
