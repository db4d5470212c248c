"""Timers by which a machine attends to a workspace: units of systemd, lines of cron, tasks of Windows. Pure texts."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence

from scoredock import l10n
from scoredock.formats.periods import option_invalid, seconds_of
from scoredock.late_dataclass import dataclass

PERIODS = ("1m", "5m", "15m", "30m", "1h", "6h")
"""That both cron and the task scheduler know."""
WRITTEN = "# Written by `scoredock"
"""How every unit of ours begins."""
FOLDER_MARK = "# data folder"
"""Before the id of the data folder that a line or unit is for, which goes along when the folder is moved."""
NO_PROGRAM = 69
"""Exit code of the launcher where no program of Scoredock is there."""
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class TimerNames:
    """Names by which a machine attends to one workspace of one data folder; in both releases' words."""

    unit: str
    mark: str
    """The end of a line of cron."""
    task: str
    former_unit: str
    """In earlier releases by the workspace alone, so that two data folders had the same."""
    former_mark: str
    former_task: str


def timer_names(home: str, workspace_id: str) -> TimerNames:
    """`home` without links, so that a data folder has one name."""
    plain = re.sub("[^A-Za-z0-9-]", "-", workspace_id)
    key = hashlib.sha256(f"{home}\0{workspace_id}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return TimerNames(
        f"scoredock-{plain}-{key}.service",
        f"# scoredock {workspace_id} {key}",
        f"Scoredock\\{workspace_id}-{key}",
        f"scoredock-rules-{plain}.service",
        f"# scoredock rules {workspace_id}",
        f"Scoredock\\rules-{workspace_id}",
    )


def folder_id_in(text: str) -> str:
    """Id of the data folder that a line or a unit names; empty if it names none, as one of an earlier release."""
    match = re.search(rf"{FOLDER_MARK} ([0-9a-f]+)(?: #|$)", text, re.MULTILINE)
    return match[1] if match else ""


def unit_word(word: str) -> str:
    """One word of a command line of systemd: its signs for variables, specifiers and quotes doubled or escaped."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or any(each in word for each in " \t';") else word


def unit_text(program: Sequence[str], variables: Mapping[str, str], workspace: str, folder: str, folder_id: str) -> str:
    """A user unit that goes on. Its end leaves what it has deployed on this machine alone, which lies in its control
    group; it ends by itself when another release is there, and is started again."""
    command = " ".join(map(unit_word, program))
    lines = [
        f"{WRITTEN} workspace install`; `scoredock workspace install --remove` takes it away.",
        f"{FOLDER_MARK} {folder_id}",
        "[Unit]",
        f"Description=Scoredock: rules, schedules and events of the workspace {workspace.replace('%', '%%')}",
        "",
        "[Service]",
        "Type=exec",
        *(f"Environment={unit_word(f'{name}={value}')}" for name, value in sorted(variables.items())),
        f"WorkingDirectory={_working_folder(folder)}",
        f"ExecStart={command}",
        "Restart=always",
        f"RestartPreventExitStatus={NO_PROGRAM}",
        "RestartSec=10",
        "KillMode=process",
        "TimeoutStopSec=120",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "".join(f"{line}\n" for line in lines)


def is_former_unit(text: str, folder: str) -> bool:
    """True if a unit under the former name is of the workspace in a folder."""
    return text.startswith(WRITTEN) and f"WorkingDirectory={_working_folder(folder)}" in text.split("\n")


def unit_variables(text: str) -> dict[str, str]:
    """Variables that a unit of ours gives its program."""
    variables = {}
    for line in text.split("\n"):
        if line.startswith("Environment="):
            word = line.removeprefix("Environment=")
            if word.startswith('"'):
                word = re.sub(r"\\(.)", r"\1", word[1:-1])
            name, _, value = word.replace("%%", "%").replace("$$", "$").partition("=")
            variables[name] = value
    return variables


def _working_folder(folder: str) -> str:
    return folder.replace("%", "%%")


@dataclass(frozen=True, slots=True)
class CronLine:
    """A line of ours."""

    times: str
    """The five fields."""
    variables: Mapping[str, str]

    @property
    def every(self) -> str:
        """A period, or the fields where somebody has changed them."""
        match self.times.split():
            case ["*", "*", "*", "*", "*"]:
                return "1m"
            case [minutes, "*", "*", "*", "*"] if minutes.startswith("*/"):
                return f"{minutes[2:]}m"
            case ["0", hours, "*", "*", "*"] if hours.startswith("*/"):
                return f"{hours[2:]}h"
            case ["0", "0", "*", "*", "*"]:
                return "1d"
        return self.times


def cron_line(program: Sequence[str], variables: Mapping[str, str], times: str, log: str, mark: str) -> str:
    """One round each time; the log has the last one."""
    words = ["env", *(f"{name}={value}" for name, value in sorted(variables.items())), *program]
    command = f"{' '.join(map(shlex.quote, words))} > {shlex.quote(log)} 2>&1 {mark}"
    # cron ends a command at a percent sign.
    return f"{times} {command.replace('%', chr(92) + '%')}"


def is_of_mark(line: str, mark: str) -> bool:
    """True if a line of a crontab ends with a mark; somebody may have put a `#` before all of it."""
    return line.rstrip().endswith(mark.replace("%", "\\%"))


def read_cron_line(line: str) -> CronLine | None:
    """Parts of a line of cron; None for one that cron does not carry out."""
    fields = line.split(maxsplit=_FIELDS)
    if line.lstrip().startswith("#") or len(fields) <= _FIELDS:
        return None
    try:
        words = shlex.split(fields[_FIELDS].replace("\\%", "%"), comments=True)
    except ValueError:
        words = []
    variables = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            break
        variables[name] = value
    return CronLine(" ".join(fields[:_FIELDS]), variables)


def cron_times(every: str) -> str:
    """Raises ScoredockError `rule-option-invalid`."""
    seconds = seconds_of(every)
    minutes, rest = divmod(seconds, 60)
    if not rest and 1 <= minutes < 60 and 60 % minutes == 0:
        return f"*/{minutes} * * * *" if minutes > 1 else "* * * * *"
    hours, rest = divmod(seconds, 3600)
    if not rest and 1 <= hours <= 24 and 24 % hours == 0:
        return f"0 */{hours} * * *" if hours < 24 else "0 0 * * *"
    raise option_invalid(
        l10n.t("cron cannot run something every {period}.", period=every[:64]),
        l10n.t("Choose a part of an hour or of a day: 1m, 5m, 15m, 30m, 1h, 6h or 1d."),
    )


def task_script(program: Sequence[str], variables: Mapping[str, str], log: str) -> str:
    """Script that the task runs, as the command of a task itself may have at most 261 characters."""
    sets = [f'set "{name}={value.replace("%", "%%")}"' for name, value in sorted(variables.items())]
    command = " ".join(f'"{each}"' for each in program).replace("%", "%%")
    return "".join(f"{line}\r\n" for line in ("@echo off", *sets, f'call {command} > "{log.replace("%", "%%")}" 2>&1'))


def task_command(task: str, every: str, script: str) -> list[str]:
    """Raises ScoredockError `rule-option-invalid`."""
    minutes, rest = divmod(seconds_of(every), 60)
    if rest or not 1 <= minutes <= 1439:
        raise option_invalid(
            l10n.t("The task scheduler cannot run something every {period}.", period=every[:64]),
            l10n.t("Choose from 1m to 23h."),
        )
    words = ["schtasks", "/Create", "/F", "/SC", "MINUTE", "/MO", str(minutes), "/TN", task]
    return [*words, "/TR", f'"{script}"']


def task_period(xml: str) -> str:
    """Period of a task, from what `schtasks /Query /XML` prints (`2h`, `30m`); empty if it does not say."""
    match = re.search(r"<Interval>PT(?:(\d+)H)?(?:(\d+)M)?</Interval>", xml)
    if match is None:
        return ""
    minutes = 60 * int(match[1] or 0) + int(match[2] or 0)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
