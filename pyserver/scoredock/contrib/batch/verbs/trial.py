"""Try It and F5 on a batch script: real mini-batches from the beginning of an input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.counts import counted
from scoredock.deploy_options import BatchScriptOptions
from scoredock.features.scripts.finding_messages import finding_message
from scoredock.features.scripts.trial import script_to_try
from scoredock.options import values_of
from scoredock.protocol import messages
from scoredock.scripts.trial_request import trial_request

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.trial import BatchRun
    from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
    from scoredock.services.trying.run_findings import MiniBatchTrial

_ENDINGS: dict[str, messages.BatchInputFormat] = {".csv": "csv", ".parquet": "parquet"}
_MOST_MINI_BATCHES = 1_000


def try_batch(params: messages.DocumentTryParams, context: Context, operation: Operation) -> messages.DocumentTried:
    """Raises ScoredockError `batch-option-invalid`, `batch-input-missing`, `batch-input-empty`, `batch-input-invalid`,
    `port-invalid`, `debugger-failed`, and what planning a deployment raises."""
    from scoredock.contrib.batch.domain.trial import BatchTryRequest, try_batch_script
    from scoredock.services.lifecycle.debug_start import DebugStart

    configuration = _configuration(params)
    debugger = None if params.debug_port is None else DebugStart(params.debug_port)
    deployments = context.deployments(params.workspace_id)
    deployments.registry.store.require_writable()
    trial = trial_request(script_to_try(params), context, operation)
    request = BatchTryRequest(
        trial.request,
        tuple(str(absolute(each)) for each in params.inputs),
        configuration,
        params.mini_batches,
        max(64, params.memory_mb) * 1_000_000,
        max(0.1, params.timeout),
        debugger,
    )
    script_run = try_batch_script(
        request, trial.registry, deployments.environments, deployments.settings, operation.progress, operation.cancel
    )
    return _message(script_run, trial.files, context)


def _configuration(params: messages.DocumentTryParams) -> BatchConfiguration:
    from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration, require_between

    require_between("mini_batches", params.mini_batches, (1, _MOST_MINI_BATCHES))
    endings = {_ENDINGS.get(Path(each).suffix.lower(), "files") for each in params.inputs}
    form = params.input_format or (endings.pop() if len(endings) == 1 else "files")
    return BatchConfiguration(**{**values_of(BatchScriptOptions, params), "input_format": form})


def _message(script_run: BatchRun, files: list[str], context: Context) -> messages.DocumentTried:
    from scoredock.contrib.batch.domain.work.preview import columns_of

    observations = script_run.observations
    return messages.DocumentTried(
        path=str(script_run.script),
        ok=not any(each.finding.severity == "error" for each in script_run.findings),
        summary=_summary(script_run),
        findings=[finding_message(each, context) for each in script_run.findings],
        models=list(script_run.models),
        unregistered=files,
        environment=script_run.environment,
        init_milliseconds=None if observations.start_seconds is None else round(observations.start_seconds * 1000, 1),
        memory_bytes=observations.peak_bytes,
        requests=[],
        mini_batches=[
            messages.TriedMiniBatch(
                each.name,
                each.items,
                each.results,
                round(each.milliseconds, 3),
                each.head,
                columns_of(each.head.splitlines()),
                each.fault.message if each.fault else "",
            )
            for each in observations.mini_batches
        ],
        is_batch=True,
        log_lines=list(script_run.log_lines),
    )


def _summary(script_run: BatchRun) -> str:
    name, observations = script_run.script.name, script_run.observations
    if observations.fault is not None:
        return l10n.t("{script} does not start.", script=name)
    started = l10n.t("{script} started in {seconds:.1f} s.", script=name, seconds=observations.start_seconds or 0)
    return l10n.t("{started} {outcome}", started=started, outcome=_outcome(observations.mini_batches))


def _outcome(batches: Sequence[MiniBatchTrial]) -> str:
    good = [each for each in batches if each.fault is None]
    if len(good) < len(batches):
        if len(batches) == 1:
            return l10n.t("The mini-batch failed.")
        return l10n.t("{count} of {all} mini-batches failed.", count=len(batches) - len(good), all=len(batches))
    items, results = sum(each.items for each in good), sum(each.results for each in good)
    return l10n.t(
        "run() returned {results} for {items}.", results=counted(results, "result"), items=counted(items, "item")
    )
