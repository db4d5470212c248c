"""Run with Scoredock: what has failed is shown at its line, in its cell, until that is edited or run again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from lsp.sdk_methods import notebook
from lsp.test_notebooks import Book

PUBLISHED = "textDocument/publishDiagnostics"
HEAD = "from azureml.core import Model, Workspace\n\nws = Workspace.get('local')\n"
MISSING = HEAD + "print('before')\nmodel = Model(ws, name='nobody-has')\nprint('after')\n"
SAID = "ModelNotFound: Model with name nobody-has not found in provided workspace."
Shown = list[dict[str, Any]]


def run(client: Client, path: Path, **more: Any) -> dict[str, Any]:
    """As the editor does it; gives what the run has left to say."""
    made = client.ask("scoredock/sdk/command", {"path": str(path), "interpreters": [sys.executable], **more})
    subprocess.run(
        made["command"], cwd=made["folder"], env={**os.environ, **made["variables"]}, capture_output=True, check=False
    )
    ended: dict[str, Any] = client.ask("scoredock/sdk/ended", {"path": str(path)})
    return ended


def of_run(shown: Shown) -> Shown:
    """Without what the checks say."""
    return [each for each in shown if not str(each["code"]).startswith("SD")]


def shown(client: Client, uri: str, wanted: Callable[[Shown], bool]) -> Shown:
    """The newest findings of a document, once they are as wanted."""

    def fits(params: dict[str, Any]) -> bool:
        if params["uri"] != uri or not wanted(of_run(params["diagnostics"])):
            return False
        published = [note["params"] for note in client.notifications if note["method"] == PUBLISHED]
        return next(each for each in reversed(published) if each["uri"] == uri) is params

    return of_run(client.notified(PUBLISHED, fits)["diagnostics"])


def lines(found: Shown) -> list[int]:
    return [each["range"]["start"]["line"] for each in found]


def test_a_failure_is_at_its_line_until_that_is_edited(client: Client, project: Path) -> None:
    script = project / "deploy.py"
    script.write_text(MISSING)
    uri = client.open(script, MISSING)
    run(client, script)
    (found,) = shown(client, uri, bool)
    assert found["message"].startswith(SAID)
    assert "{" not in found["message"]
    assert "Traceback" not in found["message"]
    assert (found["code"], found["severity"], lines([found])) == ("model-not-found", 1, [4])
    # It moves with its line, stays through edits of others, and goes with it.
    client.change(uri, {"text": "# one more\n" + MISSING.replace("after", "other")})
    assert lines(shown(client, uri, lambda found: lines(found) == [5])) == [5]
    client.change(uri, {"text": MISSING.replace("nobody-has", "somebody-has")})
    assert shown(client, uri, lambda found: not found) == []


def test_the_next_run_takes_it_away(client: Client, project: Path) -> None:
    script = project / "deploy.py"
    script.write_text(MISSING)
    run(client, script)
    # It is shown of a file that is not open, too.
    assert lines(shown(client, script.as_uri(), bool)) == [4]
    script.write_text(HEAD)
    run(client, script)
    assert shown(client, script.as_uri(), lambda found: not found) == []


def test_what_fails_elsewhere_is_there_with_the_line_that_led_to_it(client: Client, project: Path) -> None:
    (project / "steps.py").write_text("def load(path):\n    return open(path).read()\n")
    script = project / "deploy.py"
    script.write_text("import azureml.core\nfrom steps import load\n\nload('nothing.txt')\n")
    run(client, script)
    (found,) = shown(client, (project / "steps.py").as_uri(), bool)
    assert (found["code"], lines([found])) == ("run-failed", [1])
    assert found["message"] == "FileNotFoundError: [Errno 2] No such file or directory: 'nothing.txt'"
    (caller,) = found["relatedInformation"]
    assert caller["location"]["uri"] == script.as_uri()
    assert (caller["location"]["range"]["start"]["line"], caller["message"]) == (3, "load('nothing.txt')")


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGINT)"])
def test_an_end_that_was_asked_for_is_no_failure(client: Client, project: Path, end: str) -> None:
    script = project / "deploy.py"
    script.write_text(HEAD + end + "\n")
    uri = client.open(script, script.read_text())
    run(client, script)
    assert shown(client, uri, lambda found: True) == []


def test_of_a_notebook_it_is_in_its_cell(client: Client, project: Path) -> None:
    path = project / "deploy.ipynb"
    cells = (HEAD, "%time print('one')\n\nModel(ws, name='nobody-has')\n")
    path.write_text(notebook(*cells))
    run(client, path)
    assert lines(shown(client, path.as_uri(), bool)) == [0], "the file, while it is not open"
    book = Book(client, path, "'''text'''", *cells)
    (found,) = shown(client, book.cells[2], bool)
    assert found["message"].startswith(SAID)
    assert lines([found]) == [2]
    assert shown(client, path.as_uri(), lambda found: not found) == []
    # A cell above it changes its number, not its mark.
    book.splice(1, 0, "print('new')\n")
    book.type(3, "# first\n" + cells[1], 2)
    assert lines(shown(client, book.cells[3], lambda found: lines(found) == [3])) == [3]
    book.type(3, cells[1].replace("nobody", "somebody"), 3)
    assert shown(client, book.cells[3], lambda found: not found) == []


DEPLOY = HEAD + (
    "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig\n"
    "from azureml.core.webservice import LocalWebservice\n"
    "config = InferenceConfig('score.py', environment=Environment('light'))\n"
    "service = Model.deploy(ws, 'adder', [], config, LocalWebservice.deploy_configuration())\n"
)
WAIT = "service.wait_for_deployment(True)\n"
SCORE = "import json\n\n\ndef init():\n    BEGIN\n\n\ndef run(data):\n    return RESULT\n"


@pytest.mark.parametrize("waits", [True, False], ids=["waits", "waits at its end"])
def test_a_deployment_that_the_checks_refuse_is_at_both_lines(client: Client, project: Path, waits: bool) -> None:
    score = project / "score.py"
    score.write_text(SCORE.replace("BEGIN", "pass").replace("RESULT", "undefined_name"))
    script = project / "deploy.py"
    script.write_text(DEPLOY + (WAIT if waits else ""))
    run(client, script)
    (found,) = shown(client, script.as_uri(), bool)
    expected = DEPLOY.count("\n") - (0 if waits else 1)
    assert (found["code"], lines([found])) == ("check-failed", [expected])
    assert "adder: score.py, line 9" in found["message"]
    assert found["relatedInformation"][0]["location"]["uri"] == score.as_uri()
    entry = client.notified(PUBLISHED, lambda params: params["uri"] == score.as_uri() and params["diagnostics"])
    assert lines(entry["diagnostics"]) == [8]
    # Open, it is checked as it is typed, and said once.
    uri = client.open(score, score.read_text())
    assert lines(client.diagnostics(uri, 1)) == [8]


@pytest.mark.usefixtures("shared_environments")
def test_a_deployment_that_fails_to_start_is_at_the_line_of_its_entry_script(client: Client, project: Path) -> None:
    score = project / "score.py"
    begin = "json.loads('no' + ' json')"
    score.write_text(SCORE.replace("BEGIN", begin).replace("RESULT", "data"))
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    script = project / "deploy.py"
    script.write_text(DEPLOY + WAIT)
    run(client, script)
    (found,) = shown(client, script.as_uri(), bool)
    assert (found["code"], lines([found])) == ("init-failed", [DEPLOY.count("\n")])
    assert lines(shown(client, score.as_uri(), bool)) == [4]


def test_a_script_without_a_configuration_says_which_workspace_it_used(client: Client, project: Path) -> None:
    text = "from azureml.core import Workspace\nws = Workspace.from_config()\n"
    script = project / "deploy.py"
    script.write_text(text)
    uri = client.open(script, text)
    ended = run(client, script)
    said = f"There is no config.json in {project} or above it that names a workspace; the workspace local is used."
    assert (ended["note"], ended["workspaceId"]) == (said, "local")
    assert titles(client, uri, 1) == ["Write config.json for the workspace of this folder"]
    assert titles(client, uri, 0) == []
    client.ask("scoredock/workspace/writeConfig", {"folder": str(project), "workspaceId": "local"})
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 1}]})
    assert run(client, script)["note"] == ""
    assert titles(client, uri, 1) == []


def titles(client: Client, uri: str, line: int) -> list[str]:
    """What the light bulb offers there."""
    start = {"line": line, "character": 6}
    params = {
        "textDocument": {"uri": uri},
        "range": {"start": start, "end": start},
        "context": {"diagnostics": []},
    }
    return [each["title"] for each in client.ask("textDocument/codeAction", params) or []]
