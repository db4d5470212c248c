"""Sentence on what attends to a workspace with no editor open."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path

from scoredock import l10n
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.errors import ScoredockError
from scoredock.registry.store.faults import storing
from scoredock.workspace.unattended.launcher import mend_launcher, write_launcher
from scoredock.workspace.unattended.machine import AttendedWorkspace, Form, Timer, TimerEntry, timers_of
from scoredock.workspace.unattended.places import FOLDER

_EVERY = "5m"
_FORMER_RECORD = "rules/.installed"
"""In which earlier releases noted what they had installed."""


def form_text(form: Form) -> str:
    """Name of a form for people."""
    return l10n.t("the task scheduler") if form == "task" else form


def attendance(workspace: Path) -> str:
    """Sentence on what attends to the workspace in a folder with no editor open; empty for nothing.

    Read where it really is, so that a line that was taken away by hand is not said to be there. What an earlier release
    wrote is replaced now, once. Never raises.
    """
    whose = AttendedWorkspace(workspace.parent.parent, workspace.name, workspace)
    entry = _entry(timers_of(whose))
    if entry is None:
        return ""
    if entry.place:
        return _moved_sentence(entry, whose.id)
    if entry.problem:
        return entry.problem
    if entry.form == "systemd":
        return l10n.t("This machine is set up to carry it out with no editor open, by systemd.")
    return l10n.t(
        "This machine is set up to carry it out with no editor open, by {program} every {every}.",
        program=form_text(entry.form),
        every=entry.every,
    )


def _moved_sentence(entry: TimerEntry, workspace_id: str) -> str:
    every = [] if entry.form == "systemd" or not entry.every else ["--every", entry.every]
    command = shlex.join(["scoredock", "workspace", "install", "--as", entry.form, *every, "--workspace", workspace_id])
    return l10n.t(
        "The data folder was moved: what this machine starts by {program} names its former place {place}, and does"
        " nothing. `{command}` replaces it.",
        program=form_text(entry.form),
        place=entry.place,
        command=command,
    )


def take_over(home: Path) -> None:
    """Makes this program what is started from now on, where something was set up, and replaces what an earlier release
    wrote. Raises ScoredockError `disk-full`, `io-failed`."""
    if (home / FOLDER).is_dir():
        write_launcher(home)
    for record in (home / "workspaces").glob(f"*/{_FORMER_RECORD}"):
        attendance(record.parent.parent)
        with storing(record):
            record.unlink(missing_ok=True)


def _entry(ways: dict[Form, Timer]) -> TimerEntry | None:
    entries = [(way, entry) for way in ways.values() if (entry := way.read()) is not None]
    for way, entry in sorted(entries, key=lambda each: bool(each[1].place)):
        if entry.place:
            return entry
        home = way.whose.home
        with contextlib.suppress(ScoredockError):
            mend_launcher(home)
            if entry.is_former:
                variables = {name: value for name, value in entry.variables.items() if name != VARIABLE}
                way.write(entry.every or _EVERY, {**variables, "SCOREDOCK_HOME": str(home)})
                return way.read()
        return entry
    return None
