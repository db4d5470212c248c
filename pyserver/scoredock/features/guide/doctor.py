"""Doctor: what this computer offers Scoredock, what is wrong with it, and what to do about that.

Whatever is broken, there is a report: each look is made by itself, may fail and has a time limit.
"""

from __future__ import annotations

import platform
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from scoredock import __version__, l10n, threads
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, verb

_REPAIRS = ("permissions", "packageCache")

_PATIENCE = 12.0
"""Seconds for one look: a network drive or a daemon that hangs must not hide the other rows."""

_ORDER: tuple[messages.DoctorState, ...] = ("broken", "attention", "fine", "unused")
"""What is wrong comes first."""
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


@dataclass(frozen=True, slots=True)
class _Look:
    """One row and what finds it out."""

    id: str
    title: str
    find: Callable[[Context], messages.DoctorRow]


def _looks() -> tuple[_Look, ...]:
    # Only here: they need installers and engines, which few windows ask for at their start.
    from scoredock.features.guide import doctor_programs, doctor_storage

    return (
        _Look("python", "Python", doctor_programs.python),
        _Look("installer", "Package installer (uv)", doctor_programs.installer),
        _Look("runtime", "Scoring runtime", doctor_programs.runtime),
        _Look("conda", "Conda packages", doctor_programs.conda),
        _Look("docker", "Docker", doctor_programs.docker),
        _Look("ports", "Ports", doctor_programs.ports),
        _Look("disk", "Disk space", doctor_storage.disk),
        _Look("permissions", "Permissions", doctor_storage.permissions),
        _Look("data", "Data folder", doctor_storage.data),
        _Look("workspaces", "Workspaces", doctor_storage.workspaces),
    )


@verb(
    "doctor/check",
    progress="Checking this computer",
    errors=("cancelled",),
    terminal=CliCommand(
        "doctor",
        "Check this computer: Python, packages, Docker, ports, disk, permissions, the data folder.",
        (
            argument(
                "--repair",
                help="repair this instead: remove other accounts' permission to write to the"
                " data folder, or remove unused packages from the package cache",
                choices=_REPAIRS,
                default="",
            ),
        ),
        ("scoredock doctor", "scoredock doctor --json", "scoredock doctor --repair permissions"),
    ),
    editor=(EditorCommand("checkComputer", "Check This Computer", "guide/guide", icon="pulse", palette=""),),
)
def check(params: messages.DoctorParams, context: Context, operation: Operation) -> messages.DoctorReport:
    """Looks at everything at once. Raises `cancelled` only."""
    rows_by_id: dict[str, messages.DoctorRow] = {}
    looks = _looks()
    operation.progress.report(l10n.t("Checking this computer"))
    looking = [threads.start(_look, each, context, rows_by_id, name=each.id, at_fault=threads.logged) for each in looks]
    for thread in looking:
        thread.join(_PATIENCE)
        operation.cancel.raise_if_cancelled()
    rows = [rows_by_id.get(each.id) or _unanswered(each) for each in looks]
    rows.sort(key=lambda row: _ORDER.index(row.state))
    about = _about(params.editor)
    return messages.DoctorReport(rows, about, report_text(rows, about, Path.home()))


@verb(
    "doctor/repair",
    progress="Repairing",
    errors=("doctor-repair-failed", "request-invalid"),
)
def repair(params: messages.DoctorRepairParams, context: Context, operation: Operation) -> messages.DoctorRepaired:
    """Puts one thing right. Raises doctor-repair-failed, request-invalid and what the work raises."""
    if params.repair == "permissions":
        from scoredock.features.guide import doctor_storage

        return messages.DoctorRepaired(doctor_storage.make_private_again(context))
    if params.repair == "packageCache":
        from scoredock.features.guide import doctor_programs

        return messages.DoctorRepaired(doctor_programs.prune_package_cache(operation))
    raise ScoredockError(
        "request-invalid",
        l10n.t("There is no repair named {repair}.", repair=params.repair),
        l10n.t("Check this computer again."),
    )


def report_text(rows: Iterable[messages.DoctorRow], about: str, home: Path) -> str:
    """The report as people paste it: no credentials of addresses, the home folder as `~`."""
    rows = list(rows)
    width = max(_columns(row.title) for row in rows)
    lines = [about, ""]
    for row in rows:
        lines.append(f"{_padded(_word(row.state), 9)}  {_padded(row.title, width)}  {row.sentence}")
        indent = " " * (13 + width)
        lines += [f"{indent}{fact}" for fact in row.facts]
        if row.fix:
            lines.append(f"{indent}→ {row.fix}")
        if row.state in ("broken", "attention"):
            lines += [f"{indent}  {action.terminal}" for action in row.actions if action.terminal]
    return without_home(_CREDENTIALS.sub("", "\n".join(lines)), home)


def _columns(text: str) -> int:
    """On a terminal: Chinese takes two for each character."""
    return len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))


def _word(state: messages.DoctorState) -> str:
    words = {"fine": l10n.t("fine"), "attention": l10n.t("attention"), "unused": l10n.t("not used")}
    return words.get(state) or l10n.t("BROKEN")


def without_home(text: str, home: Path) -> str:
    """Text in which the home folder, which holds a person's name, is `~`."""
    place = str(home)
    if len(place) < 2:  # the home of an account that has none is the root of everything
        return text
    return re.sub(re.escape(place) + r"(?=[/\\\s:;,.\"'”)]|$)", "~", text, flags=re.MULTILINE)


def _look(look: _Look, context: Context, rows_by_id: dict[str, messages.DoctorRow]) -> None:
    try:
        rows_by_id[look.id] = look.find(context)
    except ScoredockError as error:
        rows_by_id[look.id] = messages.DoctorRow(look.id, l10n.t(look.title), "broken", error.message, error.fix)
    except Exception as error:  # a doctor that falls ill with the patient is of no use
        reason = str(error) or type(error).__name__
        rows_by_id[look.id] = messages.DoctorRow(
            look.id,
            l10n.t(look.title),
            "broken",
            l10n.t("This could not be checked: {reason}.", reason=reason),
            l10n.t("Open the log for the details."),
        )


def _unanswered(look: _Look) -> messages.DoctorRow:
    return messages.DoctorRow(
        look.id,
        l10n.t(look.title),
        "attention",
        l10n.t("There was no answer within {seconds:.0f} seconds.", seconds=_PATIENCE),
        l10n.t("A network drive or another program may not respond. Check it, then check this computer again."),
    )


def _about(editor: str) -> str:
    parts = [
        f"Scoredock {__version__}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        f"Python {platform.python_version()}",
        *([editor] if editor else []),
        *([l10n.t("in a container ({program})", program=mark)] if (mark := _container()) else []),
    ]
    return " · ".join(parts)


def _container() -> str:
    """Name of the program whose container this computer is, else empty: other rules hold there, for Docker above
    all."""
    marks = (("/.dockerenv", "Docker"), ("/run/.containerenv", "Podman"))
    return next((name for mark, name in marks if sys.platform == "linux" and Path(mark).exists()), "")
