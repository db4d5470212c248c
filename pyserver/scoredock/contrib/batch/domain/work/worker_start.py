"""What the workers of a batch job are started with."""

from __future__ import annotations

from typing import Any

from scoredock.contrib.batch.domain.work.jobs import (
    APP_ROOT,
    LOGS,
    JobFolder,
    JobRecord,
)
from scoredock.contrib.batch.domain.work.workers import WorkerInterpreter
from scoredock.run import service_environment

_LOOK_SECONDS = 0.1
"""Between two looks at deadlines and at whether the job is to be cancelled."""
_PUBLISH_SECONDS = 0.3
_LOADING_SECONDS = 600.0
"""For reading the input of a mini-batch, as `task_overhead_timeout` of v2."""
_MOST_START_FAILURES = 3
"""Of workers one after the other: what fails for a moment gets another chance."""
_MOST_LOSSES = 6
"""Of workers elsewhere one after the other, before init() has returned in any."""
_START_SECONDS = 30.0
"""Of init(), beside three times run_invocation_timeout."""
_FINAL = ("result-type", "columns")
"""Causes that another try would not change."""


def interpreter_of(job: JobRecord, folder: JobFolder) -> WorkerInterpreter:
    """What the workers of a job run in."""
    root = folder.of(APP_ROOT)
    variables = {
        **service_environment(),
        **job.variables,
        "AML_APP_ROOT": str(root),
        "AZUREML_MODEL_DIR": str(root / job.model_dir),
        "AZUREML_ENTRY_SCRIPT": job.entry_script,
        "PWD": str(root),
    }
    return WorkerInterpreter(job.python, job.script_python, variables, folder.path)


def start_message(job: JobRecord, folder: JobFolder) -> dict[str, Any]:
    """What a worker is told first."""
    root = folder.of(APP_ROOT)
    return {
        "app_root": str(root),
        "entry_script": job.entry_script,
        "source": str(root / job.source) if job.source else "",
        "arguments": list(job.configuration.arguments),
        "level": job.configuration.logging_level,
        "output": job.output,
        "logs": str(folder.of(LOGS)),
        "form": job.configuration.output_format if job.configuration.output_action == "append_row" else "",
    }
