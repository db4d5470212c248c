"""The oracle of one faulted verb, run in a victim of its own: it may patch and open what it likes."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

from scoredock.errors import ScoredockError

from crash import planted, verbs, writer
from crash.oracle import State, damage, leftovers, state
from crash.template import Say

ADDING = ("register", "register a tree")
"""Verbs that may be repeated for ever, each time with a new number."""
_BESIDE = {"workspaces", "one", "backup", "README.txt", "workspaces.lock"}


def remember(say: Say, workspace: str, kept: str) -> None:
    """Write down the state of a workspace, for `judge`."""
    Path(kept).write_bytes(pickle.dumps(state(Path(workspace))))
    say("done")


def judge(
    say: Say,
    verb: str,
    workspace: str,
    sources: str,
    before: str,
    after: str,
    done: bool,
    bug: str,
) -> None:
    """Says every rule that is broken after `verb` was faulted; `before` and `after` are what `remember` wrote.

    A planted bug is in the program that does the work once more as well.
    """
    planted.plant(bug)
    old: State = pickle.loads(Path(before).read_bytes())
    new: State = pickle.loads(Path(after).read_bytes())
    for sentence in wrong_after(verb, Path(workspace), Path(sources), old, new, done):
        say(sentence)


def wrong_after(verb: str, workspace: Path, sources: Path, old: State, new: State, done: bool) -> list[str]:
    now = state(workspace)
    allowed = [new] if done else [old, new]
    if verb in ADDING and old == State() and not done:
        allowed.append(State(schema=new.schema))  # a store that was made, and nothing registered yet
    lost = verb == "repair" and not now.versions and not done
    wrong = []
    if now not in allowed and not lost:
        wrong.append(f"neither the old nor the new state, or the old one though it was answered: {now}")
    wrong += [] if lost else damage(workspace) + _backup(workspace, now)
    try:
        verbs.VERBS[verb](workspace, sources)
    except ScoredockError as error:
        if verb in ADDING or now != new:
            wrong.append(f"the same work done again is refused: {error.code} {error.message}")
    again = state(workspace)
    if verb in ADDING:
        wrong += _one_more(now, again)
    elif again != new:
        wrong.append(f"done again, the state is another than the new one: {again}")
    try:
        wrong += leftovers(workspace)
    except ScoredockError as error:
        wrong.append(f"garbage cannot be collected: {error.code} {error.message}")
    wrong += damage(workspace) + _backup(workspace, again) + _home(workspace)
    return wrong


def _backup(workspace: Path, now: State) -> list[str]:
    """A backup that is there gives back the workspace that it was made of."""
    path = verbs.backup_of(workspace)
    if not path.exists():
        return []
    copy = workspace.with_name("copy")
    try:
        verbs.restore_into(copy, path)
    except ScoredockError as error:
        return [f"the backup cannot be restored: {error.code} {error.message}"]
    wrong = [f"restored: {sentence}" for sentence in damage(copy)]
    if state(copy) != now:
        wrong.append(f"the backup gives back {state(copy)}")
    shutil.rmtree(copy)
    return wrong


def _home(workspace: Path) -> list[str]:
    """Nothing half made stays beside the workspace once the work was done."""
    beside = {path.name for folder in (workspace.parent, workspace.parent.parent) for path in folder.iterdir()}
    beside = {
        name for name in beside if not name.startswith(".README.txt.")
    }  # a few bytes of a text that was not finished
    return [f"{name} stays beside the workspace" for name in beside - _BESIDE]


def _one_more(now: State, again: State) -> list[str]:
    added = sorted(set(again.versions) - set(now.versions))
    kept = {id: version for id, version in again.versions.items() if id in now.versions}
    wrong = [] if kept == now.versions else ["registering once more changed another version"]
    highest = max((int(id.split(":")[1]) for id in now.versions if id.startswith("m:")), default=0)
    if added != [f"m:{max(highest, now.last.get('m', 0)) + 1}"]:
        wrong.append(f"registering once more gave {added} where m:{highest} was the last")
    return wrong


def warm() -> None:
    verbs.warm()
    writer.make_contents  # noqa: B018 (imported here to be warm)
