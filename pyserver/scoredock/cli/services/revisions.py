"""`scoredock service revisions|rollback|diff`: what is kept of a service, and the way back."""

from __future__ import annotations

from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Command
from scoredock.cli.printed import printed
from scoredock.cli.session import Session, day, table
from scoredock.features.services import revisions
from scoredock.protocol import messages

_SHORT = 10
"""Digits of a commit in a table."""


def _revisions(options: Namespace, session: Session) -> int:
    context, operation = session.context, session.operation()
    if options.keep:
        revisions.keep(options.name, options.keep, context)
    revision_list = revisions.list_revisions(messages.ServiceRef(options.name), context, operation)
    rows = [
        (
            each.revision,
            _state(each),
            day(each.created) if each.created else "-",
            _made(each),
            each.by or "-",
            _commit(each),
            ", ".join(each.models) or "-",
            each.environment or "-",
        )
        for each in revision_list.revisions
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
    session.result(revision_list, table(rows, head))
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


def _rolled_back(service: messages.Service) -> str:
    text = l10n.t(
        "{name}: {state}, revision {revision}", name=service.name, state=service.state, revision=service.revision
    )
    return f"{text}\n{service.scoring_uri}" if service.scoring_uri else text


def _differences(comparison: messages.RevisionComparison) -> str:
    lines: list[str] = []
    for each in comparison.differences:
        lines.append(f"{_kind(each.kind)} {each.name}: {each.before or '-'} → {each.after or '-'}")
        lines += [f"  {line}" for line in each.diff.splitlines()]
    return "\n".join(lines) if lines else l10n.t("no differences")


def _kind(kind: str) -> str:
    texts = {
        "file": l10n.t("file"),
        "package": l10n.t("package"),
        "model": l10n.t("model"),
        "setting": l10n.t("setting"),
    }
    return texts.get(kind, kind)


COMMANDS = (
    Command("service revisions", _revisions),
    Command("service rollback", printed(_rolled_back)),
    Command("service diff", printed(_differences)),
)
