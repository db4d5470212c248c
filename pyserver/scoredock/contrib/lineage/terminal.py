"""`scoredock lineage …`: what was made of what, and the audit log."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.session import Session, facts, moment, table
from scoredock.contrib.lineage import messages
from scoredock.contrib.lineage.verbs import lineage

_SHOWN_FILES = 10


def _show(options: Namespace, session: Session) -> int:
    target = str(Path(options.openlineage).expanduser().absolute()) if options.openlineage else ""
    if options.about and options.thing:
        raise UsageError(l10n.t("--about is for the changes of a workspace, without a thing."))
    details = session.ask(lineage.show, options, openlineage=target)
    session.result(details, _text(details))
    return OK


def _text(details: messages.LineageDetails) -> str:
    parts: list[str] = []
    if details.thing is not None:
        parts.append(_overview(details.thing))
        parts.append(_section(l10n.t("MADE OF"), details.before, details))
        parts.append(_section(l10n.t("WENT INTO"), details.after, details))
    parts.append(_changes(details.records))
    if details.since:
        parts.append(l10n.t("the audit log begins at {time}", time=moment(details.since)))
    if details.file:
        parts.append(l10n.t("written to {path}", path=details.file))
    return "\n\n".join(filter(None, parts))


def _overview(thing: messages.LineageThing) -> str:
    lines = [f"{each.path}  sha256:{each.sha256}" for each in thing.files[:_SHOWN_FILES]]
    more = len(thing.files) - len(lines)
    rows: list[tuple[str, object]] = [
        (_kind(thing.kind), thing.name),
        (l10n.t("state"), _state(thing.state)),
        (l10n.t("created"), _origin(thing)),
        (l10n.t("commit"), _commit(thing)),
        *((name, value) for name, value in thing.facts.items()),
        (l10n.t("files"), "\n".join([*lines, *([l10n.t("and {count} more", count=more)] if more > 0 else [])])),
    ]
    return facts(rows)


def _section(head: str, things: Sequence[messages.LineageThing], details: messages.LineageDetails) -> str:
    rows = [
        (f"{_kind(each.kind)} {each.name}", _state(each.state) or "-", _origin(each) or "-", _commit(each) or "-")
        for each in things
    ]
    return table(rows, (head, l10n.t("STATE"), l10n.t("CREATED"), l10n.t("COMMIT"))) if rows else ""


def _changes(records: Sequence[messages.AuditEntry]) -> str:
    rows = [
        (
            str(each.seq),
            moment(each.time),
            each.what,
            each.subject,
            each.detail or "-",
            " ".join(filter(None, (each.by, f"({each.door})" if each.door else ""))) or "-",
            each.commit[:12] or "-",
        )
        for each in records
    ]
    head = (
        l10n.t("NUMBER"),
        l10n.t("TIME"),
        l10n.t("CHANGE"),
        l10n.t("SUBJECT"),
        l10n.t("DETAIL"),
        l10n.t("WHO"),
        l10n.t("COMMIT"),
    )
    return table(rows, head) if rows else l10n.t("the audit log has no changes")


def _kind(kind: str) -> str:
    return {
        "data": l10n.t("data"),
        "dataset": l10n.t("dataset"),
        "run": l10n.t("run"),
        "model": l10n.t("model"),
        "environment": l10n.t("environment"),
        "image": l10n.t("image"),
        "revision": l10n.t("revision"),
        "service": l10n.t("service"),
        "endpoint": l10n.t("endpoint"),
        "batch": l10n.t("batch job"),
        "drift": l10n.t("comparison"),
    }[kind]


def _state(state: str) -> str:
    words = {
        "deleted": l10n.t("in the trash"),
        "missing": l10n.t("no longer there"),
        "serving": l10n.t("serving"),
        "drift": l10n.t("drift"),
        "CompletedWithErrors": l10n.t("Completed with errors"),
    }
    return words.get(state, state)


def _origin(thing: messages.LineageThing) -> str:
    when = moment(thing.created) if thing.created else ""
    return l10n.t("{time} by {user}", time=when, user=thing.by) if when and thing.by else when


def _commit(thing: messages.LineageThing) -> str:
    if not thing.commit:
        return ""
    changed = l10n.t("with changes") if thing.dirty else ""
    return " ".join(filter(None, (thing.commit[:12], thing.branch, changed)))


def _verify(options: Namespace, session: Session) -> int:
    report = session.ask(lineage.verify, options)
    session.result(report, _report(report))
    return FAILED if report.breaks else OK


def _report(report: messages.AuditVerified) -> str:
    if not report.breaks:
        text = l10n.t("the audit log is whole; records: {count}", count=report.records)
        return f"{text}\n{l10n.t('newest record')}: {report.last} sha256:{report.digest}" if report.records else text
    places = [
        f"{Path(report.folder) / each.segment}{f':{each.line}' if each.line else ''}: {each.reason}"
        if each.segment
        else each.reason
        for each in report.breaks
    ]
    return "\n".join([l10n.t("the audit log is broken"), *places])


COMMANDS = (Command("lineage show", _show), Command("lineage verify", _verify))
