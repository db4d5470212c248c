"""`scoredock service profile` and `scoredock model profile`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.params import params_of
from scoredock.cli.session import Session, facts, table
from scoredock.contrib.profiling import messages
from scoredock.contrib.profiling.verbs import models, services, sizing
from scoredock.contrib.profiling.verbs.profile_fields import v1_fields
from scoredock.errors import Place, ScoredockError

PROFILE_REQUESTS = 200
_DATASET = "dataset:"


def _service(options: Namespace, session: Session) -> int:
    if options.search:
        return _search(options, session)
    if options.write:
        raise UsageError(l10n.t("--write needs --search."))
    requests = options.requests if options.requests is not None else 0 if options.duration else PROFILE_REQUESTS
    report = session.ask(services.profile, options, rows=_rows(options), requests=requests)
    session.result(report, profile_text(report, options.connections))
    return FAILED if report.error else OK


def _search(options: Namespace, session: Session) -> int:
    if not options.latency_ms or not options.rate:
        raise UsageError(l10n.t("--search needs --latency-ms and --rate, which the size has to hold."))
    params = messages.ServiceFindSizeParams(
        options.name,
        options.latency_ms,
        options.rate,
        options.percentile,
        _rows(options),
        options.max_cpu,
        options.max_memory_gb,
        options.minutes,
    )
    report = sizing.find_size(params, session.context, session.operation())
    session.result(report, size_text(report))
    if options.write and report.recommended is not None and report.profile.recommended_memory_in_g_b is not None:
        size = report.recommended
        where = session.ask(sizing.use_size, name=options.name, cpu=size.cpu, memory_in_g_b=size.memory_in_g_b)
        print(l10n.t("wrote the size into {place}", place=where.path or where.model), file=sys.stderr)
    return OK if report.recommended is not None else FAILED


def _model(options: Namespace, session: Session) -> int:
    dataset = str(options.dataset or "")
    if dataset and options.rows:
        raise UsageError(l10n.t("{one} and {other} cannot be given together.", one="--idi", other="--rows"))
    params = params_of(
        messages.ModelProfileParams,
        options,
        rows=f"{_DATASET}{dataset}" if dataset else _rows(options),
        profile_name=options.name,
        cpu=options.cpu,
        memory_in_g_b=options.memory_in_g_b,
        latency_ms=options.latency_ms,
        rate=options.rate,
        percentile=options.percentile,
        engine=options.engine,
    )
    measured = models.profile(params, session.context, session.operation())
    if options.metadata_file:
        fields = v1_fields(
            measured, name=options.name, description="", dataset=dataset, models=list(params.models or ())
        )
        _write(Path(options.metadata_file), json.dumps(fields, indent=2) + "\n")
    session.result(measured, _model_text(measured))
    failed = measured.profile.error or (measured.search is not None and measured.search.recommended is None)
    return FAILED if failed else OK


def _rows(options: Namespace) -> str:
    given = str(options.rows or "")
    return str(Path(given).absolute()) if given and not given.startswith(_DATASET) else given


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScoredockError(
            "io-failed",
            l10n.t("{path} could not be written: {error}.", path=path, error=error.strerror),
            place=Place(str(path)),
        ) from error


def profile_text(report: messages.ServiceProfile, connections: int = 0) -> str:
    """Text of one measurement; `connections` is 0 where that says nothing."""
    return facts(
        [
            (
                l10n.t("requests"),
                l10n.t("{count}, {share:g}% successful", count=report.total_queries, share=report.success_rate),
            ),
            (l10n.t("failed"), report.error),
            (l10n.t("not sent"), report.skipped_queries or ""),
            (l10n.t("bodies"), report.input),
            (l10n.t("requests/s"), _rate(report, connections)),
            (l10n.t("average"), _unit(report.average_latency_in_ms, "ms")),
            ("50%", _unit(report.latency_percentile50_in_ms, "ms")),
            ("90%", _unit(report.latency_percentile90_in_ms, "ms")),
            ("95%", _unit(report.latency_percentile95_in_ms, "ms")),
            ("99%", _unit(report.latency_percentile99_in_ms, "ms")),
            ("99.9%", _unit(report.latency_percentile999_in_ms, "ms")),
            (l10n.t("highest CPU"), _unit(report.max_utilized_cpu, l10n.t("cores"))),
            (l10n.t("highest memory"), _unit(report.max_utilized_memory_in_g_b, "GB")),
            (l10n.t("recommended CPU"), _unit(report.recommended_cpu, l10n.t("cores"))),
            (l10n.t("recommended memory"), _unit(report.recommended_memory_in_g_b, "GB")),
            (l10n.t("note"), report.generator.note),
        ]
    )


def size_text(report: messages.SizeReport) -> str:
    """Text of a search's result for the terminal."""
    parts = [
        facts(
            [
                (l10n.t("wish"), _wish(report)),
                (l10n.t("size"), _recommended(report)),
                (l10n.t("no size"), report.reason),
                (l10n.t("next smaller"), _next_smaller(report)),
                (l10n.t("holds up to"), _knee(report)),
                (l10n.t("workers"), report.workers or ""),
                (l10n.t("replicas"), _replicas(report)),
                (l10n.t("rows per request"), _batch(report)),
                *((l10n.t("note"), note) for note in report.notes),
            ]
        )
    ]
    if report.sizes:
        head = [l10n.t("cores"), "GB", l10n.t("result"), f"{report.percentile:g}%", "50%", l10n.t("cores in use"), "s"]
        parts.append(table([_row(each) for each in report.sizes], head))
    parts.append(profile_text(report.profile))
    return "\n\n".join(parts)


def _wish(report: messages.SizeReport) -> str:
    return l10n.t(
        "{share:g}% within {latency:g} ms at {rate:g} requests/s",
        share=report.percentile,
        latency=report.latency_ms,
        rate=report.rate,
    )


def _recommended(report: messages.SizeReport) -> str:
    """Cores alone for a service whose memory grows."""
    size = report.recommended
    if size is not None and report.profile.recommended_memory_in_g_b is None:
        return l10n.t("{cpu:g} cores", cpu=size.cpu)
    return size_words(size)


def size_words(size: messages.ServiceSize | None) -> str:
    """`0.4 cores, 0.5 GB`; empty for none."""
    if size is None:
        return ""
    return l10n.t("{cpu:g} cores, {memory:g} GB", cpu=size.cpu, memory=size.memory_in_g_b)


def _knee(report: messages.SizeReport) -> str:
    if report.knee is None:
        return ""
    if report.is_knee_bounded:
        return l10n.t("{rate:g} requests/s", rate=report.knee)
    return l10n.t("at least {rate:g} requests/s", rate=report.knee)


def _next_smaller(report: messages.SizeReport) -> str:
    smaller = report.next_smaller
    if smaller is None:
        return ""
    return l10n.t("{size} does not hold it", size=size_words(smaller))


def _replicas(report: messages.SizeReport) -> str:
    if report.replicas is None:
        return ""
    return l10n.t(
        "{replicas}, for {under_way:g} requests at a time and {concurrency} in each",
        replicas=report.replicas,
        under_way=report.concurrent_requests,
        concurrency=report.concurrency,
    )


def _batch(report: messages.SizeReport) -> str:
    best = [each for each in report.batches if each.rows == report.batch_rows]
    if not best:
        return ""
    return l10n.t(
        "{rows}: {per_second:g} rows/s over one connection", rows=best[0].rows, per_second=best[0].rows_per_second
    )


def _row(size: messages.SizeResult) -> list[str]:
    return [
        f"{size.cpu:g}",
        f"{size.memory_in_g_b:g}",
        outcome_words(size.outcome),
        _unit(size.latency_ms, "ms"),
        _unit(size.median_ms, "ms"),
        "" if size.used_cpu is None else f"{size.used_cpu:.2f}",
        f"{size.seconds:.0f}",
    ]


def outcome_words(outcome: str) -> str:
    """Words for the outcome of a size."""
    return {
        "holds": l10n.t("holds"),
        "misses": l10n.t("too slow"),
        "unsteady": l10n.t("unsteady"),
        "out-of-memory": l10n.t("out of memory"),
        "failed": l10n.t("failed"),
        "late": l10n.t("not measured"),
    }[outcome]


def _model_text(measured: messages.ModelProfile) -> str:
    if measured.search is not None:
        return size_text(measured.search)
    lines = [(l10n.t("size"), size_words(measured.requested)), *((l10n.t("note"), note) for note in measured.notes)]
    return facts(lines) + "\n" + profile_text(measured.profile, 1)


def _rate(report: messages.ServiceProfile, connections: int) -> str:
    rate, requested = report.measured_queries_per_second, report.requested_queries_per_second
    if requested:
        return l10n.t("{rate:g} of {requested:g}", rate=rate, requested=requested)
    if connections == 1:
        return l10n.t("{rate:g}, one after the other", rate=rate)
    return l10n.t("{rate:g}, over {connections} connections", rate=rate, connections=connections)


def _unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}"


COMMANDS = (Command("service profile", _service), Command("model profile", _model))
