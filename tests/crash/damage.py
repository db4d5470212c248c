"""One bit of a workspace turned over, then looked at and repaired, in a victim of its own."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.upkeep.repair import repair
from scoredock.services.lifecycle.adoption import adopt

from crash.oracle import damage, state
from crash.template import Say


def flip_and_repair(say: Say, start: str, folder: str, seed: int, times: int) -> None:
    """Each time a copy of `start` with one bit of its store turned over: seen, or without meaning; repaired in any
    case."""
    chance = random.Random(seed)
    whole = state(Path(start))
    for _ in range(times):
        workspace = Path(folder) / "workspace"
        shutil.copytree(start, workspace)
        path = workspace / "store.sqlite3"
        place, bit = chance.randrange(path.stat().st_size), chance.randrange(8)
        with path.open("r+b") as stream:
            stream.seek(place)
            old = stream.read(1)[0]
            stream.seek(place)
            stream.write(bytes([old ^ 1 << bit]))
        for sentence in _wrong(workspace, whole):
            say(f"bit {bit} of byte {place}: {sentence}")
        shutil.rmtree(workspace)
    say("done")


def _wrong(workspace: Path, whole: object) -> list[str]:
    try:
        registry = Registry(workspace)
        problems = registry.verify(deep=True)
        registry.store.close()
    except ScoredockError as error:
        problems = [error.message]
    if not problems:
        return [] if state(workspace) == whole else ["nobody saw it, and what the store says is another thing"]
    try:
        left = repair(workspace, adopt=adopt).problems
    except ScoredockError as error:
        return [f"not repaired: {error.code} {error.message}; seen as {problems}"]
    wrong = [f"left by repair: {problem.message}" for problem in left]
    wrong += damage(workspace)
    if state(workspace) != whole:
        wrong.append(f"repaired to something else, seen as {problems}")
    return wrong


def hold(say: Say, workspace: str, lock: str) -> None:
    """Takes one of the locks of a workspace and keeps it until it is killed."""
    from filelock import FileLock

    folder = Path(workspace)
    if lock == "write":
        with Registry(folder).store.write() as connection:
            connection.execute("INSERT INTO meta VALUES ('held', '1')")
            say("held")
            os.read(os.pipe()[0], 1)
    FileLock(folder / lock, mode=0o600).acquire()
    say("held")
    os.read(os.pipe()[0], 1)


def use_as_nobody(say: Say, workspace: str, source: str) -> None:
    """Reads and writes as a user who may not write to the folder."""
    os.setgid(65534)
    os.setuid(65534)
    registry = Registry(Path(workspace))
    say(f"read {len(registry.models())} {registry.verify(deep=True)}")
    for verb in (
        lambda: registry.register([Path(source)], "m"),
        lambda: registry.delete("m:1"),
        lambda: registry.update("m:1", description="x"),
        lambda: registry.changes.alias("m:1", "a"),
        lambda: registry.collect_garbage(0),
    ):
        try:
            verb()
        except ScoredockError as error:
            say(f"refused {error.code} {error.message}")
        else:
            say("done")
