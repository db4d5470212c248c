"""Runs of pipelines in an editor: what is printed comes while they go on, cancel and the end of the server end all that
steps have started, and refusals name the file and the line."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from lsp.client import Client
from pace import patience

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
HEAD = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
ENDLESS = (
    "      - name: Without end\n        run: |\n          sleep 600 &\n          echo $! > pid.part\n"
    "          mv pid.part pid\n          echo waiting\n          wait\n      - run: touch behind\n"
)


def workflow(project: Path, steps: str) -> str:
    (project / "w.yml").write_text(HEAD + steps)
    return str(project / "w.yml")


def lines(client: Client, stream: str) -> list[tuple[str, str]]:
    return [
        (line["kind"], line["text"])
        for note in client.notifications
        if note["method"] == "scoredock/pipeline/output" and note["params"]["stream"] == stream
        for line in note["params"]["lines"]
    ]


def says(text: str) -> Callable[[dict[str, Any]], bool]:
    return lambda params: any(text in line["text"] for line in params["lines"])


def ended(pid: int) -> bool:
    deadline = time.monotonic() + patience(20)
    while psutil.pid_exists(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_what_is_printed_comes_in_its_order_and_the_failure_with_its_line(client: Client, project: Path) -> None:
    path = workflow(project, "      - run: echo first\n      - name: Second\n        run: echo second; exit 4\n")
    run = client.ask("scoredock/pipeline/run", {"path": path, "stream": "one"})
    assert lines(client, "one") == [
        ("job", "a"),
        ("step", "echo first"),
        ("line", "first"),
        ("step", "Second"),
        ("line", "second"),
        ("failure", "w.yml:7: The step “Second” ended with exit code 4."),
    ]
    assert run["summary"] == "1 step succeeded, 1 step failed"
    assert run["failure"] == {"message": "The step “Second” ended with exit code 4.", "path": path, "line": 7}


def test_a_flood_of_lines_keeps_the_last_ones(client: Client, project: Path) -> None:
    path = workflow(project, "      - run: seq 1 200000\n")
    client.ask("scoredock/pipeline/run", {"path": path, "stream": "many"}, 100)
    printed = lines(client, "many")
    assert ("line", "200000") in printed
    assert any(kind == "result" and "lines are left out here" in text for kind, text in printed)
    assert len(printed) < 100_000


def test_values_that_were_typed_in_reach_the_steps_and_secrets_are_masked(client: Client, project: Path) -> None:
    path = workflow(project, "      - run: echo '${{ vars.REGION }} ${{ secrets.KEY }}' | tee seen.txt\n")
    shown = client.ask("scoredock/pipeline/show", {"path": path})
    assert (shown["missing"], shown["secrets"]) == (["KEY", "REGION"], ["KEY"])
    params = {"path": path, "stream": "v", "variables": {"REGION": "north"}, "secretValues": {"KEY": "tell-nobody"}}
    run = client.ask("scoredock/pipeline/run", params)
    assert (project / "seen.txt").read_text() == "north tell-nobody\n"
    assert ("line", "north ***") in lines(client, "v")
    assert "tell-nobody" not in json.dumps(run) + json.dumps(client.notifications)


@pytest.mark.chance
def test_cancel_ends_all_that_a_step_has_started(client: Client, project: Path) -> None:
    path = workflow(project, ENDLESS)
    request = client.begin("scoredock/pipeline/run", {"path": path, "stream": "s", "workDoneToken": "t"})
    client.notified("scoredock/pipeline/output", says("waiting"))
    pid = int((project / "pid").read_text())
    client.notify("window/workDoneProgress/cancel", {"token": "t"})
    answer = client.answer(request, 30)
    assert (answer["error"]["code"], answer["error"]["data"]["code"]) == (-32800, "cancelled")
    assert ended(pid)
    assert not (project / "behind").exists()


@pytest.mark.chance
@pytest.mark.parametrize("how", ["exit", "the pipe"])
def test_a_client_that_goes_away_leaves_nothing_running(start: Callable[..., Client], project: Path, how: str) -> None:
    client = start()
    client.initialize(project)
    client.begin("scoredock/pipeline/run", {"path": workflow(project, ENDLESS), "stream": "s"})
    client.notified("scoredock/pipeline/output", says("waiting"))
    pid = int((project / "pid").read_text())
    if how == "exit":
        client.notify("exit", None)
    else:
        client.process.stdin.close()  # type: ignore[union-attr]
    client.process.wait(patience(30))
    assert ended(pid)


def test_refusals_name_the_file_and_a_line(client: Client, project: Path) -> None:
    path = workflow(project, "      - run: touch ran\n")
    for params, code, line in (
        ({"jobs": ["other"]}, "pipeline-job-missing", 3),
        ({"skipped": ["Other"]}, "pipeline-step-missing", 0),
    ):
        error = client.error("scoredock/pipeline/run", {"path": path, **params})["data"]
        assert (error["code"], error["place"]["path"], error["place"]["line"]) == (code, path, line)
        assert error["fix"]
    broken = project / "broken.yml"
    broken.write_text("on: push\njobs:\n\ta: 1\n")
    error = client.error("scoredock/pipeline/run", {"path": str(broken)})["data"]
    assert (error["code"], error["place"]["path"], error["place"]["line"]) == ("pipeline-invalid", str(broken), 2)
    broken.write_bytes(b"\xff\xfe\x00")
    error = client.error("scoredock/pipeline/show", {"path": str(broken)})["data"]
    assert (error["code"], error["place"]["path"], error["place"]["line"]) == ("file-unreadable", str(broken), 0)
    assert not (project / "ran").exists()
