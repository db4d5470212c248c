"""`scoredock dataset …`, `environment …`, `image …`, and where other commands take them."""

from __future__ import annotations

import io
import json
from argparse import Namespace

import pytest
from scoredock.cli.images import packages as package_commands
from scoredock.cli.session import Session
from scoredock.protocol.messages import RegistryCredential

from cli.conftest import Terminal

CONDA = "name: mine\ndependencies:\n  - python>=3.9\n  - pip:\n      - azureml-defaults\n"
SCHEMA = "https://azuremlschemas.azureedge.net/latest/environment.schema.json"


@pytest.fixture
def rows(terminal: Terminal) -> str:
    (terminal.folder / "requests.jsonl").write_text('{"data": [1, 2]}\n\n{"data": [3]}\n')
    return "requests.jsonl"


def test_a_dataset_from_beginning_to_end(terminal: Terminal, rows: str) -> None:
    made = terminal.json("dataset", "register", rows, "--tag", "a=b", "-d", "words")
    assert (made["id"], made["summary"], made["tags"], made["description"]) == (
        "requests:1",
        "2 rows · 29 B",
        {"a": "b"},
        "words",
    )
    assert "registered other:1" in terminal.ok("dataset", "register", rows, "-n", "other")
    assert [each["id"] for each in terminal.json("dataset", "list")["assets"]] == ["other:1", "requests:1"]
    assert [each["id"] for each in terminal.json("dataset", "list", "-n", "other")["assets"]] == ["other:1"]
    assert terminal.ok("dataset", "rows", "requests") == '{"data": [1, 2]}\n{"data": [3]}\n'
    assert terminal.json("dataset", "rows", "requests:1", "--offset", "1") == {"rows": ['{"data": [3]}'], "total": 2}
    shown = terminal.ok("dataset", "show", "requests")
    assert '{"data": [3]}' in shown
    assert "2 rows" in shown
    changed = terminal.json("dataset", "update", "requests", "--tag", "c=d", "--remove-tag", "a", "-d", "new")
    assert (changed["tags"], changed["description"]) == ({"c": "d"}, "new")
    assert "dataset restore requests:1" in terminal.ok("dataset", "delete", "requests")
    assert "no datasets" in terminal.ok("dataset", "list", "-n", "requests")
    assert len(terminal.json("dataset", "list", "--deleted")["assets"]) == 2
    head, kept, gone = terminal.ok("dataset", "list", "--deleted").splitlines()
    column = head.index("DELETED")
    assert (kept[column], gone[column : column + 2]) == ("-", "20"), "which of them lies in the trash"
    assert terminal.json("dataset", "restore", "requests:1")["deleted"] is None


def test_environments(terminal: Terminal) -> None:
    (terminal.folder / "conda.yml").write_text(CONDA)
    assert terminal.json("environment", "register", "conda.yml")["id"] == "mine:1"
    assert terminal.json("environment", "register", "-f", "conda.yml", "-n", "mine")["id"] == "mine:1"
    assert terminal.json("environment", "register", "--clone", "AzureML-Minimal", "-n", "own")["id"] == "own:1"
    assert (
        terminal.json("environment", "register", "--image", "a/b:1", "-n", "boxed")["summary"] == "Docker image · a/b:1"
    )
    shown = terminal.json("environment", "show", "mine")
    assert (shown["text"], shown["language"]) == (CONDA, "yaml")
    assert "AzureML-Scikit-learn-0.20.3" in terminal.ok("environment", "curated")
    table = terminal.ok("environment", "list").splitlines()
    assert [line.split()[0] for line in table] == ["ENVIRONMENT", "boxed:1", "mine:1", "own:1"]
    assert terminal.refused("environment", "register", "conda.yml", "-n", "AzureML-x")["code"] == "asset-name-invalid"
    assert terminal.refused("environment", "register", "gone.yml")["code"] == "file-not-found"
    assert terminal.refused("environment", "register", "-n", "x")["code"] == "environment-source-invalid"


@pytest.mark.parametrize("name", ["conda.yml", "requirements.txt", "environment.yml"])
def test_what_only_an_installer_refuses_is_registered_with_a_warning(terminal: Terminal, name: str) -> None:
    texts = {
        "conda.yml": "name: e\ndependencies:\n- pip:\n  - six\n  - sklearn\n",
        "requirements.txt": "six\nsklearn\n",
        "environment.yml": f"$schema: {SCHEMA}\nname: e\nimage: a/b:1\nconda_file: conda.yml\n",
    }
    for each, text in texts.items():
        (terminal.folder / each).write_text(text)
    answer = terminal.run("environment", "register", name, "-n", "mine")
    assert (answer.returncode, answer.stdout.split()[1]) == (0, "mine:1")
    listed, line = ("requirements.txt", 2) if name == "requirements.txt" else ("conda.yml", 5)
    assert f"warning: {terminal.folder / listed}, line {line}: “sklearn” is not the name" in answer.stderr
    (terminal.folder / "score.py").write_text("def init(): ...\ndef run(data): return data\n")
    assert terminal.refused("service", "deploy", "adder", "--es", "score.py", "--cf", listed)["code"] == "check-failed"


def test_images(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five")
    terminal.ok("environment", "register", "--clone", "AzureML-Minimal", "-n", "own")
    made = terminal.json("image", "register", "five", "example.com/five:1", "-m", "five", "-e", "own")
    assert made["summary"] == "example.com/five:1 · 1 model"
    assert terminal.json("model", "show", "five")["images"] == ["five:1"]
    assert "images   five:1" in terminal.ok("model", "show", "five:1")
    told = json.loads(terminal.json("image", "show", "five")["text"])
    assert told == {"reference": "example.com/five:1", "models": ["five:1"], "environment": "own:1"}
    error = terminal.refused("environment", "delete", "own")
    assert (error["code"], error["details"]) == ("asset-in-use", {"images": ["five:1"]})


def test_a_password_goes_to_the_registry_that_a_record_names(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.ok("image", "register", "five", "registry.example.com/five:1")
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    session = Session(home=str(terminal.home), workspace="", config="", as_json=True)
    options = Namespace(image="five:1", username="me", password_stdin=True, registry="")
    told = package_commands._image_params(options, session).registry_credentials
    assert told == [RegistryCredential("registry.example.com", "me", "secret")]


@pytest.mark.usefixtures("shared_environments")
def test_deploying_with_a_named_environment(terminal: Terminal, rows: str) -> None:
    terminal.ok("environment", "register", "--clone", "AzureML-Minimal", "-n", "own")
    deploy = ("service", "deploy", "adder", "--es", "score.py")
    assert terminal.json(*deploy, "-e", "own", "--ev", "1")["environment"].startswith("own:1 (")
    assert "Two versions" in terminal.refused(*deploy, "-e", "own:1", "--ev", "1", code=2)["message"]
    assert terminal.refused(*deploy, "--ev", "1", code=2)
    assert terminal.refused(*deploy, "-e", "own", "--ev", "2", "--overwrite")["code"] == "asset-not-found"
    assert terminal.refused("environment", "delete", "own")["details"] == {"services": ["adder"]}
    terminal.ok("environment", "register", "--image", "a/b:1", "-n", "own")
    proposed = terminal.json("service", "propose", ".")
    assert (proposed["environment"], proposed["environmentFile"]) == ("own:1", "")
    assert proposed["environments"] == ["own:2"]
    terminal.ok("dataset", "register", rows)
    found = terminal.json("service", "profile", "adder", "--rows", "dataset:requests", "--requests", "4")
    assert (found["successQueries"], found["input"]) == (4, "dataset:requests")


def test_output_that_is_no_terminal(terminal: Terminal) -> None:
    (terminal.folder / "odd.json").write_text('["\\u0007 line\\nend", "\\u2028é"]')
    terminal.ok("dataset", "register", "odd.json")
    assert terminal.json("dataset", "rows", "odd")["rows"] == ["\a line\nend", "\u2028é"]
