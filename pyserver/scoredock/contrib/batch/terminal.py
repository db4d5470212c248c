"""`scoredock batch …`: jobs that score files or rows of tables."""

from __future__ import annotations

import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command
from scoredock.cli.printed import printed, printed_with_params
from scoredock.cli.session import Session, day, facts, moment, size, table
from scoredock.contrib.batch import messages
from scoredock.contrib.batch.verbs import running
from scoredock.counts import counted
from scoredock.errors import ScoredockError


def _run(options: Namespace, session: Session) -> int:
    try:
        details = session.ask(running.run_job, options)
    except ScoredockError as error:
        if error.code != "batch-columns-differ" or session.as_json or not sys.stdin.isatty():
            raise
        print(error.message)
        if input(l10n.t("Begin all the same? [y/N] ")).strip().lower() not in ("y", "yes"):
            return FAILED
        details = session.ask(running.run_job, options, accept_columns=True)
    session.result(details, _ended(details))
    return OK


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


def _listed(answer: messages.BatchJobs) -> str:
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
    return table(rows, head) if rows else l10n.t("no batch jobs")


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


def _changed(details: messages.BatchJobDetails) -> str:
    return l10n.t("{name} is {state}", name=details.job.name, state=_state(details.job))


def _deleted(params: messages.BatchRef, _: object) -> str:
    return l10n.t("{name} is deleted", name=params.name)


def _files(answer: messages.BatchOutputs) -> str:
    return "\n".join([*(answer.files or [answer.folder]), *([""] if answer.head else []), *answer.head])


COMMANDS = (
    Command("batch run", _run),
    Command("batch list", printed(_listed)),
    Command("batch show", printed(_shown)),
    Command("batch cancel", printed(_changed)),
    Command("batch pause", printed(_changed)),
    Command("batch resume", printed(_ended)),
    Command("batch outputs", printed(_files)),
    Command("batch logs", printed(lambda log: "\n".join(log.lines))),
    Command("batch delete", printed_with_params(_deleted)),
)
