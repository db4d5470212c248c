"""Deployment rules, carried out: one round of each (`rule run`)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.rules import messages
from scoredock.contrib.rules.domain.progression import Progression
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.rule_folder import FOLDER, RuleFolder, rule_folder, rule_names
from scoredock.contrib.rules.domain.state import RuleEvent, RuleState
from scoredock.contrib.rules.domain.wish import tried_before, wished_change
from scoredock.contrib.rules.verbs.conditions import Conditions
from scoredock.contrib.rules.verbs.details import canary_sentence, condition_sentences, event_line, summary
from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.features.contribution import Round
from scoredock.features.workspaces.unattended.rounds import Tell, watch
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

_NAMES, *_HOW = option_arguments(messages.RuleRunParams)


@verb(
    "rule/run",
    progress="Carrying out rules",
    changes=True,
    errors=("rule-missing", "rule-running", "rule-watched"),
    terminal=CliCommand(
        "rule run",
        "Carry rules out: one round, or with --watch for as long as the command runs. Exits with 1 where a rule could"
        " not be carried out.",
        (
            _NAMES,
            argument("--all", help="all rules of the workspace", action="store_true"),
            argument(
                "--watch",
                help="go on until Ctrl+C or SIGTERM; schedules of drift that are due run as well",
                action="store_true",
            ),
            *_HOW,
        ),
        ("scoredock rule run champion", "scoredock rule run champion --dry-run", "scoredock rule run --all --watch"),
    ),
    editor=(
        EditorCommand(
            "runRule",
            "Run Now",
            "contrib/rules/rules",
            icon="play",
            menus=(rows("services", "deploymentRule active", "inline@1", "1_main@2"),),
        ),
        EditorCommand(
            "dryRunRule",
            "Dry Run",
            "contrib/rules/rules",
            icon="beaker",
            menus=(rows("services", "deploymentRule", "1_main@3"),),
        ),
        EditorCommand(
            "tryRuleAgain",
            "Try Version Again",
            "contrib/rules/rules",
            icon="debug-restart",
            menus=(rows("services", "deploymentRule settled", "2_change@2"),),
        ),
    ),
)
def run_rules(params: messages.RuleRunParams, context: Context, operation: Operation) -> messages.RuleRuns:
    """Carries out the rules one after the other; one that fails does not keep the others from being carried out."""
    workspace = context.workspace(params.workspace_id)
    if params.names:
        folders = [rule_folder(workspace.path, each) for each in params.names]
    else:
        folders = [RuleFolder(workspace.path / FOLDER / each) for each in rule_names(workspace.path)]
    if not params.dry_run and folders:
        context.registry(workspace.id).store.require_writable()
    return messages.RuleRuns([_run(each, params, context, workspace.id, operation) for each in folders])


def watch_rules(params: messages.RuleRunParams, context: Context, operation: Operation, tell: Tell) -> None:
    """Round after round of these rules, and of whatever else goes on by itself. Raises as `watch`."""
    watch(params.workspace_id, context, operation, tell, duties={"rule": partial(carry_out, params)})


def carry_out(params: messages.RuleRunParams, now: Round) -> None:
    """Carries out one round of each rule."""
    answer = run_rules(replace(params, workspace_id=now.workspace_id), now.context, now.operation)
    now.rules.extend(answer.runs)
    now.is_busy = any(each.rule is not None and each.rule.candidate is not None for each in answer.runs)


def progression(folder: RuleFolder, context: Context, workspace_id: str, operation: Operation) -> Progression:
    """Progression that carries a rule out."""
    judge = Conditions(context, workspace_id, operation)
    return Progression(context.deployments(workspace_id), folder, judge, operation.progress, operation.cancel)


def _run(
    folder: RuleFolder, params: messages.RuleRunParams, context: Context, workspace_id: str, operation: Operation
) -> messages.RuleRun:
    ledger = context.deployments(workspace_id).ledger
    try:
        if params.dry_run:
            plan = _plan(folder.rule(), folder.state(), params, context, workspace_id)
            return messages.RuleRun(folder.name, summary(folder, workspace_id, ledger), [], plan, "", "")
        before = folder.state().history
        after = progression(folder, context, workspace_id, operation).run(again=params.again)
    except Cancelled:
        raise
    except ScoredockError as error:
        return messages.RuleRun(folder.name, None, [], [], error.code, str(error))
    now = summary(folder, workspace_id, ledger)
    code, note = (now.code, now.note) if now.look == "trouble" else ("", "")
    return messages.RuleRun(folder.name, now, [event_line(each) for each in _new(before, after)], [], code, note)


def _new(before: tuple[RuleEvent, ...], after: RuleState) -> list[RuleEvent]:
    """Entries that were not there before; the oldest ones may have gone meanwhile."""
    earlier = {(each.time, each.what, each.version) for each in before}
    return [each for each in after.history if (each.time, each.what, each.version) not in earlier]


def _plan(
    rule: DeploymentRule, state: RuleState, params: messages.RuleRunParams, context: Context, workspace_id: str
) -> list[str]:
    """Lines on what a round would do. Raises as `wished_change`."""
    deployments = context.deployments(workspace_id)
    wished = wished_change(rule, deployments.registry, deployments.ledger)
    version, lines = wished.model.version, []
    if rule.paused:
        lines.append(l10n.t("The rule is paused: nothing would be done."))
    if state.candidate is not None:
        lines.append(l10n.t("Version {version} is under way.", version=state.candidate.version))
    if wished.is_met:
        versions = ", ".join(map(str, wished.versions))
        return [
            *lines,
            l10n.t("{service} serves version {version}: nothing to do.", service=rule.service, version=versions),
        ]
    earlier = tried_before(state, wished)
    if earlier is not None and not params.again:
        text = l10n.t("Version {version} is not tried again: {reason}", version=version, reason=earlier.reason)
        return [*lines, text]
    versions = ", ".join(map(str, wished.versions))
    lines.append(
        l10n.t(
            "{service} would get version {version} of {model} in the place of {served}.",
            service=rule.service,
            version=version,
            model=rule.model,
            served=versions,
        )
    )
    lines.extend(l10n.t("Condition: {text}", text=each) for each in condition_sentences(rule))
    if rule.canary is not None:
        lines.append(l10n.t("Canary: {text}", text=canary_sentence(rule.canary)))
    if rule.sets_alias:
        lines.append(l10n.t("It would get the alias {alias}.", alias=rule.sets_alias))
    return lines
