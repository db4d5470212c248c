"""`scoredock rule …`: versions of models that are deployed by themselves."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.session import Session, facts, moment, table
from scoredock.cli.workspaces.unattended import print_installed, run_text, watch_until_signal
from scoredock.contrib.rules import messages
from scoredock.contrib.rules.verbs import rules, running


def _create(options: Namespace, session: Session) -> int:
    params = messages.RuleCreateParams(
        name=options.name,
        source=options.model,
        service=options.service,
        conditions=messages.RuleConditionList(
            tests=[str(Path(each).expanduser().absolute()) for each in options.tests or ()],
            drift=options.no_drift,
            score=options.score,
            dataset=options.dataset,
            label=options.label,
            command=list(options.program or ()),
            folder=str(Path.cwd()) if options.program else "",
            time_limit=options.time_limit,
        ),
        canary=_canary(options),
        sets_alias=options.sets_alias,
    )
    rule = rules.create(params, session.context, session.operation())
    text = l10n.t(
        "{name} deploys {source} to {service}; `{command}` carries it out",
        name=rule.name,
        source=rule.source,
        service=rule.service,
        command=f"scoredock rule run {rule.name}",
    )
    session.result(rule, text)
    return OK


def _canary(options: Namespace) -> messages.RuleCanary | None:
    if not options.canary:
        if options.endpoint:
            raise UsageError(l10n.t("--endpoint needs --canary as well."))
        return None
    try:
        shares = [int(each.strip().removesuffix("%")) for each in options.canary.split(",")]
    except ValueError:
        raise UsageError(l10n.t("Write the shares of --canary as numbers: 10,50.")) from None
    return messages.RuleCanary(
        shares=shares,
        endpoint=options.endpoint,
        every=options.every,
        requests=options.requests,
        errors=_percent(options.withdraw_above_errors),
        milliseconds=_milliseconds(options.withdraw_above_latency),
        over=options.over,
        at_least=options.at_least,
    )


def _percent(text: str) -> int:
    if text in ("off", ""):
        return 0
    try:
        return int(text.removesuffix("%"))
    except ValueError:
        raise UsageError(l10n.t("Write a percentage, as in 5%, or off.")) from None


def _milliseconds(text: str) -> int:
    if text in ("off", ""):
        return 0
    try:
        return int(text[:-2]) if text.endswith("ms") else int(float(text.removesuffix("s")) * 1000)
    except (ValueError, OverflowError):
        raise UsageError(l10n.t("Write a time, as in 500ms or 2s, or off.")) from None


def _list(options: Namespace, session: Session) -> int:
    answer = rules.list_rules(messages.RuleListParams(), session.context, session.operation())
    rows = [
        (
            one.name,
            one.source or "-",
            one.service or "-",
            ", ".join(map(str, one.versions)) or "-",
            one.status or "-",
            one.error or one.note,
        )
        for one in answer.rules
    ]
    head = (
        l10n.t("NAME"),
        l10n.t("MODEL"),
        l10n.t("SERVICE"),
        l10n.t("VERSION"),
        l10n.t("STATUS"),
        l10n.t("REMARKS"),
    )
    session.result(answer, table(rows, head) if rows else l10n.t("no rules"))
    return OK


def _show(options: Namespace, session: Session) -> int:
    details = rules.show(messages.RuleRef(options.name), session.context, session.operation())
    one = details.rule
    rows: list[tuple[str, object]] = [
        (l10n.t("name"), one.name),
        (l10n.t("model"), one.source),
        (l10n.t("service"), one.service),
        (l10n.t("version"), ", ".join(map(str, one.versions))),
        (l10n.t("status"), one.status),
        (l10n.t("note"), one.note),
        (l10n.t("canary"), details.canary),
        (l10n.t("sets alias"), details.sets_alias),
        (l10n.t("created"), f"{moment(details.created)} {details.by}".strip()),
        (l10n.t("carried out by itself"), l10n.t("yes") if details.watched else one.installed or l10n.t("no")),
    ]
    parts = [facts(rows)]
    if details.conditions:
        parts.append("\n".join([l10n.t("CONDITIONS"), *details.conditions]))
    if details.results:
        marks = [(l10n.t("passed") if each.passed else l10n.t("failed"), each.text) for each in details.results]
        parts.append(table(marks, (l10n.t("RESULT"), l10n.t("CONDITION"))))
    if details.history:
        parts.append(_events(details.history[:5]))
    session.result(details, "\n\n".join(parts))
    return OK


def _history(options: Namespace, session: Session) -> int:
    answer = rules.history(messages.RuleRef(options.name), session.context, session.operation())
    session.result(answer, _events(answer.events) if answer.events else l10n.t("nothing has happened yet"))
    return OK


def _events(events: Sequence[messages.RuleEventLine]) -> str:
    rows = [
        (
            moment(each.time),
            str(each.version) if each.version else "-",
            each.title,
            str(each.revision) if each.revision else "-",
            each.reason,
        )
        for each in events
    ]
    head = (l10n.t("TIME"), l10n.t("VERSION"), l10n.t("STEP"), l10n.t("REVISION"), l10n.t("REASON"))
    return table(rows, head)


def _pause(options: Namespace, session: Session) -> int:
    rule = rules.pause(messages.RuleRef(options.name), session.context, session.operation())
    session.result(rule, l10n.t("{name} is paused", name=rule.name))
    return OK


def _resume(options: Namespace, session: Session) -> int:
    rule = rules.resume(messages.RuleRef(options.name), session.context, session.operation())
    session.result(rule, l10n.t("{name} goes on", name=rule.name))
    return OK


def _delete(options: Namespace, session: Session) -> int:
    answer = rules.delete(messages.RuleRef(options.name), session.context, session.operation())
    session.result(answer, l10n.t("{name} is deleted", name=options.name))
    return OK


def _run(options: Namespace, session: Session) -> int:
    if bool(options.name) == bool(options.all):
        raise UsageError(l10n.t("Name rules, or say --all."))
    params = messages.RuleRunParams(list(options.name), options.again, options.dry_run)
    if options.watch:
        return _watch(options, params, session)
    answer = running.run_rules(params, session.context, session.operation())
    session.result(answer, run_text(answer))
    return FAILED if any(each.error for each in answer.runs) else OK


def _watch(options: Namespace, params: messages.RuleRunParams, session: Session) -> int:
    if options.again or options.dry_run:
        raise UsageError(l10n.t("--again and --dry-run do not go with --watch."))
    return watch_until_signal(session, partial(running.watch_rules, params, session.context, session.exact()))


COMMANDS = (
    Command("rule create", _create),
    Command("rule list", _list),
    Command("rule show", _show),
    Command("rule history", _history),
    Command("rule pause", _pause),
    Command("rule resume", _resume),
    Command("rule delete", _delete),
    Command("rule run", _run),
    Command("rule install", print_installed),
)
