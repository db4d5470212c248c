"""The lines above init() follow the services of the script, and are asked for again when these change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lsp.client import Client
from pace import patience

DEPLOY = ["Deploy", "Check", "Try It"]
GAP = "\N{NO-BREAK SPACE}"
REFRESH = "workspace/codeLens/refresh"
GOOD = "def init():\n    pass\n\n\ndef run(data):\n    return 1\n"


@pytest.fixture
def source(project: Path) -> Path:
    path = project / "score.py"
    path.write_text(GOOD)
    return path


@pytest.fixture
def watching(shared_environments: None, client: Client, home: Path, project: Path) -> Iterator[Client]:
    """A server that tells of services, as it does to our extension."""
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    yield client
    with Client(home) as last:
        last.initialize()
        for service in last.ask("scoredock/service/list", {})["services"]:
            last.ask("scoredock/service/delete", {"name": service["name"]})


def lenses(client: Client, script: Path) -> list[tuple[str, str, list[str]]]:
    found = client.ask("textDocument/codeLens", {"textDocument": {"uri": script.as_uri()}})
    commands = [each["command"] for each in found]
    return [(each["title"].replace(GAP, " "), each["command"], each["arguments"]) for each in commands]


def titles(client: Client, script: Path) -> list[str]:
    return [title for title, _, _ in lenses(client, script)]


def follows(client: Client, script: Path, wanted: Callable[[list[str]], bool]) -> list[str]:
    """The lenses once they are so, asked for only when the server says that there are others."""
    until = time.monotonic() + patience(60)
    seen = 0
    while not wanted(now := titles(client, script)):
        assert time.monotonic() < until, now
        seen = client.count_requests(REFRESH, after=seen)
    return now


def deploy(client: Client, name: str, script: Path) -> None:
    client.ask("scoredock/service/deploy", {"name": name, "entryScript": str(script)})


def test_they_tell_of_the_service_from_its_deployment_to_its_end(watching: Client, source: Path) -> None:
    watching.open(source, GOOD)
    assert titles(watching, source) == DEPLOY
    begun = watching.begin("scoredock/service/deploy", {"name": "wheat", "entryScript": str(source)})
    follows(watching, source, lambda now: now[0].startswith("$(loading~spin) wheat Transitioning"))
    assert "error" not in watching.answer(begun)
    healthy = ["$(pass-filled) wheat Healthy", "Send Request", "Log", "Redeploy"]
    follows(watching, source, lambda now: now == healthy)
    assert lenses(watching, source) == [
        ("$(pass-filled) wheat Healthy", "scoredock.showService", ["wheat"]),
        ("Send Request", "scoredock.sendRequest", ["wheat"]),
        ("Log", "scoredock.openLog", ["wheat"]),
        ("Redeploy", "scoredock.deployAgain", ["wheat"]),
    ]

    source.write_text(GOOD.replace("pass", "int('three')"))
    assert "error" in watching.answer(watching.begin("scoredock/service/reload", {"name": "wheat"}))
    refused = ["$(warning) wheat Healthy, reload refused", "Go to Line", "Log", "Send Request", "Redeploy"]
    follows(watching, source, lambda now: now == refused)

    watching.ask("scoredock/service/stop", {"name": "wheat"})
    follows(watching, source, lambda now: now[0].startswith("$(circle-outline) wheat Stopped") and now[1] == "Start")

    watching.ask("scoredock/service/delete", {"name": "wheat"})
    follows(watching, source, lambda now: now == DEPLOY)


def test_after_a_rollback_they_say_that_this_file_is_not_served(watching: Client, source: Path) -> None:
    watching.open(source, GOOD)
    deploy(watching, "wheat", source)
    source.write_text(GOOD.replace("return 1", "return 2"))
    watching.ask("scoredock/service/update", {"name": "wheat"})
    source.write_text(GOOD.replace("pass", "int('three')"))
    watching.ask("scoredock/service/rollback", {"name": "wheat"})
    shown = ["$(warning) wheat Healthy, serves revision 1, not this file", "Reload Files", "Send Request", "Log"]
    follows(watching, source, lambda now: sorted(now) == sorted([*shown, "Redeploy"]))
    assert ("Reload Files", "scoredock.reloadService", ["wheat"]) in lenses(watching, source)
    source.write_text(GOOD)  # as `git checkout` does
    watching.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": source.as_uri(), "type": 2}]})
    follows(watching, source, lambda now: now == ["$(pass-filled) wheat Healthy", "Send Request", "Log", "Redeploy"])


def test_a_deployment_that_failed_leads_to_its_line(watching: Client, source: Path) -> None:
    source.write_text(GOOD.replace("pass", "int('three')"))
    watching.open(source, source.read_text())
    watching.error("scoredock/service/deploy", {"name": "wheat", "entryScript": str(source), "skipChecks": True})
    follows(watching, source, lambda now: now == ["$(error) wheat Failed", "Go to Line", "Log", "Redeploy"])
    other = source.with_name("other.py")
    other.write_text(GOOD)
    watching.open(other, GOOD)
    assert titles(watching, other) == DEPLOY, "of another script they tell nothing"


def test_each_of_two_services_keeps_its_verbs(watching: Client, source: Path) -> None:
    watching.open(source, GOOD)
    deploy(watching, "wheat", source)
    deploy(watching, "barley", source)
    verbs = ["Send Request", "Log", "Redeploy"]
    both = ["$(pass-filled) barley Healthy", *verbs, "$(pass-filled) wheat Healthy", *verbs]
    follows(watching, source, lambda now: now == both)
    commands = [f"scoredock.{name}" for name in ("showService", "sendRequest", "openLog", "deployAgain")]
    assert [(command, arguments) for _, command, arguments in lenses(watching, source)] == [
        (command, [name]) for name in ("barley", "wheat") for command in commands
    ]

    watching.ask("scoredock/service/stop", {"name": "barley"})
    stopped = ["$(circle-outline) barley Stopped", "Start", "Log", "Redeploy", *both[4:]]
    follows(watching, source, lambda now: now == stopped)


def test_nothing_is_asked_for_again_while_nothing_changes(watching: Client, source: Path) -> None:
    watching.open(source, GOOD)
    deploy(watching, "wheat", source)
    follows(watching, source, lambda now: now[0] == "$(pass-filled) wheat Healthy")
    # The question may be answered by a state that the server is about to tell of; its list comes after that.
    watching.ask("scoredock/state/list", {"folders": []})
    before = sum(request["method"] == REFRESH for request in watching.requests)
    for _ in range(3):  # the figures of memory and processor are told of meanwhile
        watching.ask("scoredock/service/call", {"name": "wheat", "body": "{}"})
        watching.ask("scoredock/state/list", {"folders": []})
    assert sum(request["method"] == REFRESH for request in watching.requests) == before


def test_the_line_does_not_wait_for_what_takes_long(client: Client, source: Path) -> None:
    """An editor that had to wait for it once asks for it less often."""
    long = GOOD + "".join(
        f"\n\ndef helper_{number}(rows):\n    return [row + {number} for row in rows]\n" for number in range(1500)
    )
    source.write_text(long)
    uri = client.open(source, long)
    place = {
        "textDocument": {"uri": uri},
        "range": {
            "start": {"line": 0, "character": 0},
            "end": {"line": 0, "character": 3},
        },
    }
    client.diagnostics(uri)
    slow = []
    for number in range(6):  # each is of another text, so that everything is looked at anew
        client.change(uri, {"text": f"{long}# {number}\n"})
        slow.append(client.begin("textDocument/codeAction", {**place, "context": {"diagnostics": []}}))
    quick = client.begin("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert [each["command"]["title"] for each in client.answer(quick)["result"]] == DEPLOY
    before = client.answered()
    for request in slow:
        client.answer(request)
    assert slow[-1] not in before, before
