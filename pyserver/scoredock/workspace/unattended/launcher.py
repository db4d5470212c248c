"""The file in the data folder that systemd, cron and the task scheduler start: it starts the program of today.

An update puts extension and server into other folders and removes those of before, so nothing outside of the data
folder names them. Whoever writes the launcher is the program of today: the server of an editor when it starts, the
command line where it has something installed, or where the launcher finds nothing any more.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.late_dataclass import dataclass
from scoredock.record_check import require_field_types
from scoredock.registry.store.durable import replace_file
from scoredock.registry.store.faults import storing
from scoredock.workspace.own_program import own_program
from scoredock.workspace.unattended.places import FOLDER, is_noted, note_place
from scoredock.workspace.unattended.timers import NO_PROGRAM

_PROGRAMS = "programs.json"
_NOTE = "LEFT-AFTER-UNINSTALL.txt"
"""In a data folder that something starts whose program is nowhere: what it is. `extension/uninstall.ts` writes it as
well, and with the exact commands."""
_MOST = 5
_COMMAND = ("workspace", "run")


@dataclass(frozen=True, slots=True)
class LauncherProgram:
    """A program that has worked with a data folder."""

    words: tuple[str, ...]
    python: str
    wheels: str
    """Folder that the wheels of an extension are in; empty for none."""

    @property
    def is_there(self) -> bool:
        return all(os.access(each, os.X_OK) for each in (self.words[0], self.python))


def launcher(home: Path) -> Path:
    """Path of the launcher of a data folder; it need not exist."""
    return home / FOLDER / ("start.cmd" if os.name == "nt" else "start")


def launcher_words(home: Path, *words: str) -> list[str]:
    """Command line of the launcher, which works on any file system of the data folder."""
    return [*([] if os.name == "nt" else ["/bin/sh"]), str(launcher(home)), *words]


def write_launcher(home: Path) -> None:
    """This program is that of today from now on, and its data folder is here. Raises ScoredockError `disk-full`,
    `io-failed`."""
    note_place(home)
    own = LauncherProgram(tuple(own_program()), sys.executable, os.environ.get(VARIABLE, ""))
    programs = [own, *(each for each in _programs(home) if each != own and each.is_there)][:_MOST]
    folder = home / FOLDER
    note = home / _NOTE
    text = _batch_text(programs, note) if os.name == "nt" else _shell_text(programs, note)
    document = json.dumps([asdict(each) for each in programs], indent=1)
    with storing(folder):
        make_private(folder)
        for path, content in ((folder / _PROGRAMS, document), (launcher(home), text)):
            if not path.is_file() or path.read_bytes() != content.encode("utf-8", "surrogateescape"):
                replace_file(path, content.encode("utf-8", "surrogateescape"))
        note.unlink(missing_ok=True)


def mend_launcher(home: Path) -> None:
    """Writes the launcher unless it, its program and the folder's note are there. Raises ScoredockError `disk-full`,
    `io-failed`."""
    if not launcher(home).is_file() or not is_noted(home) or not any(each.is_there for each in _programs(home)):
        write_launcher(home)


def launcher_stamp(home: Path) -> str:
    """Stamp of the program that is started today; another one after an update."""
    return next((json.dumps(asdict(each)) for each in _programs(home) if each.is_there), "")


def _programs(home: Path) -> list[LauncherProgram]:
    """The newest first; none where that cannot be read."""
    try:
        document = json.loads((home / FOLDER / _PROGRAMS).read_text("utf-8", "surrogateescape"))
        programs = [LauncherProgram(tuple(each["words"]), each["python"], each["wheels"]) for each in document]
        for each in programs:
            require_field_types(each)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [each for each in programs if each.words]


def _last_words(programs: Sequence[LauncherProgram]) -> list[str]:
    """Lines that are printed where no program is there."""
    return [
        l10n.t("Scoredock is not there any more. It was looked for on the PATH and at:"),
        *(f"  {each.words[0]}" for each in programs),
        l10n.t("Open an editor that has the extension once, or run `scoredock workspace install` again."),
        l10n.t("To end this instead, see what starts it, and take it away:"),
        *(
            ["  schtasks /Query | findstr Scoredock", "  schtasks /Delete /TN Scoredock\\NAME"]
            if os.name == "nt"
            else [
                "  crontab -l | grep '# scoredock'    crontab -e",
                "  systemctl --user list-unit-files 'scoredock-*'    systemctl --user disable --now NAME",
            ]
        ),
    ]


def _shell_text(programs: Sequence[LauncherProgram], note: Path) -> str:
    command = " ".join(_COMMAND)
    lines = [
        "#!/bin/sh",
        "# Written by Scoredock. systemd and cron start this file, and it starts the Scoredock that is there today.",
        "# `scoredock workspace install --remove` takes away what starts it.",
    ]
    for each in programs:
        words = " ".join(map(shlex.quote, each.words))
        lines.append(f"if [ -x {shlex.quote(each.words[0])} ] && [ -x {shlex.quote(each.python)} ]; then")
        if each.wheels:
            wheels = shlex.quote(each.wheels)
            lines.append(f"  if [ -d {wheels} ]; then {VARIABLE}={wheels}; export {VARIABLE}; fi")
        lines += [f'  exec {words} {command} "$@"', "fi"]
    lines += [
        'PATH="$PATH:$HOME/.local/bin"',
        f'if program=$(command -v scoredock); then exec "$program" {command} "$@"; fi',
        "left() { cat <<'END'",
        *_last_words(programs),
        "END",
        "}",
        f"note={shlex.quote(str(note))}",
        # Once, with the time; the log of each later one is the same.
        '[ -s "$note" ] || (umask 077; { date; left; } > "$note") 2>/dev/null',
        'cat "$note" >&2 2>/dev/null || left >&2',
        f"exit {NO_PROGRAM}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _echoed(line: str) -> str:
    """Within parentheses of a batch file."""
    for sign in "^|&<>()":
        line = line.replace(sign, f"^{sign}")
    return line.replace("%", "%%")


def _batch_text(programs: Sequence[LauncherProgram], note: Path) -> str:
    command = " ".join(_COMMAND)

    def quoted(word: str) -> str:
        return f'"{word}"'.replace("%", "%%")

    lines = ["@echo off", "rem Written by Scoredock. The task scheduler starts this file."]
    for number, each in enumerate(programs):
        words = " ".join(map(quoted, each.words))
        lines.append(f"if not exist {quoted(each.words[0])} goto next{number}")
        if each.wheels:
            lines.append(f'if exist {quoted(each.wheels)} set "{VARIABLE}={each.wheels.replace("%", "%%")}"')
        lines += [f"{words} {command} %*", "exit /b", f":next{number}"]
    lines += [
        "where scoredock >nul 2>nul",
        "if errorlevel 1 goto none",
        f"scoredock {command} %*",
        "exit /b",
        ":none",
        f"if exist {quoted(str(note))} goto note",
        f"> {quoted(str(note))} (",
        "echo %DATE% %TIME%",
        *(f"echo {_echoed(each)}" for each in _last_words(programs)),
        ")",
        ":note",
        f"type {quoted(str(note))} 1>&2",
        f"exit /b {NO_PROGRAM}",
    ]
    return "".join(f"{line}\r\n" for line in lines)
