"""Runs of pipelines for one client, which sees the output as it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from scoredock.context import Context, Operation
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.verbs.run_arguments import RUN_ARGUMENTS
from scoredock.contrib.pipelines.verbs.run_output import RunOutput
from scoredock.features.file_names import PIPELINE_FILE
from scoredock.progress import CancelToken
from scoredock.verb import CliCommand, EditorCommand, files, verb

_LAST_SECONDS = 5.0
"""That the end of the server waits for a run."""


class PipelineRuns:
    """Runs pipelines for one client, and tells it what they print."""

    def __init__(self, push: Callable[[messages.PipelineOutput], None]) -> None:
        self._push = push
        self._running: dict[CancelToken, threading.Event] = {}
        """Each run with the event of its end."""
        self.verbs = (self.run,)

    def stop(self) -> None:
        """Ends all that steps have started, as the client is gone, and waits until nothing is left of the runs."""
        running = list(self._running.items())
        for cancel, _ in running:
            cancel.cancel()
        for _, end in running:
            end.wait(_LAST_SECONDS)

    @verb(
        "pipeline/run",
        progress="Running the pipeline",
        changes=True,
        errors=(
            "pipeline-invalid",
            "pipeline-too-large",
            "pipeline-job-missing",
            "pipeline-step-missing",
            "pipeline-shell-missing",
            "pipeline-secret-missing",
            "pipeline-runner-missing",
            "pipeline-option-refused",
            "pipeline-timeout",
            "pipeline-unread",
        ),
        terminal=CliCommand(
            "pipeline run",
            "Run a pipeline of GitHub Actions or Azure Pipelines on this machine: its scripts in bash, `az ml` of v1 by"
            " Scoredock. One of GitLab CI is run by gitlab-ci-local (npm). Only run a file that you trust: its scripts"
            " can do what you can.",
            RUN_ARGUMENTS,
            (
                "scoredock pipeline run .github/workflows/scoredock.yml --job check",
                "scoredock pipeline run azure-pipelines-v1.yml --variable environment=test",
            ),
        ),
        editor=(
            EditorCommand(
                "runPipeline",
                "Run Pipeline Here…",
                "contrib/pipelines/runPipeline",
                icon="play",
                menus=(files(f"{PIPELINE_FILE} && isWorkspaceTrusted", "2_scoredock@1"),),
            ),
        ),
    )
    def run(self, params: messages.PipelineParams, context: Context, operation: Operation) -> messages.PipelineInfo:
        """Blocks until all jobs have ended."""
        # A server that runs none does not read how they are run.
        from scoredock.contrib.pipelines.verbs.running import run_reporting

        end = self._running[operation.cancel] = threading.Event()
        try:
            with RunOutput(params.stream, self._push) as output:
                return run_reporting(params, context, operation, output.tell)
        finally:
            del self._running[operation.cancel]
            end.set()
