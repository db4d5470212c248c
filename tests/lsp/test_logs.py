"""Live logs: one batch in flight, nothing lost silently, nothing unbounded."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scoredock.services.log_view.paced_lines import AT_ONCE, KEPT_LINES, LINES_A_SECOND

from lsp.client import Client
from lsp.talker import NAME, talker
from pace import patience, within

SCRIPT = """import json


def init():
    print("up")


def run(data):
    for number in range(json.loads(data)["lines"]):
        print("line", number)
    return "done"
"""


@dataclass
class Service:
    client: Client
    name: str = NAME

    def say(self, lines: int) -> None:
        answer = self.client.ask("scoredock/service/call", {"name": self.name, "body": json.dumps({"lines": lines})})
        assert answer["status"] == 200, answer

    def subscribe(self, **options: Any) -> str:
        return str(self.client.ask("scoredock/log/subscribe", {"service": self.name, **options})["id"])

    def batches(self, id: str) -> list[dict[str, Any]]:
        return [
            note["params"]
            for note in list(self.client.notifications)
            if note["method"] == "scoredock/log/lines" and note["params"]["id"] == id
        ]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with talker(tmp_path_factory.mktemp("logs"), SCRIPT) as client:
        yield Service(client)


def test_a_line_arrives_at_once(service: Service) -> None:
    id = service.subscribe(tail=0)
    began = time.monotonic()
    service.say(1)
    service.client.notified("scoredock/log/lines", lambda params: params["id"] == id)
    assert within(time.monotonic() - began, 5), "200 ms is the goal, measured in benchmarks/server.py"


@pytest.mark.chance
def test_the_next_batch_waits_for_the_answer(service: Service) -> None:
    id = service.subscribe(tail=0)
    service.say(3)
    first = service.client.notified("scoredock/log/lines", lambda params: params["id"] == id)
    service.say(3)
    time.sleep(0.5)
    assert len(service.batches(id)) == 1
    service.client.notify("scoredock/log/acknowledge", {"id": id, "sequence": first["lines"][-1]["sequence"]})
    last = first["lines"][-1]["sequence"]
    second = service.client.notified(
        "scoredock/log/lines", lambda params: params["id"] == id and params["lines"][0]["sequence"] > last
    )
    assert second["lines"][0]["sequence"] == last + 1
    assert second["dropped"] == 0


@pytest.mark.chance
def test_a_reader_that_stalls_loses_the_oldest_and_is_told_how_many(service: Service) -> None:
    id = service.subscribe(tail=0)
    service.say(1)
    first = service.client.notified("scoredock/log/lines", lambda params: params["id"] == id)
    last = first["lines"][-1]["sequence"]
    service.say(KEPT_LINES + 2_000)
    time.sleep(1.5)
    service.client.notify("scoredock/log/acknowledge", {"id": id, "sequence": last})
    second = service.client.notified(
        "scoredock/log/lines", lambda params: params["id"] == id and params["lines"][0]["sequence"] > last
    )
    assert second["dropped"] > 0
    assert second["lines"][0]["sequence"] == last + second["dropped"] + 1
    assert len(second["lines"]) <= AT_ONCE


def test_the_tail_is_as_long_as_asked_and_goes_on_from_a_number(service: Service) -> None:
    stored = Path(service.client.ask("scoredock/service/show", {"name": service.name})["logFile"])
    before = stored.read_text().count("line 49")
    service.say(50)
    deadline = time.monotonic() + patience(10)
    # The access line of the request is the last that it leaves.
    while "POST /score" not in (text := stored.read_text()).rpartition("line 49")[2] or text.count("line 49") == before:
        assert time.monotonic() < deadline, "the request never reached the log"
        time.sleep(0.02)
    id = service.subscribe(tail=10)
    batch = service.client.notified("scoredock/log/lines", lambda params: params["id"] == id)
    assert len(batch["lines"]) == 10
    after = batch["lines"][4]["sequence"]
    again = service.subscribe(since=after)
    resumed = service.client.notified("scoredock/log/lines", lambda params: params["id"] == again)
    assert resumed["lines"][0]["sequence"] == after + 1


def test_unsubscribing_is_the_end(service: Service) -> None:
    id = service.subscribe(tail=0)
    service.client.ask("scoredock/log/unsubscribe", {"id": id})
    service.say(2)
    time.sleep(0.4)
    assert service.batches(id) == []


@pytest.mark.chance
def test_a_flood_is_sent_a_second_of_it_at_a_time_and_its_end_whole(service: Service) -> None:
    id = service.subscribe(tail=0)
    service.say(1)
    last = 0

    def answered(params: dict[str, Any]) -> bool:
        """The line of the request itself follows those that it prints."""
        nonlocal last
        if params["id"] != id or params["lines"][0]["sequence"] <= last:
            return False
        last = params["lines"][-1]["sequence"]
        service.client.notify("scoredock/log/acknowledge", {"id": id, "sequence": last})
        return "POST /score" in params["lines"][-1]["text"]

    service.client.notified("scoredock/log/lines", answered)
    began = time.monotonic()
    service.say(3 * KEPT_LINES)
    whole = 0
    sent: list[int] = []
    gaps: list[int] = []

    def ends(params: dict[str, Any]) -> bool:
        nonlocal last, whole
        if params["id"] != id or params["lines"][0]["sequence"] <= last:
            return False
        assert params["lines"][0]["sequence"] == last + params["dropped"] + 1, "each line is sent, or counted"
        if params["dropped"]:
            gaps.append(whole)
            whole = 0
        whole += len(params["lines"])
        last = params["lines"][-1]["sequence"]
        sent.append(len(params["lines"]))
        assert sum(sent) <= LINES_A_SECOND * (time.monotonic() - began) + 2 * AT_ONCE
        service.client.notify("scoredock/log/acknowledge", {"id": id, "sequence": last})
        return "POST /score" in params["lines"][-1]["text"]

    service.client.notified("scoredock/log/lines", ends)
    assert gaps, "nothing was left out"
    assert all(lines >= LINES_A_SECOND for lines in gaps[1:]), "a second's worth is without a gap"
    assert whole >= KEPT_LINES, "the end is whole"
