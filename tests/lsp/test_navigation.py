"""Links, references, hints, renames, snippets and Fix All, over a real pipe."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsp.client import Client
from lsp.test_notebooks import Book

SCRIPT = """import os

from azureml.core.model import Model


def init():
    global path
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "wheat.bin")


def run(data):
    return {"data": data}
"""
CONFIG = '{"entryScript": "score.py", "condaFile": "conda.yml"}'
CONDA = "name: env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"


def at(uri: str, line: int, character: int) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def write(project: Path) -> None:
    (project / "score.py").write_text(SCRIPT)
    (project / "conda.yml").write_text(CONDA)
    (project / "inferenceconfig.json").write_text(CONFIG)
    (project / "deep").mkdir()
    (project / "deep" / "inferenceconfig.json").write_text('{"entryScript": "../score.py"}')


def test_the_configurations_that_name_a_script_are_its_references(client: Client, project: Path) -> None:
    write(project)
    uri = client.open(project / "score.py", SCRIPT)
    context = {"context": {"includeDeclaration": True}}
    found = client.ask("textDocument/references", {**at(uri, 5, 5), **context})
    assert [(f["uri"], f["range"]["start"]["character"]) for f in found] == [
        ((project / "inferenceconfig.json").as_uri(), 17),
        ((project / "deep" / "inferenceconfig.json").as_uri(), 17),
    ]
    found = client.ask("textDocument/references", {**at(uri, 10, 9), **context})
    assert [f["range"]["start"] for f in found] == [{"line": 10, "character": 8}, {"line": 11, "character": 20}]
    found = client.ask("textDocument/references", {**at(uri, 10, 9), "context": {"includeDeclaration": False}})
    assert [f["range"]["start"]["line"] for f in found] == [11]


def test_unsaved_text_counts(client: Client, project: Path) -> None:
    write(project)
    other = client.open(
        project / "inferenceconfig.json", '{"description": "\U0001f600", "entryScript": "score.py"}', "json"
    )
    uri = client.open(project / "score.py", SCRIPT)
    found = client.ask("textDocument/references", {**at(uri, 5, 5), "context": {"includeDeclaration": True}})
    # The smiling face is two units of UTF-16.
    assert (other, 38) in [(f["uri"], f["range"]["start"]["character"]) for f in found]


def test_links(client: Client, project: Path) -> None:
    write(project)
    uri = client.open(project / "inferenceconfig.json", CONFIG, "json")
    found = client.ask("textDocument/documentLink", {"textDocument": {"uri": uri}})
    assert [f["target"] for f in found] == [(project / "score.py").as_uri(), (project / "conda.yml").as_uri()]


def test_configurations_follow_a_rename(client: Client, project: Path) -> None:
    write(project)
    client.open(project / "inferenceconfig.json", CONFIG, "json")
    moves = [{"oldUri": (project / "score.py").as_uri(), "newUri": (project / "main entry.py").as_uri()}]
    edit = client.ask("workspace/willRenameFiles", {"files": moves})
    changes = {c["textDocument"]["uri"]: c for c in edit["documentChanges"]}
    near = changes[(project / "inferenceconfig.json").as_uri()]
    assert near["textDocument"]["version"] == 1
    assert near["edits"] == [
        {
            "range": {"start": {"line": 0, "character": 17}, "end": {"line": 0, "character": 25}},
            "newText": "main entry.py",
        }
    ]
    deep = changes[(project / "deep" / "inferenceconfig.json").as_uri()]
    assert deep["textDocument"]["version"] is None
    assert deep["edits"][0]["newText"] == "../main entry.py"
    moves = [{"oldUri": (project / "deep").as_uri(), "newUri": (project / "deeper").as_uri()}]
    assert client.ask("workspace/willRenameFiles", {"files": moves}) is None
    assert client.ask("workspace/willRenameFiles", {"files": [{"oldUri": "untitled:a", "newUri": "x:b"}]}) is None


def test_capabilities(start: Callable[..., Client], project: Path) -> None:
    client = start()
    workspace = {"fileOperations": {"willRename": True}, "workspaceEdit": {"documentChanges": True}}
    params = {"processId": None, "rootUri": project.as_uri(), "capabilities": {"workspace": workspace}}
    told = client.ask("initialize", params)["capabilities"]
    assert told["codeActionProvider"]["codeActionKinds"] == ["quickfix", "source.fixAll.scoredock"]
    assert told["referencesProvider"]
    assert told["documentLinkProvider"] is not None
    assert told["inlayHintProvider"]
    filters = told["workspace"]["fileOperations"]["willRename"]["filters"]
    assert {f["pattern"]["matches"] for f in filters} == {"file", "folder"}


def test_hints_need_a_known_deployment_and_can_be_switched_off(client: Client, project: Path, home: Path) -> None:
    write(project)
    (project / "wheat.bin").write_bytes(b"1")
    client.ask("scoredock/model/register", {"paths": [str(project / "wheat.bin")], "name": "wheat"})
    uri = client.open(project / "score.py", SCRIPT)
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": everything}
    assert client.ask("textDocument/inlayHint", params) == []  # nothing was deployed
    (store,) = home.rglob("*.sqlite*")
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(
            "INSERT INTO last_deployments VALUES (?, ?, ?, 0)",
            (str(project), str(project / "score.py"), json.dumps({"models": ["wheat:1"]})),
        )
    (hint,) = client.ask("textDocument/inlayHint", params)
    assert hint["label"] == "→ azureml-models/wheat/1/wheat.bin"
    assert hint["position"] == {"line": 7, "character": len(SCRIPT.splitlines()[7])}
    shown = client.ask("textDocument/hover", at(uri, 7, SCRIPT.splitlines()[7].index("wheat") + 1))
    assert "`azureml-models/wheat/1/wheat.bin`" in shown["contents"]["value"]
    text = SCRIPT.replace("wheat.bin", "")
    client.change(uri, {"text": text})
    items = client.ask("textDocument/completion", at(uri, 7, text.splitlines()[7].index('"")') + 1))["items"]
    assert [item["label"] for item in items] == ["wheat.bin"]
    client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock.inlayHints.enable": False}})
    assert client.ask("textDocument/inlayHint", params) == []


def test_everything_is_fixed_on_saving(client: Client, project: Path) -> None:
    text = '{"computeType": "local", "prt": 5, "port": 6789,}'
    uri = client.open(project / "deploymentconfig.json", text, "json")
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": len(text)}}
    context = {"diagnostics": [], "only": ["source.fixAll"], "triggerKind": 2}
    (action,) = client.ask("textDocument/codeAction", {"textDocument": {"uri": uri}, "range": span, "context": context})
    assert action["kind"] == "source.fixAll.scoredock"
    assert any(e["newText"] == "" for e in action["edit"]["documentChanges"][0]["edits"])
    context["only"] = ["source.organizeImports"]
    assert (
        client.ask("textDocument/codeAction", {"textDocument": {"uri": uri}, "range": span, "context": context}) == []
    )


def test_snippets_are_for_clients_that_know_them(start: Callable[..., Client], project: Path) -> None:
    plain = start()
    plain.initialize(project)
    uri = plain.open(project / "score.py", "")
    items = plain.ask("textDocument/completion", at(uri, 0, 0))["items"]
    assert len(items) == 8
    assert all(item["insertTextFormat"] == 1 and "$" not in item["textEdit"]["newText"] for item in items)
    assert "AZUREML_MODEL_DIR" in items[0]["textEdit"]["newText"]


def test_models_of_the_workspace_are_told_with_files_and_framework(client: Client, project: Path) -> None:
    write(project)
    (project / "wheat.bin").write_bytes(b"1")
    client.ask(
        "scoredock/model/register",
        {"paths": [str(project / "wheat.bin")], "name": "wheat", "tags": {"stage": "live"}, "framework": "Custom"},
    )
    text = SCRIPT.replace("global path", 'x = Model.get_model_path("wheat")')
    uri = client.open(project / "score.py", text)
    shown = client.ask("textDocument/hover", at(uri, 6, text.splitlines()[6].index("wheat") + 1))
    assert "wheat.bin" in shown["contents"]["value"]
    links = client.ask("textDocument/documentLink", {"textDocument": {"uri": uri}})
    assert json.dumps(links).count("command:scoredock.showModel") == 1


def test_many_files_do_not_hold_up_a_rename(client: Client, project: Path) -> None:
    write(project)
    for number in range(500):
        (project / f"data{number}.json").write_text('{"x": 1}')
    moves = [{"oldUri": (project / "score.py").as_uri(), "newUri": (project / "main.py").as_uri()}]
    edit = client.ask("workspace/willRenameFiles", {"files": moves}, 20)
    assert len(edit["documentChanges"]) == 2


def test_cells_that_write_a_file_are_that_file(client: Client, project: Path) -> None:
    write(project)
    book = Book(
        client,
        project / "book.ipynb",
        "%%writefile score.py\n",
        '%%writefile inferenceconfig.json\n{"entryScript": ""}',
        'import azureml\nx(entry_script="score.py")\nprint("")',
    )
    script, config, code = book.cells
    labels = {item["label"] for item in client.ask("textDocument/completion", at(script, 1, 0))["items"]}
    assert "score: one model file" in labels
    items = client.ask("textDocument/completion", at(config, 1, 17))["items"]
    assert items[0]["label"] == "score.py"
    assert items[0]["textEdit"]["range"]["start"] == {"line": 1, "character": 16}
    shown = client.ask("textDocument/hover", at(config, 1, 4))
    assert "relative to sourceDirectory" in shown["contents"]["value"]
    assert client.ask("textDocument/completion", at(code, 2, 7))["items"] == []
    (link,) = client.ask("textDocument/documentLink", {"textDocument": {"uri": code}})
    assert link["target"] == (project / "score.py").as_uri()
