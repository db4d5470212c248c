"""Deploying without code, and taking the script over, from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Terminal
from no_code.conftest import Made

pytestmark = pytest.mark.timeout(900)
"""A machine that has none of the frameworks yet gets them first."""


@pytest.fixture
def terminal(tmp_path: Path, shared: Path) -> Terminal:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Terminal(tmp_path / "home", folder)
    made.ok("model", "list")  # makes the workspace
    (tmp_path / "home" / "workspaces" / "local" / "environments").symlink_to(shared)
    return made


def test_from_a_file_to_a_service_and_its_script(models: Callable[[str], Made], terminal: Terminal) -> None:
    made = models("onnx_inputs")
    case = made.cases[0]
    try:
        assert terminal.json("service", "deploy", "by-path", "--path", str(made.path))["state"] == "Healthy"
        answer = terminal.ok("service", "call", "by-path", "--data", json.dumps(case["body"]))
        assert json.loads(answer) == case["answer"]

        terminal.ok("model", "register", str(made.path), "--name", "several")
        assert terminal.json("service", "deploy", "by-name", "--model", "several:1")["models"] == ["several:1"]
        terminal.ok("model", "script", "several", "--output", "taken over")
        written = terminal.folder / "taken over"
        assert terminal.ok("model", "script", "several:1").rstrip() == (written / "score.py").read_text().rstrip()
        configuration = str(written / "inferenceconfig.json")
        terminal.ok("service", "deploy", "own-script", "--model", "several:1", "--ic", configuration)
        answers = {
            terminal.ok("service", "call", name, "--data", json.dumps(case["body"]))
            for name in ("by-name", "own-script")
        }
        assert answers == {answer}
        assert terminal.ok("service", "sample", "by-name") == terminal.ok("service", "sample", "own-script")
    finally:
        terminal.ok("service", "stop-all")


def test_refusals_are_told(terminal: Terminal) -> None:
    (terminal.folder / "notes.txt").write_text("nothing")
    assert terminal.refused("service", "deploy", "svc", "--path", "notes.txt")["code"] == "no-code-framework"
    assert terminal.refused("model", "script", "--path", "none.onnx")["code"] == "file-not-found"
    assert terminal.run("model", "script").returncode == 2


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (None, "which is not there."),
        (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n",
            "which is a pointer of Git LFS, not the file itself.",
        ),
    ],
)
def test_a_model_of_mlflow_without_its_file_is_told_before_anything_is_built(
    terminal: Terminal, held: str | None, reason: str
) -> None:
    """As of a repository whose large files are elsewhere."""
    folder = terminal.folder / "flowers"
    folder.mkdir()
    (folder / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n"
        "  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.2.2\n"
    )
    (folder / "requirements.txt").write_text("mlflow\nscikit-learn==1.2.2\n")
    if held is not None:
        (folder / "model.pkl").write_text(held)
    refused = terminal.refused("service", "deploy", "svc", "--path", "flowers")
    assert refused["code"] == "file-not-found"
    assert f"flowers names model.pkl, {reason}" in refused["message"]
    terminal.ok("model", "register", "flowers", "--name", "flowers")
    refused = terminal.refused("service", "deploy", "svc", "--model", "flowers:1")
    assert f"flowers:1 names model.pkl, {reason}" in refused["message"]
