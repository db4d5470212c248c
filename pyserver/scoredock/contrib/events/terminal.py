"""`scoredock event …`: who hears of what happens."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock import l10n
from scoredock.cli.command import Command
from scoredock.cli.printed import printed
from scoredock.cli.session import facts, moment, table
from scoredock.contrib.events import messages


def _subscribed(answer: messages.EventSubscribed) -> str:
    one = answer.subscription
    rows: list[tuple[str, object]] = [
        (l10n.t("subscription"), one.name),
        (l10n.t("receiver"), one.target),
        (l10n.t("events"), _event_filter(one)),
        (l10n.t("secret"), answer.secret),
    ]
    note = l10n.t("The secret is shown only now; the receiver checks signatures with it.") if answer.secret else ""
    return "\n".join(filter(None, (facts(rows), note)))


def _event_filter(one: messages.EventSubscription) -> str:
    subjects = [f"{one.subject_begins_with}…"] if one.subject_begins_with else []
    subjects += [f"…{one.subject_ends_with}"] if one.subject_ends_with else []
    return ", ".join([*one.types, *subjects]) or l10n.t("all")


def _list(answer: messages.EventSubscriptions) -> str:
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
    return table(rows, head) if rows else l10n.t("no subscriptions yet")


def _show(answer: messages.EventDetails) -> str:
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
    return "\n\n".join(filter(None, parts))


def _problems(head: str, several: Sequence[messages.EventProblem]) -> str:
    rows = [
        (moment(each.time) if each.time else "-", each.type.rpartition(".")[2], each.subject, each.reason)
        for each in several
    ]
    return table(rows, (head, l10n.t("TYPE"), l10n.t("SUBJECT"), l10n.t("REASON"))) if rows else ""


def _types(answer: messages.EventTypes) -> str:
    return table([(each.pattern, each.when) for each in answer.types], (l10n.t("TYPE"), l10n.t("WHEN")))


def _tested(answer: messages.EventTested) -> str:
    return l10n.t("{target} has taken a test event in {seconds} s", target=answer.target, seconds=f"{answer.seconds:g}")


def _deleted(answer: messages.EventDeleted) -> str:
    text = l10n.t("{name} is deleted", name=answer.name)
    if answer.waiting:
        text = f"{text}; {l10n.t('events that it had not got yet: {count}', count=answer.waiting)}"
    return text


COMMANDS = (
    Command("event subscribe", printed(_subscribed)),
    Command("event list", printed(_list)),
    Command("event show", printed(_show)),
    Command("event types", printed(_types)),
    Command("event test", printed(_tested)),
    Command("event pause", printed(lambda answer: l10n.t("{name} is paused", name=answer.subscription.name))),
    Command("event resume", printed(_subscribed)),
    Command("event delete", printed(_deleted)),
)
