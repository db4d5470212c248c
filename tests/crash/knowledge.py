"""What must be in a workspace after what writers said, when they were killed or the power was cut at any moment."""

from __future__ import annotations

import copy
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.registry import Registry

from crash.oracle import State, damage, leftovers, state
from crash.writer import NAMES, SHARED, content

LIVE, TRASH, GONE = "live", "in the trash", "gone"
_BECOMES = {"delete": TRASH, "restore": LIVE, "purge": GONE}


class Knowledge:
    """Of each version the states that it may be in: one once a change was answered, two while it is under way."""

    def __init__(self, contents: Path) -> None:
        self.contents = contents
        self._digests: dict[str, str] = {}
        self.where: dict[str, set[str]] = {}
        self.content: dict[str, str] = {}
        self.tags: dict[str, set[str]] = {}
        self.aliases: dict[str, set[int | None]] = defaultdict(lambda: {None})
        self.attempts: Counter[tuple[str, str]] = Counter()
        """Registrations of which no answer was heard, by name and content."""
        self.pending: dict[str, list[str]] = {}
        self.owners: dict[str, list[str]] = defaultdict(list)
        self.problems: list[str] = []
        self.answered: Counter[str] = Counter()

    def hear(self, who: str, lines: Iterable[str], *, died: bool = True) -> None:
        """What one writer said, and that it does not live any more."""
        for line in lines:
            said, _, *what = line.split(" ")
            if said == "begin":
                self.pending[who] = what
                self._begin(what)
            elif said == "end" and who in self.pending:
                self._end(who, self.pending.pop(who), what)
            else:
                self.problems.append(f"{who}: {line}")
        if died and who in self.pending:
            self._may_have(self.pending.pop(who))

    def owned(self, who: str, where: str) -> list[str]:
        """The versions that a writer registered and of which it is certain where they are; none with an alias."""
        pointed = {
            f"{alias.partition('@')[0]}:{number}" for alias, numbers in self.aliases.items() for number in numbers
        }
        return [id for id in self.owners[who] if self.where[id] == {where} and id not in pointed]

    def hear_more(self, who: str, lines: Iterable[str]) -> None:
        """What was said too late to be promised: it may have happened."""
        for line in lines:
            said, _, *what = line.split(" ")
            if said == "begin":
                if who in self.pending:
                    self._may_have(self.pending.pop(who))
                self.pending[who] = what
                self._begin(what)
        if who in self.pending:
            self._may_have(self.pending.pop(who))

    def digest(self, key: str) -> str:
        """Of the bytes that a key of `crash.writer` stands for."""
        if key not in self._digests:
            self._digests[key] = hashlib.sha256(content(key)).hexdigest()
        return self._digests[key]

    def copy(self) -> Knowledge:
        return copy.deepcopy(self)

    def _begin(self, what: list[str]) -> None:
        verb = what[0]
        if verb in _BECOMES:
            self.where.setdefault(what[1], {LIVE, TRASH, GONE}).add(_BECOMES[verb])
        elif verb == "tag":
            self.tags.setdefault(what[1], {""}).add(what[2])
        elif verb == "alias":
            self.aliases[what[1]].add(int(what[2].rpartition(":")[2]))

    def _may_have(self, what: list[str]) -> None:
        if what[0] == "register":
            self.attempts[what[1], what[2]] += 1

    def _end(self, who: str, what: list[str], result: list[str]) -> None:
        verb = what[0]
        self.answered[verb] += 1
        if verb == "register" and result:
            id = result[0]
            if id in self.where:
                self.problems.append(f"the number of {id} was given twice")
            self.where[id], self.content[id], self.tags[id] = {LIVE}, what[2], {""}
            self.owners[who].append(id)
        elif verb == "register":  # answered without a number, by a bug on purpose
            self.problems.append("an answer without a number")
        elif verb in _BECOMES:
            self.where[what[1]] = {_BECOMES[verb]}
        elif verb == "tag":
            self.tags[what[1]] = {what[2]}
        elif verb == "alias":
            self.aliases[what[1]] = {int(what[2].rpartition(":")[2])}

    # ------------------------------------------------------------------------------------------ the look at the store

    def wrong(self, workspace: Path) -> list[str]:
        """Everything that is wrong in a workspace nobody is writing to. Collects its garbage and registers once
        more."""
        now = state(workspace)
        wrong = list(self.problems)
        wrong += self._versions(now)
        wrong += self._numbers(now)
        for alias, allowed in self.aliases.items():
            if now.aliases.get(alias) not in allowed:
                wrong.append(f"{alias} points to {now.aliases.get(alias)} and not to one of {allowed}")
        wrong += damage(workspace)
        wrong += self._once_more(workspace, now)
        wrong += leftovers(workspace)
        wrong += damage(workspace)
        return wrong

    def _versions(self, now: State) -> list[str]:
        wrong = []
        for id, allowed in self.where.items():
            found = now.versions.get(id)
            is_now = GONE if found is None else TRASH if found[3] else LIVE
            if is_now not in allowed:
                wrong.append(f"{id} is {is_now} and not {' or '.join(sorted(allowed))}")
            if found is None:
                continue
            if id in self.content and _digest(found) != self.digest(self.content[id]):
                wrong.append(f"{id} has other bytes than were registered")
            tags = {key: value for _, key, value in found[1] if key in ("a", "b")}  # type: ignore[attr-defined]
            if tags.get("a", "") not in self.tags.get(id, {""}) or tags.get("a") != tags.get("b"):
                wrong.append(f"{id} has the tags {tags} and not {self.tags.get(id)}")
        unheard: Counter[tuple[str, str]] = Counter()
        for id, found in now.versions.items():
            if id not in self.content:
                unheard[id.partition(":")[0], _digest(found)] += 1
        begun = Counter({(name, self.digest(key)): count for (name, key), count in self.attempts.items()})
        wrong += [f"{count} versions of {what} more than anybody began" for what, count in (unheard - begun).items()]
        return wrong

    def _numbers(self, now: State) -> list[str]:
        """Every number was given once: each is there, or was purged."""
        wrong = []
        for name, last in now.last.items():
            there = {int(id.partition(":")[2]) for id in now.versions if id.startswith(f"{name}:")}
            gone = {
                int(id.partition(":")[2])
                for id, allowed in self.where.items()
                if id.startswith(f"{name}:") and GONE in allowed
            }
            missing = set(range(1, last + 1)) - there - gone
            if missing:
                wrong.append(f"the numbers {sorted(missing)} of {name} were left out, the last is {last}")
        return wrong

    def _once_more(self, workspace: Path, now: State) -> list[str]:
        """The same registrations again succeed, with the next numbers."""
        wrong = []
        last = dict(now.last)
        try:
            registry = Registry(workspace)
            for name in NAMES:
                for key in SHARED:
                    model = registry.register([self.contents / key], name)
                    last[name] = last.get(name, 0) + 1
                    if model.version != last[name]:
                        wrong.append(f"the next number of {name} is {model.version} and not {last[name]}")
            registry.store.close()
        except ScoredockError as error:
            wrong.append(f"registering once more is refused: {error.code} {error.message}")
        return wrong


def _digest(version: tuple[object, ...]) -> str:
    files: tuple[tuple[str, int, str], ...] = version[0]  # type: ignore[assignment]
    return files[0][2] if files else ""
