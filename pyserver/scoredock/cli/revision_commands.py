"""`scoredock service revisions|rollback|diff`: what is kept of a service, and the way back."""

from __future__ import annotations

from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Command, argument
from scoredock.cli.session import Session, day, table
from scoredock.features import revisions
from scoredock.protocol import messages

_SHORT = 10
"""Digits of a commit in a table."""


def _revisions(options: Namespace, session: Session) -> int:
    context, operation = session.context, session.operation()
    if options.keep:
        revisions.keep(options.name, options.keep, context)
    found = revisions.list_revisions(messages.ServiceRef(options.name), context, operation)
    rows = [
        (
            each.revision,
            _state(each),
            day(each.created),
            _made(each),
            each.by or "-",
            _commit(each),
            ", ".join(each.models) or "-",
            each.environment or "-",
        )
        for each in found.revisions
    ]
    head = (
        l10n.t("REVISION"),
        l10n.t("STATE"),
        l10n.t("CREATED"),
        l10n.t("BY"),
        l10n.t("ACCOUNT"),
        l10n.t("COMMIT"),
        l10n.t("MODELS"),
        l10n.t("ENVIRONMENT"),
    )
    session.result(found, table(rows, head))
    return OK


def _state(each: messages.ServiceRevision) -> str:
    return {"current": l10n.t("current"), "kept": l10n.t("kept"), "failed": l10n.t("failed")}[each.state]


def _made(each: messages.ServiceRevision) -> str:
    if each.rolled_back_to:
        return l10n.t("rollback to {revision}", revision=each.rolled_back_to)
    return each.verb or "-"


def _commit(each: messages.ServiceRevision) -> str:
    if not each.commit:
        return "-"
    return f"{each.commit[:_SHORT]}{'+' if each.dirty else ''}"


def _rollback(options: Namespace, session: Session) -> int:
    params = messages.ServiceRollbackParams(options.name, options.revision)
    done = revisions.rollback(params, session.context, session.operation())
    told = l10n.t("{name}: {state}, revision {revision}", name=done.name, state=done.state, revision=done.revision)
    session.result(done, f"{told}\n{done.scoring_uri}" if done.scoring_uri else told)
    return OK


def _diff(options: Namespace, session: Session) -> int:
    params = messages.ServiceDiffParams(options.name, options.before, options.after)
    found = revisions.diff(params, session.context, session.operation())
    lines: list[str] = []
    for each in found.differences:
        lines.append(f"{_kind(each.kind)} {each.name}: {each.before or '-'} → {each.after or '-'}")
        lines += [f"  {line}" for line in each.diff.splitlines()]
    session.result(found, "\n".join(lines) if lines else l10n.t("no differences"))
    return OK


def _kind(kind: str) -> str:
    known = {
        "file": l10n.t("file"),
        "package": l10n.t("package"),
        "model": l10n.t("model"),
        "setting": l10n.t("setting"),
    }
    return known.get(kind, kind)


_NAME = argument("name", help="name of the service", names="service")

COMMANDS = (
    Command(
        "service revisions",
        "List the revisions that are kept of a service: when they were deployed, by whom, from which commit.",
        _revisions,
        (
            _NAME,
            argument(
                "--keep",
                help="first remove all but the newest N revisions; the current one stays",
                type=int,
                default=0,
                metavar="N",
            ),
        ),
        ("scoredock service revisions diabetes", "scoredock service revisions diabetes --keep 1"),
    ),
    Command(
        "service rollback",
        "Deploy the kept files of an earlier revision as a new revision. The current one responds until it is healthy.",
        _rollback,
        (
            _NAME,
            argument(
                "revision",
                help="number of the revision; by default the one that was current before",
                nargs="?",
                type=int,
                default=0,
            ),
        ),
        ("scoredock service rollback diabetes", "scoredock service rollback diabetes 3"),
    ),
    Command(
        "service diff",
        "Show the files, packages, models and settings that differ between two kept revisions.",
        _diff,
        (
            _NAME,
            argument("before", help="number of the earlier revision", type=int),
            argument("after", help="number of the later revision", type=int),
        ),
        ("scoredock service diff diabetes 3 4",),
    ),
)
