"""The life of the server process: what it survives, how it ends, and that it never runs what it reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from depth import rounds
from lsp.client import Client
from pace import patience, within

SLOW = "import time\n\n\ndef init():\n    time.sleep(600)\n\n\ndef run(data):\n    return data\n"
QUICK = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"
FAILING = "def init():\n    raise ValueError('no weights')\n\n\ndef run(data):\n    return data\n"


@pytest.fixture
def stopped(home: Path) -> Iterator[None]:
    """Whatever a test leaves running is ended by a server of its own."""
    yield
    with Client(home) as client:
        client.initialize()
        client.ask("scoredock/state/list", {"folders": []})
        for service in client.ask("scoredock/service/list", {"all": True})["services"]:
            client.ask("scoredock/service/delete", {"name": service["name"]})


def wait_for(fact: Callable[[], object], seconds: float = 60.0) -> None:
    """Polls, because the other side is a file or a process."""
    until = time.monotonic() + patience(seconds)
    while not fact():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.02)


def test_shutdown_and_exit_is_a_clean_end(client: Client) -> None:
    assert client.shut_down() == 0


def test_exit_without_shutdown_is_told_by_the_code(client: Client) -> None:
    client.notify("exit", None)
    assert client.exit_code(10) == 1


def test_the_end_of_the_client_is_the_end_of_the_server(client: Client) -> None:
    client.process.stdin.close()  # type: ignore[union-attr]
    began = time.monotonic()
    assert client.exit_code(10) == 1
    assert within(time.monotonic() - began, 5)


@pytest.mark.chance
@pytest.mark.usefixtures("shared_environments", "stopped")
def test_a_service_outlives_the_server_and_another_finds_it(start: Callable[..., Client], project: Path) -> None:
    (project / "score.py").write_text(QUICK)
    first = start()
    first.initialize(project)
    made = first.ask("scoredock/service/deploy", {"name": "lasting", "entryScript": str(project / "score.py")})
    # The language client of VS Code ends the whole tree of processes below the server.
    tree = [first.process.pid, *(child.pid for child in psutil.Process(first.process.pid).children(recursive=True))]
    for pid in tree:
        os.kill(pid, signal.SIGKILL)
    first.exit_code()
    second = start()
    second.initialize(project)
    (found,) = second.ask("scoredock/state/list", {"folders": [str(project)]})["services"]
    assert (found["name"], found["state"], found["port"]) == ("lasting", "Healthy", made["port"])
    assert second.ask("scoredock/service/call", {"name": "lasting", "body": "7"})["status"] == 200


@pytest.mark.long("tests/deploy kills at every step at the gate; here it is the server that is killed")
@pytest.mark.chance
@pytest.mark.usefixtures("shared_environments", "stopped")
@pytest.mark.parametrize("phase", ["starting", "environment", "staging"])
def test_killed_in_the_middle_of_a_deployment(start: Callable[..., Client], project: Path, phase: str) -> None:
    (project / "score.py").write_text(SLOW)
    first = start()
    first.initialize(project)
    first.ask("scoredock/state/list", {"folders": [str(project)]})
    first.begin(
        "scoredock/service/deploy", {"name": "halfway", "entryScript": str(project / "score.py"), "workDoneToken": "t"}
    )
    if phase == "starting":
        first.notified(
            "scoredock/service/changed",
            lambda params: any(item["phase"] in ("starting", "probing") for item in params["changed"]),
        )
    elif phase == "environment":
        first.notified(
            "$/progress",
            lambda params: (
                "nvironment" in params["value"].get("message", "") or "tarting" in params["value"].get("message", "")
            ),
        )
    else:
        first.notified("$/progress")
    first.process.kill()
    first.exit_code()
    second = start()
    second.initialize(project)
    second.ask("scoredock/state/list", {"folders": [str(project)]})
    (project / "score.py").write_text(QUICK)
    made = second.ask(
        "scoredock/service/deploy", {"name": "halfway", "entryScript": str(project / "score.py"), "overwrite": True}
    )
    assert made["state"] == "Healthy", "the same action repeated works"
    assert len(second.ask("scoredock/service/list", {})["services"]) == 1


@pytest.mark.chance
@pytest.mark.usefixtures("shared_environments", "stopped")
@pytest.mark.parametrize(
    "how",
    [
        pytest.param("$/cancelRequest", marks=pytest.mark.long("the button's way is asked at the gate")),
        "window/workDoneProgress/cancel",
    ],
)
def test_cancelling_a_deployment_answers_and_leaves_nothing(client: Client, project: Path, how: str) -> None:
    (project / "score.py").write_text(SLOW)
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    request = client.begin(
        "scoredock/service/deploy", {"name": "unwanted", "entryScript": str(project / "score.py"), "workDoneToken": "t"}
    )
    client.notified("$/progress", lambda params: "tarting" in params["value"].get("message", ""))
    client.notify(how, {"id": request} if how == "$/cancelRequest" else {"token": "t"})
    answer = client.answer(request, 30)
    assert (answer["error"]["code"], answer["error"]["data"]["code"]) == (-32800, "cancelled")
    running = [
        item
        for item in client.ask("scoredock/service/list", {})["services"]
        if item["state"] in ("Healthy", "Transitioning")
    ]
    assert running == []


def test_cancelling_what_is_over_is_harmless(client: Client) -> None:
    request = client.begin("scoredock/workspace/list", {"folders": []})
    client.answer(request)
    client.notify("$/cancelRequest", {"id": request})
    client.notify("window/workDoneProgress/cancel", {"token": "gone"})
    assert client.ask("scoredock/workspace/list", {"folders": []})


@pytest.mark.chance
def test_many_requests_cancelled_at_once(client: Client) -> None:
    count = rounds(gate=300, long=1_000)
    requests = [client.begin("scoredock/model/list", {}) for _ in range(count)]
    for request in requests:
        client.notify("$/cancelRequest", {"id": request})
    for request in requests:
        client.answer(request, 60)
    assert client.ask("scoredock/model/list", {}, 10) == {"models": [], "total": 0}


@pytest.mark.usefixtures("shared_environments", "stopped")
def test_a_failure_is_shown_at_its_line_until_the_edit(client: Client, project: Path) -> None:
    path = project / "score.py"
    path.write_text(FAILING)
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    uri = client.open(path, FAILING)
    error = client.error("scoredock/service/deploy", {"name": "failing", "entryScript": str(path)})
    assert error["data"]["code"] == "init-failed"

    def failures(params: dict[str, object]) -> list[dict[str, object]]:
        return [item for item in params["diagnostics"] if item["code"] == "init-failed"]  # type: ignore[attr-defined]

    shown = failures(client.notified("textDocument/publishDiagnostics", lambda params: bool(failures(params))))
    assert shown[0]["range"]["start"]["line"] == 1  # type: ignore[index]
    assert "no weights" in str(shown[0]["message"])
    client.notifications.clear()
    version = client.change(uri, {"text": FAILING + "\n"})
    assert failures({"diagnostics": client.diagnostics(uri, version)}) == []


@pytest.mark.usefixtures("shared_environments", "stopped")
def test_a_failed_request_is_shown_at_its_line_until_one_is_answered(client: Client, project: Path) -> None:
    path = project / "score.py"
    script = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return 1 / json.loads(data)\n"
    path.write_text(script)
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    uri = client.open(path, script)
    client.ask("scoredock/service/deploy", {"name": "dividing", "entryScript": str(path)})

    def failures(params: dict[str, Any]) -> list[dict[str, Any]]:
        return [item for item in params["diagnostics"] if item["code"] == "request-failed"]

    def calling(body: str) -> dict[str, Any]:
        return client.ask("scoredock/service/call", {"name": "dividing", "body": body})  # type: ignore[no-any-return]

    answer = calling("0")
    assert answer["failure"]["frames"][-1]["file"] == str(path)
    (shown,) = failures(client.notified("textDocument/publishDiagnostics", lambda params: bool(failures(params))))
    assert shown["range"]["start"] == {"line": 8, "character": 4}
    assert shown["message"] == "dividing: ZeroDivisionError: division by zero"
    client.notifications.clear()
    assert calling("1")["status"] == 200
    client.notified("textDocument/publishDiagnostics", lambda params: params["uri"] == uri and not failures(params))

    client.notifications.clear()
    calling("0")
    client.notified("textDocument/publishDiagnostics", lambda params: bool(failures(params)))
    client.notifications.clear()
    version = client.change(uri, {"text": script + "\n"})
    assert failures({"diagnostics": client.diagnostics(uri, version)}) == []


CANARY = """
import pathlib
pathlib.Path({path!r}).write_text("executed")
"""


def test_what_is_read_is_never_run(home: Path, project: Path, tmp_path: Path) -> None:
    """Entry scripts, modules beside them, names of our own imports in the working directory, site customisation."""
    canary = tmp_path / "canary"
    evil = CANARY.format(path=str(canary))
    for name in (
        "score.py",
        "conftest.py",
        "sitecustomize.py",
        "usercustomize.py",
        "json.py",
        "yaml.py",
        "pygls.py",
        "requests.py",
        "docker.py",
        "psutil.py",
    ):
        (project / name).write_text(evil + QUICK)
    (project / "evil.pth").write_text(f"import pathlib; pathlib.Path({str(canary)!r}).write_text('pth')\n")
    (project / "pyvenv.cfg").write_text("home = /nowhere\n")
    hostile = {"PYTHONPATH": str(project), "PYTHONSTARTUP": str(project / "score.py"), "PYTHONHOME": ""}
    with Client(home, cwd=project, env=hostile) as client:
        client.initialize(project)
        client.ask("scoredock/state/list", {"folders": [str(project)]})
        uri = client.open(project / "score.py", "# -*- coding: evil -*-\n" + evil + QUICK)
        client.diagnostics(uri, 1)
        client.ask("scoredock/document/check", {"paths": [str(project)]})
        client.ask("scoredock/model/propose", {"paths": [str(project / "score.py")]})
        client.ask("scoredock/service/propose", {"path": str(project)})
        pickle = project / "model.pkl"
        pickle.write_bytes(b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.")
        client.ask("scoredock/model/register", {"paths": [str(pickle)], "name": "evil"})
        assert client.shut_down() == 0
    assert not canary.exists()
    subprocess.run([sys.executable, str(project / "score.py")], cwd="/", check=True)
    assert canary.exists(), "the canary sings when it is run"


WATCHED = """
import os, sys

def note(event, arguments):
    if event == "socket.getaddrinfo":
        asked = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        asked = arguments[1][0]
    else:
        return
    if asked not in ("127.0.0.1", "localhost", "::1", None):
        with open({log!r}, "a") as file:
            print(event, asked, file=file)

sys.addaudithook(note)
from scoredock.server import main
os._exit(main(["--stdio"]))
"""


def test_the_server_asks_nobody_on_the_network(
    start: Callable[..., Client], stopped: None, project: Path, tmp_path: Path, shared_environments: None
) -> None:
    """Whatever it may be for; where somebody is to be asked, the person has named them."""
    log = tmp_path / "asked.txt"
    log.touch()
    client = start(command=[sys.executable, "-I", "-c", WATCHED.format(log=str(log))])
    client.initialize(project)
    script = project / "score.py"
    script.write_text(QUICK)
    client.diagnostics(client.open(script, QUICK), 1)
    (project / "model.bin").write_bytes(b"12345")
    client.ask("scoredock/model/register", {"paths": [str(project / "model.bin")], "name": "m"})
    client.ask("scoredock/service/deploy", {"name": "asked", "entryScript": str(script), "models": ["m:1"]})
    client.ask("scoredock/service/call", {"name": "asked", "body": "1"})
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    assert log.read_text() == ""
    named = {"scoredock": {"mlflow": {"trackingUris": ["http://nobody.invalid"]}}}
    client.notify("workspace/didChangeConfiguration", {"settings": named})
    client.error("scoredock/run/experiments", {"store": "http://nobody.invalid"})
    assert "nobody.invalid" in log.read_text(), "what is asked is seen"


def test_stray_prints_do_not_reach_the_client(home: Path, tmp_path: Path) -> None:
    starter = (
        "import sys, os, threading\nfrom dataclasses import replace\nfrom scoredock import server\nfrom"
        " scoredock.features.scripts import documents\nreal = documents.explain\ndef noisy(*words):\n    print('stray"
        " print'); sys.stdout.flush(); os.write(1, b'stray write\\n')\n    return real(*words)\n"
        "real.__verb__ = replace(real.__verb__, function=noisy)\n"
        "noisy.__annotations__ = real.__annotations__\nnoisy.__globals__.update(real.__wrapped__.__globals__)\n"
        "os._exit(server.main(['--stdio']))\n"
    )
    with Client(home, command=[sys.executable, "-I", "-c", starter]) as client:
        client.initialize()
        assert client.ask("scoredock/document/explain", {"code": "SD101"})["code"] == "SD101"
        assert client.ask("scoredock/document/explain", {"code": "SD102"})["code"] == "SD102"
        wait_for(lambda: "stray write" in "".join(client.log))
        assert "stray print" in "".join(client.log)


def test_a_data_folder_that_cannot_be_used_is_told(start: Callable[..., Client], home: Path) -> None:
    home.write_text("a file, not a folder")
    client = start()
    client.initialize()
    error = client.error("scoredock/state/list", {"folders": []})
    assert error["data"]["code"] in ("io-failed", "workspace-read-only")
    assert json.dumps(error["data"]["fix"])
    assert client.shut_down() == 0


def test_heavy_modules_wait_until_they_are_needed(start: Callable[..., Client], home: Path) -> None:
    starter = (
        "import sys, os\nfrom scoredock import server\n"
        "heavy = sorted({'docker', 'requests', 'jsonschema', 'urllib3', 'numpy', 'kubernetes'} & set(sys.modules))\n"
        "print('HEAVY', heavy, file=sys.stderr, flush=True)\nos._exit(server.main(['--stdio']))\n"
    )
    client = start(command=[sys.executable, "-I", "-c", starter])
    client.initialize()
    wait_for(lambda: any("HEAVY" in line for line in client.log))
    assert "HEAVY []" in "".join(client.log)
