"""What a run knows of the commit that is checked out, and that it takes files as they are."""

from __future__ import annotations

import os

import pytest

from cli.conftest import Terminal
from pipelines.conftest import committed, git, put, ran

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
SEEN = "echo $GITHUB_REF_NAME $GITHUB_SHA > seen; cat file >> seen"
WORKFLOW = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: {SEEN}\n"


def test_a_run_in_a_worktree_or_of_changed_files(terminal: Terminal) -> None:
    folder = terminal.folder
    put(folder, {"w.yml": WORKFLOW, "file": "committed\n"})
    first = committed(folder)
    git(folder, "worktree", "add", "-q", "-b", "topic", "../other")
    other = folder.parent / "other"
    put(other, {"file": "of the topic\n"})
    git(other, "commit", "-q", "-a", "-m", "more")
    put(folder, {"file": "changed\n"})
    ran(terminal, "w.yml")
    assert (folder / "seen").read_text() == f"main {first}\nchanged\n"
    terminal.folder = other
    ran(terminal, "w.yml")
    assert (other / "seen").read_text() == f"topic {git(other, 'rev-parse', 'HEAD')}\nof the topic\n"
    git(folder, "pack-refs", "--all")
    ran(terminal, "w.yml")
    assert "topic" in (other / "seen").read_text()
