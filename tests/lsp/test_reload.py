"""A save reaches the service without a word more; git and other editors count as well; the setting and the folder
decide."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from pace import patience, within

NAME = "served"


def script(value: int, init: str = "pass") -> str:
    return f"def init():\n    {init}\n\n\ndef run(data):\n    return {value}\n"


def save(client: Client, path: Path, text: str) -> None:
    path.write_text(text)
    client.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})


def watched(client: Client, path: Path, kind: int = 2) -> None:
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": kind}]})


def answer(client: Client) -> str:
    return str(client.ask("scoredock/service/call", {"name": NAME, "body": "1"})["body"])


def served(client: Client, value: int, seconds: float = 30.0) -> None:
    until = time.monotonic() + patience(seconds)
    while (now := answer(client)) != str(value):
        assert time.monotonic() < until, f"it still answers {now}"
        time.sleep(0.02)


def told(client: Client, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The service as it was pushed, once it is so."""

    def fits(params: dict[str, Any]) -> bool:
        return any(each["name"] == NAME and wanted(each) for each in params["changed"])

    found = client.notified("scoredock/service/changed", fits)
    return next(each for each in found["changed"] if each["name"] == NAME)


@pytest.fixture
def source(project: Path) -> Path:
    path = project / "src" / "score.py"
    path.parent.mkdir()
    path.write_text(script(0))
    return path


@pytest.fixture
def deployed(shared_environments: None, client: Client, home: Path, source: Path) -> Iterator[Client]:
    """A server that has deployed the folder."""
    client.ask("scoredock/state/list", {"folders": [str(source.parent.parent)]})
    folder = str(source.parent)
    client.ask("scoredock/service/deploy", {"name": NAME, "entryScript": str(source), "sourceDirectory": folder})
    yield client
    with Client(home) as last:
        last.initialize()
        last.ask("scoredock/service/delete", {"name": NAME})


def test_a_save_is_served(deployed: Client, source: Path) -> None:
    deployed.open(source, script(0))
    save(deployed, source, script(1))
    served(deployed, 1)
    now = told(deployed, lambda service: service["reloaded"] > 0)
    assert (now["state"], now["failure"]) == ("Healthy", None)


def test_changes_by_others_are_served(deployed: Client, source: Path) -> None:
    helper = source.parent / "helper.txt"
    source.write_text(
        script(0).replace("return 0", "return int(open(__file__.replace('score.py', 'helper.txt')).read())")
    )
    helper.write_text("7")
    watched(deployed, helper, 1)
    watched(deployed, source)
    served(deployed, 7)
    helper.write_text("8")
    watched(deployed, helper)
    served(deployed, 8)


def test_a_refused_reload_is_a_diagnostic_at_the_line_until_it_is_mended(deployed: Client, source: Path) -> None:
    uri = deployed.open(source, script(0))
    save(deployed, source, script(1, "raise ValueError('no weights')"))
    now = told(deployed, lambda service: service["failure"] is not None)
    assert (now["state"], now["failure"]["during"]) == ("Healthy", "reload")

    def shown(params: dict[str, Any]) -> bool:
        return params["uri"] == uri and any(each["code"] == "init-failed" for each in params["diagnostics"])

    found = deployed.notified("textDocument/publishDiagnostics", shown)["diagnostics"]
    (failure,) = [each for each in found if each["code"] == "init-failed"]
    assert failure["range"]["start"]["line"] == 1
    assert failure["source"] == "scoredock"
    assert "ValueError: no weights" in failure["message"]
    assert answer(deployed) == "0", "what served before goes on"

    save(deployed, source, script(2))
    served(deployed, 2)
    told(deployed, lambda service: service["failure"] is None and service["reloaded"] > 0)
    until = time.monotonic() + patience(20)
    while any(each["code"] == "init-failed" for each in deployed.diagnostics(uri)):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.long("a refused reload is shown above, where init() fails; tests/deploy has what the checks refuse")
def test_what_the_checks_refuse_is_shown_once(deployed: Client, source: Path) -> None:
    uri = deployed.open(source, script(0))
    version = deployed.change(uri, {"text": "def init(:\n"})
    save(deployed, source, "def init(:\n")
    now = told(deployed, lambda service: service["failure"] is not None)
    assert (now["failure"]["code"], now["failure"]["during"]) == ("check-failed", "reload")
    errors = [each for each in deployed.diagnostics(uri, version) if each["severity"] == 1]
    assert len(errors) == 1
    assert errors[0]["code"] != "check-failed"
    assert answer(deployed) == "0"


def test_the_setting_turns_it_off_and_the_verb_still_works(deployed: Client, source: Path) -> None:
    off = {"scoredock": {"services": {"reloadOnSave": False}}}
    deployed.notify("workspace/didChangeConfiguration", {"settings": off})
    save(deployed, source, script(1))
    deployed.ask("scoredock/service/list", {})
    done = deployed.ask("scoredock/service/reload", {"name": NAME})
    assert (done["outcome"], done["service"]["revision"]) == ("reloaded", 2), "nobody else had done it"
    assert answer(deployed) == "1"


def test_a_save_after_a_rollback_is_served_when_somebody_asks(deployed: Client, source: Path) -> None:
    save(deployed, source, script(1))
    served(deployed, 1)
    other = {"entryScript": str(source), "sourceDirectory": str(source.parent)}
    deployed.ask("scoredock/service/deploy", {"name": "follower", **other})
    deployed.ask("scoredock/service/rollback", {"name": NAME})
    assert answer(deployed) == "0"
    save(deployed, source, script(2))
    until = time.monotonic() + patience(30)
    while deployed.ask("scoredock/service/show", {"name": "follower"})["revision"] != 2:
        assert time.monotonic() < until, "the save was not looked at"
        time.sleep(0.02)
    deployed.ask("scoredock/service/delete", {"name": "follower"})
    done = deployed.ask("scoredock/service/reload", {"name": NAME})
    assert (done["outcome"], done["service"]["revision"]) == ("reloaded", 4), "nobody else had done it"
    assert (done["service"]["returnedTo"], answer(deployed)) == (0, "2")


@pytest.mark.chance
def test_two_windows_reload_once_and_one_elsewhere_never(
    deployed: Client, start: Callable[..., Client], source: Path, tmp_path: Path
) -> None:
    second, elsewhere = start(), start()
    second.initialize(source.parent.parent)
    second.ask("scoredock/state/list", {"folders": [str(source.parent.parent)]})
    (tmp_path / "elsewhere").mkdir()
    elsewhere.initialize(tmp_path / "elsewhere")
    source.write_text(script(1))
    watched(elsewhere, source)
    elsewhere.ask("scoredock/service/list", {})
    assert answer(deployed) == "0"
    for number in range(1, 4):
        source.write_text(script(number))
        for each in (deployed, second):
            watched(each, source)
        served(deployed, number)
        until = time.monotonic() + patience(30)
        while deployed.ask("scoredock/service/show", {"name": NAME})["revision"] != number + 1:
            assert time.monotonic() < until
            time.sleep(0.02)
    assert second.ask("scoredock/service/show", {"name": NAME})["revision"] == 4


def test_the_loop_answers_while_a_reload_takes_long(deployed: Client, home: Path, source: Path) -> None:
    uri = deployed.open(source, script(0))
    save(deployed, source, "import time\n" + script(1, "time.sleep(5)"))
    told(deployed, lambda service: service["phase"] == "starting")
    began = time.monotonic()
    version = deployed.change(uri, {"text": "import os\n" + script(1)})
    deployed.diagnostics(uri, version)
    assert within(time.monotonic() - began, 3)
    assert deployed.shut_down() == 0
    with Client(home) as last:
        last.initialize()
        last.ask("scoredock/state/list", {"folders": []})
        assert answer(last) == "0", "what the server had begun was given up with it"
        (now,) = last.ask("scoredock/service/list", {})["services"]
        assert (now["state"], now["revisions"], now["failure"]) == ("Healthy", [1], None)
