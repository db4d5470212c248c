"""Has the machine carry out the rules of a workspace with no editor open."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

from scoredock import l10n, run
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.features.guide.own_program import own_program, own_variables
from scoredock.features.rules import timers
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.record_check import document_of, require_field_types
from scoredock.registry.store.durable import replace_file
from scoredock.registry.store.faults import storing
from scoredock.services.continuous.rule_folder import FOLDER, INSTALLED_FILE
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb
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
    editor=(
        EditorCommand(
            "installRules",
            "Run Without the Editor…",
            "rules/installing",
            icon="server-process",
            menus=(rows("services", "deploymentRule attended", "2_change@3"),),
        ),
        EditorCommand(
            "uninstallRules",
            "Stop Running Without the Editor…",
            "rules/installing",
            icon="circle-slash",
            menus=(rows("services", "deploymentRule installed", "2_change@3"),),
        ),
    ),
)
def install(params: messages.RuleInstallParams, context: Context, operation: Operation) -> messages.RuleInstallation:
    """Sets it up, replaces what was set up before, or takes it away. Raises ScoredockError `rule-install-failed`,
    `rule-option-invalid`."""
    workspace = context.workspace(params.workspace_id)
    there = installed_form(workspace.path)
    form = params.form or (there.form if there is not None and params.remove else _forms_here()[0])
    ways: dict[Form, Callable[[_Installing], messages.RuleInstallation]] = {
        "systemd": _systemd,
        "cron": _cron,
        "task": _task,
    }
    result = ways[form](_Installing(params, context, operation, workspace))
    if not params.preview:
        _note(workspace.path, InstalledForm(form, params.every) if result.installed else None)
    return replace(result, forms=_form_choices() if params.preview else [], message=_message(result))


def _message(result: messages.RuleInstallation) -> str:
    if not result.installed:
        return l10n.t("The rules of this workspace are carried out when you run them.")
    if not result.steps:
        return l10n.t("The rules of this workspace are carried out with no editor open, by {form}.", form=result.form)
    commands = ", ".join(f"`{each}`" for each in result.steps)
    if result.form == "systemd" and not _user_manager():
        return l10n.t("The unit is written. systemd carries the rules out after {commands}.", commands=commands)
    return l10n.t(
        "systemd carries the rules out while you are signed in, and always after {commands}.", commands=commands
    )


@dataclass(frozen=True, slots=True)
class InstalledForm:
    """By what the rules of a workspace go on with no editor open."""

    form: Form
    every: str

    @property
    def text(self) -> str:
        """For people."""
        if self.form == "systemd":
            return l10n.t("This machine is set up to carry it out with no editor open, by systemd.")
        by = {"cron": "cron", "task": l10n.t("the task scheduler")}[self.form]
        return l10n.t(
            "This machine is set up to carry it out with no editor open, by {program} every {every}.",
            program=by,
            every=self.every,
        )


def installed_form(workspace: Path) -> InstalledForm | None:
    """What was installed last and not removed; None where nothing was. That somebody has taken away a unit or a line by
    hand shows for a unit alone."""
    try:
        document = document_of(workspace / FOLDER / INSTALLED_FILE)
        installed = InstalledForm(document["form"], document["every"])
        require_field_types(installed)
    except (OSError, ValueError, KeyError):
        return None
    if installed.form == "systemd" and not _unit_path(timers.unit_name(workspace.name)).exists():
        return None
    return installed


def _note(workspace: Path, installed: InstalledForm | None) -> None:
    path = workspace / FOLDER / INSTALLED_FILE
    with storing(path):
        if installed is None:
            path.unlink(missing_ok=True)
        else:
            replace_file(path, json.dumps(asdict(installed)).encode())


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
        return messages.RuleInstallation(form, text, path, is_installed, list(steps), [], "")


def _forms_here() -> list[Form]:
    """What this machine has, the usual one first. Raises ScoredockError `rule-install-failed` where it has none."""
    if os.name == "nt":
        return ["task"]
    forms: list[Form] = ["systemd"] if _user_manager() else []
    programs: tuple[tuple[str, Form], ...] = (("crontab", "cron"), ("systemctl", "systemd"))
    for program, form in programs:
        with contextlib.suppress(FileNotFoundError):
            run.resolve_executable(program)
            forms += [form] if form not in forms else []
    if not forms:
        raise _failed(l10n.t("This machine has neither systemd nor cron."))
    return forms


def _form_choices() -> list[messages.RuleInstallForm]:
    """Of those, in words."""
    titles: dict[Form, tuple[str, str]] = {
        "systemd": ("systemd", l10n.t("a user unit that looks all the time while you are signed in")),
        "cron": ("cron", l10n.t("a line of your crontab that looks again and again")),
        "task": (l10n.t("Task Scheduler"), l10n.t("a task of Windows that looks again and again")),
    }
    try:
        forms = _forms_here()
    except ScoredockError:
        return []
    periods = list(timers.PERIODS)
    return [messages.RuleInstallForm(each, *titles[each], [] if each == "systemd" else periods) for each in forms]


def _user_manager() -> bool:
    """Whether a systemd of this account runs."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(runtime) and (Path(runtime) / "systemd" / "private").exists()


def _unit_path(name: str) -> Path:
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "systemd" / "user" / name


def _systemd(now: _Installing) -> messages.RuleInstallation:
    name = timers.unit_name(now.workspace.id)
    path = _unit_path(name)
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
