"""Commit, branch and dirty flag of a registration; a work tree that wants to run something; and without git."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.registry import Registry
from scoredock.registry.records import SourceControl

Git = Callable[..., str]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path / "project"


@pytest.fixture
def git(tree: Path) -> Git:
    def call(*words: str) -> str:
        settings = ("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *settings, *words], cwd=tree, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    (tree / "outputs").mkdir(parents=True)
    call("init", "-q", "-b", "main")
    (tree / "train.py").write_text("1\n")
    (tree / ".gitignore").write_text("outputs/\n")
    call("add", ".")
    call("commit", "-q", "-m", "first")
    (tree / "outputs" / "model.pkl").write_bytes(b"weights")
    return call


def recorded(registry: Registry, path: Path) -> SourceControl | None:
    return registry.model(registry.register([path], "m").id).metadata.source


def test_a_clean_tree(registry: Registry, tree: Path, git: Git) -> None:
    assert recorded(registry, tree / "outputs") == SourceControl(git("rev-parse", "HEAD"), "main", False)


def test_a_script_that_differs(registry: Registry, tree: Path, git: Git) -> None:
    (tree / "train.py").write_text("2\n")
    assert recorded(registry, tree / "outputs" / "model.pkl") == SourceControl(git("rev-parse", "HEAD"), "main", True)


def test_a_file_that_is_not_tracked(registry: Registry, tree: Path, git: Git) -> None:
    (tree / "model.pkl").write_bytes(b"x")
    (tree / "other").write_bytes(b"x")
    commit = git("rev-parse", "HEAD")
    assert recorded(registry, tree / "model.pkl") == SourceControl(commit, "main", True)
    assert recorded(registry, tree / "train.py") == SourceControl(commit, "main", False)


def test_a_commit_without_a_branch_and_a_linked_tree(
    registry: Registry, tree: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git("rev-parse", "HEAD")
    git("checkout", "-q", "--detach")
    assert recorded(registry, tree / "train.py") == SourceControl(commit, "", False)
    git("worktree", "add", "-q", "-b", "side/branch", str(tmp_path / "linked"))
    assert recorded(registry, tmp_path / "linked" / "train.py") == SourceControl(commit, "side/branch", False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert recorded(registry, tree / "train.py") == SourceControl(commit, "", None)
    assert recorded(registry, tmp_path / "linked" / "train.py") == SourceControl(commit, "side/branch", None)


def test_without_git_the_commit_is_read(
    registry: Registry, tree: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git("rev-parse", "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert recorded(registry, tree / "train.py") == SourceControl(commit, "main", None)
    monkeypatch.undo()
    git("pack-refs", "--all")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert recorded(registry, tree / "train.py") == SourceControl(commit, "main", None)


@pytest.mark.parametrize(
    "head",
    ["", "ref: refs/heads/../../../secret", "ref: /etc/passwd", "ref: refs/heads/none", "x" * 40, "\xff", "ref: "],
)
def test_a_head_that_is_none(
    registry: Registry, tree: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    (tree / ".git" / "HEAD").write_text(head)
    assert recorded(registry, tree / "train.py") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert recorded(registry, tree / "train.py") is None


def test_nothing_is_known_outside(registry: Registry, model_file: Path, tree: Path, git: Git) -> None:
    assert recorded(registry, model_file) is None
    assert registry.register([model_file, tree / "train.py"], "m").metadata.source is None


def test_before_the_first_commit(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path / "new", check=True)
    (tmp_path / "new" / "m").write_bytes(b"x")
    assert recorded(registry, tmp_path / "new" / "m") is None


def test_variables_of_git_do_not_lead_elsewhere(
    registry: Registry, tree: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git("rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere"))
    assert recorded(registry, tree / "train.py") == SourceControl(commit, "main", False)


@pytest.mark.skipif(os.name == "nt", reason="commands of a POSIX shell")
@pytest.mark.parametrize("name", ["plain", "with=equals"])
def test_a_hostile_tree_runs_nothing(registry: Registry, tree: Path, git: Git, tmp_path: Path, name: str) -> None:
    """Each of these settings names a command that plain `git status` of this folder would start."""
    trap = f"touch '{tmp_path / 'ran'}'"
    git("config", "core.fsmonitor", trap)
    git("config", f"filter.{name}.clean", f"{trap}; cat")
    git("config", f"filter.{name}.process", trap)
    (tree / ".gitattributes").write_text(f"* filter={name}\n")
    hook = tree / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{trap}\n")
    hook.chmod(0o755)
    os.utime(tree / "train.py", (1, 1))
    commit = git("rev-parse", "HEAD")
    (tmp_path / "ran").unlink(missing_ok=True)
    found = recorded(registry, tree / "train.py")
    assert found is not None
    assert found.commit == commit
    assert not (tmp_path / "ran").exists()
    subprocess.run(["git", "status"], cwd=tree, check=False, capture_output=True)
    assert (tmp_path / "ran").exists(), "the trap works: git by itself walks into it"
