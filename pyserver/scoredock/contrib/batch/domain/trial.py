"""Runs a batch script for real with the first mini-batches of an input, in a worker that nobody else sees."""

from __future__ import annotations

import itertools
import linecache
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.domain.work.csv_copies import copy_tables, is_copied, require_readable
from scoredock.contrib.batch.domain.work.failed_try import explained
from scoredock.contrib.batch.domain.work.inputs import write_listing
from scoredock.contrib.batch.domain.work.plan import BatchPlan, MiniBatch
from scoredock.contrib.batch.domain.work.worker_log import WorkerLog, merged_lines
from scoredock.contrib.batch.domain.work.workers import Events, Worker, WorkerInterpreter, run_message, start
from scoredock.engines.failure import LaunchFailed
from scoredock.environments.cache import EnvironmentCache
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import Registry
from scoredock.registry.store.faults import storing
from scoredock.run import service_environment
from scoredock.services.lifecycle.debug_start import PATIENCE, DebugStart
from scoredock.services.lifecycle.failures import advised
from scoredock.services.planning.findings import LocatedFinding
from scoredock.services.request import DeployRequest, DeploySettings
from scoredock.services.trying.run_findings import (
    BatchObservations,
    MiniBatchTrial,
    ScriptFault,
    findings_of_batches,
)
from scoredock.services.trying.script_texts import ScriptTexts, open_findings
from scoredock.services.trying.staged_script import StagedScript, Staging, staged_script
from scoredock_runtime.contract import DEBUGGER_FAILED, SERVICE_CRASHED, Failure, Frame

SERVICE = "tried-batch"
_LISTING, _PARTS, _LOGS, _OUTPUT, _RESULT = "listing", "parts.jsonl", "logs", "output", "result"
_LOOK_SECONDS = 0.1
_LOADING_SECONDS = 600.0
"""For reading the input of a mini-batch, as in a job."""
_END_SECONDS = 10.0
"""For shutdown() of the script."""
_LAST_WORDS_SECONDS = 3.0
_HEAD_LINES, _HEAD_BYTES = 20, 10_000
_LOG_LINES = 200


@dataclass(frozen=True, slots=True)
class BatchTryRequest:
    """Request for a trial. `deploy` says the script, its models and its environment, as for a deployment."""

    deploy: DeployRequest
    inputs: tuple[str, ...]
    """Absolute."""
    configuration: BatchConfiguration
    count: int = 1
    """Mini-batches from the beginning of the input."""
    memory_bytes: int = 4 << 30
    call_seconds: float = 60.0
    """That one call of run() may take."""
    debugger: DebugStart | None = None
    """The script waits for it before its first line, and no time counts then."""


@dataclass(frozen=True, slots=True)
class BatchRun:
    """Findings of a trial, and what was observed."""

    script: Path
    findings: tuple[LocatedFinding, ...]
    observations: BatchObservations
    models: tuple[str, ...]
    environment: str
    log_lines: tuple[str, ...]


def try_batch_script(
    request: BatchTryRequest,
    registry: Registry,
    environments: EnvironmentCache,
    settings: DeploySettings,
    progress: Progress,
    cancel: CancelToken,
) -> BatchRun:
    """Blocks until the worker has gone again; nothing of it stays but the environment, which a job finds.

    Findings of the checks do not stop it. Raises what planning raises, ScoredockError `batch-input-missing`,
    `batch-input-empty`, `batch-input-invalid`, `debugger-failed` and `cancelled`.
    """
    staging = Staging(registry, environments, settings, request.debugger, takes_batches=True)
    deploy = replace(request.deploy, name=SERVICE)
    with staged_script(deploy, staging, progress, cancel) as staged, storing(staged.launch.folder):
        observations = _Trial(request, staged, progress, cancel).seen()
        lines = tuple(merged_lines(staged.launch.folder / _LOGS))[-_LOG_LINES:]
    script = staged.plan.spec.script.path
    texts = ScriptTexts()
    findings = findings_of_batches(observations, str(script), texts.read)
    return BatchRun(
        script=script,
        findings=tuple(open_findings(findings, texts)),
        observations=observations,
        models=tuple(model.id for model in staged.plan.models),
        environment=staged.environment,
        log_lines=tuple(staged.origins.mapped(line) for line in lines),
    )


class _Trial:
    """The life of the worker, from its start to its last mini-batch."""

    def __init__(self, request: BatchTryRequest, staged: StagedScript, progress: Progress, cancel: CancelToken) -> None:
        self._request, self._staged = request, staged
        self._progress, self._cancel = progress, cancel
        self._folder = staged.launch.folder
        self._events: Events = queue.SimpleQueue()
        self._peak = 0
        self._copies: dict[str, str] = {}
        """Folders of copies of the input, and what they are copies of."""

    def seen(self) -> BatchObservations:
        """Raises OSError, ScoredockError."""
        self._progress.report(l10n.t("Listing the input"))
        configuration = self._request.configuration
        listing = self._folder / _LISTING
        write_listing(self._request.inputs, configuration.input_format, listing, self._cancel)
        require_readable(configuration, listing, {})
        if is_copied(configuration):
            watch = (lambda _: None, self._cancel)
            self._progress.report(l10n.t("Reading the input as comma-separated UTF-8"))
            _, self._copies = copy_tables(configuration, self._folder, listing, {}, watch)
        for name in (_LOGS, _OUTPUT):
            (self._folder / name).mkdir(mode=0o700)
        self._progress.report(l10n.t("Starting the script"))
        begun = time.monotonic()
        with self._worker() as worker:
            fault, fix = self._started(worker)
            seconds = time.monotonic() - begun
            mini_batches = [] if fault else list(self._calls(worker))
            if fault is None and worker.returncode is None:
                self._finish(worker)
        return BatchObservations(
            fault=fault,
            fix=fix,
            start_seconds=None if fault else seconds,
            mini_batches=tuple(mini_batches),
            peak_bytes=self._peak or None,
        )

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
        launch = self._staged.launch
        root = launch.app_root
        variables = {
            **service_environment(),
            **launch.environment,
            "AML_APP_ROOT": str(root),
            "AZUREML_MODEL_DIR": launch.model_dir,
            "AZUREML_ENTRY_SCRIPT": launch.entry_script,
            "PWD": str(root),
        }
        log = WorkerLog(self._folder / _LOGS, 0)
        interpreter = WorkerInterpreter(str(launch.python), str(launch.script_python or ""), variables, self._folder)
        worker = start(interpreter, 0, log, self._events)
        try:
            source = launch.source_directory
            script = {
                "app_root": str(root),
                "entry_script": launch.entry_script,
                "source": str(root / source) if source else "",
                "arguments": list(self._request.configuration.arguments),
                "level": self._request.configuration.logging_level,
                "output": str(self._folder / _OUTPUT),
                "logs": str(self._folder / _LOGS),
                "form": "text",
                "number": 0,
            }
            worker.tell({"start": script})
            yield worker
        finally:
            worker.kill("end")
            worker.reap()
            log.await_drained(_LAST_WORDS_SECONDS)
            log.close()

    def _started(self, worker: Worker) -> tuple[ScriptFault | None, str]:
        """Why it did not start, and what can be done about that. Raises ScoredockError `debugger-failed`."""
        message = self._await(worker, PATIENCE if self._request.debugger else self._staged.launch.start_timeout)
        if message is not None and message["event"] == "ready":
            return None, ""
        if message is None:
            ended = l10n.t("The interpreter ended before init() had returned: {how}.", how=worker.ending())
            return ScriptFault(self._killed(worker, l10n.t("init() did not return in time")) or ended), ""
        if message["cause"] == DEBUGGER_FAILED:
            raise ScoredockError(DEBUGGER_FAILED, str(message["message"]))
        fault = self._fault(message)
        linecache.checkcache()
        frames = [Frame(file, line, "", linecache.getline(file, line)) for file, line in fault.frames]
        failed = LaunchFailed(Failure(SERVICE_CRASHED, fault.message, frames))
        return fault, advised(failed, self._staged.plan.spec.environment, self._staged.loaded).fix

    def _calls(self, worker: Worker) -> Iterator[MiniBatchTrial]:
        configuration = self._request.configuration
        plan = BatchPlan(configuration, self._folder / _LISTING, self._folder / _PARTS)
        for batch in itertools.islice(plan, self._request.count):
            self._cancel.raise_if_cancelled()
            name = batch.name()
            self._progress.report(l10n.t("Calling run() with {name}", name=name))
            if batch.problem:
                yield MiniBatchTrial(name, batch.items, 0, 0.0, "", ScriptFault(batch.problem))
                continue
            yield self._call(worker, batch)
            if worker.returncode is not None:
                return

    def _call(self, worker: Worker, batch: MiniBatch) -> MiniBatchTrial:
        result = self._folder / f"{_RESULT}-{batch.index}"
        began = time.monotonic()
        worker.give(batch, run_message(batch, self._request.configuration.input_format, result))
        limit = self._request.call_seconds
        message = self._await(worker, self._limit(_LOADING_SECONDS))
        if message is not None and message["event"] == "running":
            began = time.monotonic()
            message = self._await(worker, self._limit(limit))
        took = (time.monotonic() - began) * 1000
        if message is None:
            late = l10n.t("run() took longer than {seconds} seconds.", seconds=f"{limit:g}")
            ended = l10n.t("The interpreter ended while it had the mini-batch: {how}.", how=worker.ending())
            fault = ScriptFault(self._killed(worker, late) or ended)
            return MiniBatchTrial(batch.name(), batch.items, 0, took, "", fault)
        if message["event"] == "unwritten":
            raise OSError(str(message["message"]))
        items = int(message["items"]) or batch.items
        if message["event"] == "failed":
            message = explained(message, batch, self._request.configuration.input_format, self._copies)
            return MiniBatchTrial(batch.name(), items, 0, took, "", self._fault(message))
        return MiniBatchTrial(
            batch.name(), items, int(message["results"]), 1000 * float(message["seconds"]), _head(result)
        )

    def _finish(self, worker: Worker) -> None:
        """Lets it call shutdown(). What there is to tell is known by now, and a cancel changes nothing of it: an editor
        cancels as soon as the debugger is gone."""
        worker.tell({"end": True})
        deadline = time.monotonic() + _END_SECONDS
        while time.monotonic() < deadline:
            with suppress(queue.Empty):
                _, message = self._events.get(timeout=_LOOK_SECONDS)
                if message is None:
                    return

    def _limit(self, seconds: float) -> float:
        return PATIENCE if self._request.debugger else seconds

    def _await(self, worker: Worker, seconds: float) -> dict[str, Any] | None:
        """The next that it says; None for its end, which this waits for. Raises ScoredockError `cancelled`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                _, message = self._events.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self._look(worker, deadline)
                continue
            if message is None:
                worker.reap()
                self._cancel.raise_if_cancelled()
            return message

    def _look(self, worker: Worker, deadline: float) -> None:
        memory, _ = worker.usage()
        self._peak = max(self._peak, memory)
        if self._cancel.cancelled:
            worker.kill("end")
        elif memory > self._request.memory_bytes:
            worker.kill("memory")
        elif time.monotonic() > deadline:
            worker.kill("timeout")

    def _killed(self, worker: Worker, late: str) -> str:
        """Why it was ended here; empty for one that ended by itself."""
        if worker.killed_for == "memory":
            return l10n.t(
                "the worker used more than {megabytes:,.0f} MB of memory and was ended",
                megabytes=self._request.memory_bytes / 1e6,
            )
        return late if worker.killed_for == "timeout" else ""

    def _fault(self, message: dict[str, Any]) -> ScriptFault:
        origins = self._staged.origins
        frames = tuple((origins.own(str(file)), int(line)) for file, line in message.get("frames", ()))
        return ScriptFault(origins.mapped(str(message["message"])), frames)


def _head(result: Path) -> str:
    """The first lines of what run() returned; nothing where it returned nothing. Raises OSError."""
    try:
        with result.open("rb") as stream:
            text = stream.read(_HEAD_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[:_HEAD_LINES])
