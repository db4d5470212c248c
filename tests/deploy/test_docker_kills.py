"""The server or the daemon is killed in the middle of a change; afterwards every service is adopted, finished or rolled
back, the same change works, and deleting leaves nothing.

Kills are spread over the steps of 5 changes: 6 of the server at the gate (test_who_answers ends 20 updates of
containers besides), several times as many in the long run, which takes other steps each time and kills the daemon, too;
with SCOREDOCK_KILLS=all every step, which takes hours. The editor's turn is in test_docker_kills_editor.py.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scoredock.engines.docker.engine import DockerEngine
from scoredock.services.ledger import Ledger
from scoredock.services.lifecycle.recovery import Recovery

from deploy.killed import VERBS, World, kill_daemon, points
from depth import LONG, SEED, rounds
from docker_daemon import PrivateDaemon, base_image, docker_host, private_daemon

ALL = os.environ.get("SCOREDOCK_KILLS") == "all"
pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.chance, pytest.mark.timeout(4 * 3600 if ALL else 3000)]
AT_ONCE = 3
"""Kills that are tried beside one another; each mostly waits for the daemon."""
CASES = {
    "deploy": rounds(gate=1, long=36),
    "update": rounds(gate=1, long=20),
    "move": rounds(gate=1, long=30),
    "reload": rounds(gate=1, long=16),
    "delete": rounds(gate=1, long=20),
}
EARLY = (3, 5, 7, 9)
"""Always met in the long run: the first phases are short, none is passed over."""
MAKING = rounds(gate=1, long=8)
"""Kills of a deploy for which an image has to be made."""
ROUNDS = 24
"""Kills of the daemon; each meets every kind of change at another step."""
DAEMON_SECONDS = 20 * 60
"""After so long no further round begins in the long run: a daemon that starts again takes its time."""
PHASES = {"deploy: starting", "delete: "}
if LONG or ALL:
    PHASES |= {"deploy: staging", "deploy: environment", "update: environment", "update: starting"}


def spread(total: int, wanted: int) -> list[int]:
    """So many points of 1..total, one of each of so many equal parts: the one in the middle, in the long run any
    one."""
    if ALL or wanted >= total:
        return list(range(1, total + 1))
    chosen = random.Random(SEED)
    inside = (chosen.random() if LONG else 0.5 for _ in range(wanted))
    evenly = {1 + int((part + where) * total / wanted) for part, where in enumerate(inside)}
    return sorted(evenly | set(EARLY if LONG else ()))


@pytest.fixture(scope="module")
def totals(tmp_path_factory: pytest.TempPathFactory, shared_images: Path) -> dict[str, int]:
    """The number of steps of each change; the image that all share is there afterwards."""
    return points(tmp_path_factory.mktemp("clean") / "world", shared_images, docker_host())


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


@pytest.mark.long("tests/deploy/test_crash_deploy.py and test_docker_kills_editor.py kill at the gate")
def test_the_server_is_killed(tmp_path: Path, shared_images: Path, totals: dict[str, int]) -> None:
    cases = [(verb, point, False) for verb in VERBS for point in spread(totals[verb], CASES[verb])]
    cases += [("deploy", point, True) for point in spread(totals["deploy"] + 40, MAKING)]

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
    # How often the daemon is asked differs from time to time, so a late step may not come; 16 of 149 did not beside
    # other work. What was met counts: every phase, above.
    assert sum(kill for kill, _, _ in done) >= len(cases) - max(1, len(cases) // 6)


@pytest.fixture(scope="module")
def daemon() -> Iterator[PrivateDaemon]:
    """One that may be killed."""
    with private_daemon(bridge=True) as started:
        base_image(started.docker())
        yield started


@pytest.mark.long(
    "at the gate a daemon is killed under a service that runs (tests/engines), and the server in the middle of changes"
)
def test_the_daemon_is_killed(tmp_path: Path, daemon: PrivateDaemon, totals: dict[str, int]) -> None:
    images = tmp_path / "images"
    images.mkdir()
    turns = max(totals.values()) if ALL else ROUNDS
    steps = {
        verb: random.Random(SEED).sample(each, len(each)) for verb in VERBS if (each := spread(totals[verb], turns))
    }
    found: list[str] = []
    begun, made = time.monotonic(), 0
    for turn in range(turns):
        if LONG and not ALL and time.monotonic() - begun > DAEMON_SECONDS:
            break
        worlds = [
            (World(tmp_path / f"{turn}-{verb}", images, daemon.host), verb, steps[verb][turn % len(steps[verb])])
            for verb in VERBS
        ]
        with ThreadPoolExecutor(len(worlds)) as pool:
            try:
                # One of them makes the image that all share, so that the one that is deployed under the kill finds it.
                list(pool.map(World.deploy, (world for world, verb, _ in worlds if verb != "deploy")))
                found += kill_daemon(worlds, daemon)
                made += 1
            finally:
                list(pool.map(World.clear, (world for world, _, _ in worlds)))
    print(f"{made} kills of the daemon, each in {len(VERBS)} changes")
    assert found == []


def _nothing(*_: object) -> list[object]:
    return []


@pytest.mark.long("of the test itself: shows that it would find what it looks for")
@pytest.mark.parametrize(
    ("verb", "parts", "told", "broken"),
    [
        ("deploy", (0.4,), "intent row", ((Recovery, "stale"),)),
        ("deploy", (0.5,), "Transitioning", ((Ledger, "intents"),)),
        # Only between the start of the second container and the word that it serves. What a change left is looked for
        # when the change is rolled back, and once more among all containers.
        (
            "move",
            (0.7, 0.6, 0.75, 0.65, 0.8, 0.5),
            "containers run",
            ((DockerEngine, "settle"), (Recovery, "_strays")),
        ),
    ],
    ids=["nothing is rolled back", "no intent row", "nothing is settled"],
)
def test_a_planted_fault_is_found(
    tmp_path: Path,
    shared_images: Path,
    totals: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    parts: tuple[float, ...],
    told: str,
    broken: tuple[tuple[type, str], ...],
) -> None:
    seen: list[str] = []
    for part in parts:
        world = World(tmp_path / str(part), shared_images, docker_host())
        try:
            if verb != "deploy":
                world.deploy()
            world.child(verb, int(totals[verb] * part))
            with monkeypatch.context() as patch:
                for each in broken:
                    patch.setattr(*each, _nothing)
                seen += world.problems(verb, patience=1.0)
        finally:
            world.server().recover()
            world.clear()
        if any(told in each for each in seen):
            return
    pytest.fail(f"not found, but {seen}")
