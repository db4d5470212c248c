"""A writer that changes a workspace in every way until it is killed, telling each change before and after it.

Each writer has versions of its own to change, so that what they must be after a kill is known; names, bytes, the
database and the garbage are everybody's. What it says:

    begin N VERB WHAT...        a change is about to be made
    end N RESULT                it was made; the answer was given
    refused N CODE SENTENCE     it was refused
"""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.audit import following  # noqa: F401 (each change is recorded, and a victim imports nothing)

from crash import planted
from crash.template import Say

NAMES = ("m", "n")
SHARED = tuple(f"shared{number}" for number in range(8))
"""Contents that every writer registers, so that bytes are there already, or were a moment ago."""
WEIGHTS = {
    "register": 8,
    "tag": 3,
    "alias": 3,
    "delete": 3,
    "restore": 2,
    "purge": 2,
    "gc": 2,
}


def content(key: str) -> bytes:
    """The bytes that a key stands for: some pages, no two keys alike."""
    seed = hashlib.sha256(key.encode()).digest()
    return seed * (128 * (1 + seed[0] % 6))


def make_contents(folder: Path) -> None:
    """The files that all writers register."""
    folder.mkdir(parents=True, exist_ok=True)
    for key in SHARED:
        (folder / key).write_bytes(content(key))


class Writer:
    """Random changes by one seed. `live` and `trash` are the versions that are this writer's."""

    def __init__(
        self,
        say: Say,
        workspace: Path,
        contents: Path,
        who: str,
        seed: int,
        live: list[str],
        trash: list[str],
    ) -> None:
        self.say = say
        self.registry = Registry(workspace)
        self.contents = contents
        self.who = who
        self.seed = seed
        self.random = random.Random(seed)
        self.live = live
        self.trash = trash
        self.count = 0

    def change(self) -> None:
        """One change, told before and after."""
        verb = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if verb in ("tag", "alias", "delete") and not self.live:
            verb = "register"
        if verb in ("restore", "purge") and not self.trash:
            verb = "register"
        self.count += 1
        getattr(self, f"_{verb}")()

    def _begin(self, *what: object) -> None:
        self.say(" ".join(map(str, ("begin", self.count, *what))))
        if planted.EARLY:
            self.say(f"end {self.count}")

    def _end(self, *result: object) -> None:
        if not planted.EARLY:
            self.say(" ".join(map(str, ("end", self.count, *result))))

    def _register(self) -> None:
        name = self.random.choice(NAMES)
        key = self.random.choice(SHARED)
        if self.random.random() < 0.5:
            key = f"{self.who}-{self.seed}-{self.count}"
            (self.contents / key).write_bytes(content(key))
        self._begin("register", name, key)
        model = self.registry.register([self.contents / key], name, tags={"by": self.who})
        self._end(model.id)
        self.live.append(model.id)

    def _tag(self) -> None:
        id, value = self.random.choice(self.live), str(self.random.randrange(1 << 30))
        self._begin("tag", id, value)
        self.registry.update(id, set_tags={"a": value, "b": value})
        self._end()

    def _alias(self) -> None:
        id = self.live.pop(self.random.randrange(len(self.live)))  # what has an alias is left alone from here on
        self._begin("alias", f"{id.partition(':')[0]}@{self.who}", id)
        self.registry.changes.alias(id, self.who)
        self._end()

    def _delete(self) -> None:
        id = self.live.pop(self.random.randrange(len(self.live)))
        self._begin("delete", id)
        self.registry.delete(id)
        self._end()
        self.trash.append(id)

    def _restore(self) -> None:
        id = self.trash.pop(self.random.randrange(len(self.trash)))
        self._begin("restore", id)
        self.registry.restore(id)
        self._end()
        self.live.append(id)

    def _purge(self) -> None:
        id = self.trash.pop(self.random.randrange(len(self.trash)))
        self._begin("purge", id)
        self.registry.changes.purge([id])
        self._end()

    def _gc(self) -> None:
        self._begin("gc")
        self.registry.collect_garbage(0)
        self._end()


def write(
    say: Say,
    workspace: str,
    contents: str,
    who: str,
    seed: int,
    live: list[str],
    trash: list[str],
    changes: int,
    bug: str = "",
) -> None:
    """Makes `changes` changes, or until it is killed."""
    planted.plant(bug)
    writer = Writer(say, Path(workspace), Path(contents), who, seed, live, trash)
    for _ in range(changes):
        try:
            writer.change()
        except ScoredockError as error:
            say(f"refused {writer.count} {error.code} {error.message!r}")
