"""Deleting, changing, collecting and migrating, killed at their system calls: each is done as a whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scoredock.registry import Registry, store
from scoredock.registry.schema import MIGRATIONS

from crash.harness import Harness, Point, acknowledged
from crash.upkeep_child import STEP

CHILD = Path(__file__).parent.parent / "crash" / "upkeep_child.py"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    registry = Registry(tmp_path / "template")
    for number in range(3):
        (source / f"{number}.bin").write_bytes(bytes([number]) * 20_000)
        registry.register([source / f"{number}.bin"], "m", tags={"a": "1", "old": "x"})
    registry.delete("m:2")
    (registry.blobs.scratch / "left behind").write_bytes(b"x")
    registry.store.close()
    return registry.folder


def _state(registry: Registry) -> dict[str, tuple[str, dict[str, str], bool]]:
    found = registry.models(include_deleted=True)
    return {model.id: (model.description, dict(model.tags), model.deleted is not None) for model in found}


_BEFORE = {
    "m:1": ("", {"a": "1", "old": "x"}, False),
    "m:2": ("", {"a": "1", "old": "x"}, True),
    "m:3": ("", {"a": "1", "old": "x"}, False),
}
_AFTER = {
    "delete": {**_BEFORE, "m:1": ("", {"a": "1", "old": "x"}, True)},
    "update": {**_BEFORE, "m:1": ("new", {"a": "2", "b": "3"}, False)},
    "collect": {id: state for id, state in _BEFORE.items() if id != "m:2"},
    "migrate": _BEFORE,
}


def _wrong_after(workspace: Path, verb: str, done: bool) -> list[str]:
    registry = Registry(workspace)
    wrong = registry.verify(deep=True)
    state = _state(registry)
    if state != _AFTER[verb] and (done or state != _BEFORE):
        wrong.append(f"neither the old nor the new state, or the old one though it was acknowledged: {state}")
    if verb == "migrate":
        with registry.store.read() as connection:
            wrong += [] if connection.execute("SELECT count(*) FROM later").fetchone()[0] == 3 else ["half migrated"]
    registry.collect_garbage(0, trash_seconds=0)
    registry.store.close()
    wrong += registry.verify(deep=True)
    needed = {file.sha256 for model in registry.models() for file in model.files}
    wrong += [f"{path} dangles" for path in registry.blobs.all() if path.name not in needed]
    wrong += [f"{path} dangles" for path in registry.blobs.scratch.iterdir()]
    if next(iter(registry.register([workspace.parent.parent / "source"], "m").id.split(":")[1:])) != "4":
        wrong.append("a number was used again or left out")
    registry.store.close()
    return wrong


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("verb", list(_AFTER))
def test_killed_at_each_step(
    verb: str,
    template: Path,
    tmp_path: Path,
    require: Callable[[object, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    require(Harness.strace() is not None, "strace, which must be allowed to trace")
    if verb == "migrate":
        monkeypatch.setattr(store, "MIGRATIONS", (*MIGRATIONS, STEP))
    harness = Harness(CHILD, tmp_path)
    (tmp_path / "runs").mkdir()

    def prepare(name: str) -> Path:
        own = tmp_path / name
        own.mkdir()
        shutil.copytree(template, own / "workspace")
        return own

    clean = prepare("clean")
    points = harness.record([clean / "workspace", clean / "acknowledged", verb], lambda syscall, text: verb)

    def kill(item: tuple[int, Point]) -> tuple[Point, list[str]]:
        own = prepare(f"{item[0]}")
        outcome = harness.run([own / "workspace", own / "acknowledged", verb], item[1].kill)
        if not outcome.killed:
            return item[1], [f"the child was not killed: {outcome.output}"]
        wrong = _wrong_after(own / "workspace", verb, bool(acknowledged(own / "acknowledged")))
        shutil.rmtree(own)
        return item[1], wrong

    chosen = [
        point for number, point in enumerate(points) if point.syscall not in ("pwrite64", "fcntl") or number % 4 == 0
    ]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(kill, enumerate(chosen)))
    with capsys.disabled():
        print(f"\n{verb}: killed {len(results)} times")
    assert [(point, wrong) for point, wrong in results if wrong] == []
    assert len(results) >= 10
