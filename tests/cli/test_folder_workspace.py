"""The workspace that a folder's config.json names, at the command line, `az ml`, and in scripts of the SDK."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import SCRIPT, Terminal

NAME = "contoso-ml"
READING = (
    "model list",
    "model show none",
    "service list",
    "service show none",
    "endpoint list",
    "environment list",
    "dataset list",
    "image list",
    "workspace list",
    "workspace show",
    "workspace verify",
    "az ml model list",
    "az ml service list",
    "az ml workspace show",
    "check score.py",
)


def configure(folder: Path, name: str = NAME, where: str = ".azureml/config.json") -> Path:
    path = folder / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"subscription_id": "sub", "resource_group": "rg", "workspace_name": name}))
    return path


def workspaces(terminal: Terminal) -> dict[str, int]:
    """Name → how many models."""
    found = terminal.json("workspace", "list")["workspaces"]
    return {each["name"]: each["models"] for each in found if each["exists"]}


@pytest.fixture
def project(terminal: Terminal) -> Path:
    (terminal.folder / "score.py").write_text(SCRIPT)
    (terminal.folder / "model.bin").write_bytes(b"1234")
    return terminal.folder


def test_looking_makes_nothing_and_says_which_workspace(terminal: Terminal, project: Path) -> None:
    path = configure(project)
    for line in READING:
        done = terminal.run(*line.split())
        if line not in ("workspace list", "check score.py"):
            first = done.stderr.splitlines()[0].removeprefix("note: ")
            assert first == f"Workspace {NAME}, named by {path}. The first change creates it.", line
        assert NAME not in done.stdout or line.startswith(("workspace", "az ml workspace")), line
    assert not list((terminal.home / "workspaces").glob(f"{NAME}*"))
    assert workspaces(terminal) == {"local": 0}
    assert terminal.json("model", "list")["models"] == []


@pytest.mark.parametrize("where", [".azureml/config.json", "aml_config/config.json", "config.json"])
def test_the_first_change_makes_it(terminal: Terminal, project: Path, where: str) -> None:
    path = configure(project, where=where)
    below = project / "src"
    below.mkdir()
    terminal.folder = below
    done = terminal.run("model", "register", "../model.bin")
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == f"Workspace {NAME}, named by {path}. The first change creates it."
    assert workspaces(terminal) == {"local": 0, NAME: 1}
    done = terminal.run("model", "list")
    assert done.stderr == f"Workspace {NAME}, named by {path}.\n"
    assert "model:1" in done.stdout


def test_az_and_scripts_go_to_the_same_one(terminal: Terminal, project: Path) -> None:
    configure(project)
    (project / "register.py").write_text(
        "from azureml.core import Model, Workspace\n"
        "Model.register(Workspace.from_config(), model_path='model.bin', model_name='weights')\n"
        "print(Workspace.get('contoso-ml').name)\n"
    )
    terminal.ok("az", "ml", "model", "register", "-n", "weights", "-p", "model.bin")
    assert terminal.ok("sdk", "run", "register.py").splitlines()[-1] == NAME
    terminal.ok("model", "register", "model.bin", "--name", "weights")
    assert [each["version"] for each in json.loads(terminal.ok("az", "ml", "model", "list", "-n", "weights"))] == [
        3,
        2,
        1,
    ]
    assert workspaces(terminal) == {"local": 0, NAME: 1}


def test_who_names_a_workspace_gets_it_without_a_word(terminal: Terminal, project: Path, tmp_path: Path) -> None:
    configure(project)
    other = configure(tmp_path / "elsewhere", "another")
    terminal.ok("workspace", "create", "mine")
    for words in (("-w", "mine"), ("-w", "local"), ("--config", str(other))):
        done = terminal.run("model", "register", "model.bin", *words)
        assert (done.returncode, "Workspace" in done.stderr) == (0, False), words
    assert workspaces(terminal) == {"local": 1, "mine": 1, "another": 1}
    terminal.ok("model", "register", "model.bin", "-w", NAME)
    assert workspaces(terminal)[NAME] == 1, "the name that only the folder's configuration has"
    (project / "where.py").write_text("from azureml.core import Workspace\nprint(Workspace.from_config().name)\n")
    assert terminal.ok("sdk", "run", "where.py").strip() == NAME
    assert terminal.ok("sdk", "run", "-w", "mine", "where.py").strip() == "mine"
    terminal.ok("workspace", "use", "mine")
    done = terminal.run("model", "list")
    assert done.stderr == f"Workspace mine, chosen for {project}.\n"
    assert terminal.ok("sdk", "run", "where.py").strip() == "mine"
    assert len(json.loads(terminal.ok("az", "ml", "model", "list"))) == 1


@pytest.mark.parametrize(
    "content",
    ["{", '{"subscription_id": "s", "resource_group": "r"}', '{"workspace_name": 5}'],
    ids=["no JSON", "a key is missing", "a number"],
)
def test_a_configuration_that_cannot_be_used_is_not_passed_over(
    terminal: Terminal, project: Path, content: str
) -> None:
    configure(project.parent, "above")
    path = configure(project)
    path.write_text(content)
    for words in (
        ("model", "list"),
        ("model", "register", "model.bin"),
        ("service", "deploy", "score.py"),
    ):
        error = terminal.refused(*words)
        assert error["code"] == "workspace-config-invalid", words
        assert error["place"]["path"] == str(path)
        assert "-w local" in error["fix"]
    assert terminal.run("az", "ml", "model", "list").returncode == 1
    terminal.ok("model", "register", "model.bin", "-w", "local")
    assert terminal.run("workspace", "list").returncode == 0
    terminal.ok("workspace", "use", "local")
    assert "model:1" in terminal.ok("model", "list")
