"""The workers of a job: as many as are wanted, each replaced when it has ended."""

from __future__ import annotations

import ast
import contextlib
import itertools
import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scoredock.contrib.batch.domain.work.jobs import APP_ROOT, JobFolder, JobRecord
from scoredock.contrib.batch.domain.work.needed_packages import needed_packages
from scoredock.contrib.batch.domain.work.plan import MiniBatch
from scoredock.contrib.batch.domain.work.remote_worker import RemoteWorker, WorkerHost
from scoredock.contrib.batch.domain.work.worker_log import WorkerLog
from scoredock.contrib.batch.domain.work.workers import Events, Template, Worker, WorkerInterpreter, can_fork, start

_FINISH_SECONDS = 30.0
"""For shutdown() of the script."""


class WorkerPool:
    """Belongs to the driver's main thread."""

    def __init__(
        self,
        interpreter: WorkerInterpreter,
        logs: Path,
        message: Mapping[str, Any],
        host: WorkerHost | None = None,
    ) -> None:
        """`message` is what each is started with; without `host` they are processes of this machine. Raises OSError
        for the folder of the logs."""
        logs.mkdir(mode=0o700, exist_ok=True)
        self.events: Events = queue.SimpleQueue()
        self.workers: list[Worker] = []
        self.start_failures = 0
        """Of the script, one after the other."""
        self.losses = 0
        """Of machines whose worker had not begun, one after the other."""
        self.start_fault: dict[str, Any] | None = None
        """What the last one said."""
        self._interpreter = interpreter
        self._logs = logs
        self._opened: dict[int, WorkerLog] = {}
        self._message = message
        self.host = host
        self._template: Template | None = None

    def prepare(self, modules: Sequence[str]) -> None:
        """Makes a template if this system can have one. Never raises."""
        if self.host is None and can_fork(self._interpreter):
            with contextlib.suppress(OSError, ValueError):
                self._template = Template(self._interpreter, modules)

    def busy(self) -> list[Worker]:
        return [each for each in self.workers if each.batch is not None]

    def idle(self, count: int) -> Worker | None:
        """Worker that can be given work, or None; others are started until there are so many. Raises OSError."""
        while len(self.workers) < count:
            self._start()
        return next((each for each in self.workers if each.is_ready and each.batch is None), None)

    def give(self, worker: Worker, batch: MiniBatch, message: Mapping[str, Any]) -> bool:
        """True if it took the mini-batch."""
        if worker not in self.workers:
            return False
        worker.give(batch, message)
        return True

    def note_ready(self, worker: Worker) -> None:
        worker.is_ready, self.start_failures, self.losses = True, 0, 0

    def note_no_start(self, worker: Worker) -> None:
        """Counts a worker that ended before it was ready. A machine that is lost says nothing of the script, and
        nothing at all while others work.
        """
        if not worker.is_lost:
            self.start_failures += 1
        elif not any(each.is_ready for each in self.workers):
            self.losses += 1

    def remove(self, worker: Worker) -> None:
        """Removes a worker that has ended."""
        if worker in self.workers:
            self.workers.remove(worker)
        worker.reap()

    def finish(self) -> None:
        """Lets each call shutdown(), and waits for that; who takes too long is ended, and who is in init() at once."""
        for worker in list(self.workers):
            if worker.is_ready:
                worker.tell({"end": True})
            else:
                worker.kill("end")
                self.remove(worker)
        deadline = time.monotonic() + _FINISH_SECONDS
        while self.workers and time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                worker, message = self.events.get(timeout=0.1)
                if message is None:
                    self.remove(worker)

    def end(self) -> None:
        """All of them at once; safe to call twice."""
        if self._template is not None:
            self._template.end()
            self._template = None
        for worker in self.workers:
            worker.kill("end")
        while self.workers:
            self.remove(self.workers[-1])

    def _start(self) -> None:
        taken = {each.number for each in self.workers}
        number = next(each for each in range(len(taken) + 1) if each not in taken)
        if number not in self._opened:
            self._opened[number] = WorkerLog(self._logs, number)
        log = self._opened[number]
        worker = self._new(number, log)
        worker.tell({"start": {**self._message, "number": number}})
        self.workers.append(worker)

    def _new(self, number: int, log: WorkerLog) -> Worker:
        if self.host is not None:
            worker = RemoteWorker(number, log, self.host)
            worker.begin(self.events)
            return worker
        if self._template is not None:
            try:
                return self._template.fork(number, log, self.events)
            except (OSError, ValueError):
                self._template.end()
                self._template = None
        return start(self._interpreter, number, log, self.events)


def template_modules(job: JobRecord, folder: JobFolder) -> list[str]:
    """Names of modules that the template of a job may import before there are workers: those that read rows, and those
    that its script names at its top.
    """
    configuration = job.configuration
    names = list(needed_packages(configuration.input_format, configuration.output_format))
    if "pyarrow" in names:
        names.append("pyarrow.parquet")
    try:
        tree = ast.parse(folder.of(APP_ROOT).joinpath(*job.entry_script.split("/")).read_bytes())
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return names  # the worker says what is wrong with it
    return list(dict.fromkeys(itertools.chain(names, _imports(tree))))


def _imports(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module
