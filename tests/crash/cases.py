"""One verb on one workspace, faulted again and again: what the tests of kills and of errors share."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crash import verbs
from crash.template import Template
from crash.tracer import CHANGING, Ended, Step, Tracer

RELEASED = Path(__file__).parent.parent / "registry" / "stores" / "version-1.tar.gz"


class Case:
    """One verb, the workspace it starts from, and the states before and after it."""

    def __init__(
        self,
        template: Template,
        verb: str,
        folder: Path,
        bug: str = "",
        syscalls: Sequence[str] = CHANGING,
    ) -> None:
        self.template = template
        self.verb = verb
        self.bug = bug
        self.folder = folder
        self.sources = folder / "sources"
        self.start = folder / "start"
        self.tracer = Tracer(template, "crash.verbs:perform", syscalls)
        verbs.make_sources(self.sources)

    def record(self) -> list[Step]:
        clean = self._copy("clean")
        self._remember(clean, "before")
        steps = self.tracer.record(self.folder / "trace", *self._arguments(clean))
        # The right state is what the verb without a bug makes.
        right = self._copy("right")
        victim = self.template.fork("crash.verbs:perform", self.verb, str(right), str(self.sources))
        victim.go()
        said, _ = victim.end()
        assert said == ["done"]
        self._remember(right, "after")
        return [step for step in steps if not step.after or self.bug == "answered_too_early"]

    def run(self, number: int, fault: str) -> tuple[Ended, list[str]]:
        workspace = self._copy(str(number))
        ended = self.tracer.run(fault, *self._arguments(workspace))
        judge = self.template.fork(
            "crash.judge:judge",
            self.verb,
            str(workspace),
            str(self.sources),
            str(self.folder / "before"),
            str(self.folder / "after"),
            ended.done,
            self.bug,
        )
        judge.go()
        wrong, status = judge.end()
        shutil.rmtree(self.folder / str(number))
        return ended, wrong if status == 0 else [
            *wrong,
            f"the oracle ended with {status}",
        ]

    def _arguments(self, workspace: Path) -> tuple[object, ...]:
        return self.verb, str(workspace), str(self.sources), self.bug

    def _copy(self, name: str) -> Path:
        """A home with one workspace in it, as one verb needs it."""
        workspace = self.folder / name / "workspaces" / "one"
        workspace.parent.mkdir(parents=True, mode=0o700)
        if self.start.exists():
            shutil.copytree(self.start, workspace)
        return workspace

    def _remember(self, workspace: Path, name: str) -> None:
        victim = self.template.fork("crash.judge:remember", str(workspace), str(self.folder / name))
        victim.go()
        said, _ = victim.end()
        assert said == ["done"], said


def _released(workspace: Path, sources: Path) -> None:
    with tarfile.open(RELEASED) as archive:
        # Keeps the modes, which the oracle looks at; as an attribute, as a Python before 3.11.4 has no such argument.
        archive.extraction_filter = lambda member, _: member
        archive.extractall(workspace.parent)
    (workspace.parent / "workspace").rename(workspace)


def _nothing(workspace: Path, sources: Path) -> None:
    """The workspace is not there yet."""


STARTS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {
    "into a new workspace": ("register a tree", _nothing),
    "new bytes": ("register", verbs.stock),
    "the same bytes once more": ("register a tree", verbs.stock),
    "delete": ("delete", verbs.stock),
    "restore": ("restore", verbs.stock),
    "tag": ("tag", verbs.stock),
    "move an alias": ("alias", verbs.stock),
    "remove an alias": ("remove alias", verbs.stock),
    "favourite": ("favourite", verbs.stock),
    "purge": ("purge", verbs.stock),
    "gc": ("gc", verbs.stock_with_trash),
    "back up": ("back up", verbs.stock),
    "restore a backup": ("restore a backup", verbs.stock_backup),
    "repair a lost store": ("repair", verbs.stock_without_store),
    "repair a damaged store": ("repair", verbs.stock_with_damaged_store),
    "migrate a store of the first release": ("open", _released),
    "migrate a store of today": ("open with a later program", verbs.stock),
}


LEADING = (
    "into a new workspace",
    "new bytes",
    "tag",
    "gc",
    "back up",
    "restore a backup",
    "repair a lost store",
    "migrate a store of the first release",
)
"""One of each group that goes the same way through the program, two where bytes are added: the gate looks at these more
closely than at the others."""


def spread(steps: Sequence[Step], count: int, every_call: bool = True) -> list[Step]:
    """So many of the steps from the first to the last, in their order; and of each system call one at least."""
    if len(steps) <= count:
        return list(steps)
    chosen = {round(number * (len(steps) - 1) / (count - 1)) for number in range(count)}
    seen = {steps[place].syscall for place in chosen}
    for place in reversed(range(len(steps))):
        if every_call and steps[place].syscall not in seen:
            seen.add(steps[place].syscall)
            chosen.add(place)
    return [steps[place] for place in sorted(chosen)]


def make_case(
    template: Template,
    name: str,
    folder: Path,
    bug: str = "",
    syscalls: Sequence[str] = CHANGING,
) -> Case:
    verb, start = STARTS[name]
    case = Case(template, verb, folder, bug, syscalls)
    start(case.start, case.sources)
    return case


def kill_all(case: Case, steps: Sequence[Step]) -> list[tuple[Step, list[str]]]:
    """One killed run for each step, two at a time; what the oracle says of each."""

    def kill(item: tuple[int, Step]) -> tuple[Step, list[str]]:
        ended, wrong = case.run(item[0], item[1].kill)
        return item[1], wrong if ended.killed else [f"not killed: {ended}"]

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(kill, enumerate(steps)))


def broken(results: Sequence[tuple[Step, list[str]]]) -> list[str]:
    """What the oracle said, beside the call it was said of."""
    return [f"{step.syscall}({step.text[:150]}: {sentence}" for step, wrong in results for sentence in wrong][:20]
