"""The server or the daemon is killed in the middle of a change; afterwards every service is adopted, finished or rolled
back, the same change works, and deleting leaves nothing.

By default 88 kills of the server and 5 of the daemon in 5 changes each, spread over their steps; with SCOREDOCK_KILLS=all
every step. The editor's turn is in test_docker_kills_editor.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scoredock.deploy.ledger import Ledger
from scoredock.deploy.recovery import Recovery
from scoredock.engines.docker import DockerEngine

from deploy.killed import VERBS, World, kill_daemon, points
from docker_daemon import PrivateDaemon, base_image, docker_host, private_daemon

ALL = os.environ.get("SCOREDOCK_KILLS") == "all"
pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(4 * 3600 if ALL else 3000)]
AT_ONCE = 3
"""Kills that are tried beside one another; each mostly waits for the daemon."""
CASES = {"deploy": 18, "update": 10, "move": 15, "reload": 8, "delete": 10}
EARLY = (3, 5, 7, 9)
"""Always met: the first phases are short, none is passed over."""
MAKING = 6
"""Kills of a deploy for which an image has to be made."""
ROUNDS = 5
"""Kills of the daemon; each meets every kind of change at another step."""
PHASES = {"deploy: staging", "deploy: environment", "deploy: starting", "update: environment", "update: starting", "delete: "}  # fmt: skip


def spread(total: int, wanted: int) -> list[int]:
    """So many points of 1..total, or all of them."""
    if ALL or wanted >= total:
        return list(range(1, total + 1))
    evenly = {1 + index * (total - 1) // max(1, wanted - 1) for index in range(wanted)}
    return sorted(evenly | set(EARLY))


@pytest.fixture(scope="module")
def totals(tmp_path_factory: pytest.TempPathFactory, shared_images: Path) -> dict[str, int]:
    """The number of steps of each change; the image that all share is there afterwards."""
    folder = tmp_path_factory.mktemp("clean")
    return {verb: points(folder / verb, shared_images, verb, docker_host()) for verb in VERBS}


def killed(folder: Path, images: Path, verb: str, point: int, *, own: bool = False) -> tuple[bool, set[str], list[str]]:
    """Whether the kill came before the end of the change, in which phase, and what dangles afterwards."""
    world = World(folder, images, docker_host(), own=own)
    try:
        if verb != "deploy":
            world.deploy()
        code, _ = world.child(verb, point)
        found = [f"{verb} at {point}: {each}" for each in world.problems(verb)]
        return code != 0, world.phases, found
    finally:
        world.clear()


def test_the_server_is_killed(tmp_path: Path, shared_images: Path, totals: dict[str, int]) -> None:
    cases = [(verb, point, False) for verb in VERBS for point in spread(totals[verb], CASES[verb])]
    cases += [("deploy", point, True) for point in spread(totals["deploy"] + 40, MAKING)[1:]]

    def one(
        numbered: tuple[int, tuple[str, int, bool]],
    ) -> tuple[bool, set[str], list[str]]:
        number, (verb, point, own) = numbered
        return killed(tmp_path / str(number), shared_images, verb, point, own=own)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(one, enumerate(cases)))
    print(f"{sum(kill for kill, _, _ in done)} kills of {len(cases)} tried")
    assert [each for _, _, found in done for each in found] == []
    met: set[str] = set().union(*(phases for _, phases, _ in done))
    assert PHASES - met == set()
    assert sum(kill for kill, _, _ in done) >= len(cases) * 0.9


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateDaemon]:
    """One that may be killed."""
    with private_daemon(bridge=True) as started:
        base_image(started.docker())
        yield started


def test_the_daemon_is_killed(tmp_path: Path, daemon: PrivateDaemon, totals: dict[str, int]) -> None:
    images = tmp_path / "images"
    images.mkdir()
    points(tmp_path / "first", images, "deploy", daemon.host)  # makes the image that all share
    rounds = max(totals.values()) if ALL else ROUNDS
    found: list[str] = []
    for turn in range(rounds):
        worlds = []
        try:
            for verb in VERBS:
                world = World(tmp_path / f"{turn}-{verb}", images, daemon.host)
                worlds.append((world, verb, 1 + turn * (totals[verb] - 1) // max(1, rounds - 1)))
                if verb != "deploy":
                    world.deploy()
            found += kill_daemon(worlds, daemon)
        finally:
            for world, _, _ in worlds:
                world.clear()
    assert found == []


def _nothing(*_: object) -> list[object]:
    return []


@pytest.mark.parametrize(
    ("verb", "parts", "told", "broken"),
    [
        ("deploy", (0.4,), "intent row", (Recovery, "stale")),
        ("deploy", (0.5,), "Transitioning", (Ledger, "intents")),
        # Only between the start of the second container and the word that it serves.
        ("move", (0.7, 0.6, 0.75, 0.65, 0.8, 0.5), "containers run", (DockerEngine, "sweep")),
    ],
    ids=["nothing is rolled back", "no intent row", "no sweep"],
)
def test_a_planted_fault_is_found(
    tmp_path: Path,
    shared_images: Path,
    totals: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    parts: tuple[float, ...],
    told: str,
    broken: tuple[type, str],
) -> None:
    seen: list[str] = []
    for part in parts:
        world = World(tmp_path / str(part), shared_images, docker_host())
        try:
            if verb != "deploy":
                world.deploy()
            world.child(verb, int(totals[verb] * part))
            with monkeypatch.context() as patch:
                patch.setattr(*broken, _nothing)
                seen += world.problems(verb, patience=1.0)
        finally:
            world.server().recover()
            world.clear()
        if any(told in each for each in seen):
            return
    pytest.fail(f"not found, but {seen}")
