"""Findings as the person types: of the newest version only, in the client's units, whatever the text."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from depth import rounds
from lsp.client import Client

GOOD = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"
MISSING = GOOD.replace("import json\n", "")


def test_a_mistake_is_shown_with_code_page_and_fix(client: Client, project: Path) -> None:
    uri = client.open(project / "score.py", MISSING)
    (found,) = client.diagnostics(uri, 1)
    assert (found["code"], found["source"], found["severity"]) == ("SD110", "scoredock", 1)
    assert found["codeDescription"]["href"] == "scoredock:/rules/SD110.md"
    assert found["data"]["fixable"] is True
    text = MISSING.splitlines()[found["range"]["start"]["line"]]
    assert text[found["range"]["start"]["character"] : found["range"]["end"]["character"]] == "json"


def test_the_quick_fix_repairs_it(client: Client, project: Path) -> None:
    uri = client.open(project / "score.py", MISSING)
    (found,) = client.diagnostics(uri, 1)
    actions = client.ask(
        "textDocument/codeAction",
        {"textDocument": {"uri": uri}, "range": found["range"], "context": {"diagnostics": [found]}},
    )
    (action,) = [action for action in actions if action["title"] == "Import json"]
    assert action["kind"] == "quickfix"
    (edit,) = action["edit"]["documentChanges"][0]["edits"]
    version = client.change(uri, {"range": edit["range"], "text": edit["newText"]})
    assert client.diagnostics(uri, version) == []


@pytest.mark.parametrize("codec", ["utf-16", "cp1252"])
def test_a_file_in_another_encoding_is_saved_by_its_quick_fix(client: Client, project: Path, codec: str) -> None:
    """The text may be the same before and after, so that the editor has no change of it to send, and what watches its
    files may be seconds late."""
    text = GOOD.replace("import json", "import json  # größe")
    (project / "score.py").write_bytes(text.encode(codec))
    uri = client.open(
        project / "score.py", text if codec == "utf-16" else text.encode(codec).decode("utf-8", "replace")
    )
    (found,) = client.diagnostics(uri, 1)
    assert found["code"] == "SD908"
    params = {"textDocument": {"uri": uri}, "range": found["range"], "context": {"diagnostics": [found]}}
    (action,) = [each for each in client.ask("textDocument/codeAction", params) if each["title"] == "Save as UTF-8"]
    assert (action["kind"], action["isPreferred"], action["diagnostics"]) == ("quickfix", True, [found])
    assert action["command"]["command"] == "scoredock.saveAsUtf8"
    client.ask("scoredock/document/saveAsUtf8", {"path": action["command"]["arguments"][0]})
    assert (project / "score.py").read_text("utf-8") == text
    client.notified(
        "textDocument/publishDiagnostics", lambda params: params["uri"] == uri and params["diagnostics"] == []
    )


def test_no_actions_where_there_is_no_finding(client: Client, project: Path) -> None:
    uri = client.open(project / "score.py", MISSING)
    client.diagnostics(uri, 1)
    start = {"line": 0, "character": 0}
    params = {"textDocument": {"uri": uri}, "range": {"start": start, "end": start}, "context": {"diagnostics": []}}
    assert client.ask("textDocument/codeAction", params) == []
    whole = {
        **params,
        "range": {"start": start, "end": {"line": 99, "character": 0}},
        "context": {"diagnostics": [], "only": ["refactor"]},
    }
    assert client.ask("textDocument/codeAction", whole) == []


BESIDE = pytest.mark.long("test_odd_texts.py counts columns in this encoding at the gate")


@pytest.mark.parametrize(
    ("encoding", "column"),
    [pytest.param("utf-8", 16, marks=BESIDE), ("utf-16", 14), pytest.param("utf-32", 13, marks=BESIDE)],
)
def test_columns_are_in_the_units_of_the_client(
    start: Callable[..., Client], project: Path, encoding: str, column: int
) -> None:
    client = start()
    capabilities = client.initialize(project, encodings=[encoding])
    assert capabilities["positionEncoding"] == encoding
    text = "def init():\n    pass\n\n\ndef run(data):\n    x = '\U0001f600'; json.loads(data)\n    return x\n"
    uri = client.open(project / "score.py", text)
    (found,) = client.diagnostics(uri, 1)
    assert found["range"]["start"] == {"line": 5, "character": column}


def test_only_the_newest_version_is_published_last(client: Client, project: Path) -> None:
    uri = client.open(project / "score.py", GOOD)
    client.diagnostics(uri, 1)
    for number in range(50):
        last = client.change(uri, {"text": GOOD + f"# {number}\n"})
    client.diagnostics(uri, last)
    time.sleep(0.3)
    versions = [
        note["params"]["version"]
        for note in client.notifications
        if note["method"] == "textDocument/publishDiagnostics" and note["params"]["uri"] == uri
    ]
    assert versions == sorted(versions)
    assert versions[-1] == last
    assert len(versions) < 50, "edits that follow one another quickly are checked together"


def test_closing_clears(client: Client, project: Path) -> None:
    uri = client.open(project / "score.py", MISSING)
    assert client.diagnostics(uri, 1)
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.notified("textDocument/publishDiagnostics", lambda params: params["diagnostics"] == [])


def test_a_setting_silences_rules_or_all(client: Client, project: Path) -> None:
    uri = client.open(project / "score.py", MISSING)
    assert client.diagnostics(uri, 1)
    for flat in ({"scoredock.check.ignore": ["SD110"]}, {"scoredock": {"check": {"enable": False}}}):
        client.notifications.clear()
        client.notify("workspace/didChangeConfiguration", {"settings": flat})
        assert client.diagnostics(uri, 1) == []
    client.notifications.clear()
    client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock.check.enable": "nonsense"}})
    assert client.diagnostics(uri, 1)


def test_registering_a_model_checks_open_scripts_again(client: Client, project: Path) -> None:
    text = GOOD.replace(
        "    pass\n", "    from azureml.core.model import Model\n\n    print(Model.get_model_path('wheat'))\n"
    )
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    uri = client.open(project / "score.py", text)
    before = client.diagnostics(uri, 1)
    assert [found for found in before if "wheat" in found["message"]]
    (project / "wheat.bin").write_bytes(b"1")
    client.ask("scoredock/model/register", {"paths": [str(project / "wheat.bin")], "name": "wheat"})
    client.notified(
        "textDocument/publishDiagnostics",
        lambda params: not [found for found in params["diagnostics"] if "wheat" in found["message"]],
    )


def test_an_environment_is_known_once_it_is_registered(client: Client, project: Path) -> None:
    (project / "score.py").write_text(GOOD)
    client.ask("scoredock/state/list", {"folders": [str(project)]})
    client.ask("scoredock/environment/register", {"name": "other", "clone": "AzureML-Minimal"})

    def config(name: str, version: str | None = None) -> str:
        return json.dumps({"entryScript": "score.py", "environment": {"name": name, "version": version}})

    uri = client.open(project / "inferenceconfig.json", config("mine"), "json")
    (found,) = client.diagnostics(uri, 1)
    assert (found["code"], found["severity"]) == ("SD215", 1)
    client.ask("scoredock/environment/register", {"name": "mine", "clone": "AzureML-Minimal"})
    client.notified(
        "textDocument/publishDiagnostics", lambda params: params["uri"] == uri and params["diagnostics"] == []
    )
    assert client.diagnostics(uri, client.change(uri, {"text": config("AzureML-Minimal", "47")})) == []
    version = client.change(uri, {"text": config("mine", "3")})
    (found,) = client.diagnostics(uri, version)
    assert "its newest version is 1" in found["message"]
    params = {"textDocument": {"uri": uri}, "range": found["range"], "context": {"diagnostics": [found]}}
    (action,) = [each for each in client.ask("textDocument/codeAction", params) if each["kind"] == "quickfix"][:1]
    assert action["title"] == "Change to 1"
    client.ask("scoredock/asset/delete", {"kind": "environment", "id": "mine:1"})
    client.notified(
        "textDocument/publishDiagnostics",
        lambda params: (
            params["uri"] == uri
            and any("“mine” is not registered" in each["message"] for each in params["diagnostics"])
        ),
    )


def test_unsaved_neighbours_count(client: Client, project: Path) -> None:
    """A file that exists only in the editor exists."""
    config = json.dumps({"entryScript": "score.py"})
    uri = client.open(project / "inferenceconfig.json", config, "json")
    assert [found for found in client.diagnostics(uri, 1) if "score.py" in found["message"]]
    client.open(project / "score.py", GOOD)
    version = client.change(uri, {"text": config + "\n"})
    assert not [found for found in client.diagnostics(uri, version) if "score.py" in found["message"]]


HUGE: list[Any] = [
    pytest.param("score.py", "def init(:\n", id="syntax-error"),
    pytest.param("score.py", "def init(): pass\ndef run(data): return " + "(" * 100_000, id="deep-parentheses"),
    pytest.param("score.py", "def init(): pass\ndef run(data): return " + "-" * 100_000 + "1", id="deep-unary"),
    pytest.param("score.py", "def init(): pass\ndef run(data): return " + "+".join(["1"] * 100_000), id="long-sum"),
    pytest.param("score.py", "def init(): pass\ndef run(data): return x" + ".a" * 100_000, id="long-chain"),
    pytest.param(
        "score.py",
        "def init(): pass\ndef run(data): pass\nx = '" + "a" * 1_000_000 + "'\n",
        id="million-character-line",
    ),
    pytest.param("score.py", "def init():\x00 pass\ndef run(data): pass\n", id="nul"),
    pytest.param("score.py", "# -*- coding: evil -*-\ndef init(): pass\ndef run(data): pass\n", id="unknown-coding"),
    pytest.param("score.py", "def init(): pass\ndef run(data): pass\nx = 1\n" * 100_000, id="three-megabytes"),
    pytest.param("score.py", "def init(): pass\ndef run(data): return '\ud800'\n", id="lone-surrogate"),
    pytest.param("inferenceconfig.json", "[" * 100_000, id="deep-json"),
    pytest.param("inferenceconfig.json", '{"entryScript": 1e999, "entryScript": NaN}', id="strange-numbers"),
    pytest.param("conda.yml", "dependencies: " + "[" * 100_000, id="deep-yaml"),
    pytest.param(
        "conda.yml",
        "a: &a [x,x]\n"
        + "".join(
            f"{c}: &{c} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]\n"
            for p, c in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "dependencies: *i\n",
        id="alias-bomb",
    ),
]


@pytest.fixture(scope="module")
def endured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for all that is huge or broken: what one text does to it, the next one meets."""
    folder = tmp_path_factory.mktemp("huge")
    with Client(folder / "home") as client:
        client.initialize(folder)
        yield client


@pytest.mark.parametrize(("name", "text"), HUGE)
def test_broken_and_huge_input_never_breaks_the_server(endured: Client, tmp_path: Path, name: str, text: str) -> None:
    uri = endured.open(tmp_path / name, text)
    endured.diagnostics(uri, 1, deadline=20)
    assert endured.ask("scoredock/document/explain", {"code": "SD101"}, deadline=20)
    endured.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_text_that_is_not_ours_is_left_alone(client: Client, project: Path) -> None:
    uri = client.open(project / "helpers.py", "def greet(): return nobody\n")
    assert client.diagnostics(uri, 1) == []


# ------------------------------------------------------------------------------------------------ edits against a model

SPACE = st.text(alphabet=" \t\n\r", max_size=6)
NAME = st.text(alphabet="ab\u00e9\U0001f600", max_size=6)
HEAD, TAIL = '{"entryScript": "', '.py"}'


class Typing(RuleBasedStateMachine):
    """Random edits of a configuration that names a missing script: the finding quotes the name and says where it is."""

    client: Client
    folder: Path

    @initialize(space=SPACE, name=NAME)
    def begin(self, space: str, name: str) -> None:
        self.space, self.name = space, "n" + name
        self.uri = self.client.open(self.folder / "inferenceconfig.json", self.text, "json")
        self.version = 1

    @property
    def text(self) -> str:
        return self.space + HEAD + self.name + TAIL

    @rule(data=st.data(), new=NAME)
    def edit_name(self, data: st.DataObject, new: str) -> None:
        first = data.draw(st.integers(1, len(self.name)))
        last = data.draw(st.integers(first, len(self.name)))
        base = len(self.space) + len(HEAD)
        span = self.span(base + first, base + last)
        self.name = self.name[:first] + new + self.name[last:]
        self.version = self.client.change(self.uri, {"range": span, "text": new})

    @rule(data=st.data(), new=SPACE)
    def edit_space(self, data: st.DataObject, new: str) -> None:
        inside = [at for at in range(len(self.space) + 1) if at == 0 or self.text[at - 1 : at + 1] != "\r\n"]
        first, last = sorted((data.draw(st.sampled_from(inside)), data.draw(st.sampled_from(inside))))
        span = self.span(first, last)
        self.space = self.space[:first] + new + self.space[last:]
        self.version = self.client.change(self.uri, {"range": span, "text": new})

    @rule(name=NAME)
    def two_edits_in_one_message(self, name: str) -> None:
        old = self.text
        first = {"range": self.span(0, 0), "text": "\n"}
        self.space, self.name = "\n" + self.space, "n" + name
        self.version = self.client.change(self.uri, first, {"text": self.text})
        assert old

    @rule()
    def wild(self) -> None:
        """Far outside is the end; spaces after the configuration change nothing."""
        far = {"line": 9_999, "character": 9_999}
        self.version = self.client.change(self.uri, {"range": {"start": far, "end": far}, "text": ""})

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "uri"):
            return
        found = [
            item for item in self.client.diagnostics(self.uri, self.version) if self.name + ".py" in item["message"]
        ]
        assert found, (self.text, self.client.diagnostics(self.uri, self.version))
        at = len(self.space) + len(HEAD) - 1
        assert found[0]["range"] == self.span(at, at + len(self.name) + len('".py"'))

    def span(self, first: int, last: int) -> dict[str, dict[str, int]]:
        return {"start": self.place(first), "end": self.place(last)}

    def place(self, offset: int) -> dict[str, int]:
        """In UTF-16 units, by a model of its own."""
        lines = self.text[:offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return {"line": len(lines) - 1, "character": len(lines[-1].encode("utf-16-le")) // 2}

    def teardown(self) -> None:
        if hasattr(self, "uri"):
            self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
            self.client.notifications.clear()


def test_the_servers_text_stays_in_step(client: Client, project: Path) -> None:
    machine = type("TypingHere", (Typing,), {"client": client, "folder": project})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=rounds(gate=5, long=15),
            stateful_step_count=12,
            suppress_health_check=list(HealthCheck),
        ),
    )
