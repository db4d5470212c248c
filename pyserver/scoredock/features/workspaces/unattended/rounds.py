"""What is done for a workspace with no editor open: a round by cron and the task scheduler, or one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from scoredock.errors import Cancelled, ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.features.contribution import Contribution, contributions
from scoredock.contrib.rules.verbs.running import run_rules
from scoredock.features.workspaces.unattended.watching import RulesRound, Tell, tell_receivers, watch
from scoredock.features.workspaces.unattended.launcher import launcher_stamp
from scoredock.protocol import messages
from scoredock.protocol.messages.automation.unattended import DriftRun
from scoredock.registry.audit.announcing import is_delivering
from scoredock.verb import CliCommand, argument, verb


@verb(
    "workspace/run",
    progress="Attending to the workspace",
    changes=True,
    errors=("rule-watched",),
    terminal=CliCommand(
        "workspace run",
        "Carry out rules, make the comparisons that are due and deliver events: once, or with --watch for as long as"
        " the command runs. What `workspace install` sets up starts this.",
        (
            argument(
                "--watch",
                help="go on until Ctrl+C or SIGTERM, or until another release of Scoredock is there",
                action="store_true",
            ),
        ),
        ("scoredock workspace run",),
    ),
)
def run_once(
    params: messages.UnattendedRoundParams, context: Context, operation: Operation
) -> messages.UnattendedRound:
    """One part after the other; one that fails does not keep the others from their turn."""
    workspace = context.workspace(params.workspace_id)
    rules: list[messages.RuleRun] = []
    comparisons: list[DriftRun] = []
    now = RulesRound(messages.RuleRunParams(workspace_id=workspace.id), context, operation, lambda _: None, True)

    def run_due(contribution: Contribution) -> None:
        comparisons.extend(contribution.run_due(workspace.id, context, operation))

    parts: tuple[Callable[[], object], ...] = (
        *(partial(run_due, each) for each in contributions()),
        lambda: rules.extend(run_rules(now.params, context, operation).runs),
        lambda: tell_receivers(now),
    )
    problems = []
    for part in parts:
        try:
            part()
        except Cancelled:
            raise
        except ScoredockError as error:
            problems.append(str(error))
    return messages.UnattendedRound(rules, comparisons, is_delivering(workspace.path), problems)


def run_on(params: messages.UnattendedRoundParams, context: Context, operation: Operation, tell: Tell) -> None:
    """Round after round. Ends as well when the launcher starts another program: this one's files go with its release.
    Raises as `watch`."""
    begin = launcher_stamp(context.home)
    rule_params = messages.RuleRunParams(workspace_id=context.workspace(params.workspace_id).id)
    watch(rule_params, context, operation, tell, lambda: begin not in ("", launcher_stamp(context.home)))
