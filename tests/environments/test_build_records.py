"""What is noted of builds: how far, how they ended, what was said."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from scoredock.environments.build_records import BuildRecords
from scoredock.errors import Cancelled, ScoredockError
from scoredock.progress import Silent

SUBJECT = "environment/diabetes:1/process"


@pytest.fixture
def records(tmp_path: Path) -> BuildRecords:
    return BuildRecords(tmp_path / "builds")


def test_nothing_was_built(records: BuildRecords) -> None:
    assert records.last(SUBJECT) is None
    assert records.log(SUBJECT).lines == ()


def test_a_build_that_works(records: BuildRecords) -> None:
    with records.recording(SUBJECT, Silent()) as recording:
        recording.report("Resolving")
        recording.output("Resolved 3 packages")
        recording.report("Installing", 10)
        recording.report("Installing", 20)
        under_way = records.last(SUBJECT)
        recording.made("abc")
    assert under_way is not None
    assert (under_way.state, under_way.step) == ("building", "Resolving")
    ended = records.last(SUBJECT)
    assert ended is not None
    assert (ended.state, ended.key, ended.step) == ("ready", "abc", "")
    assert ended.ended is not None
    part = records.log(SUBJECT)
    assert [(step, text) for _, step, text in part.lines] == [
        (True, "Resolving"),
        (False, "Resolved 3 packages"),
        (True, "Installing"),
    ]
    assert records.log(SUBJECT, part.next).lines == ()


@pytest.mark.skipif(sys.platform != "linux", reason="only there the kernel's figures follow the clock")
def test_a_step_of_the_clock_does_not_interrupt_a_build(records: BuildRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    told = psutil.Process.create_time
    with records.recording(SUBJECT, Silent()):
        monkeypatch.setattr(psutil.Process, "create_time", lambda process: told(process) + 3600)
        under_way = records.last(SUBJECT)
    assert under_way is not None
    assert under_way.state == "building"


def test_a_failure_is_noted_and_raised(records: BuildRecords) -> None:
    def build() -> None:
        with records.recording(SUBJECT, Silent()) as recording:
            recording.output("no such package")
            raise ScoredockError("environment-build-failed", "It broke.", "Mend it.")

    with pytest.raises(ScoredockError):
        build()
    failed = records.last(SUBJECT)
    assert failed is not None
    assert (failed.state, failed.code, failed.message, failed.fix) == (
        "failed",
        "environment-build-failed",
        "It broke.",
        "Mend it.",
    )
    texts = [text for _, _, text in records.log(SUBJECT).lines]
    assert texts == ["no such package", "It broke. Mend it."], "the log ends with the cause"
    with records.recording(SUBJECT, Silent()):
        assert records.log(SUBJECT).lines == (), "a new build begins a new log"
    again = records.last(SUBJECT)
    assert again is not None
    assert again.state == "ready"


def test_our_own_fault_is_a_failure_too(records: BuildRecords) -> None:
    with pytest.raises(ZeroDivisionError), records.recording(SUBJECT, Silent()):
        _ = 1 / 0
    failed = records.last(SUBJECT)
    assert failed is not None
    assert (failed.state, failed.code) == ("failed", "internal-error")


def test_a_cancelled_build_leaves_nothing(records: BuildRecords, tmp_path: Path) -> None:
    with pytest.raises(ScoredockError), records.recording(SUBJECT, Silent()):
        raise Cancelled()
    assert records.last(SUBJECT) is None
    assert list((tmp_path / "builds").iterdir()) == []


def _build(
    records: BuildRecords,
    key: str = "",
    error: ScoredockError | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    with records.recording(SUBJECT, Silent()) as recording:
        recording.report("Resolving")
        meanwhile()
        if error is not None:
            raise error
        recording.made(key)


def test_building_again_without_success_keeps_what_was_built(records: BuildRecords) -> None:
    _build(records, "abc")
    good = records.last(SUBJECT)
    with pytest.raises(ScoredockError):
        _build(records, error=Cancelled())
    assert records.last(SUBJECT) == good
    with pytest.raises(ScoredockError):
        _build(records, error=ScoredockError("environment-build-failed", "It ended."))
    failed = records.last(SUBJECT)
    assert failed is not None
    assert (failed.state, failed.key) == ("failed", "abc")
    with pytest.raises(ScoredockError):
        _build(records, error=Cancelled())
    assert records.last(SUBJECT) == failed
    _build(records, "def")
    again = records.last(SUBJECT)
    assert again is not None
    assert (again.state, again.key) == ("ready", "def")


@pytest.mark.chance
def test_a_cancel_beside_another_builder_leaves_the_other_ones_record(records: BuildRecords) -> None:
    with records.recording(SUBJECT, Silent()) as first:
        with pytest.raises(ScoredockError):
            _build(records, error=Cancelled())
        under_way = records.last(SUBJECT)
        assert under_way is not None
        assert under_way.state == "building"
        with pytest.raises(ScoredockError):
            _build(records, error=Cancelled(), meanwhile=lambda: (first.made("abc"), first.settle("ready")))
    ended = records.last(SUBJECT)
    assert ended is not None
    assert (ended.state, ended.key) == ("ready", "abc")


@pytest.mark.chance
def test_a_builder_that_died_has_failed(records: BuildRecords, tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys\n"
        "from scoredock.environments.build_records import BuildRecords\n"
        "from scoredock.progress import Silent\n"
        "with BuildRecords(pathlib.Path(sys.argv[1])).recording(sys.argv[2], Silent()) as recording:\n"
        "    recording.output('last words')\n"
        "    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "builds"), SUBJECT], check=False)
    assert done.returncode == 9
    record = records.last(SUBJECT)
    assert record is not None
    assert record.state == "interrupted"
    assert "interrupted" in record.message
    assert [text for _, _, text in records.log(SUBJECT).lines] == ["last words"]


def test_damaged_files_are_as_good_as_none(records: BuildRecords, tmp_path: Path) -> None:
    with records.recording(SUBJECT, Silent()) as recording:
        recording.output("one")
    (kept,) = (tmp_path / "builds").glob("*.json")
    kept.write_text("[1]")
    assert records.last(SUBJECT) is None
    (log,) = (tmp_path / "builds").glob("*.log")
    log.write_text("no json\n" + json.dumps({"t": 1, "k": "line", "m": "two"}) + "\n{half")
    part = records.log(SUBJECT)
    assert [text for _, _, text in part.lines] == ["no json", "two"]
    assert part.next == log.stat().st_size - len("{half"), "the rest comes when it is written"
    assert records.log(SUBJECT, 10**9).lines == part.lines, "an older log was longer"


def test_a_flood_is_cut_off(records: BuildRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoredock.environments.build_records._MOST_LOG", 1_000)
    with records.recording(SUBJECT, Silent()) as recording:
        for _ in range(1_000):
            recording.output("x" * 50)
    lines = [text for _, _, text in records.log(SUBJECT).lines]
    assert lines[-1] == "The rest of the log is left out."
    assert len(lines) < 30
