"""A batch job in a backup: its record and what failed come back, without what only running it needs."""

from __future__ import annotations

from pathlib import Path

from batch.conftest import Terminal
from batch.test_run_again import locks  # noqa: F401 (a fixture)


def test_the_record_of_a_job_comes_back_and_it_cannot_go_on(terminal: Terminal, locks: Path, tmp_path: Path) -> None:  # noqa: F811
    before = terminal.json("batch", "show", "the-job")
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
