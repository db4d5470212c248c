"""Several processes and threads on one workspace: contiguous numbers, nobody is told of a lock."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from pathlib import Path

import pytest
from scoredock.registry import Registry

from depth import rounds

pytestmark = pytest.mark.chance

PROCESSES, REGISTRATIONS = 4, rounds(gate=10, long=50)


def _register(workspace: str, source: str, start: str, results: str) -> None:
    while not Path(start).exists():
        threading.Event().wait(0.01)
    registry = Registry(Path(workspace))
    versions = [registry.register([Path(source)], "m", tags={"who": source}).version for _ in range(REGISTRATIONS)]
    Path(results).write_text(" ".join(map(str, versions)))


def test_four_processes_register_the_same_name(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = []
    for number in range(PROCESSES):
        source = tmp_path / f"source{number % 2}"
        source.write_bytes(bytes([number % 2]) * 5000)
        arguments = (
            str(tmp_path / "workspace"),
            str(source),
            str(tmp_path / "start"),
            str(tmp_path / f"result{number}"),
        )
        workers.append(context.Process(target=_register, args=arguments))
    for worker in workers:
        worker.start()
    (tmp_path / "start").touch()
    for worker in workers:
        worker.join(110)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    per_process = [list(map(int, (tmp_path / f"result{n}").read_text().split())) for n in range(PROCESSES)]
    assert all(versions == sorted(versions) for versions in per_process)
    assert sorted(itertools.chain(*per_process)) == list(range(1, PROCESSES * REGISTRATIONS + 1))
    registry = Registry(tmp_path / "workspace")
    assert len(registry.models()) == PROCESSES * REGISTRATIONS
    assert len(list(registry.blobs.all())) == 2
    assert registry.verify(deep=True) == []


def test_threads_share_one_registry(registry: Registry, model_file: Path) -> None:
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                model = registry.register([model_file], f"m{number % 2}")
                registry.update(model.id, set_tags={"by": str(number)})
                registry.models(tags=["by"])
                registry.delete(model.id)
                registry.restore(model.id)
                registry.store.change_counter()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert [model.version for model in registry.models(name="m0")] == list(range(15, 0, -1))
    assert registry.verify(deep=True) == []
