"""`scoredock event …`: who hears of what happens."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.session import Session, facts, moment, table
from scoredock.contrib.events import messages
from scoredock.contrib.events.verbs import subscriptions


def _subscribe(options: Namespace, session: Session) -> int:
    params = messages.EventSubscribeParams(
        name=options.name,
        url=options.url,
        command=list(options.program or ()),
        folder=str(Path.cwd()),
        schema=options.schema,
        batch=options.batch,
        types=list(options.type),
        subject_begins_with=options.subject_begins_with,
        subject_ends_with=options.subject_ends_with,
        secret=_secret(options.secret_file),
        sign=not options.no_signature,
        handshake=not options.no_handshake,
        patience=options.wait_for_validation,
        from_start=options.from_start,
        timeout=options.timeout,
        attempts=options.attempts,
        longest_pause=options.max_pause,
        keep=options.keep,
    )
    answer = subscriptions.subscribe(params, session.context, session.operation())
    return _subscribed(answer, session)


def _subscribed(answer: messages.EventSubscribed, session: Session) -> int:
    one = answer.subscription
    rows: list[tuple[str, object]] = [
        (l10n.t("subscription"), one.name),
        (l10n.t("receiver"), one.target),
        (l10n.t("events"), _event_filter(one)),
        (l10n.t("secret"), answer.secret),
    ]
    note = l10n.t("The secret is shown only now; the receiver checks signatures with it.") if answer.secret else ""
    session.result(answer, "\n".join(filter(None, (facts(rows), note))))
    return OK


def _secret(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).expanduser().read_text("utf-8").strip()
    except (OSError, ValueError):
        raise UsageError(l10n.t("{path} cannot be read.", path=path)) from None


def _event_filter(one: messages.EventSubscription) -> str:
    subjects = [f"{one.subject_begins_with}…"] if one.subject_begins_with else []
    subjects += [f"…{one.subject_ends_with}"] if one.subject_ends_with else []
    return ", ".join([*one.types, *subjects]) or l10n.t("all")


def _list(options: Namespace, session: Session) -> int:
    answer = subscriptions.list_subscriptions(messages.EventListParams(), session.context, session.operation())
    rows = [
        (
            one.name,
            one.target,
            _event_filter(one),
            str(one.waiting),
            f"{one.delivered} ({one.repeated})" if one.repeated else str(one.delivered),
            str(one.undelivered + one.dropped),
            moment(one.last_delivered) if one.last_delivered else "-",
            one.error or one.paused or (one.last_error if one.waiting else "") or "-",
        )
        for one in answer.subscriptions
    ]
    head = (
        l10n.t("NAME"),
        l10n.t("RECEIVER"),
        l10n.t("EVENTS"),
        l10n.t("WAITING"),
        l10n.t("DELIVERED (REPEATED)"),
        l10n.t("LOST"),
        l10n.t("LAST"),
        l10n.t("PROBLEM"),
    )
    session.result(answer, table(rows, head) if rows else l10n.t("no subscriptions yet"))
    return OK


def _show(options: Namespace, session: Session) -> int:
    answer = subscriptions.show(messages.EventRef(options.name), session.context, session.operation())
    one = answer.subscription
    counts = [
        l10n.t("delivered: {count}", count=one.delivered),
        *([l10n.t("of them repeated: {count}", count=one.repeated)] if one.repeated else []),
        l10n.t("waiting: {count}", count=one.waiting),
        l10n.t("put aside: {count}", count=one.undelivered),
        *([l10n.t("let go: {count}", count=one.dropped)] if one.dropped else []),
    ]
    rows: list[tuple[str, object]] = [
        (l10n.t("subscription"), one.name),
        (l10n.t("receiver"), one.target),
        (l10n.t("folder"), one.folder),
        (l10n.t("schema"), one.schema),
        (l10n.t("events"), _event_filter(one)),
        (l10n.t("signed"), l10n.t("yes") if one.signed else l10n.t("no")),
        (l10n.t("created"), moment(one.created) if one.created else ""),
        (l10n.t("counts"), ", ".join(counts)),
        (l10n.t("last delivery"), moment(one.last_delivered) if one.last_delivered else ""),
        (l10n.t("problem"), one.error or one.paused),
        (l10n.t("put aside in"), answer.file),
    ]
    waiting = [(str(each.seq), each.type, each.subject, str(each.attempts)) for each in answer.waiting]
    head = (l10n.t("WAITING"), l10n.t("TYPE"), l10n.t("SUBJECT"), l10n.t("ATTEMPTS"))
    parts = [facts(rows), table(waiting, head) if waiting else ""]
    parts += [_problems(l10n.t("LAST FAILED ATTEMPTS"), answer.problems)]
    parts += [_problems(l10n.t("PUT ASIDE"), answer.undelivered)]
    session.result(answer, "\n\n".join(filter(None, parts)))
    return OK


def _problems(head: str, several: Sequence[messages.EventProblem]) -> str:
    rows = [
        (moment(each.time) if each.time else "-", each.type.rpartition(".")[2], each.subject, each.reason)
        for each in several
    ]
    return table(rows, (head, l10n.t("TYPE"), l10n.t("SUBJECT"), l10n.t("REASON"))) if rows else ""


def _types(options: Namespace, session: Session) -> int:
    answer = subscriptions.types(messages.EventTypesParams(), session.context, session.operation())
    rows = [(each.pattern, each.when) for each in answer.types]
    session.result(answer, table(rows, (l10n.t("TYPE"), l10n.t("WHEN"))))
    return OK


def _test(options: Namespace, session: Session) -> int:
    answer = subscriptions.test(messages.EventRef(options.name), session.context, session.operation())
    text = l10n.t("{target} has taken a test event in {seconds} s", target=answer.target, seconds=f"{answer.seconds:g}")
    session.result(answer, text)
    return OK


def _pause(options: Namespace, session: Session) -> int:
    answer = subscriptions.pause(messages.EventRef(options.name), session.context, session.operation())
    session.result(answer, l10n.t("{name} is paused", name=options.name))
    return OK


def _resume(options: Namespace, session: Session) -> int:
    params = messages.EventResumeParams(
        options.name, options.url, _secret(options.secret_file), handshake=not options.no_handshake
    )
    return _subscribed(subscriptions.resume(params, session.context, session.operation()), session)


def _delete(options: Namespace, session: Session) -> int:
    answer = subscriptions.delete(messages.EventRef(options.name), session.context, session.operation())
    text = l10n.t("{name} is deleted", name=answer.name)
    if answer.waiting:
        text = f"{text}; {l10n.t('events that it had not got yet: {count}', count=answer.waiting)}"
    session.result(answer, text)
    return OK


COMMANDS = (
    Command("event subscribe", _subscribe),
    Command("event list", _list),
    Command("event show", _show),
    Command("event types", _types),
    Command("event test", _test),
    Command("event pause", _pause),
    Command("event resume", _resume),
    Command("event delete", _delete),
)
