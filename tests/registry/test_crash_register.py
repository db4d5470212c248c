"""Registration killed and failed at its system calls: nothing acknowledged is lost, nothing dangles, a repeat succeeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from scoredock.registry import ModelVersion, Registry

from crash.harness import Harness, Point, acknowledged, table

CHILD = Path(__file__).parent.parent / "crash" / "register_child.py"
PHASES = ("opening", "copying", "blob rename", "manifest", "transaction", "after")
NEEDED = 10
"""Kills in each phase at least."""


class Phases:
    """Which part of a registration a system call belongs to, told by the paths it touches."""

    def __init__(self) -> None:
        self.phase = "opening"

    def __call__(self, syscall: str, text: str) -> str:
        if self.phase == "after":
            return self.phase
        if "store.sqlite3" in text:
            if self.phase != "opening":
                self.phase = "transaction"
        elif "manifests" in text or ".json." in text:
            self.phase = "manifest"
        elif "/blobs" in text or (syscall == "fsync" and "/tmp/blob-" in text):
            self.phase = "blob rename"
        elif "/tmp/blob-" in text or "/source" in text:
            self.phase = "copying"
        named = self.phase
        if syscall == "unlink" and "store.sqlite3-journal" in text:
            self.phase = "after"  # from here on the transaction holds
        return named


@dataclass(frozen=True)
class Scenario:
    """A workspace as it is before, and what is registered in it."""

    name: str
    template: Path | None
    """The workspace to start from; None for a folder that is not there yet."""
    paths: tuple[Path, ...]
    every: int
    """Of the calls of the opening and of the transaction, which are many and alike, each how manieth is killed."""

    def chosen(self, points: Sequence[Point]) -> Iterator[Point]:
        for number, point in enumerate(points):
            many = point.phase == "opening" or (point.phase == "transaction" and point.syscall in ("pwrite64", "fcntl"))
            if not many or number % self.every == 0:
                yield point


@pytest.fixture
def harness(tmp_path: Path, require: Callable[[object, str], None]) -> Harness:
    require(Harness.strace() is not None, "strace, which must be allowed to trace")
    return Harness(CHILD, tmp_path)


@pytest.fixture
def scenarios(tmp_path: Path) -> list[Scenario]:
    source = tmp_path / "source"
    tree = source / "tree"
    (tree / "deep").mkdir(parents=True)
    for number in range(3):
        (tree / "deep" / f"part{number}.bin").write_bytes(bytes([number]) * 40_000)
    lone = source / "model.pkl"
    lone.write_bytes(b"p" * 200_000)
    template = tmp_path / "template"
    registry = Registry(template)
    registry.register([tree], "m")
    registry.register([tree / "deep" / "part1.bin"], "other")
    registry.delete(registry.register([tree], "m").id)
    registry.store.close()
    return [
        Scenario("a folder into a new workspace", None, (tree,), every=8),
        Scenario("new bytes beside old versions", template, (lone,), every=4),
        Scenario("the same bytes once more", template, (tree,), every=4),
    ]


def _workspace(scenario: Scenario, folder: Path) -> tuple[Path, list[ModelVersion]]:
    """A fresh copy of the scenario's workspace, and what it held."""
    folder.mkdir()
    workspace = folder / "workspace"
    if scenario.template is None:
        return workspace, []
    shutil.copytree(scenario.template, workspace)
    return workspace, Registry(scenario.template).models(include_deleted=True)


def _wrong_after(
    workspace: Path, before: Sequence[ModelVersion], answers: Sequence[str], paths: Sequence[Path]
) -> list[str]:
    """Everything the oracle has to say about a workspace after a fault; empty when nothing was lost."""
    registry = Registry(workspace)
    wrong = registry.verify(deep=True)
    now = {model.id: model for model in registry.models(include_deleted=True)}
    wrong += [f"{model.id} was there before and changed or is gone" for model in before if now.get(model.id) != model]
    wrong += [f"{id} was acknowledged and is gone" for id in answers if id not in now]
    again = registry.register(paths, "m", tags={"stage": "test"})
    if again.version <= max((model.version for model in now.values() if model.name == "m"), default=0):
        wrong.append(f"the number of {again.id} was used before")
    wrong += registry.verify(deep=True)
    registry.collect_garbage(0)
    needed = {file.sha256 for model in registry.models(include_deleted=True) for file in model.files}
    wrong += [f"{path} dangles" for path in registry.blobs.all() if path.name not in needed]
    wrong += [f"{path} dangles" for path in (workspace / "tmp").iterdir()]
    wrong += registry.verify(deep=True)
    registry.store.close()
    return wrong


def _kill_all(harness: Harness, scenario: Scenario, folder: Path, order: str) -> list[tuple[Point, list[str]]]:
    """A clean run, then one killed run for each chosen point, two at a time."""
    folder.mkdir()
    workspace, _ = _workspace(scenario, folder / "clean")
    points = harness.record([workspace, folder / "clean" / "acknowledged", "m", order, *scenario.paths], Phases())

    def kill(item: tuple[int, Point]) -> tuple[Point, list[str]]:
        number, point = item
        own = folder / str(number)
        workspace, before = _workspace(scenario, own)
        outcome = harness.run([workspace, own / "acknowledged", "m", order, *scenario.paths], point.kill)
        if not outcome.killed:
            return point, [f"the child was not killed: {outcome.output}"]
        wrong = _wrong_after(workspace, before, acknowledged(own / "acknowledged"), scenario.paths)
        shutil.rmtree(own)
        return point, wrong

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(kill, enumerate(scenario.chosen(points))))


def _report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_registrations_lose_nothing(
    harness: Harness, scenarios: list[Scenario], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [
        result
        for number, scenario in enumerate(scenarios)
        for result in _kill_all(harness, scenario, tmp_path / f"run{number}", "right")
    ]
    hits = [point.phase for point, _ in results]
    _report(capsys, table("registrations killed", hits))
    assert [(point, wrong) for point, wrong in results if wrong] == []
    assert len(results) >= 150
    assert {phase: hits.count(phase) for phase in PHASES if hits.count(phase) < NEEDED} == {}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_oracle_sees_a_broken_order_of_writes(
    harness: Harness, scenarios: list[Scenario], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = _kill_all(harness, scenarios[1], tmp_path / "planted", "planted")
    red = [wrong for _, wrong in results if wrong]
    _report(capsys, f"transaction before bytes, planted: {len(red)} of {len(results)} kills seen by the oracle")
    assert any("has no stored bytes" in sentence for wrong in red for sentence in wrong)


def test_bytes_are_on_the_disk_before_the_transaction_that_names_them(
    harness: Harness, scenarios: list[Scenario], tmp_path: Path
) -> None:
    """Kills do not lose what was not flushed, power cuts do; so the order of the flushes is read from the trace."""
    workspace, _ = _workspace(scenarios[1], tmp_path / "clean")
    points = harness.record(
        [workspace, tmp_path / "clean" / "acknowledged", "m", "right", *scenarios[1].paths], Phases()
    )
    order = [
        ("fsync", "/tmp/blob-"),
        ("rename", "/blobs/sha256/"),
        ("fsync", "/blobs/sha256/"),
        ("fsync", ".json."),
        ("rename", "/manifests/"),
        ("fsync", "/manifests/"),
        ("fdatasync", "store.sqlite3-journal>"),
        ("fdatasync", "store.sqlite3>"),
        ("unlink", "store.sqlite3-journal"),
        ("fdatasync", "/workspace>"),
        ("write", "/acknowledged>"),
    ]
    left = list(order)
    for point in points:
        if left and point.syscall == left[0][0] and left[0][1] in point.text:
            left.pop(0)
    assert left == []
    first_page = next(
        n for n, point in enumerate(points) if point.syscall == "pwrite64" and "store.sqlite3>" in point.text
    )
    assert all("/blobs/" not in point.text for point in points[first_page:])


FAULTS = {
    "ENOSPC": ("openat", "write", "pwrite64", "fsync", "fdatasync", "mkdir", "rename"),
    "EIO": ("write", "pwrite64", "fsync", "fdatasync", "unlink"),
    "EROFS": ("openat", "mkdir", "rename", "unlink"),
}
EXPECTED = {
    "ENOSPC": {"disk-full", "io-failed", "model-path-unreadable", "workspace-read-only"},
    "EIO": {"io-failed"},
    "EROFS": {"workspace-read-only", "io-failed", "model-path-unreadable"},
}
"""SQLite does not tell why a flush or a journal failed, and the disk itself is fine when it is asked: io-failed then.
A store that cannot be opened for writing, for whatever reason, it opens for reading."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_failing_disk_gives_a_typed_error_and_leaves_nothing_dangling(
    harness: Harness, scenarios: list[Scenario], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = scenarios[1]
    workspace, _ = _workspace(scenario, tmp_path / "clean")
    points = harness.record([workspace, tmp_path / "clean" / "acknowledged", "m", "right", *scenario.paths], Phases())
    inside = [point for point in points if point.phase != "after"]
    runs = [
        (error, point)
        for error, syscalls in FAULTS.items()
        for syscall in syscalls
        for number, point in enumerate(point for point in inside if point.syscall == syscall)
        if syscall != "pwrite64" or number % 6 == 0
    ]

    def fail(item: tuple[int, tuple[str, Point]]) -> tuple[str, Point, list[str]]:
        number, (error, point) = item
        own = tmp_path / f"fault{number}"
        workspace, before = _workspace(scenario, own)
        outcome = harness.run([workspace, own / "acknowledged", "m", "right", *scenario.paths], point.fail(error))
        wrong = _wrong_after(workspace, before, acknowledged(own / "acknowledged"), scenario.paths)
        if outcome.returncode == 3:
            code = outcome.output.split()[1].rstrip(":")
            if code not in EXPECTED[error]:
                wrong.append(f"{code} is not what {error} means: {outcome.output}")
        elif outcome.returncode != 0:  # 0: it did not matter, as with a file that is removed only to be tidy
            wrong.append(f"no typed error: {outcome.output}")
        shutil.rmtree(own)
        return error, point, wrong

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(fail, enumerate(runs)))
    _report(capsys, table("registrations failed", (error for error, _, _ in results)))
    assert [(error, point, wrong) for error, point, wrong in results if wrong] == []
    assert {error for error, _, _ in results} == set(FAULTS)
