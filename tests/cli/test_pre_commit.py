"""The hook for pre-commit: the entry of its definition, on the files of a real git repository that it names."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from cli.conftest import Terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hook() -> dict[str, Any]:
    (found,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return found  # type: ignore[no-any-return]


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def run(terminal: Terminal, hook: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """As pre-commit does: the entry, then the staged files that fit."""
    staged = git(terminal.folder, "diff", "--cached", "--name-only", "--diff-filter=ACM").splitlines()
    files = [name for name in staged if re.search(hook["files"], name)]
    program, *words = shlex.split(hook["entry"])
    assert program == "scoredock"
    return terminal.run(*words, *files)


def test_it_stops_a_commit_with_an_error_and_lets_a_good_one_pass(terminal: Terminal, hook: dict[str, Any]) -> None:
    assert (hook["id"], hook["language"]) == ("scoredock-check", "python")
    folder = terminal.folder
    git(folder, "init", "-q", ".")
    (folder / "notes.md").write_text("# def init():\n")
    (folder / "other.py").write_text("print(undefined)\n")
    git(folder, "add", ".")
    assert run(terminal, hook).returncode == 0
    git(folder, "commit", "-q", "-m", "good")
    good = (folder / "score.py").read_text()
    (folder / "score.py").write_text(good.replace("import json\n", ""))
    git(folder, "add", "score.py")
    refused = run(terminal, hook)
    assert refused.returncode == 1
    assert "score.py:" in refused.stdout
    assert "SD110" in refused.stdout
    (folder / "score.py").write_text(good)
    git(folder, "add", "score.py")
    assert run(terminal, hook).returncode == 0


def test_what_pre_commit_installs_is_the_project() -> None:
    hook, project = (
        tomllib.loads((folder / "pyproject.toml").read_text("utf-8")) for folder in (ROOT, ROOT / "pyserver")
    )
    assert hook["project"]["version"] == project["project"]["version"]
    assert hook["project"]["requires-python"] == project["project"]["requires-python"]
    assert hook["project"]["scripts"] == project["project"]["scripts"]
    assert hook["build-system"] == project["build-system"]
    assert set(hook["project"]["dependencies"]) <= set(project["project"]["dependencies"])
    for folder in hook["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]:
        assert (ROOT / folder / "__init__.py").is_file()
