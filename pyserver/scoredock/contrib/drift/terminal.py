"""`scoredock drift …`: data compared with a baseline."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.command import DRIFT, FAILED, OK, Command, UsageError
from scoredock.cli.printed import printed
from scoredock.cli.session import Session, facts, moment, table
from scoredock.cli.workspaces.comparisons import comparisons_text
from scoredock.contrib.drift import messages
from scoredock.contrib.drift.domain.record import deciding_metric, figure, metric_text, notices, remarks, verdict_text
from scoredock.contrib.drift.verbs import comparing
from scoredock.contrib.drift.verbs.comparing import report_text, write_text
from scoredock.counts import counted
from scoredock.protocol import wire

_FORMS: Mapping[str, messages.DriftExportForm] = {
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".yml": "yaml",
    ".yaml": "yaml",
}


def _compare(options: Namespace, session: Session) -> int:
    record = session.ask(comparing.compare_data, options)
    plain = wire.to_wire(record)
    text = _text(plain)
    if options.html:
        path = Path(options.html).expanduser().absolute()
        write_text(path, report_text(plain, "html"))
        text = f"{text}\n\n{l10n.t('report: {path}', path=path)}"
    session.result(record, text)
    return DRIFT if record.verdict == "drift" else OK


def _text(record: Mapping[str, Any]) -> str:
    """A record for people: the verdict, its data, and a line for each column."""
    baseline, target = record["baseline"], record["target"]
    lines = [
        verdict_text(record),
        facts(
            [
                (l10n.t("baseline"), _side(baseline)),
                (l10n.t("target"), _side(target)),
            ]
        ),
        *notices(record),
    ]
    return "\n".join([*lines, "", _columns(record)])


def _side(side: Mapping[str, Any]) -> str:
    times = f", {side['since'] or '…'} to {side['until'] or '…'} UTC" if side["since"] or side["until"] else ""
    return f"{side['source']} ({counted(side['rows'], 'row')}{times})"


def _columns(record: Mapping[str, Any]) -> str:
    rows = []
    for each in record["features"]:
        metric = deciding_metric(each)
        rows.append(
            (
                each["name"],
                l10n.t("drift") if each["drifted"] else "-",
                metric_text(metric["name"]) if metric else "-",
                figure(metric["value"]) if metric else "-",
                figure(metric["limit"]) if metric else "-",
                remarks(each),
            )
        )
    head = (l10n.t("COLUMN"), l10n.t("RESULT"), l10n.t("METRIC"), l10n.t("VALUE"), l10n.t("LIMIT"), l10n.t("REMARKS"))
    return table(rows, head)


def _list(answer: messages.DriftMonitors) -> str:
    rows = [
        (
            one.name,
            _result(one),
            moment(one.last_run) if one.last_run else "-",
            one.every or "-",
            _due(one) or "-",
            one.target,
        )
        for one in answer.monitors
    ]
    head = (
        l10n.t("NAME"),
        l10n.t("RESULT"),
        l10n.t("COMPARED"),
        l10n.t("EVERY"),
        l10n.t("DUE"),
        l10n.t("TARGET"),
    )
    return table(rows, head) if rows else l10n.t("nothing was compared yet")


def _due(one: messages.DriftMonitor) -> str:
    """Empty without a schedule."""
    if one.paused:
        return l10n.t("paused")
    return moment(one.next_run) if one.next_run is not None else ""


def _result(one: messages.DriftMonitor) -> str:
    if one.error:
        return l10n.t("failed")
    if one.verdict is None:
        return "-"
    return l10n.t("drift") if one.verdict == "drift" else l10n.t("no drift")


def _show_code(details: messages.DriftDetails) -> int:
    return DRIFT if details.record is not None and details.record.verdict == "drift" else OK


def _shown(details: messages.DriftDetails) -> str:
    one = details.monitor
    rows: list[tuple[str, object]] = [
        (l10n.t("error"), one.error),
        (l10n.t("every"), one.every),
        (l10n.t("due"), _due(one)),
        (l10n.t("carried out by itself"), one.installed or (l10n.t("no") if one.every else "")),
        (l10n.t("retrain"), " ".join(one.retrain)),
        (l10n.t("retrained"), moment(one.retrained) if one.retrained else ""),
        (l10n.t("exit code"), "" if one.exit_code is None else str(one.exit_code)),
        (l10n.t("log"), one.log),
    ]
    parts = [facts(rows)]
    if details.record is None:
        parts.append(l10n.t("nothing was compared yet"))
    else:
        parts.append(_text(wire.to_wire(details.record)))
    if len(details.history) > 1:
        before = [(moment(each.created), each.verdict, ", ".join(each.drifted[:5])) for each in details.history[1:]]
        parts.append(table(before, (l10n.t("BEFORE"), l10n.t("RESULT"), l10n.t("COLUMNS"))))
    return "\n\n".join(filter(None, parts))


def _scheduled(one: messages.DriftMonitor) -> str:
    if one.installed:
        text = l10n.t("{name} compares every {period}", name=one.name, period=one.every)
    else:
        text = l10n.t(
            "{name} compares every {period}, when something runs it: `{command}` has this machine do so, and a job of"
            " CI calls `{due}`",
            name=one.name,
            period=one.every,
            command="scoredock workspace install",
            due="scoredock drift run --due",
        )
    return "\n".join(filter(None, (text, one.installed)))


def _run_code(answer: messages.DriftRuns) -> int:
    if any(one.error for one in answer.runs):
        return FAILED
    return DRIFT if any(one.verdict == "drift" for one in answer.runs) else OK


def _retrained(outcome: messages.DriftRetrained) -> str:
    return l10n.t("{command} has ended; its output is in {path}", command=" ".join(outcome.command), path=outcome.log)


def _export(options: Namespace, session: Session) -> int:
    form = options.form or _FORMS.get(Path(options.path).suffix.lower(), "")
    if not form:
        raise UsageError(l10n.t("Name a file that ends in .html, .json or .yml, or say the form with --form."))
    path = str(Path(options.path).expanduser().absolute())
    answer = session.ask(comparing.export, options, path=path, form=form)
    session.result(answer, answer.path)
    return OK


COMMANDS = (
    Command("drift compare", _compare),
    Command("drift schedule", printed(_scheduled)),
    Command("drift run", printed(lambda answer: comparisons_text(answer.runs), _run_code)),
    Command("drift list", printed(_list)),
    Command("drift show", printed(_shown, _show_code)),
    Command("drift pause", printed(lambda one: l10n.t("{name} is paused", name=one.name))),
    Command("drift resume", printed(lambda one: l10n.t("{name} goes on", name=one.name))),
    Command("drift retrain", printed(_retrained)),
    Command("drift export", _export),
    Command("drift delete", printed(lambda one: l10n.t("{name} is deleted", name=one.name))),
)
