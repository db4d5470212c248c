"""`scoredock batch …`: jobs that score files or rows of tables."""

from __future__ import annotations

import dataclasses
import re
import sys
import time
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, pairs
from scoredock.cli.session import Session, day, facts, moment, size, table
from scoredock.contrib.batch import messages
from scoredock.contrib.batch.verbs import jobs, running
from scoredock.contrib.batch.verbs.named_inputs import absolute_input
from scoredock.counts import counted
from scoredock.errors import ScoredockError


def _run(options: Namespace, session: Session) -> int:
    params = messages.BatchRunParams(
        name=options.name or _name_of_now(options),
        inputs=[absolute_input(each) for each in options.input],
        output_path=_path(options.output_path),
        entry_script=_path(options.entry_script),
        file=_path(options.file),
        models=list(options.model or ()),
        source_directory=_path(options.source_directory),
        environment_file=_path(options.environment_file),
        environment=options.environment,
        input_format=options.input_format,
        encoding=options.encoding,
        separator=options.separator,
        mini_batch_size=options.mini_batch_size,
        error_threshold=options.error_threshold,
        allowed_failed_count=options.allowed_failed_count,
        allowed_failed_percent=options.allowed_failed_percent,
        output_action=options.output_action,
        append_row_file_name=options.append_row_file_name,
        output_format=options.output_format,
        input_keys=options.input_keys,
        process_count=options.process_count,
        run_invocation_timeout=options.run_invocation_timeout,
        run_max_try=options.run_max_try,
        logging_level=options.logging_level,
        partition_keys=list(options.partition_key or ()),
        partition_format=options.partition_format,
        arguments=list(options.argument or ()),
        environment_variables=pairs(options.env),
        overwrite=options.overwrite,
        compute=options.compute,
        cpu_cores=options.cpu_cores,
        memory_gb=options.memory_gb,
        skip_checks=options.skip_checks,
        accept_columns=options.accept_columns,
        wait=not options.no_wait,
    )
    try:
        details = running.run_job(params, session.context, session.operation())
    except ScoredockError as error:
        if error.code != "batch-columns-differ" or session.as_json or not sys.stdin.isatty():
            raise
        print(error.message)
        if input(l10n.t("Begin all the same? [y/N] ")).strip().lower() not in ("y", "yes"):
            return FAILED
        params = dataclasses.replace(params, accept_columns=True)
        details = running.run_job(params, session.context, session.operation())
    session.result(details, _ended(details))
    return OK


def _name_of_now(options: Namespace) -> str:
    """As jobs of Azure ML have one, each its own."""
    source = options.file or options.entry_script or (options.model or [""])[0].partition(":")[0]
    stem = re.sub(r"[^a-z0-9]+", "-", Path(source).stem.lower()).strip("-")
    return f"{stem[:18] if stem[:1].isalpha() else 'job'}-{time.strftime('%m%d-%H%M%S')}"


def _path(path: str) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""


def _ended(details: messages.BatchJobDetails) -> str:
    job = details.job
    if job.state not in ("Completed", "CompletedWithErrors"):
        return l10n.t(
            "{name} has begun; `{command}` shows how far it is",
            name=job.name,
            command=f"scoredock batch show {job.name}",
        )
    amounts = {
        "name": job.name,
        "items": counted(job.items, "item"),
        "mini_batches": counted(job.completed, "mini-batch"),
        "results": counted(job.results, "result"),
        "seconds": f"{job.seconds:.1f}",
    }
    first = l10n.t("{name}: {items} in {mini_batches}, {results}, {seconds} s", **amounts)
    if job.state == "CompletedWithErrors":
        first = l10n.t("{name} completed with errors: {items} in {mini_batches}, {results}, {seconds} s", **amounts)
    lines = [*filter(None, (first, details.error)), l10n.t("output: {folder}", folder=job.output)]
    if job.failed:
        lines.append(
            l10n.t(
                "{mini_batches} failed; `{command}` says why",
                mini_batches=counted(job.failed, "mini-batch"),
                command=f"scoredock batch show {job.name}",
            )
        )
    if details.fewer or details.more:
        lines.append(
            l10n.t(
                "{fewer} with fewer results than items, {more} with more",
                fewer=counted(details.fewer, "mini-batch"),
                more=details.more,
            )
        )
    return "\n".join([*lines, *details.notes])


def _share(job: messages.BatchJob) -> str:
    """How many mini-batches there will be is known later than how much input there is."""
    return l10n.t(", {percentage}% of the input", percentage=job.percentage) if job.percentage < 100 else ""


def _state(job: messages.BatchJob) -> str:
    return l10n.t("Completed with errors") if job.state == "CompletedWithErrors" else job.state


def _list(options: Namespace, session: Session) -> int:
    answer = jobs.list_jobs(messages.BatchListParams(), session.context, session.operation())
    rows = [
        (one.name, _state(one), f"{one.percentage}%", one.completed, one.failed, day(one.created), one.output)
        for one in answer.jobs
    ]
    head = (
        l10n.t("NAME"),
        l10n.t("STATE"),
        l10n.t("PROGRESS"),
        l10n.t("DONE"),
        l10n.t("FAILED"),
        l10n.t("CREATED"),
        l10n.t("OUTPUT"),
    )
    session.result(answer, table(rows, head) if rows else l10n.t("no batch jobs"))
    return OK


def _show(options: Namespace, session: Session) -> int:
    details = jobs.show(messages.BatchRef(options.name), session.context, session.operation())
    session.result(details, _shown(details))
    return OK


def _shown(details: messages.BatchJobDetails) -> str:
    job = details.job
    planned = l10n.t("{count} of {all}", count=job.completed, all=job.planned) if job.is_planned else job.completed
    rows = [
        (l10n.t("name"), job.name),
        (l10n.t("state"), _state(job) + _share(job)),
        (l10n.t("runs on"), job.compute or l10n.t("this machine")),
        (l10n.t("waits"), job.waiting),
        (l10n.t("error") if job.state == "Failed" else l10n.t("failed"), details.error),
        (l10n.t("script"), job.script),
        (l10n.t("models"), details.models),
        (l10n.t("environment"), details.environment),
        (l10n.t("input"), details.inputs),
        (l10n.t("files"), f"{details.files} ({size(details.bytes)})"),
        (l10n.t("output"), job.output),
        (l10n.t("mini-batches done"), planned),
        (l10n.t("mini-batches failed"), job.failed),
        (l10n.t("tries again"), details.retried),
        (l10n.t("run again after an interruption"), details.interrupted),
        (l10n.t("items"), job.items),
        (l10n.t("results"), job.results),
        (l10n.t("items failed"), job.failed_items),
        (l10n.t("seconds"), f"{job.seconds:.1f}"),
    ]
    parts = [facts([(name, value) for name, value in rows if value != 0]), *_tables(details)]
    parts += details.notes
    if details.traceback:
        parts.append(details.traceback.rstrip())
    return "\n\n".join(filter(None, parts))


def _tables(details: messages.BatchJobDetails) -> list[str]:
    failures = [
        (one.index, one.name, one.cause, one.tries, f"{one.place}: {one.message}" if one.place else one.message)
        for one in details.failures
    ]
    earlier = [
        (
            one.index,
            number,
            moment(each.time),
            each.cause,
            f"{each.place}: {each.message}" if each.place else each.message,
        )
        for one in details.failures
        for number, each in enumerate(one.earlier, 1)
    ]
    unequal = [(one.index, one.name, one.items, one.results) for one in details.unequal]
    workers = [
        (
            one.number,
            one.pid,
            "-" if one.batch is None else one.batch,
            f"{one.seconds:.1f}",
            size(one.memory),
            f"{one.cpu:.1f}",
        )
        for one in details.workers
    ]
    slowest = [(one.index, one.name, f"{one.seconds:.2f}") for one in details.slowest]
    batch, name = l10n.t("MINI-BATCH"), l10n.t("NAME")
    return [
        table(rows, head)
        for rows, head in (
            (failures, (batch, name, l10n.t("CAUSE"), l10n.t("TRIES"), l10n.t("ERROR"))),
            (earlier, (batch, l10n.t("TRY"), l10n.t("TIME"), l10n.t("CAUSE"), l10n.t("ERROR"))),
            (unequal, (batch, name, l10n.t("ITEMS"), l10n.t("RESULTS"))),
            (workers, (l10n.t("WORKER"), l10n.t("PROCESS"), batch, l10n.t("SECONDS"), l10n.t("MEMORY"), l10n.t("CPU"))),
            (slowest, (batch, name, l10n.t("SECONDS"))),
        )
        if rows
    ]


def _cancel(options: Namespace, session: Session) -> int:
    details = jobs.cancel_job(messages.BatchRef(options.name), session.context, session.operation())
    session.result(details, l10n.t("{name} is {state}", name=details.job.name, state=_state(details.job)))
    return OK


def _pause(options: Namespace, session: Session) -> int:
    params = messages.BatchPauseParams(options.name, wait=not options.no_wait)
    details = jobs.pause(params, session.context, session.operation())
    session.result(details, l10n.t("{name} is {state}", name=details.job.name, state=_state(details.job)))
    return OK


def _resume(options: Namespace, session: Session) -> int:
    params = messages.BatchResumeParams(
        options.name, mini_batches=list(options.mini_batch or ()), wait=not options.no_wait
    )
    details = jobs.resume(params, session.context, session.operation())
    session.result(details, _ended(details))
    return OK


def _delete(options: Namespace, session: Session) -> int:
    answer = jobs.delete_job(messages.BatchRef(options.name), session.context, session.operation())
    session.result(answer, l10n.t("{name} is deleted", name=options.name))
    return OK


def _outputs(options: Namespace, session: Session) -> int:
    answer = jobs.outputs(messages.BatchRef(options.name), session.context, session.operation())
    session.result(
        answer, "\n".join([*(answer.files or [answer.folder]), *([""] if answer.head else []), *answer.head])
    )
    return OK


def _logs(options: Namespace, session: Session) -> int:
    params = messages.BatchLogsParams(options.name, options.tail, options.worker)
    answer = jobs.logs(params, session.context, session.operation())
    session.result(answer, "\n".join(answer.lines))
    return OK


COMMANDS = (
    Command("batch run", _run),
    Command("batch list", _list),
    Command("batch show", _show),
    Command("batch cancel", _cancel),
    Command("batch pause", _pause),
    Command("batch resume", _resume),
    Command("batch outputs", _outputs),
    Command("batch logs", _logs),
    Command("batch delete", _delete),
)
