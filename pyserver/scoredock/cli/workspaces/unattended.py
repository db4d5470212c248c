"""`scoredock workspace install` and `workspace run`: what goes on with no editor open."""

from __future__ import annotations

import signal
import sys
import types
from argparse import Namespace
from collections.abc import Callable
from functools import partial

from scoredock import l10n, threads
from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.session import Session
from scoredock.cli.workspaces.comparisons import comparisons_text
from scoredock.features.workspaces.unattended import installing, rounds
from scoredock.features.workspaces.unattended.rounds import Tell
from scoredock.protocol import messages
from scoredock.visible import visible


def print_installed(options: Namespace, session: Session) -> int:
    """Also for the name that the command had."""
    work = session.ask(installing.install, options, preview=options.print)
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


def watch_until_signal(session: Session, watch: Callable[[Tell], None]) -> int:
    """Prints what is new of each round. Its end by a signal is not a failure."""

    def ended(number: int, frame: types.FrameType | None) -> None:
        # Not here: the signal may have come while this very thread holds the token's lock.
        threads.start(session.cancel.cancel, name="cancel", at_fault=threads.logged)

    errors: dict[str, str] = {}

    def tell(answer: messages.RuleRuns) -> None:
        news = [each for each in answer.runs if each.events or errors.get(each.name, "") != each.error]
        errors.update({each.name: each.error for each in answer.runs})
        if news:
            said = messages.RuleRuns(news)
            session.result(said, run_text(visible(said)))
            sys.stdout.flush()

    signal.signal(signal.SIGTERM, ended)
    watch(tell)
    return OK


def run_text(answer: messages.RuleRuns) -> str:
    """A round for people."""
    lines: list[str] = []
    for each in answer.runs:
        status = each.rule.status if each.rule is not None else ""
        lines.extend(f"{each.name}: {line}" for line in each.plan)
        lines.extend(f"{each.name}: {_event(one)}" for one in each.events)
        if each.error:
            lines.append(f"{each.name}: {each.error}")
        elif not each.events and not each.plan:
            note = each.rule.note if each.rule is not None else ""
            lines.append(f"{each.name}: {note or status or l10n.t('nothing to do')}")
    return "\n".join(lines) or l10n.t("no rules")


def _event(event: messages.RuleEventLine) -> str:
    title = (
        l10n.t("version {version} {title}", version=event.version, title=event.title) if event.version else event.title
    )
    return f"{title}. {event.reason}" if event.reason else title


COMMANDS = (
    Command("workspace install", print_installed),
    Command("workspace run", _run),
)
