"""Has the machine attend to a workspace with no editor open: rules, schedules of drift, delivery of events."""

from __future__ import annotations

from dataclasses import replace

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.errors import ScoredockError
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb
from scoredock.workspace.own_program import own_variables
from scoredock.workspace.unattended import timers
from scoredock.workspace.unattended.attendance import form_text
from scoredock.workspace.unattended.launcher import write_launcher
from scoredock.workspace.unattended.machine import (
    AttendedWorkspace,
    Form,
    Timer,
    forms_here,
    has_user_manager,
    timers_of,
)

INSTALL_ARGUMENTS = (
    argument(
        "--as",
        help="systemd, cron or task; by default what this machine has",
        dest="form",
        choices=("systemd", "cron", "task"),
        default="",
    ),
    argument("--every", help="how often cron and the task scheduler look: 5m, 1h", default="5m", metavar="TIME"),
    argument(
        "--print",
        help="set nothing up and print the unit, the line or the command, for setting it up by hand",
        action="store_true",
    ),
    argument("--remove", help="take it away again", action="store_true"),
)


@verb(
    "workspace/install",
    progress="Setting up this machine",
    errors=("rule-install-failed", "rule-option-invalid"),
    terminal=CliCommand(
        "workspace install",
        "Have this machine carry out rules, compare by schedules of drift and deliver events with no editor open: by a"
        " user unit of systemd, cron or the task scheduler of Windows.",
        INSTALL_ARGUMENTS,
        ("scoredock workspace install", "scoredock workspace install --as cron --every 5m --print"),
    ),
    editor=(
        EditorCommand(
            "installRules",
            "Run Without the Editor…",
            "workspaces/installing",
            icon="server-process",
            menus=(
                rows("services", "deploymentRule attended", "2_change@3"),
                rows("workspaces", "eventHeading", "2_change@1"),
            ),
        ),
        EditorCommand(
            "uninstallRules",
            "Stop Running Without the Editor…",
            "workspaces/installing",
            icon="circle-slash",
            menus=(
                rows("services", "deploymentRule installed", "2_change@3"),
                rows("workspaces", "eventHeading", "2_change@2"),
            ),
        ),
    ),
)
def install(params: messages.UnattendedParams, context: Context, operation: Operation) -> messages.UnattendedWork:
    """Sets it up, replaces what was set up before, or takes it away. Raises ScoredockError `rule-install-failed`,
    `rule-option-invalid`."""
    workspace = context.workspace(params.workspace_id)
    whose = AttendedWorkspace(context.home, workspace.id, workspace.path, workspace.name)
    ways = timers_of(whose, operation.cancel)
    own = own_variables(context.settings, context.home)
    variables = {name: value for name, value in own.items() if name != VARIABLE}
    if params.remove and not params.preview:
        return _remove(ways)
    form = params.form or forms_here()[0]
    way = ways[form]
    way.text(params.every, variables)  # refuses before anything is written
    # Also for who sets it up by hand.
    write_launcher(context.home)
    whose.make_folder()
    text, steps = way.text(params.every, variables), []
    if not params.preview:
        steps = way.write(params.every, variables)
        for each in ways.values():
            if each is not way and each.read() is not None:
                each.remove()
    work = messages.UnattendedWork(
        form=form,
        text=text,
        path=way.path,
        installed=not params.preview,
        steps=steps,
        forms=_form_choices() if params.preview else [],
        message="",
    )
    return replace(work, message=_message(work))


def _remove(ways: dict[Form, Timer]) -> messages.UnattendedWork:
    """Whatever there is, under either name."""
    entries = {form: entry for form, way in ways.items() if (entry := way.read()) is not None}
    for way in ways.values():
        way.remove()
    form: Form = next(iter(entries), "cron")
    work = messages.UnattendedWork(form, "", ways[form].path, False, [], [], "")
    return replace(work, message=_message(work))


def _message(work: messages.UnattendedWork) -> str:
    if not work.installed:
        return l10n.t("Rules, schedules and events of this workspace are carried out when you run them.")
    program = form_text(work.form)
    if not work.steps:
        return l10n.t("This machine attends to the workspace with no editor open, by {program}.", program=program)
    commands = ", ".join(f"`{each}`" for each in work.steps)
    if work.form == "systemd" and not has_user_manager():
        return l10n.t("The unit is written. systemd attends to the workspace after {commands}.", commands=commands)
    return l10n.t(
        "systemd attends to the workspace while you are signed in, and always after {commands}.", commands=commands
    )


def _form_choices() -> list[messages.UnattendedForm]:
    """Forms to choose from on this machine, in words."""
    titles: dict[Form, tuple[str, str]] = {
        "systemd": ("systemd", l10n.t("a user unit that looks all the time while you are signed in")),
        "cron": ("cron", l10n.t("a line of your crontab that looks again and again")),
        "task": (l10n.t("Task Scheduler"), l10n.t("a task of Windows that looks again and again")),
    }
    try:
        forms = forms_here()
    except ScoredockError:
        return []
    periods = list(timers.PERIODS)
    return [messages.UnattendedForm(each, *titles[each], [] if each == "systemd" else periods) for each in forms]
