"""A disk that fills while a job runs: the job says so, keeps what is done, and goes on when there is room."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.contrib.batch.domain.work.driver import Driver

from batch.conftest import Terminal
from batch.test_remote import Host, again, job

FILES, BYTES = 40, 100_000
SCRIPT = f"""
import os


def run(mini_batch):
    return [os.path.basename(path) + " " + "x" * {BYTES} for path in mini_batch]
"""
WORDS = (
    *("batch", "run", "--name", "the-job", "--entry-script", "batch_score.py", "--conda-file", "plain.txt"),
    *("--input", "in", "--mini-batch-size", "1", "--process-count", "2"),
)
EXPECTED = "".join(f"f{number:02} {'x' * BYTES}\n" for number in range(FILES))


@pytest.fixture
def small(tmp_path: Path, terminal: Terminal, require: Callable[[object, str], None]) -> Iterator[Path]:
    """A file system with room for less than the results."""
    terminal.write(batch_score__py=SCRIPT)
    (terminal.folder / "in").mkdir()
    for number in range(FILES):
        (terminal.folder / "in" / f"f{number:02}").touch()
    point = tmp_path / "small"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(point)]
    done = subprocess.run(mount, capture_output=True, check=False) if shutil.which("mount") else None
    require(done is not None and done.returncode == 0, "the right to mount a tmpfs (root)")
    try:
        yield point
    finally:
        subprocess.run(["umount", "-l", str(point)], check=True)


def grow(point: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=30m", str(point)], check=True)


def test_the_disk_of_the_job(terminal: Terminal, small: Path) -> None:
    terminal.jobs.symlink_to(small)
    refused = terminal.refused(*WORDS, "--output-path", "out")
    assert refused["code"] == "batch-storage-failed"
    assert "No space left on device" in refused["message"]
    shown = terminal.json("batch", "show", "the-job")
    assert (shown["job"]["state"], shown["job"]["failed"], shown["error"]) == ("Failed", 0, refused["message"])
    assert 0 < shown["job"]["completed"] < FILES
    assert list((terminal.folder / "out").iterdir()) == []
    assert terminal.refused("batch", "resume", "the-job")["code"] == "batch-storage-failed"
    grow(small)
    assert terminal.json("batch", "resume", "the-job")["job"]["completed"] == FILES
    assert (terminal.folder / "out" / "parallel_run_step.txt").read_text() == EXPECTED


def test_the_disk_of_the_output(terminal: Terminal, small: Path) -> None:
    (terminal.folder / "out").symlink_to(small)
    refused = terminal.refused(*WORDS, "--output-path", "out")
    assert refused["code"] == "batch-storage-failed"
    assert "No space left on device" in refused["message"]
    assert list(small.iterdir()) == []
    assert terminal.json("batch", "show", "the-job")["job"]["completed"] == FILES
    grow(small)
    assert terminal.json("batch", "resume", "the-job")["job"]["state"] == "Completed"
    assert (small / "parallel_run_step.txt").read_text() == EXPECTED


def test_a_disk_without_room_for_a_job(terminal: Terminal, small: Path) -> None:
    terminal.jobs.symlink_to(small)
    terminal.write(batch_score__py="def run(mini_batch):\n    raise ValueError('bad')\n")
    terminal.run(*WORDS, "--output-path", "out")
    fill = small / "fill"
    with contextlib.suppress(OSError):
        fill.write_bytes(bytes(4_000_000))
    for words in ((*WORDS[:3], "another", *WORDS[4:], "--output-path", "other"), ("batch", "resume", "the-job")):
        error = terminal.refused(*words)
        assert error["code"] in ("disk-full", "batch-storage-failed"), error
        assert str(terminal.home) in error["message"]
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    for words in (
        (*WORDS[:3], "another", *WORDS[4:], "--output-path", "other"),
        ("batch", "resume", "the-job"),
        ("batch", "delete", "the-job"),
    ):
        error = terminal.refused(*words)
        assert error["code"] == "workspace-read-only", error
        assert "Read-only file system" in error["message"]
    subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    fill.unlink()
    assert terminal.json("batch", "list")["jobs"][0]["name"] == "the-job"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process")
@pytest.mark.parametrize("most", [64, 40])
def test_few_open_files(terminal: Terminal, most: int) -> None:
    """What the command has open beyond its limit, as shells have, ends no driver; too many workers are named."""
    terminal.write(batch_score__py=SCRIPT)
    (terminal.folder / "in").mkdir()
    for number in range(FILES):
        (terminal.folder / "in" / f"f{number:02}").touch()
    terminal.run("batch", "list")  # what is made once needs more
    limited = ["bash", "-c", f'exec 200</dev/null; ulimit -n {most}; exec "$@"', "limited", sys.executable, "-m"]

    def code_of(*words: str) -> tuple[int, str]:
        command = [*limited, "scoredock.cli", *words]
        done = subprocess.run(
            command, cwd=terminal.folder, env=terminal.environment(), capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr

    terminal.run(*WORDS[:3], "before", *WORDS[4:], "--output-path", "before")
    code, errors = code_of(*WORDS, "--output-path", "out")
    assert (code, (terminal.folder / "out" / "parallel_run_step.txt").read_text()) == (0, EXPECTED), errors
    code, errors = code_of(*WORDS[:3], "another", *WORDS[4:-1], "40", "--output-path", "other")
    assert code == 1
    assert "ulimit -n" in errors
    assert "--process-count" in errors
    assert "batch-driver-failed" in errors
    assert terminal.json("batch", "resume", "another")["job"]["completed"] == FILES


def test_results_from_elsewhere(terminal: Terminal, small: Path) -> None:
    """They are written by the driver, and not by the worker."""
    here = job(terminal, SCRIPT, "--input", "in", "--mini-batch-size", "1", "--process-count", "2")
    place = again(here, terminal.folder / "remote")
    shutil.copytree(place.path, small / "remote")
    shutil.rmtree(place.path)
    place.path.symlink_to(small / "remote")
    folder = terminal.home.parent / "host"
    folder.mkdir()
    host = Host(place, folder)
    try:
        progress = Driver(place, host).run()
        assert (progress.state, progress.code, progress.failed) == ("Failed", "batch-storage-failed", 0)
        assert place.written_progress().code == "batch-storage-failed"
        grow(small)
        assert Driver(place, host).run().state == "Completed"
    finally:
        host.process.kill()
        host.process.wait()
    assert (terminal.folder / "remote" / "parallel_run_step.txt").read_text() == EXPECTED
