"""`scoredock lsp` for editors that are not our extension: a client that knows nothing but the protocol, and Neovim."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lsp.client import Client
from pace import patience

COMMAND = [sys.executable, "-I", "-m", "scoredock.cli", "lsp"]
SCRIPT = """import os

from azureml.core.model import Model


def init():
    global model
    model = open(Model.get_model_path("")).read()


def run(data):
    return json.loads(data)
"""


def commands_in(value: object) -> Iterator[str]:
    """Commands and addresses of commands anywhere in an answer: only our extension knows them."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "command":
                yield str(each)
            yield from commands_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from commands_in(each)
    elif isinstance(value, str) and ("command:" in value or value.startswith("scoredock:")):
        yield value


@pytest.fixture
def bare(start: Callable[..., Client], project: Path) -> Client:
    found = start(command=COMMAND)
    found.initialize(project, protocol="")
    return found


def command(home: Path, *words: str) -> None:
    """`scoredock …` in a terminal beside the editor."""
    whole = [sys.executable, "-m", "scoredock.cli", "--home", str(home), *words]
    done = subprocess.run(whole, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_findings_repairs_proposals_and_hovers_need_no_request_of_ours(bare: Client, project: Path) -> None:
    command(bare.home, "model", "register", __file__, "--name", "wheat")
    uri = bare.open(project / "score.py", SCRIPT)
    found = bare.diagnostics(uri, 1)
    assert {each["code"] for each in found if each["severity"] == 1} == {"SD110"}
    document = {"textDocument": {"uri": uri}}
    everywhere = {"start": {"line": 0, "character": 0}, "end": {"line": 12, "character": 0}}

    def actions(*only: str) -> list[dict[str, Any]]:
        context = {"diagnostics": found, **({"only": list(only)} if only else {})}
        return bare.ask("textDocument/codeAction", {**document, "range": everywhere, "context": context})  # type: ignore[no-any-return]

    assert "Import json" in {action["title"] for action in actions()}
    (everything,) = actions("source.fixAll")
    (changed,) = everything["edit"]["documentChanges"]
    assert any("import json" in edit["newText"] for edit in changed["edits"])
    hover = bare.ask("textDocument/hover", {**document, "position": {"line": 5, "character": 5}})
    assert "init" in hover["contents"]["value"]
    proposed = bare.ask("textDocument/completion", {**document, "position": {"line": 7, "character": 39}})
    assert "wheat" in {item["label"] for item in proposed["items"]}
    lenses = bare.ask("textDocument/codeLens", document)
    links = bare.ask("textDocument/documentLink", document)
    assert [*commands_in([found, actions(), hover, proposed, lenses, links])] == []
    assert {note["method"] for note in bare.notifications} <= {"textDocument/publishDiagnostics"}
    assert bare.requests == []
    assert bare.shut_down() == 0


def test_the_same_questions_have_commands_in_our_extension(start: Callable[..., Client], project: Path) -> None:
    ours = start()
    ours.initialize(project)
    uri = ours.open(project / "score.py", SCRIPT)
    assert [*commands_in(ours.diagnostics(uri, 1))]
    assert [*commands_in(ours.ask("textDocument/codeLens", {"textDocument": {"uri": uri}}))]


def greet(client: Client, project: Path, about: dict[str, Any], workspace: dict[str, Any] | None = None) -> Any:
    """Hello with the capabilities that a test is about; gives those of the server."""
    capabilities = {"textDocument": about, "workspace": workspace or {}}
    said = {"processId": os.getpid(), "rootUri": project.as_uri(), "capabilities": capabilities}
    answer = client.ask("initialize", said)
    client.notify("initialized", {})
    return answer["capabilities"]


def pushed(client: Client) -> list[Any]:
    return [each["params"] for each in client.notifications if each["method"] == "textDocument/publishDiagnostics"]


def test_an_editor_that_asks_for_findings_gets_them_by_asking_alone(
    start: Callable[..., Client], project: Path
) -> None:
    client = start(command=COMMAND)
    server = greet(client, project, {"diagnostic": {}}, {"diagnostics": {"refreshSupport": True}})
    assert server["diagnosticProvider"]["interFileDependencies"] is True
    uri = client.open(project / "score.py", SCRIPT)

    def codes(address: str) -> set[str]:
        report = client.ask("textDocument/diagnostic", {"textDocument": {"uri": address}})
        assert report["kind"] == "full"
        return {each["code"] for each in report["items"]}

    assert "SD110" in codes(uri)
    client.change(uri, {"text": f"import json\n{SCRIPT}"})
    assert "SD110" not in codes(uri)
    assert codes((project / "other.py").as_uri()) == set()

    # Another file decides about this one: the editor hears of it, once, and not of its own edits.
    configuration = project / "inferenceconfig.json"
    configuration.write_text('{"entryScript": "later.py"}')
    other = client.open(configuration, configuration.read_text(), "json")
    assert codes(other) == {"SD207"}
    assert client.requests == []
    (project / "later.py").write_text(SCRIPT)
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": (project / "later.py").as_uri(), "type": 1}]})
    assert client.count_requests("workspace/diagnostic/refresh") == 1
    assert codes(other) == set()
    assert pushed(client) == []
    assert client.shut_down() == 0


def test_findings_come_once_to_each_kind_of_editor(start: Callable[..., Client], project: Path) -> None:
    """Our extension's client would request findings if it were offered, and show them beside those that are pushed."""
    ours, other = start(), start(command=COMMAND)
    assert {"diagnosticProvider", "documentSymbolProvider"}.isdisjoint(ours.initialize(project))
    assert "diagnosticProvider" in other.initialize(project, protocol="")
    for client in (ours, other):
        uri = client.open(project / "score.py", SCRIPT)
        assert "SD110" in {each["code"] for each in client.diagnostics(uri, 1)}


def test_the_outline_of_scripts_and_configurations(start: Callable[..., Client], project: Path) -> None:
    client = start(command=COMMAND)
    greet(client, project, {"documentSymbol": {"hierarchicalDocumentSymbolSupport": True}})

    def outline(name: str, text: str) -> list[dict[str, Any]]:
        uri = client.open(project / name, text)
        return client.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})  # type: ignore[no-any-return]

    init, run = outline("score.py", SCRIPT)
    assert [init["name"], run["name"], run["detail"]] == ["init", "run", "(data)"]
    lines = SCRIPT.splitlines()
    for each in (init, run):
        start_line, name = each["range"]["start"]["line"], each["selectionRange"]
        assert lines[start_line].startswith(f"def {each['name']}(")
        assert lines[name["start"]["line"]][name["start"]["character"] : name["end"]["character"]] == each["name"]
    assert run["range"]["end"]["line"] == len(lines) - 1

    script, environment = outline("inferenceconfig.json", '{"entryScript": "score.py", "environment": {"name": "e"}}')
    assert (script["name"], script["detail"], script["kind"]) == ("entryScript", '"score.py"', 15)
    assert [each["name"] for each in environment["children"]] == ["name"]
    (dependencies,) = outline("conda.yml", "dependencies:\n- python=3.8\n- pip:\n  - flask\n")
    assert [each["name"] for each in dependencies["children"]] == ["python=3.8", "pip"]
    assert (
        outline("train.py", "print(1)\n") == outline("notes.json", '{"a": 1}') == outline("b/score.py", "def (") == []
    )


def test_the_outline_for_an_editor_that_knows_lists_alone(bare: Client, project: Path) -> None:
    uri = bare.open(project / "inferenceconfig.json", '{"environment": {"name": "e"}}', "json")
    symbols = bare.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert [(each["name"], each.get("containerName")) for each in symbols] == [
        ("environment", None),
        ("name", "environment"),
    ]
    assert {each["location"]["uri"] for each in symbols} == {uri}


def test_what_is_not_supported_is_one_line_of_the_log(bare: Client, project: Path) -> None:
    uri = bare.open(project / "score.py", SCRIPT)
    for _ in range(20):
        for kind in ("foldingRange", "semanticTokens/full", "documentHighlight"):
            place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
            assert bare.error(f"textDocument/{kind}", place)["code"] == -32601
        bare.notify("some/notification", {"text": "of another server"})
        bare.notify("$/cancelRequest", {"id": 4711})
    assert bare.shut_down() == 0
    log = "".join(bare.log)
    for kind in ("foldingRange", "semanticTokens/full", "documentHighlight"):
        assert log.count(kind) == 1
    assert (log.count("some/notification"), log.count("4711")) == (1, 0)


def test_an_editor_that_can_is_asked_to_watch_files(start: Callable[..., Client], project: Path) -> None:
    client = start(command=COMMAND)
    client.ask(
        "initialize",
        {
            "processId": os.getpid(),
            "rootUri": project.as_uri(),
            "capabilities": {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}},
        },
    )
    client.notify("initialized", {})
    configuration = project / "inferenceconfig.json"
    configuration.write_text(json.dumps({"entryScript": "score.py"}))
    uri = client.open(configuration, configuration.read_text(), "json")
    assert [each["code"] for each in client.diagnostics(uri)] == ["SD207"]
    (asked,) = client.requests
    (registration,) = asked["params"]["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    assert "**/*.py" in {watcher["globPattern"] for watcher in registration["registerOptions"]["watchers"]}
    client.send({"jsonrpc": "2.0", "id": asked["id"], "result": None})
    (project / "score.py").write_text(SCRIPT)
    client.notifications.clear()
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": (project / "score.py").as_uri(), "type": 1}]})
    assert client.diagnostics(uri) == []


def test_the_data_folder_and_the_workspace_are_those_of_the_command_line(
    start: Callable[..., Client], project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    command(other, "workspace", "create", "second")
    client = start(command=[*COMMAND, "--home", str(other), "--workspace", "second"])
    client.initialize(project, protocol="")
    listed = client.ask("scoredock/state/list", {"folders": [str(project)]})
    assert [each["name"] for each in listed["workspaces"] if each["isActive"]] == ["second"]


def test_a_person_who_types_it_is_told_what_it_is_for(tmp_path: Path) -> None:
    own, terminal = pty.openpty()
    try:
        done = subprocess.run(
            COMMAND,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=patience(60),
            env={**os.environ, "SCOREDOCK_HOME": str(tmp_path)},
            check=False,
        )
    finally:
        os.close(own)
        os.close(terminal)
    assert done.returncode == 2
    assert "docs/other-editors.md" in done.stderr


def lines_of(page: str, before: str) -> str:
    """The block of Lua below the sentence that holds `before`."""
    found = re.search(rf"{re.escape(before)}[^\n]*\n\n```lua\n(.*?)```", page, re.DOTALL)
    assert found is not None, before
    return found[1]


def test_neovim_with_the_lines_of_the_guide(
    tmp_path: Path, project: Path, home: Path, require: Callable[..., None]
) -> None:
    neovim = shutil.which("nvim")
    require(neovim, "Neovim (apt install neovim)")
    root = Path(__file__).parents[2]
    page = (root / "docs" / "other-editors.md").read_text(encoding="utf-8")
    (tmp_path / "settings.lua").write_text(lines_of(page, "Older ones"))
    script = project / "score.py"
    script.write_text(SCRIPT)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "scoredock").symlink_to(Path(sys.executable).with_name("scoredock"))
    command(home, "model", "register", __file__, "--name", "wheat")
    answers = tmp_path / "answers.json"
    done = subprocess.run(
        [
            str(neovim),
            "--headless",
            "--clean",
            "-n",
            "-c",
            f"luafile {tmp_path / 'settings.lua'}",
            "-c",
            f"luafile {Path(__file__).with_name('neovim.lua')}",
        ],
        cwd=project,
        env={
            **os.environ,
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "SCOREDOCK_HOME": str(home),
            "SCRIPT": str(script),
            "ANSWERS": str(answers),
        },
        capture_output=True,
        text=True,
        timeout=patience(120),
        check=False,
    )
    assert answers.exists(), done.stderr
    seen = json.loads(answers.read_text())
    assert seen["fault"] == "", seen
    assert {"line": 11, "code": "SD110", "source": "scoredock"} in seen["diagnostics"]
    assert "init" in seen["hover"]
    assert "wheat" in seen["proposals"]
    assert "import json\n" in script.read_text()
    assert seen["errors"] == 0
