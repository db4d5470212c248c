"""Deployment rules that go on by themselves: a loop that sleeps until something has changed.

A round is made when the store or a rule has changed, which a look at the times of a few files tells, every few seconds
while a candidate is under way, and once a minute in any case. `EACH_ROUND` is what a round does: whatever else has to
be done with no editor open is added there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Cancelled, ScoredockError
from scoredock.contrib.events.domain.backlog import is_behind
from scoredock.features.context import Context, Operation
from scoredock.features.contribution import contributions
from scoredock.contrib.rules.verbs.running import run_rules
from scoredock.protocol import messages
from scoredock.registry.audit import following
from scoredock.registry.audit.announcing import announce, has_subscriptions
from scoredock.contrib.rules.domain.rule_folder import rule_times, watching
from scoredock.workspace import WorkspaceInfo

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
"""Between two looks at the files."""
BUSY_SECONDS = 2.0
"""Between two rounds while a candidate is under way."""
IDLE_SECONDS = 60.0
"""Between two rounds while nothing changes: schedules come due, and an engine may be back."""

Tell = Callable[[messages.RuleRuns], None]
_Fingerprint = tuple[tuple[str, int, int], ...]


class RulesRound:
    """What a round is about."""

    def __init__(
        self, params: messages.RuleRunParams, context: Context, operation: Operation, tell: Tell, first: bool
    ) -> None:
        self.params, self.context, self.operation, self.tell = params, context, operation, tell
        self.is_first = first
        self.is_busy = False
        """Whether the next round should not wait long."""


def run_due(now: RulesRound) -> None:
    """What is due of contributions, as schedules of drift; what comes of them is in their records."""
    for contribution in contributions():
        for each in contribution.run_due(now.params.workspace_id, now.context, now.operation):
            if each.error:
                logger.warning("%s %s: %s", contribution.noun, each.name, each.error)


def carry_out(now: RulesRound) -> None:
    """One round of each rule."""
    answer = run_rules(now.params, now.context, now.operation)
    now.is_busy = any(each.rule is not None and each.rule.candidate is not None for each in answer.runs)
    now.tell(answer)


def tell_receivers(now: RulesRound) -> None:
    """States of services are noted by looking at them; whoever has subscribed hears of that, and of what was left when
    the machine went down."""
    workspace = now.context.workspace(now.params.workspace_id)
    if not has_subscriptions(workspace.path):
        return
    now.context.deployments(workspace.id).services()
    following.take(now.context.registry(workspace.id).store)
    if is_behind(workspace.path):
        announce(workspace.path)


EACH_ROUND: tuple[Callable[[RulesRound], None], ...] = (run_due, carry_out, tell_receivers)
"""One after the other; one that fails does not keep the others from their turn."""


def watch(
    params: messages.RuleRunParams,
    context: Context,
    operation: Operation,
    tell: Tell,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Until it is cancelled, which is its end and no failure, or until it is over between two rounds.

    Raises ScoredockError `rule-watched`, `workspace-read-only`, and for a workspace that is deleted meanwhile.
    """
    workspace = context.workspace(params.workspace_id)
    context.registry(workspace.id).store.require_writable()
    with watching(workspace.path):
        first, fingerprint, due = True, None, 0.0
        while not operation.cancel.cancelled and not is_over():
            seen = _fingerprint(workspace.path)
            if seen != fingerprint or time.monotonic() >= due:
                now = RulesRound(params, context, operation, tell, first)
                _round(now, workspace)
                first, fingerprint = False, seen
                due = time.monotonic() + (BUSY_SECONDS if now.is_busy else IDLE_SECONDS)
            operation.cancel.wait(LOOK_SECONDS)


def _round(now: RulesRound, workspace: WorkspaceInfo) -> None:
    if not workspace.path.is_dir():
        raise ScoredockError(
            "workspace-not-found", l10n.t("The folder {path} of the workspace no longer exists.", path=workspace.path)
        )
    for duty in EACH_ROUND:
        try:
            duty(now)
        except Cancelled:
            return
        except ScoredockError as error:
            logger.warning("%s: %s", duty.__name__, error)
            now.is_busy = False


def _fingerprint(workspace: Path) -> _Fingerprint:
    """Another one after each change of the store and of what a person says of a rule."""
    return (
        *((name, *_times(workspace / name)) for name in ("store.sqlite3", "store.sqlite3-wal")),
        *((path, written, 0) for path, written in rule_times(workspace)),
    )


def _times(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
