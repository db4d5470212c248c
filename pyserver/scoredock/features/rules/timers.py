"""How the machine carries out rules by itself: a unit of systemd, a line of cron, a task of Windows. Pure texts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from scoredock import l10n
from scoredock.packaging.exports.systemd import unit_word
from scoredock.services.continuous.rule import option_invalid, seconds_of

PERIODS = ("1m", "5m", "15m", "30m", "1h", "6h")
"""That both cron and the task scheduler know."""


def unit_name(workspace_id: str) -> str:
    """Of a workspace."""
    return f"scoredock-rules-{re.sub('[^A-Za-z0-9-]', '-', workspace_id)}.service"


def unit_text(program: Sequence[str], variables: Mapping[str, str], workspace: str, folder: str) -> str:
    """A user unit that watches. Its end leaves what it has deployed on this machine alone, which lies in its control
    group."""
    command = " ".join(map(unit_word, program))
    lines = [
        "# Written by `scoredock rule install`; `scoredock rule install --remove` takes it away.",
        "[Unit]",
        f"Description=Scoredock deployment rules of the workspace {workspace.replace('%', '%%')}",
        "",
        "[Service]",
        "Type=exec",
        *(f"Environment={unit_word(f'{name}={value}')}" for name, value in sorted(variables.items())),
        f"WorkingDirectory={folder.replace('%', '%%')}",
        f"ExecStart={command}",
        "Restart=on-failure",
        "RestartSec=10",
        "KillMode=process",
        "TimeoutStopSec=120",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "".join(f"{line}\n" for line in lines)


def cron_mark(workspace_id: str) -> str:
    """The end of the line of a workspace."""
    return f"# scoredock rules {workspace_id}"


def cron_line(program: Sequence[str], variables: Mapping[str, str], every: str, log: str, workspace_id: str) -> str:
    """One round each time; the log has the last one. Raises ScoredockError `rule-option-invalid`."""
    words = ["env", *(f"{name}={value}" for name, value in sorted(variables.items())), *program]
    command = f"{' '.join(map(shlex.quote, words))} > {shlex.quote(log)} 2>&1 {cron_mark(workspace_id)}"
    # cron ends a command at a percent sign.
    return f"{cron_times(every)} {command.replace('%', chr(92) + '%')}"


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


def task_name(workspace_id: str) -> str:
    """Of a workspace."""
    return f"Scoredock\\rules-{workspace_id}"


def task_script(program: Sequence[str], variables: Mapping[str, str], log: str) -> str:
    """What the task runs: the words of a task itself may be 261 characters at most."""
    sets = [f'set "{name}={value.replace("%", "%%")}"' for name, value in sorted(variables.items())]
    command = " ".join(f'"{each}"' for each in program).replace("%", "%%")
    return "".join(f"{line}\r\n" for line in ("@echo off", *sets, f'{command} > "{log.replace("%", "%%")}" 2>&1'))


def task_command(workspace_id: str, every: str, script: str) -> list[str]:
    """Raises ScoredockError `rule-option-invalid`."""
    minutes, rest = divmod(seconds_of(every), 60)
    if rest or not 1 <= minutes <= 1439:
        raise option_invalid(
            l10n.t("The task scheduler cannot run something every {period}.", period=every[:64]),
            l10n.t("Choose from 1m to 23h."),
        )
    words = ["schtasks", "/Create", "/F", "/SC", "MINUTE", "/MO", str(minutes), "/TN", task_name(workspace_id)]
    return [*words, "/TR", f'"{script}"']
