"""Has the machine carry out the rules of a workspace with no editor open."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from scoredock import l10n, run
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.features.guide.own_program import own_program, own_variables
from scoredock.features.rules import timers
from scoredock.protocol import messages
from scoredock.registry.store.durable import replace_file
from scoredock.registry.store.faults import storing
from scoredock.services.continuous.rule_folder import FOLDER
from scoredock.verb import CliCommand, argument, verb
from scoredock.workspace import WorkspaceInfo

Form = Literal["systemd", "cron", "task"]
_LOG, _SCRIPT = "run.log", "run.cmd"
_SECONDS = 30.0


@verb(
    "rule/install",
    progress="Setting up rules",
    errors=("rule-install-failed", "rule-option-invalid"),
    terminal=CliCommand(
        "rule install",
        "Have this machine carry out the rules of the workspace with no editor open: by a user unit of systemd, cron or"
        " the task scheduler of Windows.",
        (
            argument(
                "--as",
                help="systemd, cron or task; by default what this machine has",
                dest="form",
                choices=("systemd", "cron", "task"),
                default="",
            ),
            argument(
                "--every", help="how often cron and the task scheduler look: 5m, 1h", default="5m", metavar="TIME"
            ),
            argument("--print", help="change nothing and print the unit, the line or the command", action="store_true"),
            argument("--remove", help="take it away again", action="store_true"),
        ),
        ("scoredock rule install", "scoredock rule install --as cron --every 5m --print"),
    ),
)
def install(params: messages.RuleInstallParams, context: Context, operation: Operation) -> messages.RuleInstallation:
    """Sets it up, replaces what was set up before, or takes it away. Raises ScoredockError `rule-install-failed`,
    `rule-option-invalid`."""
    workspace = context.workspace(params.workspace_id)
    form = params.form or _form_here()
    ways: dict[Form, Callable[[_Installing], messages.RuleInstallation]] = {
        "systemd": _systemd,
        "cron": _cron,
        "task": _task,
    }
    return ways[form](_Installing(params, context, operation, workspace))


class _Installing:
    """What is set up."""

    def __init__(
        self,
        params: messages.RuleInstallParams,
        context: Context,
        operation: Operation,
        workspace: WorkspaceInfo,
    ) -> None:
        self.params, self.operation, self.workspace = params, operation, workspace
        self.folder = workspace.path / FOLDER
        self.variables = own_variables(context)
        self.words = [*own_program(), "rule", "run", "--all", "--workspace", workspace.id]

    def made(self) -> None:
        """The folder of the log."""
        with storing(self.folder):
            make_private(self.folder)

    def run(self, words: Sequence[str]) -> str:
        """What a program of the machine prints. Raises ScoredockError `rule-install-failed`."""
        try:
            completed = run.run(words, timeout=_SECONDS, cancel=self.operation.cancel, env=dict(os.environ))
        except (OSError, run.TimedOut) as error:
            raise _failed(l10n.t("{program} cannot be run: {reason}.", program=words[0], reason=error)) from None
        if completed.returncode:
            reason = (completed.stderr or completed.stdout).strip()[-400:]
            raise _failed(l10n.t("{program} failed: {reason}", program=" ".join(words[:3]), reason=reason))
        return completed.stdout

    def result(
        self, form: Form, text: str, path: str = "", steps: Sequence[str] = (), *, installed: bool | None = None
    ) -> messages.RuleInstallation:
        is_installed = not self.params.preview and not self.params.remove if installed is None else installed
        return messages.RuleInstallation(form, text, path, is_installed, list(steps))


def _form_here() -> Form:
    """Raises ScoredockError `rule-install-failed` where the machine has none of them."""
    if os.name == "nt":
        return "task"
    if _user_manager():
        return "systemd"
    for program, form in (("crontab", "cron"), ("systemctl", "systemd")):
        with contextlib.suppress(FileNotFoundError):
            run.resolve_executable(program)
            return "cron" if form == "cron" else "systemd"
    raise _failed(l10n.t("This machine has neither systemd nor cron."))


def _user_manager() -> bool:
    """Whether a systemd of this account runs."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(runtime) and (Path(runtime) / "systemd" / "private").exists()


def _systemd(now: _Installing) -> messages.RuleInstallation:
    name = timers.unit_name(now.workspace.id)
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = base / "systemd" / "user" / name
    text = timers.unit_text([*now.words, "--watch"], now.variables, now.workspace.name, str(now.workspace.path))
    control = ["systemctl", "--user"]
    if now.params.preview:
        return now.result("systemd", text, str(path))
    if now.params.remove:
        if _user_manager() and path.exists():
            now.run([*control, "disable", "--now", name])
        with storing(path):
            path.unlink(missing_ok=True)
        return now.result("systemd", text, str(path))
    now.made()
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())
    steps = ["loginctl enable-linger"]
    if not _user_manager():
        return now.result("systemd", text, str(path), [f"systemctl --user enable --now {name}", *steps])
    now.run([*control, "daemon-reload"])
    now.run([*control, "enable", name])
    now.run([*control, "restart", name])
    return now.result("systemd", text, str(path), steps)


def _cron(now: _Installing) -> messages.RuleInstallation:
    mark, log = timers.cron_mark(now.workspace.id), str(now.folder / _LOG)
    line = timers.cron_line(now.words, now.variables, now.params.every, log, now.workspace.id)
    if now.params.preview:
        return now.result("cron", line)
    now.made()
    try:
        before = now.run(["crontab", "-l"]).splitlines()
    except ScoredockError as error:
        if "no crontab" not in error.message:
            raise
        before = []
    kept = [each for each in before if not each.rstrip().endswith(mark)]
    lines = kept if now.params.remove else [*kept, line]
    fresh = now.folder / "crontab.new"
    try:
        with storing(fresh):
            replace_file(fresh, "".join(f"{each}\n" for each in lines).encode())
        now.run(["crontab", str(fresh)])
    finally:
        fresh.unlink(missing_ok=True)
    return now.result("cron", line)


def _task(now: _Installing) -> messages.RuleInstallation:
    script = now.folder / _SCRIPT
    text = timers.task_script(now.words, now.variables, str(now.folder / _LOG))
    command = timers.task_command(now.workspace.id, now.params.every, str(script))
    whole = f"{text}{' '.join(command)}"
    if now.params.preview:
        return now.result("task", whole, str(script))
    if os.name != "nt":
        raise _failed(l10n.t("This machine has no task scheduler of Windows."))
    if now.params.remove:
        now.run(["schtasks", "/Delete", "/F", "/TN", timers.task_name(now.workspace.id)])
        script.unlink(missing_ok=True)
        return now.result("task", whole, str(script))
    now.made()
    with storing(script):
        replace_file(script, text.encode())
    now.run(command)
    return now.result("task", whole, str(script))


def _failed(message: str) -> ScoredockError:
    return ScoredockError("rule-install-failed", message)
