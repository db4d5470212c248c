"""Figures of services over time, from what their parents have written down."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments
    from scoredock.services.metric_series import Cell, Grid, Interval, Totals
    from scoredock_runtime.contract_history import Row

MOST_SERVICES = 20
"""Beside each other."""


@verb(
    "service/history",
    progress="Reading metrics",
    errors=("service-not-found", "service-request-invalid"),
    terminal=CliCommand(
        "service metrics",
        "Show requests per second, latency, errors, CPU and memory of services over the last hours.",
        (
            argument("names", help="names of the services", names="service", nargs="+", metavar="name"),
            argument("--range", help="how far back: 10m, 1h, 6h; at most 24h, which is what is kept", default="1h"),
            argument("--revision", help="only what this revision answered", type=int, default=0, metavar="N"),
            argument("--csv", help="print the figures as CSV", action="store_true"),
            argument("--follow", help="print them again every 2 seconds until Ctrl+C", action="store_true"),
        ),
        (
            "scoredock service metrics diabetes",
            "scoredock service metrics diabetes --range 24h --csv > diabetes.csv",
            "scoredock service metrics blue green --range 10m --follow",
        ),
    ),
    editor=(
        EditorCommand(
            "showMetrics",
            "Metrics",
            "services/metrics",
            icon="graph-line",
            menus=(rows("services", "service", "2_look@1", menu="scoredock.service.tools"),),
        ),
    ),
)
def history(params: messages.ServiceHistoryParams, context: Context, operation: Operation) -> messages.MetricHistory:
    """Metrics of services over time. Raises service-not-found, service-request-invalid."""
    from scoredock.services.metric_series import cells_of, grid_of, intervals, within

    if not 0 < len(params.names) <= MOST_SERVICES:
        raise ScoredockError(
            "service-request-invalid",
            l10n.t("Metrics can be shown of 1 to {most} services at a time.", most=MOST_SERVICES),
        )
    deployments = context.deployments(params.workspace_id)
    rows: dict[str, list[Row]] = {}
    for name in params.names:
        rows |= _rows(name, deployments)
    now = time.time()
    grid = grid_of(params.seconds, params.cells, now)
    known = {name: intervals(each, now) for name, each in rows.items()}
    shown = {name: within(each, grid, params.revision) for name, each in known.items()}
    cells = {name: cells_of(each, grid) for name, each in shown.items()}
    series = [
        _series(name, within(known[name], grid), shown[name], cells[name], _note(name, bool(rows[name]), shown[name]))
        for name in rows
    ]
    return messages.MetricHistory(grid.times, grid.step, series, _csv(grid, cells) if params.csv else "")


def _rows(name: str, deployments: Deployments) -> dict[str, list[Row]]:
    """Rows of a service; for an endpoint its own and those of its versions."""
    if deployments.ledger.one(name) is None:
        from scoredock.services.endpoints.endpoints import Endpoints

        try:
            return Endpoints(deployments).history(name)
        except ScoredockError as error:
            if error.code != "endpoint-not-found":
                raise
    return {name: deployments.logs.history(name)}


def _note(name: str, has_records: bool, intervals: Sequence[Interval]) -> str:
    if intervals:
        return ""
    if not has_records:
        return l10n.t(
            "{name} has not recorded metrics yet. A service that was started before an update of Scoredock records them"
            " once it is restarted.",
            name=name,
        )
    return l10n.t("{name} did not run in this time.", name=name)


def _series(
    name: str, all_intervals: Sequence[Interval], intervals: Sequence[Interval], cells: Sequence[Cell], note: str
) -> messages.MetricSeries:
    """`all_intervals` is of all revisions."""
    from scoredock.services.metric_series import ERROR_KINDS, percentile, revisions, sparkline, totals

    marks = revisions(all_intervals)
    requests = [each.rate(sum(each.kinds)) for each in cells]
    line = sparkline(_thinned(requests))

    def listed(value: Callable[[Cell], float | None]) -> list[float | None]:
        return [_rounded(value(each)) if each.covered > 0 else None for each in cells]

    def milliseconds(share: float) -> list[float | None]:
        return [_ms(percentile(each.buckets, share)) for each in cells]

    by_revision = []
    for number in dict.fromkeys(revision for _, revision in marks):
        since = next(moment for moment, revision in marks if revision == number)
        revision_totals = _totals(totals([each for each in all_intervals if each.revision == number]))
        by_revision.append(messages.RevisionMetrics(number, since, revision_totals))
    return messages.MetricSeries(
        service=name,
        requests=[_rounded(each) for each in requests],
        errors={
            kind: [_rounded(each.rate(each.kinds[index])) for each in cells]
            for index, kind in enumerate(ERROR_KINDS, 1)
            if any(each.kinds[index] > 0 for each in cells)
        },
        p50_ms=milliseconds(0.5),
        p95_ms=milliseconds(0.95),
        p99_ms=milliseconds(0.99),
        in_flight=listed(lambda each: each.in_flight),
        queued=listed(lambda each: each.queued),
        cpu_percent=listed(lambda each: each.cpu / each.covered * 100),
        memory_bytes=listed(lambda each: each.memory),
        workers=listed(lambda each: each.workers),
        revisions=by_revision,
        totals=_totals(totals(intervals)),
        sparkline=_with_scale(line, requests),
        note=note,
    )


_SPARKS = 30


def _thinned(values: Sequence[float | None]) -> list[float | None]:
    """Values, as many as a tooltip has room for, each the highest of its part."""
    size = max(1, -(-len(values) // _SPARKS))
    parts = [values[at : at + size] for at in range(0, len(values), size)]
    return [max((each for each in part if each is not None), default=None) for part in parts]


def _with_scale(line: str, requests: Sequence[float | None]) -> str:
    most = max((each for each in requests if each is not None), default=0.0)
    return l10n.t("{line} up to {rate:.3g} requests/s", line=line, rate=most) if line else ""


def _totals(totals: Totals) -> messages.MetricTotals:
    errors = {kind: count for kind, count in totals.kinds.items() if kind != "succeeded"}
    return messages.MetricTotals(
        totals.answers, errors, _ms(totals.p50), _ms(totals.p95), _ms(totals.p99), _ms(totals.mean)
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _csv(grid: Grid, cells: dict[str, list[Cell]]) -> str:
    """A line for each cell that something is known of."""
    from scoredock.services.metric_series import percentile
    from scoredock_runtime.contract_history import ANSWER_KINDS

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        (
            *("time", "service", "revision", "seconds", "requests"),
            *ANSWER_KINDS,
            *("p50_ms", "p95_ms", "p99_ms", "in_flight", "queued", "cpu_percent", "memory_bytes", "workers"),
        )
    )
    for name, each_cells in cells.items():
        for moment, cell in zip(grid.times, each_cells, strict=True):
            if cell.covered <= 0:
                continue
            stamp = datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            percentiles = [_ms(percentile(cell.buckets, share)) for share in (0.5, 0.95, 0.99)]
            writer.writerow(
                [stamp, _as_text(name), cell.revision, round(cell.covered, 3), round(sum(cell.kinds), 3)]
                + [round(count, 3) for count in cell.kinds]
                + ["" if each is None else each for each in percentiles]
                + [cell.in_flight, cell.queued, round(cell.cpu / cell.covered * 100, 2), cell.memory, cell.workers]
            )
    return out.getvalue()


def _as_text(name: str) -> str:
    """A spreadsheet would take a name that begins so for a formula."""
    return f"'{name}" if name[:1] in "=+-@" else name
