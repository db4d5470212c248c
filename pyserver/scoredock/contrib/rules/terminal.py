"""`scoredock rule …`: versions of models that are deployed by themselves."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from functools import partial

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.params import params_of
from scoredock.cli.printed import printed, printed_with_params
from scoredock.cli.session import Session, facts, moment, table
from scoredock.cli.workspaces.unattended import print_installed, run_text, watch_until_signal
from scoredock.contrib.rules import messages
from scoredock.contrib.rules.verbs import running


def _create(options: Namespace, session: Session) -> int:
    if options.endpoint and not options.shares:
        raise UsageError(l10n.t("--endpoint needs --canary as well."))
    return printed(_created)(options, session)


def _created(rule: messages.RuleSummary) -> str:
    return l10n.t(
        "{name} deploys {source} to {service}; `{command}` carries it out",
        name=rule.name,
        source=rule.source,
        service=rule.service,
        command=f"scoredock rule run {rule.name}",
    )


def _list(answer: messages.RuleSummaries) -> str:
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
    return table(rows, head) if rows else l10n.t("no rules")


def _show(details: messages.RuleDetails) -> str:
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
    return "\n\n".join(parts)


def _history(answer: messages.RuleHistory) -> str:
    return _events(answer.events) if answer.events else l10n.t("nothing has happened yet")


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


def _run(options: Namespace, session: Session) -> int:
    if bool(options.name) == bool(options.all):
        raise UsageError(l10n.t("Name rules, or say --all."))
    if not options.watch:
        run_once = printed(run_text, lambda answer: FAILED if any(each.error for each in answer.runs) else OK)
        return run_once(options, session)
    if options.again or options.dry_run:
        raise UsageError(l10n.t("--again and --dry-run do not go with --watch."))
    params = params_of(messages.RuleRunParams, options)
    return watch_until_signal(session, partial(running.watch_rules, params, session.context, session.exact()))


COMMANDS = (
    Command("rule create", _create),
    Command("rule list", printed(_list)),
    Command("rule show", printed(_show)),
    Command("rule history", printed(_history)),
    Command("rule pause", printed(lambda rule: l10n.t("{name} is paused", name=rule.name))),
    Command("rule resume", printed(lambda rule: l10n.t("{name} goes on", name=rule.name))),
    Command("rule delete", printed_with_params(lambda rule, _: l10n.t("{name} is deleted", name=rule.name))),
    Command("rule run", _run),
    Command("rule install", print_installed),
)
