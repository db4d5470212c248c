"""`scoredock workspace install` and `workspace run`: what goes on with no editor open."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command
from scoredock.contrib.rules.terminal import run_text, watch_until_signal
from scoredock.cli.session import Session
from scoredock.cli.workspaces.comparisons import comparisons_text
from scoredock.features.workspaces.unattended import installing, rounds
from scoredock.protocol import messages


def _install(options: Namespace, session: Session) -> int:
    params = messages.UnattendedParams(options.form, options.every, options.remove, options.print)
    work = installing.install(params, session.context, session.operation())
    text = work.text.rstrip() if options.print else work.message
    session.result(work, text)
    return OK


def _run(options: Namespace, session: Session) -> int:
    params = messages.UnattendedRoundParams()
    if options.watch:
        return watch_until_signal(session, partial(rounds.run_on, params, session.context, session.exact()))
    answer = rounds.run_once(params, session.context, session.operation())
    parts = [
        run_text(messages.RuleRuns(answer.rules)) if answer.rules else "",
        comparisons_text(answer.comparisons) if answer.comparisons else "",
        l10n.t("events are on their way") if answer.delivering else "",
        *answer.problems,
    ]
    session.result(answer, "\n".join(filter(None, parts)) or l10n.t("nothing is due"))
    errors = [*answer.problems, *(each.error for each in answer.rules), *(each.error for each in answer.comparisons)]
    return FAILED if any(errors) else OK


COMMANDS = (
    Command("workspace install", _install),
    Command("workspace run", _run),
    Command("rule install", _install),
)
