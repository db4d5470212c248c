"""Timers of this machine that attend to a workspace: read where they really are, written and removed.

A line of a crontab, a unit or a task belongs to one workspace of one data folder, whose name it has. What others wrote
is neither replaced nor removed. When the data folder was moved, what names its former place is still its own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import platformdirs
from filelock import FileLock, Timeout

from scoredock import l10n, run
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.store.durable import FILE_MODE, replace_file
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import replace_beside
from scoredock.workspace.unattended import timers
from scoredock.workspace.unattended.launcher import launcher_words
from scoredock.workspace.unattended.places import FOLDER, FormerPlace, folder_id, former_places

Form = Literal["systemd", "cron", "task"]
_LOG, _SCRIPT = "run.log", "run.cmd"
_SECONDS = 30.0
_NO_CRONTAB = ("no crontab for", "can't open")
"""What crontab programs say of an account that has none yet."""


@dataclass(frozen=True, slots=True)
class TimerEntry:
    """Timer that attends to a workspace."""

    form: Form
    every: str
    """How often; empty for what goes on."""
    variables: Mapping[str, str]
    is_former: bool = False
    """It has the name that earlier releases gave it."""
    problem: str = ""
    """Why it does not do so at the moment, in a sentence."""
    place: str = ""
    """Where the data folder was that it names, and is not any more, so that it does nothing."""


@dataclass(frozen=True, slots=True)
class AttendedWorkspace:
    """Workspace of a data folder that a machine attends to."""

    home: Path
    id: str
    path: Path
    name: str = ""

    @property
    def names(self) -> timers.TimerNames:
        return timers.timer_names(os.path.realpath(self.home), self.id)

    @property
    def folder(self) -> Path:
        """Folder of the log."""
        return self.path / FOLDER

    @property
    def log(self) -> str:
        return str(self.folder / _LOG)

    def make_folder(self) -> None:
        """Raises ScoredockError `disk-full`, `io-failed`."""
        with storing(self.folder):
            make_private(self.folder)

    def former(self) -> list[tuple[FormerPlace, timers.TimerNames]]:
        """Names under which the machine attended to it before the data folder was moved, by place."""
        return [(each, timers.timer_names(each.path, self.id)) for each in former_places(self.home)]

    def has_written(self, text: str) -> bool:
        """True if a line or unit that names a former place may be of this data folder."""
        return timers.folder_id_in(text) in ("", folder_id(self.home))

    def words(self, *more: str) -> list[str]:
        return launcher_words(self.home, "--workspace", self.id, *more)


class Cron:
    """A line of the account's crontab."""

    form: Form = "cron"

    def __init__(self, whose: AttendedWorkspace, cancel: CancelToken | None = None) -> None:
        self.whose, self._cancel = whose, cancel
        self._former = whose.former()
        self.path = ""

    def read(self) -> TimerEntry | None:
        try:
            lines = self._lines() if is_there("crontab") else []
        except ScoredockError:
            return None
        entries = [entry for line in reversed(lines) if (entry := self._entry(line)) is not None]
        return next((each for each in entries if not each.place), entries[0] if entries else None)

    def _entry(self, line: str) -> TimerEntry | None:
        """None for a line that cron does not carry out, or that is not ours."""
        entry = timers.read_cron_line(line) if self._is_ours(line) else None
        if entry is None:
            return None
        place = self._place(line)
        is_former = place is None and not self._is_named(line)
        missing = place.path if place is not None and not place.is_link else ""
        return TimerEntry("cron", entry.every, entry.variables, is_former, place=missing)

    def text(self, every: str, variables: Mapping[str, str]) -> str:
        """Raises ScoredockError `rule-option-invalid`."""
        whose = self.whose
        times = every if " " in every else timers.cron_times(every)
        mark = f"{timers.FOLDER_MARK} {folder_id(whose.home)} {whose.names.mark}"
        return timers.cron_line(whose.words(), variables, times, whose.log, mark)

    def write(self, every: str, variables: Mapping[str, str]) -> list[str]:
        line = self.text(every, variables)
        self.whose.make_folder()
        self._change([line])
        return []

    def remove(self) -> None:
        if is_there("crontab") and any(map(self._is_ours, self._lines())):
            self._change([])

    def _change(self, lines: Sequence[str]) -> None:
        """One data folder at a time: another one's line would be lost between reading and writing."""
        with _one_at_a_time():
            lines = [*(each for each in self._lines() if not self._is_ours(each)), *lines]
            fresh = self.whose.home / FOLDER / "crontab"
            try:
                with storing(fresh):
                    make_private(fresh.parent)
                    replace_file(fresh, "".join(f"{each}\n" for each in lines).encode("utf-8", "surrogateescape"))
                run_program(["crontab", str(fresh)], self._cancel)
            finally:
                fresh.unlink(missing_ok=True)

    def _lines(self) -> list[str]:
        """Byte for byte; none where the account has no crontab. Raises ScoredockError `rule-install-failed`."""
        try:
            text = run_program(["crontab", "-l"], self._cancel)
        except ScoredockError as error:
            if not any(each in error.message for each in _NO_CRONTAB):
                raise
            return []
        if "\ufffd" in text:
            raise failed(l10n.t("Your crontab is not UTF-8, so that writing it again would damage it."))
        lines = text.split("\n")
        return lines if lines[-1] else lines[:-1]

    def _is_named(self, line: str) -> bool:
        return timers.is_of_mark(line, self.whose.names.mark)

    def _place(self, line: str) -> FormerPlace | None:
        """The former place of the data folder that a line names."""
        places = (place for place, names in self._former if timers.is_of_mark(line, names.mark))
        return next(places, None) if self.whose.has_written(line) else None

    def _is_ours(self, line: str) -> bool:
        if self._is_named(line) or self._place(line) is not None:
            return True
        entry = timers.read_cron_line(line) if timers.is_of_mark(line, self.whose.names.former_mark) else None
        return entry is not None and _is_same(entry.variables.get("SCOREDOCK_HOME", ""), self.whose.home)


class UserUnit:
    """A unit of the systemd of the account."""

    form: Form = "systemd"
    _CONTROL = ("systemctl", "--user")

    def __init__(self, whose: AttendedWorkspace, cancel: CancelToken | None = None) -> None:
        self.whose, self._cancel = whose, cancel
        self.path = str(_unit_folder() / whose.names.unit)

    def read(self) -> TimerEntry | None:
        names = self.whose.names
        for name in (names.unit, names.former_unit):
            text = _own_text(_unit_folder() / name)
            if text and (name == names.unit or timers.is_former_unit(text, str(self.whose.path))):
                problem = self._problem(name)
                return TimerEntry("systemd", "", timers.unit_variables(text), name != names.unit, problem)
        for place, name in self._moved():
            text = _own_text(_unit_folder() / name)
            return TimerEntry("systemd", "", timers.unit_variables(text), place="" if place.is_link else place.path)
        return None

    def _moved(self) -> list[tuple[FormerPlace, str]]:
        """Units that name a former place of the data folder."""
        texts = [(place, names.unit, _own_text(_unit_folder() / names.unit)) for place, names in self.whose.former()]
        return [(place, name) for place, name, text in texts if text and self.whose.has_written(text)]

    def _problem(self, name: str) -> str:
        if not os.path.lexists(_unit_folder() / "default.target.wants" / name):
            command = f"systemctl --user enable --now {name}"
            return l10n.t("A unit of systemd is written and not enabled yet: `{command}`.", command=command)
        if not has_user_manager():
            return ""
        with contextlib.suppress(OSError, run.TimedOut):
            state = run.run([*self._CONTROL, "is-active", name], timeout=_SECONDS, env=dict(os.environ)).stdout.strip()
            if state in ("failed", "inactive"):
                command = f"systemctl --user status {name}"
                return l10n.t("The unit of systemd does not run: `{command}` says why.", command=command)
        return ""

    def text(self, every: str, variables: Mapping[str, str]) -> str:  # noqa: ARG002 (the period stands in the launcher)
        whose = self.whose
        name = whose.name or whose.id
        return timers.unit_text(whose.words("--watch"), variables, name, str(whose.path), folder_id(whose.home))

    def write(self, every: str, variables: Mapping[str, str]) -> list[str]:
        path, name = Path(self.path), self.whose.names.unit
        if os.path.lexists(path) and not _own_text(path):
            raise failed(l10n.t("{path} was not written by Scoredock, and stays as it is.", path=path))
        with storing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_beside(path, self.text(every, variables).encode("utf-8", "surrogateescape"), FILE_MODE)
        self._remove_former()
        steps = ["loginctl enable-linger"]
        if not has_user_manager():
            return [f"systemctl --user enable --now {name}", *steps]
        run_program([*self._CONTROL, "daemon-reload"], self._cancel)
        run_program([*self._CONTROL, "enable", name], self._cancel)
        run_program([*self._CONTROL, "restart", name], self._cancel)
        return steps

    def remove(self) -> None:
        self._remove_former()
        self._remove(self.whose.names.unit)

    def _remove_former(self) -> None:
        name = self.whose.names.former_unit
        if timers.is_former_unit(_own_text(_unit_folder() / name), str(self.whose.path)):
            self._remove(name)
        for _, each in self._moved():
            self._remove(each)

    def _remove(self, name: str) -> None:
        path = _unit_folder() / name
        if not _own_text(path):
            return
        if has_user_manager():
            run_program([*self._CONTROL, "disable", "--now", name], self._cancel)
        with storing(path):
            (path.parent / "default.target.wants" / name).unlink(missing_ok=True)
            path.unlink(missing_ok=True)


class WindowsTask:
    """A task of the scheduler of Windows."""

    form: Form = "task"

    def __init__(self, whose: AttendedWorkspace, cancel: CancelToken | None = None) -> None:
        self.whose, self._cancel = whose, cancel
        self.path = str(whose.folder / _SCRIPT)

    def read(self) -> TimerEntry | None:
        names = self.whose.names
        for task in (names.task, names.former_task):
            xml = self._query(task)
            if xml and (task == names.task or self._is_former(xml)):
                return TimerEntry("task", timers.task_period(xml), {}, task != names.task)
        for place, _, xml in self._moved():
            return TimerEntry("task", timers.task_period(xml), {}, place="" if place.is_link else place.path)
        return None

    def _moved(self) -> list[tuple[FormerPlace, str, str]]:
        """Tasks whose script was at a former place of the data folder."""
        texts = [(place, names.task, self._query(names.task)) for place, names in self.whose.former()]
        return [each for each in texts if each[0].path in each[2]]

    def text(self, every: str, variables: Mapping[str, str]) -> str:
        command = timers.task_command(self.whose.names.task, every, self.path)
        return f"{self._script(variables)}{' '.join(command)}"

    def write(self, every: str, variables: Mapping[str, str]) -> list[str]:
        command = timers.task_command(self.whose.names.task, every, self.path)
        if os.name != "nt":
            raise failed(l10n.t("This machine has no task scheduler of Windows."))
        self.whose.make_folder()
        with storing(self.whose.folder):
            replace_file(Path(self.path), self._script(variables).encode())
        run_program(command, self._cancel)
        self._remove(self.whose.names.former_task)
        self._remove_moved()
        return []

    def remove(self) -> None:
        if os.name == "nt":
            for task in (self.whose.names.task, self.whose.names.former_task):
                self._remove(task)
            self._remove_moved()
            Path(self.path).unlink(missing_ok=True)

    def _script(self, variables: Mapping[str, str]) -> str:
        return timers.task_script(self.whose.words(), variables, self.whose.log)

    def _remove(self, task: str) -> None:
        xml = self._query(task)
        if xml and (task == self.whose.names.task or self._is_former(xml)):
            run_program(["schtasks", "/Delete", "/F", "/TN", task], self._cancel)

    def _remove_moved(self) -> None:
        for _, task, _ in self._moved():
            run_program(["schtasks", "/Delete", "/F", "/TN", task], self._cancel)

    def _is_former(self, xml: str) -> bool:
        """The script of a task of an earlier release was in the workspace."""
        return str(self.whose.path) in xml

    @staticmethod
    def _query(task: str) -> str:
        if os.name != "nt":
            return ""
        with contextlib.suppress(OSError, run.TimedOut):
            completed = run.run(["schtasks", "/Query", "/XML", "/TN", task], timeout=_SECONDS, env=dict(os.environ))
            return completed.stdout if completed.returncode == 0 else ""
        return ""


Timer = Cron | UserUnit | WindowsTask


def timers_of(whose: AttendedWorkspace, cancel: CancelToken | None = None) -> dict[Form, Timer]:
    """Everything that could attend to a workspace."""
    return {"systemd": UserUnit(whose, cancel), "cron": Cron(whose, cancel), "task": WindowsTask(whose, cancel)}


def forms_here() -> list[Form]:
    """Kinds of timers here, the usual one first. Raises ScoredockError `rule-install-failed` where it has none."""
    if os.name == "nt":
        return ["task"]
    forms: list[Form] = ["systemd"] if has_user_manager() else []
    programs: tuple[tuple[str, Form], ...] = (("crontab", "cron"), ("systemctl", "systemd"))
    for program, form in programs:
        if is_there(program) and form not in forms:
            forms.append(form)
    if not forms:
        raise failed(l10n.t("This machine has neither systemd nor cron."))
    return forms


def has_user_manager() -> bool:
    """True if a systemd of this account runs."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(runtime) and (Path(runtime) / "systemd" / "private").exists()


def is_there(program: str) -> bool:
    """True if the PATH has a program."""
    with contextlib.suppress(FileNotFoundError):
        run.resolve_executable(program)
        return True
    return False


def run_program(words: Sequence[str], cancel: CancelToken | None = None) -> str:
    """Output of a program of the machine. Raises ScoredockError `rule-install-failed`."""
    if not is_there(words[0]):
        raise failed(l10n.t("This machine has no program {program}.", program=words[0]))
    try:
        # What it says is compared with what it says in English.
        completed = run.run(words, timeout=_SECONDS, cancel=cancel, env={**os.environ, "LC_MESSAGES": "C"})
    except (OSError, run.TimedOut) as error:
        raise failed(l10n.t("{program} cannot be run: {reason}.", program=words[0], reason=error)) from None
    if completed.returncode:
        reason = (completed.stderr or completed.stdout).strip()[-400:]
        raise failed(l10n.t("{program} failed: {reason}", program=" ".join(words[:3]), reason=reason))
    return completed.stdout


def failed(message: str) -> ScoredockError:
    """`rule-install-failed`."""
    return ScoredockError("rule-install-failed", message)


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    folder = Path(platformdirs.user_cache_dir("scoredock", appauthor=False))
    with storing(folder):
        make_private(folder)
    try:
        with FileLock(str(folder / "crontab.lock"), timeout=_SECONDS, mode=0o600):
            yield
    except Timeout:
        raise failed(l10n.t("Another process changes your crontab at the moment.")) from None


def _unit_folder() -> Path:
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "systemd" / "user"


def _own_text(path: Path) -> str:
    """Text of a unit that we wrote; empty for any other, as for a link by which somebody has masked it."""
    try:
        text = "" if path.is_symlink() else path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    return text if text.startswith(timers.WRITTEN) else ""


def _is_same(path: str, home: Path) -> bool:
    return bool(path) and os.path.realpath(path) == os.path.realpath(home)
