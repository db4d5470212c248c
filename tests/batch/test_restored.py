"""A batch job in a backup: its record and what failed come back, without what only running it needs."""

from __future__ import annotations

import json
from pathlib import Path

from batch.conftest import Terminal
from batch.test_run_again import locks  # noqa: F401 (a fixture)


def test_the_record_of_a_job_comes_back_and_it_cannot_go_on(terminal: Terminal, locks: Path, tmp_path: Path) -> None:  # noqa: F811
    before = terminal.json("batch", "show", "the-job")
    assert (before["job"]["state"], before["error"] != "") == ("CompletedWithErrors", True)
    terminal.json("workspace", "backup", "b.tar")
    assert str(locks).encode() not in (terminal.folder / "b.tar").read_bytes(), "its variables stay behind"

    other = Terminal(tmp_path / "elsewhere", terminal.folder)
    other.json("workspace", "restore", "b.tar")
    after = other.json("batch", "show", "the-job")
    assert after == before
    assert [each["index"] for each in after["failures"]] == [1, 3, 4]
    assert [each["name"] for each in other.json("batch", "list")["jobs"]] == ["the-job"]
    other.json("batch", "outputs", "the-job")
    error = other.refused("batch", "resume", "the-job")
    assert error["code"] == "batch-job-restored"
    assert "batch run" in error["fix"]
    assert other.json("workspace", "verify")["problems"] == []
    other.json("batch", "delete", "the-job")
    assert other.json("batch", "list")["jobs"] == []


def test_a_job_that_an_earlier_release_called_completed_has_errors(terminal: Terminal, locks: Path) -> None:  # noqa: F811
    """Its records know neither the state nor which limits were given."""
    folder = terminal.jobs / "the-job"
    job, state = (json.loads((folder / name).read_text()) for name in ("job.json", "state.json"))
    del job["configuration"]["limits"], state["place"]
    (folder / "job.json").write_text(json.dumps(job))
    (folder / "state.json").write_text(json.dumps({**state, "state": "Completed", "message": ""}))
    assert [each["state"] for each in terminal.json("batch", "list")["jobs"]] == ["CompletedWithErrors"]
    for lock in locks.iterdir():
        lock.unlink()
    assert terminal.json("batch", "resume", "the-job")["job"]["state"] == "Completed"
