"""Deployment rules: made, listed, shown, paused, deleted."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.rules import messages
from scoredock.contrib.rules.domain.rule import (
    DeploymentRule,
    require_no_circle,
    require_rule,
)
from scoredock.contrib.rules.domain.rule_folder import (
    FOLDER,
    RuleFolder,
    making_rules,
    rule_folder,
    rule_names,
)
from scoredock.contrib.rules.options import RuleOptions
from scoredock.contrib.rules.verbs.details import details, event_line, events, summary
from scoredock.contrib.rules.verbs.rule_options import canary_of, conditions_of, require_things
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.features.whole_command import require_whole_command
from scoredock.features.workspaces.unattended.rounds import is_watched
from scoredock.options import values_of
from scoredock.protocol.messages.basics import Empty
from scoredock.registry.account import user
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb
from scoredock.workspace.unattended.attendance import attendance

RULE_NAME = argument("name", help="name of the rule", names="rule")
_MOST_PAUSES = 100


@verb(
    "rule/create",
    progress="Creating rule",
    changes=True,
    errors=(
        "rule-name-invalid",
        "rule-exists",
        "rule-option-invalid",
        "rule-service-missing",
        "rule-service-unfit",
        "rule-service-taken",
        "rule-goes-round",
        "rule-endpoint-unfit",
    ),
    terminal=CliCommand(
        "rule create",
        "Have new versions of a model deployed by themselves: `scoredock rule run` carries it out.",
        option_arguments(messages.RuleCreateParams),
        (
            "scoredock rule create champion --model diabetes@champion --service diabetes",
            "scoredock rule create newest --model diabetes --service diabetes --tests tests --canary 10,50 --for 30m",
        ),
        makes="rule",
    ),
    editor=(
        EditorCommand(
            "createRule",
            "Deploy New Versions Automatically…",
            "contrib/rules/creating",
            icon="sync",
            menus=(
                rows("services", "service", "3_project@4", menu="scoredock.service.tools"),
                rows("models", "version|group", "2_alias@3", menu="scoredock.model.edit"),
            ),
        ),
    ),
)
def create(params: messages.RuleCreateParams, context: Context, operation: Operation) -> messages.RuleSummary:
    """Keeps the rule; nothing is deployed now."""
    workspace = context.workspace(params.workspace_id)
    registry = context.registry(workspace.id)
    registry.store.require_writable()
    rule = DeploymentRule(
        **values_of(RuleOptions, params),
        conditions=conditions_of(params.conditions),
        canary=canary_of(params.canary, params.service, context, workspace.id, operation),
        created=time.time(),
        by=user(),
    )
    require_rule(rule)
    require_things(rule, context, workspace.id)
    with making_rules(workspace.path) as place:
        folder = RuleFolder(place / rule.name)
        if folder.is_there:
            raise ScoredockError("rule-exists", l10n.t("There is a rule “{name}” already.", name=rule.name))
        require_no_circle(rule, _others(workspace.path))
        make_private(folder.path)
        folder.write_rule(rule)
    return summary(folder, workspace.id, context.deployments(workspace.id).ledger)


def _others(workspace: Path) -> list[DeploymentRule]:
    """Those that can be read."""
    rules = []
    for name in rule_names(workspace):
        try:
            rules.append(rule_folder(workspace, name).rule())
        except ScoredockError:
            continue
    return rules


@verb(
    "rule/list",
    progress="Reading rules",
    terminal=CliCommand(
        "rule list", "List the deployment rules and what each does at the moment.", (), ("scoredock rule list",)
    ),
)
def list_rules(params: messages.RuleListParams, context: Context, operation: Operation) -> messages.RuleSummaries:
    """Rules by name; one that cannot be read says so in its error."""
    workspace = context.workspace(params.workspace_id)
    names = rule_names(workspace.path)
    if not names:
        return messages.RuleSummaries([], is_watched(workspace.path))
    ledger = context.deployments(workspace.id).ledger
    folders = [RuleFolder(workspace.path / FOLDER / each) for each in names]
    by = attendance(workspace.path) if folders else ""
    summaries = [summary(each, workspace.id, ledger, by) for each in folders]
    return messages.RuleSummaries(summaries, is_watched(workspace.path))


@verb(
    "rule/show",
    progress="Reading rule",
    errors=("rule-missing", "rule-damaged"),
    terminal=CliCommand(
        "rule show",
        "Show a rule: its conditions with their last results, its canary, and what it does at the moment.",
        (RULE_NAME,),
        ("scoredock rule show champion",),
    ),
    editor=(
        EditorCommand(
            "showRule",
            "Show Details",
            "contrib/rules/rules",
            icon="info",
            menus=(rows("services", "deploymentRule", "1_main@1"),),
        ),
    ),
)
def show(params: messages.RuleRef, context: Context, operation: Operation) -> messages.RuleDetails:
    """All of it."""
    workspace = context.workspace(params.workspace_id)
    folder = rule_folder(workspace.path, params.name)
    ledger = context.deployments(workspace.id).ledger
    return details(folder, workspace.id, ledger, watched=is_watched(workspace.path))


@verb(
    "rule/history",
    progress="Reading rule",
    errors=("rule-missing", "rule-damaged"),
    terminal=CliCommand(
        "rule history",
        "List what a rule has done, with the reasons; newest first.",
        (RULE_NAME,),
        ("scoredock rule history champion",),
    ),
)
def history(params: messages.RuleRef, context: Context, operation: Operation) -> messages.RuleHistory:
    """History of a rule: its last entries."""
    folder = rule_folder(context.workspace(params.workspace_id).path, params.name)
    return messages.RuleHistory(folder.name, [event_line(each) for each in events(folder.rule(), folder.state())])


@verb(
    "rule/pause",
    progress="Pausing rule",
    changes=True,
    errors=("rule-missing",),
    terminal=CliCommand(
        "rule pause",
        "Have a rule do nothing more. A candidate keeps the share that it has, and its limits hold.",
        (RULE_NAME,),
        ("scoredock rule pause champion",),
    ),
    editor=(
        EditorCommand(
            "pauseRule",
            "Pause",
            "contrib/rules/rules",
            icon="debug-pause",
            menus=(rows("services", "deploymentRule active", "inline@2", "2_change@1"),),
        ),
    ),
)
def pause(params: messages.RuleRef, context: Context, operation: Operation) -> messages.RuleSummary:
    """Pauses a rule from the next step on."""
    return _set_paused(params, context, True)


@verb(
    "rule/resume",
    progress="Resuming rule",
    changes=True,
    errors=("rule-missing", "command-incomplete"),
    terminal=CliCommand(
        "rule resume", "Have a paused rule go on where it was.", (RULE_NAME,), ("scoredock rule resume champion",)
    ),
    editor=(
        EditorCommand(
            "resumeRule",
            "Resume",
            "contrib/rules/rules",
            icon="debug-continue",
            menus=(rows("services", "deploymentRule paused", "inline@2", "2_change@1"),),
        ),
    ),
)
def resume(params: messages.RuleRef, context: Context, operation: Operation) -> messages.RuleSummary:
    """Resumes the rule where it was."""
    workspace = context.workspace(params.workspace_id)
    command = rule_folder(workspace.path, params.name).rule().conditions.command
    require_whole_command(command, f"scoredock rule create {params.name} …")
    return _set_paused(params, context, False)


def _set_paused(params: messages.RuleRef, context: Context, paused: bool) -> messages.RuleSummary:
    workspace = context.workspace(params.workspace_id)
    folder = rule_folder(workspace.path, params.name)
    with folder.writing():
        rule = folder.rule()
        if rule.paused != paused:
            entry = (time.time(), user(), paused)
            folder.write_rule(replace(rule, paused=paused, pauses=(*rule.pauses, entry)[-_MOST_PAUSES:]))
    return summary(folder, workspace.id, context.deployments(workspace.id).ledger)


@verb(
    "rule/delete",
    progress="Deleting rule",
    changes=True,
    errors=("rule-missing", "rule-running"),
    terminal=CliCommand(
        "rule delete",
        "Delete a rule with its history. A candidate that is under way is withdrawn; the service stays as it is.",
        (RULE_NAME,),
        ("scoredock rule delete champion",),
    ),
    editor=(
        EditorCommand(
            "deleteRule",
            "Delete Rule",
            "contrib/rules/rules",
            icon="trash",
            menus=(rows("services", "deploymentRule", "9_delete@1"),),
        ),
    ),
)
def delete(params: messages.RuleRef, context: Context, operation: Operation) -> Empty:
    """Deletes the rule with its candidate."""
    from scoredock.contrib.rules.verbs.running import progression

    workspace = context.workspace(params.workspace_id)
    folder = rule_folder(workspace.path, params.name)
    with folder.running():
        try:
            progression(folder, context, workspace.id, operation).end()
        except ScoredockError as error:
            if error.code != "rule-damaged":
                raise
        with folder.writing():
            folder.remove()
    return Empty()
