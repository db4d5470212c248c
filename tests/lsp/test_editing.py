"""What the editor asks about a position, over a real pipe."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client

SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"


def at(uri: str, line: int, character: int) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def test_deploy_and_check_stand_above_init(client: Client, project: Path) -> None:
    path = project / "score.py"
    uri = client.open(path, SCRIPT)
    lenses = client.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert [
        (lens["command"]["title"], lens["command"]["command"], lens["command"]["arguments"]) for lens in lenses
    ] == [
        ("Deploy", "scoredock.deploy", [str(path)]),
        ("Check", "scoredock.checkFile", [str(path)]),
        ("Try It", "scoredock.tryScript", [str(path)]),
    ]
    assert {lens["range"]["start"]["line"] for lens in lenses} == {3}
    client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock.codeLens.enable": False}})
    assert client.ask("textDocument/codeLens", {"textDocument": {"uri": uri}}) == []


def test_keys_are_proposed_and_explained(client: Client, project: Path) -> None:
    text = '{\n  "entryScript": "score.py",\n  ""\n}\n'
    uri = client.open(project / "inferenceconfig.json", text, "json")
    proposed = client.ask("textDocument/completion", at(uri, 2, 3))
    labels = [item["label"] for item in proposed["items"]]
    assert "sourceDirectory" in labels
    assert "entryScript" not in labels
    shown = client.ask("textDocument/hover", at(uri, 1, 5))
    assert shown["contents"]["kind"] == "markdown"
    assert shown["range"]["start"]["line"] == 1


def test_the_definition_of_a_path_is_the_file(client: Client, project: Path) -> None:
    (project / "score.py").write_text(SCRIPT)
    uri = client.open(project / "inferenceconfig.json", '{"entryScript": "score.py"}', "json")
    (found,) = client.ask("textDocument/definition", at(uri, 0, 20))
    assert found["uri"] == (project / "score.py").as_uri()
    assert found["range"]["start"] == {"line": 0, "character": 0}


def test_registered_models_are_proposed(client: Client, project: Path) -> None:
    (project / "wheat.bin").write_bytes(b"1")
    client.ask("scoredock/model/register", {"paths": [str(project / "wheat.bin")], "name": "wheat"})
    text = SCRIPT.replace("    pass", "    Model.get_model_path('')")
    uri = client.open(project / "score.py", text)
    column = len("    Model.get_model_path('")
    assert [item["label"] for item in client.ask("textDocument/completion", at(uri, 4, column))["items"]] == ["wheat"]


@pytest.mark.parametrize("method", ["hover", "completion", "definition", "codeLens", "codeAction"])
def test_a_document_that_is_not_open_has_no_answer(shared: Client, method: str) -> None:
    params = at("file:///nowhere.py", 0, 0)
    if method == "codeAction":
        start = {"line": 0, "character": 0}
        params = {**params, "range": {"start": start, "end": start}, "context": {"diagnostics": []}}
    assert not shared.ask(f"textDocument/{method}", params)


@pytest.mark.parametrize("method", ["hover", "completion", "definition", "codeLens"])
@pytest.mark.parametrize(
    "text", ["def init(:", "{" * 500, "\x00", "", "\U0001f600" * 50, "def init(): pass\ndef run(" + "a, " * 10_000]
)
@pytest.mark.parametrize("name", ["score.py", "inferenceconfig.json", "conda.yml"])
def test_broken_text_has_an_answer(shared: Client, tmp_path: Path, method: str, text: str, name: str) -> None:
    uri = shared.open(tmp_path / name, text)
    for line, character in ((0, 0), (0, 9), (10**6, 10**6)):
        shared.ask(f"textDocument/{method}", at(uri, line, character), 20)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Client(tmp_path_factory.mktemp("editing") / "home") as client:
        client.initialize()
        yield client


def test_an_agreed_protocol_is_silent_and_another_is_told_once(start: Callable[..., Client], project: Path) -> None:
    from scoredock.features.table import PROTOCOL_DIGEST

    quiet = start()
    quiet.initialize(project, protocol=PROTOCOL_DIGEST)
    quiet.ask("scoredock/workspace/list", {"folders": []})
    assert not [note for note in quiet.notifications if note["method"] == "window/showMessage"]
    loud = start()
    loud.initialize(project, protocol="0123456789abcdef")
    told = loud.notified("window/showMessage")
    assert told["type"] == 1
    assert "Reload the window" in told["message"]
    assert json.dumps(loud.notifications).count("window/showMessage") == 1
