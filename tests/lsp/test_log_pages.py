"""Logs with a filter, as the page of the editor asks for them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from lsp.talker import NAME, talker

SCRIPT = """import base64
import json
import os
import sys


def init():
    print("up")


def run(data):
    asked = json.loads(data)
    if asked.get("die"):
        os._exit(3)
    if "row" in asked:
        raise ValueError(f"row {asked['row']} is bad")
    if "say" in asked:
        print(asked["say"])
    if "bytes" in asked:
        sys.stdout.flush()
        os.write(1, base64.b64decode(asked["bytes"]))
    for number in range(asked.get("long", 0)):
        print("long", number, "x" * 4000)
    for number in range(asked.get("lines", 1)):
        print("line", number)
    return "done"
"""


@dataclass
class Service:
    client: Client
    name: str = NAME

    def say(self, body: dict[str, Any], status: int = 200) -> str:
        """The id of the request."""
        answer = self.client.ask("scoredock/service/call", {"name": self.name, "body": json.dumps(body)})
        assert answer["status"] == status, answer
        return str(answer["headers"]["x-request-id"])

    def page(self, **wanted: Any) -> dict[str, Any]:
        params = {"services": [self.name], "filter": wanted, "before": [], "limit": 1000}
        found: dict[str, Any] = self.client.ask("scoredock/log/page", params)
        return found

    def watch(self, **wanted: Any) -> str:
        newest = self.page(**wanted)["newest"]
        params = {"services": [self.name], "filter": wanted, "after": newest}
        return str(self.client.ask("scoredock/log/watch", params)["id"])

    def events(self, id: str, text: str) -> list[dict[str, Any]]:
        """Everything that a watch has sent until an event has the text."""
        seen: list[dict[str, Any]] = []
        batch = 0

        def takes(params: dict[str, Any]) -> bool:
            nonlocal batch
            if params["id"] != id or params["batch"] <= batch:
                return False
            batch = params["batch"]
            seen.extend(params["events"])
            self.client.notify("scoredock/log/acknowledge", {"id": id, "sequence": batch})
            return any(text in line for event in params["events"] for line in event["lines"])

        self.client.notified("scoredock/log/events", takes)
        return seen


def lines(events: list[dict[str, Any]]) -> list[str]:
    return [line for event in events for line in event["lines"]]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with talker(tmp_path_factory.mktemp("pages"), SCRIPT) as client:
        yield Service(client)


def test_a_filter_holds_for_stored_and_for_new_lines(service: Service) -> None:
    id = service.watch(include="line [13]$", regex=True)
    service.say({"lines": 5})
    assert lines(service.events(id, "line 3")) == ["azmlinfsrv.print - line 1", "azmlinfsrv.print - line 3"]
    stored = lines(service.page(include="line [13]$", regex=True)["events"])
    assert stored[-2:] == ["azmlinfsrv.print - line 1", "azmlinfsrv.print - line 3"]


def test_the_lines_of_one_request_by_the_id_of_its_answer(service: Service) -> None:
    service.say({"lines": 1})
    mine = service.say({"row": 7}, status=500)
    service.say({"lines": 1})
    found = service.page(requestId=mine)["events"]
    assert found[0]["lines"][-1] == "ValueError: row 7 is bad"
    assert found[-1]["requestId"] == mine
    assert not any("line 0" in line for line in lines(found))


def test_repeated_errors_are_one_with_a_count_and_a_traceback_is_one_event(service: Service) -> None:
    id = service.watch(level="error", collapse=True)
    for row in (10, 11, 12):
        service.say({"row": row}, status=500)
    (error,) = [
        event
        for event in service.page(level="error", collapse=True)["events"]
        if event["lines"][-1] == "ValueError: row 12 is bad"
    ]
    assert error["count"] >= 3
    assert error["firstTime"] < error["time"]
    seen = [event for event in service.events(id, "row 12 is bad") if event["group"] == error["group"]]
    assert sum(event["count"] for event in seen) == 3


def test_the_run_before_a_crash(service: Service) -> None:
    service.say({"lines": 4})
    # The process ends, so that nobody answers.
    id = service.watch(include="is ready")
    service.client.error("scoredock/service/call", {"name": service.name, "body": '{"die": 1}'})
    service.events(id, "is ready")
    previous = lines(service.page(previous=True)["events"])
    assert any("line 3" in line for line in previous)
    assert "ended with exit code 3" in previous[-1]


def test_pages_go_back_to_the_beginning_without_a_gap(service: Service) -> None:
    service.say({"lines": 2_500})
    newest = service.page()
    whole = [event["sequence"] for event in newest["events"]]
    before = newest["earlier"]
    while before:
        params = {"services": [service.name], "filter": {}, "before": before, "limit": 700}
        part = service.client.ask("scoredock/log/page", params)
        whole = [event["sequence"] for event in part["events"]] + whole
        before = part["earlier"]
    assert whole == sorted(set(whole))
    stored = Path(service.client.ask("scoredock/service/show", {"name": service.name})["logFile"]).read_text()
    assert whole[0] == json.loads(stored.splitlines()[0])["n"]


@pytest.mark.parametrize("wrong", ["(", "a" * 2000])
def test_a_wrong_expression_names_the_field(service: Service, wrong: str) -> None:
    params = {"services": [service.name], "filter": {"exclude": wrong, "regex": True}, "before": []}
    error = service.client.error("scoredock/log/page", params)["data"]
    assert (error["code"], error["details"]) == ("log-filter-invalid", {"field": "exclude"})


def test_an_expression_that_does_not_end_is_told_for_stored_and_for_new_lines(service: Service) -> None:
    id = service.watch(include="(a|aa)+$", regex=True)
    service.say({"say": f"{'a' * 60}!"})
    told = service.client.notified("scoredock/log/events", lambda params: params["id"] == id and params["refused"])
    assert (told["refusedField"], told["events"]) == ("include", [])
    assert "takes too long" in told["refused"]
    params = {"services": [service.name], "filter": {"include": "(a|aa)+$", "regex": True}, "before": []}
    error = service.client.error("scoredock/log/page", params)["data"]
    assert (error["code"], error["details"]) == ("log-filter-invalid", {"field": "include"})
    assert lines(service.page(include="^azmlinfsrv.print - a+!$", regex=True)["events"]), "others are looked for"


ODD = {
    "colours": (b"\x1b[31mred\x1b[0m and \x1b]0;title\x07plain", "\\x1b[31mred\\x1b[0m and \\x1b]0;title\\x07plain"),
    "bytes": (b"\x00\x01\x7f\x80\xff\xfe end", "\\x00\\x01\\x7f\\x80\\xff\\xfe end"),
    "torn characters": ("\u00e9\u4e2d".encode()[:-1] + b" end", "\u00e9\\xe4\\xb8 end"),
    "turned around": ("a\u202etxt.exe\u2028b".encode(), "a\\u202etxt.exe\\u2028b"),
    "progress": (b"10 %\r20 %\r30 %", "30 %"),
}


@pytest.mark.parametrize("name", ODD)
def test_bytes_that_are_no_text_are_shown_as_what_they_are(service: Service, name: str) -> None:
    written, shown = ODD[name]
    id = service.watch()
    service.say({"bytes": base64.b64encode(written + b"\n").decode(), "say": "before", "lines": 0})
    found = lines(service.events(id, "POST /score"))
    assert shown in found
    assert lines(service.page()["events"])[-len(found) :] == found


def test_a_line_of_a_megabyte_is_one_line_that_says_how_much_more_there_was(service: Service) -> None:
    id = service.watch()
    data = b"begin" + b"x" * 1_000_000 + b"\nnext\n"
    service.say({"bytes": base64.b64encode(data).decode(), "lines": 0})
    found = lines(service.events(id, "POST /score"))
    (long,) = [line for line in found if line.startswith("beginx")]
    assert long.endswith(" more)")
    assert int(long.split("(")[1].split()[0]) + long.index(" \u2026 (") == 1_000_005
    assert found[found.index(long) + 1] == "next"


@pytest.mark.chance
def test_files_that_are_turned_over_while_somebody_reads_lose_no_line(service: Service) -> None:
    log = Path(service.client.ask("scoredock/service/show", {"name": service.name})["logFile"])
    count = 2_800  # of 4 kB, so that a file of 10 MB is full
    id = service.watch(include="long", regex=True)
    older = service.page()["newest"]
    first = log.stat().st_ino
    service.say({"long": count, "lines": 0})
    seen = [line.split()[3] for line in lines(service.events(id, f"long {count - 1} "))]
    assert seen == [str(number) for number in range(count)]
    assert log.with_name(f"{log.name}.1").stat().st_ino == first
    # A page that was open goes back from where it was, in the file that has another name now.
    params = {"services": [service.name], "filter": {}, "before": older, "limit": 5}
    part = service.client.ask("scoredock/log/page", params)["events"]
    assert part[-1]["sequence"] == older[0]["before"] - 1


def test_a_log_that_is_deleted_under_its_readers_goes_on(service: Service) -> None:
    log = Path(service.client.ask("scoredock/service/show", {"name": service.name})["logFile"])
    id = service.watch()
    subscription = service.client.ask("scoredock/log/subscribe", {"service": service.name, "tail": 0})["id"]
    last = service.page()["newest"][0]["before"] - 1
    for path in log.parent.glob(f"{log.name}*"):
        path.unlink()
    assert service.page()["events"] == []
    service.say({"say": "written after", "lines": 0})
    found = service.events(id, "POST /score")
    assert lines(found)[0] == "azmlinfsrv.print - written after"
    assert found[0]["sequence"] == last + 1, "numbers go on"
    batch = service.client.notified("scoredock/log/lines", lambda params: params["id"] == subscription)
    assert (batch["lines"][0]["sequence"], batch["dropped"]) == (last + 1, 0)
    assert lines(service.page()["events"]) == lines(found)


def test_a_service_that_goes_while_it_is_watched(service: Service) -> None:
    script = service.client.ask("scoredock/service/show", {"name": service.name})["entryScript"]
    service.client.ask("scoredock/service/deploy", {"name": "second", "entryScript": script})
    params = {"services": ["second", service.name], "filter": {}, "before": [], "limit": 10}
    newest = service.client.ask("scoredock/log/page", params)["newest"]
    watch = {"services": ["second", service.name], "filter": {}, "after": newest}
    id = service.client.ask("scoredock/log/watch", watch)["id"]
    service.client.ask("scoredock/service/delete", {"name": "second"})

    def is_gone(sent: dict[str, Any]) -> bool:
        if sent["id"] != id:
            return False
        service.client.notify("scoredock/log/acknowledge", {"id": id, "sequence": sent["batch"]})
        return bool(sent["gone"] == ["second"])

    service.client.notified("scoredock/log/events", is_gone)
    assert service.client.ask("scoredock/log/page", params)["gone"] == ["second"]
    service.client.ask("scoredock/log/unwatch", {"id": id})
