"""`scoredock service logs --follow` on a terminal, with each of its options, while two services are at work."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator

import pytest

from cli.conftest import Terminal
from pace import patience

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind"),
    pytest.mark.usefixtures("shared_environments"),
]

SCRIPT = """import json
import os


def init():
    print("up")


def run(data):
    asked = json.loads(data)
    if asked.get("die"):
        os._exit(3)
    print("line of", asked["round"])
    print("WARNING: it is hot in", asked["round"])
    print('127.0.0.1 "GET /healthz HTTP/1.1" 200', asked["round"])
    print("\\x1b[31mred\\x1b[0m in", asked["round"])
    if "row" in asked:
        raise ValueError(f"row {asked['row']} is bad")
    return "done"
"""
MINE = "5e0a9f4e-6bd4-4b0e-8a34-1f4b0d1b1d11"
_COLOUR = re.compile(r"\x1b\[\d*[mK]")
_CLOCK = re.compile(r"\d\d:\d\d:\d\d ")


class Follower:
    """The command on a screen of its own."""

    def __init__(self, terminal: Terminal, *words: str) -> None:
        self._screen, theirs = os.openpty()
        self._program = terminal.start_on(theirs, "service", "logs", *words, "--follow")
        os.close(theirs)
        self._given = b""

    def wait(self, text: str, count: int = 1) -> None:
        """Until the screen has the text so often."""
        deadline = time.monotonic() + patience(60)
        while self.text().count(text) < count:
            assert time.monotonic() < deadline, f"{text!r} is not on the screen: {self.text()}"
            if select.select([self._screen], [], [], 0.1)[0]:
                self._given += os.read(self._screen, 65536)

    def text(self) -> str:
        return self._given.decode(errors="replace").replace("\r\n", "\n")

    def end(self) -> list[str]:
        """Ctrl+C; all lines that were on the screen before, without colours and times."""
        self._program.send_signal(signal.SIGINT)
        assert self._program.wait(60) == 0, self.text()
        while select.select([self._screen], [], [], 0)[0]:
            try:
                self._given += os.read(self._screen, 65536)
            except OSError:  # the other end is closed
                break
        os.close(self._screen)
        told = self.text().partition("Cancelling")[0]
        lines = (_CLOCK.sub("", _COLOUR.sub("", line), count=1) for line in told.splitlines())
        return [line for line in lines if line]


def send(uri: str, body: dict[str, object], request_id: str = "") -> None:
    headers = {"Content-Type": "application/json"} | ({"x-request-id": request_id} if request_id else {})
    try:
        urllib.request.urlopen(urllib.request.Request(uri, json.dumps(body).encode(), headers), timeout=60).read()
    except urllib.error.HTTPError as refused:
        refused.read()
    except (urllib.error.URLError, ConnectionError):
        assert body.get("die")


class Services:
    def __init__(self, terminal: Terminal) -> None:
        self.terminal, self.row = terminal, 0
        (terminal.folder / "talk.py").write_text(SCRIPT)
        self.uris = {
            name: terminal.json("service", "deploy", name, "--entry-script", "talk.py")["scoringUri"]
            for name in ("talker", "second")
        }

    def talk(self, name: str) -> None:
        """The same of each round: an answer, a failure, one with an id of its own, the other service."""
        send(self.uris["talker"], {"round": name})
        self.row += 1
        send(self.uris["talker"], {"round": name, "row": self.row})
        send(self.uris["talker"], {"round": f"{name} by id"}, MINE)
        send(self.uris["second"], {"round": f"{name} of the second"})
        # A worker writes the lines of requests some time after them.
        send(self.uris["talker"], {"round": f"end of {name}"})


@pytest.fixture
def services(terminal: Terminal) -> Iterator[Services]:
    return Services(terminal)


def lines_of(told: list[str], name: str) -> list[str]:
    """Of a round, without what the runtime puts before them and behind them."""
    stamp = re.compile(r"^\d{4}-\d\d-\d\d \S+ [DIWE] \[\d+\] (azmlinfsrv\.print - )?")
    return [stamp.sub("", line) for line in told if name in line]


def test_every_option_holds_for_new_lines(services: Services) -> None:
    services.talk("one")
    shown = {
        "plain": Follower(services.terminal, "talker"),
        "level": Follower(services.terminal, "talker", "--level", "error"),
        "include": Follower(services.terminal, "talker", "--include", "^azmlinfsrv.print - line of (one|two)$"),
        "exclude": Follower(services.terminal, "talker", "--no-health", "--exclude", "hot|red|by id|end of|POST"),
        "request": Follower(services.terminal, "talker", "--request-id", MINE),
        "collapse": Follower(services.terminal, "talker", "--level", "error", "--collapse"),
        "several": Follower(services.terminal, "talker", "second", "--timestamps", "--filter", "line of"),
        "json": Follower(services.terminal, "second", "--json", "--include", "line of"),
    }
    first = {
        **dict.fromkeys(shown, "line of one"),
        **dict.fromkeys(("level", "collapse"), "row 1 is bad"),
        "request": "line of one by id",
        **dict.fromkeys(("several", "json"), "one of the second"),
    }
    for name, follower in shown.items():
        follower.wait(first[name])
    services.talk("two")
    second = {name: text.replace("one", "two").replace("row 1", "row 2") for name, text in first.items()}
    for name, follower in shown.items():
        follower.wait("end of two" if name in ("plain", "several") else second[name])
    told = {name: follower.end() for name, follower in shown.items()}

    plain = lines_of(told["plain"], "two")
    health = '127.0.0.1 "GET /healthz HTTP/1.1" 200 two'
    assert plain[:4] == ["line of two", "WARNING: it is hot in two", health, r"\x1b[31mred\x1b[0m in two"]
    assert {"ValueError: row 1 is bad", "ValueError: row 2 is bad"} <= set(told["level"])
    assert not any("line of" in line for line in told["level"])
    assert lines_of(told["include"], "line of") == [*["line of one"] * 2, *["line of two"] * 2]
    assert lines_of(told["exclude"], "two")[0] == "line of two"
    assert not [line for line in told["exclude"] if re.search("hot|red|by id|end of|POST|GET", line)]
    assert lines_of(told["request"], "line of") == ["line of one by id", "line of two by id"]
    assert not lines_of(told["request"], "is bad")
    assert told["collapse"][-1].startswith("ValueError: row 2 is bad  (2 times since ")
    # Each service in its order; which of them is read first is nobody's promise.
    by_service = Counter(line.split()[0] for line in told["several"] if "two" in line)
    assert by_service["talker"] >= 3
    assert by_service["second"] == 1
    assert re.match(r"talker \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d ", told["several"][0])
    records = [json.loads(line) for line in told["json"]]
    assert [(each["service"], each["text"].split(" - ")[1]) for each in records] == [
        ("second", f"line of {name} of the second") for name in ("one", "two")
    ]

    send(services.uris["talker"], {"round": f"{'a' * 60}!"})
    refused = services.terminal.refused("service", "logs", "talker", "--include", "(a|aa)+$")
    assert (refused["code"], refused["details"]) == ("log-filter-invalid", {"field": "include"})


@pytest.mark.long("tests/lsp/test_log_pages.py has each for the page of a log")
def test_the_previous_run_and_files_that_are_turned_over_or_deleted(services: Services) -> None:
    terminal = services.terminal
    follower = Follower(terminal, "talker", "--include", "line of|starts on|is ready")
    follower.wait("is ready")
    services.talk("before")
    follower.wait("end of before")
    send(services.uris["talker"], {"die": 1})
    follower.wait("is ready", 2)
    log = next((terminal.home / "workspaces" / "local" / "services" / "talker").rglob("service.jsonl"))
    services.talk("after")
    follower.wait("end of after")
    previous = terminal.ok("service", "logs", "talker", "--previous")
    assert "line of before" in previous
    assert "line of after" not in previous
    assert (
        "--follow does not go with it"
        in terminal.refused("service", "logs", "talker", "--previous", "-f", code=2)["message"]
    )
    # As the service itself turns a full file over; then somebody deletes what there is.
    log.replace(log.with_name(f"{log.name}.1"))
    services.talk("turned")
    follower.wait("end of turned")
    for path in log.parent.glob("service.jsonl*"):
        path.unlink()
    services.talk("deleted")
    follower.wait("end of deleted")
    told = lines_of(follower.end(), "line of")
    rounds = ("before", "after", "turned", "deleted")
    assert told == [f"line of {name}" for each in rounds for name in (each, each, f"{each} by id", f"end of {each}")]
