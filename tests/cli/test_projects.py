"""`scoredock project …`: what it writes is a project that answers, and nobody's file is touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Terminal

ROOT = Path(__file__).resolve().parents[2]


def test_the_model_of_a_new_project_is_what_its_script_trains(terminal: Terminal) -> None:
    terminal.ok("project", "create", "first")
    model = terminal.folder / "first" / "model.pkl"
    before = model.read_bytes()
    model.unlink()
    subprocess.run([sys.executable, str(terminal.folder / "first" / "train.py")], check=True, timeout=60)
    assert model.read_bytes() == before


def test_nothing_of_a_person_is_touched(terminal: Terminal) -> None:
    (terminal.folder / "mine").mkdir()
    (terminal.folder / "mine" / "model.pkl").write_bytes(b"mine")
    assert terminal.refused("project", "create", "mine")["code"] == "project-exists"
    assert [each.name for each in (terminal.folder / "mine").iterdir()] == ["model.pkl"]
    assert terminal.refused("project", "example", "mine")["code"] == "project-exists"
    assert [each.name for each in (terminal.folder / "mine").iterdir()] == ["model.pkl"]


def test_a_model_that_no_script_can_be_written_for(terminal: Terminal) -> None:
    (terminal.folder / "weights.bin").write_bytes(b"\0" * 100)
    refused = terminal.refused("project", "create", "new", "--model", "weights.bin")
    assert refused["code"].startswith("no-code-")
    assert not (terminal.folder / "new").exists()


def test_the_example_is_the_one_of_the_repository(terminal: Terminal) -> None:
    terminal.ok("project", "example")
    made = terminal.folder / "scoredock-example"
    for name in ("score.py", "train.py", "inferenceconfig.json", "deploymentconfig.json"):
        assert (made / name).read_bytes() == (ROOT / "examples" / "diabetes" / name).read_bytes(), (
            "run pyserver/tools/example_project.py"
        )
    codes = [finding["code"] for finding in terminal.json("check", str(made))["findings"]]
    assert codes == ["SD501"], "the model is to be registered, and nothing else"
    assert terminal.refused("project", "example")["code"] == "project-exists"


@pytest.mark.usefixtures("shared_environments")
@pytest.mark.long("installs scikit-learn; tests/ui and the demo deploy the same project at the gate")
def test_the_example_answers(terminal: Terminal) -> None:
    terminal.ok("project", "example", "made")
    terminal.ok("model", "register", "made/sklearn_regression_model.pkl", "--name", "diabetes")
    terminal.ok("service", "deploy", "diabetes", "--ic", "made/inferenceconfig.json", "--model", "diabetes")
    answer = terminal.json("service", "call", "diabetes", "--data", "@made/sample-request.json")
    assert (answer["status"], 100 < json.loads(answer["body"])[0] < 300) == (200, True)


@pytest.mark.usefixtures("shared_environments")
@pytest.mark.long("installs a framework; what is written for each framework is asked in tests/no_code")
def test_a_project_with_a_model_answers(terminal: Terminal) -> None:
    terminal.ok("project", "example", "made")
    shutil.move(terminal.folder / "made" / "sklearn_regression_model.pkl", terminal.folder / "mine.pkl")
    made = terminal.json("project", "create", "new", "--model", "mine.pkl")
    assert {"mine.pkl", "score.py", "deploymentconfig.json"} <= set(made["files"])
    terminal.ok("model", "register", "new/mine.pkl", "--name", "mine")
    terminal.ok("service", "deploy", "mine", "--ic", "new/inferenceconfig.json", "--model", "mine")
    assert terminal.json("service", "call", "mine", "--data", "@made/sample-request.json")["status"] == 200
