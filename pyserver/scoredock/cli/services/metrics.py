"""`scoredock service metrics`: requests, latency, errors and load of services over time."""

from __future__ import annotations

import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.session import Session, document, size, table
from scoredock.features.services import metrics
from scoredock.protocol import messages, wire

_RANGE = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = 86_400
_ROWS = 20
_FINE = 240
_PAUSE = 2.0


def _metrics(options: Namespace, session: Session) -> int:
    seconds = _seconds(options.range)
    cells = _FINE if options.csv or session.as_json else _ROWS
    while True:
        found = session.ask(metrics.history, options, seconds=seconds, cells=cells)
        _print(found, options, session)
        if not options.follow or session.cancel.wait(_PAUSE):
            return OK


def _print(history: messages.MetricHistory, options: Namespace, session: Session) -> None:
    if options.csv:
        sys.stdout.write(history.csv)
    elif options.follow and session.as_json:
        print(document(wire.to_wire(history), sys.stdout, indent=None))
    else:
        text = "\n\n".join(_shown(history, each) for each in history.services)
        session.result(history, f"{text}\n" if options.follow else text)
    sys.stdout.flush()


def _seconds(text: str) -> float:
    match = _RANGE.fullmatch(text)
    seconds = int(match.group(1)) * _SECONDS[match.group(2)] if match else 0
    if not 60 <= seconds <= _LONGEST:
        raise UsageError(
            l10n.t("--range takes a time between 1m and 24h such as 10m or 6h, not “{written}”.", written=text)
        )
    return float(seconds)


def _shown(history: messages.MetricHistory, series: messages.MetricSeries) -> str:
    if series.note:
        return series.note
    rows = [_row(history, series, index) for index, rate in enumerate(series.requests) if rate is not None]
    head = (
        l10n.t("TIME"),
        l10n.t("REQUESTS/S"),
        l10n.t("ERRORS/S"),
        "P50",
        "P95",
        "P99",
        l10n.t("IN FLIGHT"),
        l10n.t("QUEUED"),
        l10n.t("CPU"),
        l10n.t("MEMORY"),
        l10n.t("WORKERS"),
    )
    lines = [f"{series.service}  {series.sparkline}", "", table(rows, head), ""]
    lines += [_summed(l10n.t("revision {number}", number=each.revision), each.totals) for each in series.revisions]
    if len(series.revisions) != 1:
        lines.append(_summed(l10n.t("all"), series.totals))
    return "\n".join(lines)


def _row(history: messages.MetricHistory, series: messages.MetricSeries, index: int) -> tuple[str, ...]:
    errors = sum(values[index] or 0.0 for values in series.errors.values())
    clock = time.strftime("%H:%M:%S", time.localtime(history.times[index]))
    memory = series.memory_bytes[index]
    return (
        clock,
        _figure(series.requests, index),
        f"{errors:.3g}",
        *(_figure(values, index, "{:.3g} ms") for values in (series.p50_ms, series.p95_ms, series.p99_ms)),
        _figure(series.in_flight, index, "{:.0f}"),
        _figure(series.queued, index, "{:.0f}"),
        _figure(series.cpu_percent, index, "{:.0f}%"),
        size(int(memory)) if memory is not None else "-",
        _figure(series.workers, index, "{:.0f}"),
    )


def _figure(values: Sequence[float | None], index: int, form: str = "{:.3g}") -> str:
    value = values[index]
    return "-" if value is None else form.format(value)


def _summed(what: str, totals: messages.MetricTotals) -> str:
    parts = [l10n.t("{what}: {count} requests", what=what, count=totals.requests)]
    parts += [f"{count} {kind_text(kind)}" for kind, count in totals.errors.items()]
    for name, value in (("p50", totals.p50_ms), ("p95", totals.p95_ms), ("p99", totals.p99_ms)):
        if value is not None:
            parts.append(f"{name} {value:.3g} ms")
    return ", ".join(parts)


def kind_text(kind: str) -> str:
    """A kind of error in words."""
    texts: dict[str, Callable[[], str]] = {
        "badRequest": lambda: l10n.t("bad request (4xx)"),
        "unauthorized": lambda: l10n.t("not authorized (401, 403)"),
        "notFound": lambda: l10n.t("not found (404)"),
        "tooLarge": lambda: l10n.t("too large (413)"),
        "busy": lambda: l10n.t("busy (503)"),
        "timeout": lambda: l10n.t("timed out (504)"),
        "failed": lambda: l10n.t("failed (5xx)"),
    }
    return texts[kind]() if kind in texts else kind


COMMANDS = (Command("service metrics", _metrics),)
