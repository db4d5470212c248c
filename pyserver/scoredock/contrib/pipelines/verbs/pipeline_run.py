"""One run of a pipeline on this machine: its jobs and their steps, one after the other, as messages."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n, run
from scoredock.context import Operation
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.keys.unread import refused_command
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Step
from scoredock.contrib.pipelines.domain.platforms.stand_ins import minutes
from scoredock.contrib.pipelines.domain.running.azure import AzureRun
from scoredock.contrib.pipelines.domain.running.github import GithubRun
from scoredock.contrib.pipelines.domain.running.start import JobResult, JobState, Result, RunStart, RunState
from scoredock.contrib.pipelines.verbs.mask import Mask
from scoredock.contrib.pipelines.verbs.records import Opened, job_message, step_message
from scoredock.contrib.pipelines.verbs.replacements import step_name
from scoredock.contrib.pipelines.verbs.run_folder import MARK, Missing, RunFolder
from scoredock.contrib.pipelines.verbs.stand_in_work import carry_out
from scoredock.errors import Cancelled
from scoredock.processes import WholeLines
from scoredock.progress import CancelToken

Report = Callable[[messages.PipelineLineKind, str], None]
"""What a run tells as it goes."""

_LAST_LINES = 40
_RESULTS: Mapping[str, Result] = {"failure": "failure", "cancelled": "cancelled"}
_CLEANUP_MINUTES = 5
"""That GitHub and Azure give steps of a cancelled job, where it says nothing else."""
_MARKS = {"azure": "VSTS_PROCESS_LOOKUP_ID"}
"""The same of other platforms."""


_RUNS: Mapping[str, Callable[[Pipeline, RunStart], RunState]] = {"github": GithubRun, "azure": AzureRun}


class PipelineRun:
    """Run of a pipeline: one job after the other."""

    def __init__(
        self,
        opened: Opened,
        start: RunStart,
        folder: RunFolder,
        operation: Operation,
        report: Report,
        params: messages.PipelineParams,
    ) -> None:
        self._opened = opened
        self._folder = folder
        self._operation = operation
        self._cancel = operation.cancel
        self.mask = Mask()
        self._tell = report
        self._hide(start.secrets.values())
        self._timeout = params.timeout
        self._skipped = params.skipped
        self._state = _RUNS[opened.pipeline.platform](opened.pipeline, start)
        self.has_failed = False
        self._cleanup: float = _CLEANUP_MINUTES
        self._until = math.inf
        """When the time of the job that goes on is over, or of what runs although the run was cancelled."""

    def jobs(self, selection: tuple[Job, ...]) -> Iterator[messages.PipelineJob]:
        """Yields each job as it has ended. Raises cancelled, after those that run in spite of that."""
        for job in selection:
            whole: Result = "skipped"
            outputs: dict[str, str] = {}
            more: Mapping[str, str]
            for matrix, result, reason in self._planned(job):
                if not result and whole == "failure" and self._state.fails_fast(job):
                    result = "skipped"
                    reason = l10n.t("Another run of its matrix has failed, and the others are not begun then.")
                if result:
                    ended, more = self._not_begun(job, matrix, result, reason), {}
                else:
                    ended, more = self._job(job, matrix)
                outputs |= {name: text for name, text in more.items() if text or name not in outputs}
                if ended.result in ("failure", "cancelled") and not self._tolerates(job, matrix):
                    whole, self.has_failed = ended.result, True
                elif whole == "skipped" and ended.result in ("failure", "success"):
                    whole = "success"
                yield ended
            self._state.end(job, JobResult(whole, outputs))
        if self._state.is_cancelled:
            raise Cancelled()

    def _look(self, state: JobState | None = None) -> None:
        """Looks if the run was cancelled just now: only what asks for that is begun from then on, as on the platforms,
        and what else is under way ends.
        """
        if self._operation.cancel.cancelled and not self._state.is_cancelled:
            self._state.is_cancelled = True
            self._cancel_job(state)
            self._cancel = self._folder.cancel = CancelToken()
            self._report(
                "result",
                l10n.t(
                    "Cancelled: what runs always or when cancelled is still run, for {minutes} minutes at most.",
                    minutes=f"{self._cleanup:g}",
                ),
            )

    def _cancel_job(self, state: JobState | None) -> None:
        if state is None or not state.is_cancelled:
            self._until = time.monotonic() + self._cleanup * 60
        if state is not None:
            state.is_cancelled = True

    def _planned(self, job: Job) -> Iterator[tuple[Mapping[str, Any], messages.PipelineResult, str]]:
        """The runs of a job; one that does not begin has its result, and why."""
        if job.left_out:
            yield {}, "left-out", job.left_out
            return
        reason = l10n.t("Its condition does not hold, or a job before it did not succeed.")
        try:
            self._look()
            applies = self._state.applies(job)
            for matrix in self._state.runs(job) if applies else job.matrix:
                self._look()
                applies = applies and (not self._state.is_cancelled or self._state.applies(job))
                if elsewhere := self._state.elsewhere(job, matrix) if applies else "":
                    yield matrix, "left-out", elsewhere
                else:
                    yield (matrix, "", "") if applies else (matrix, "skipped", reason)
        except ExpressionFault as fault:
            yield {}, "failure", str(fault)

    def _tolerates(self, job: Job, matrix: Mapping[str, Any]) -> bool:
        try:
            return self._state.tolerates(job, matrix)
        except ExpressionFault:
            return False

    def _begin(self, job: Job, matrix: Mapping[str, Any]) -> messages.PipelineJob:
        message = job_message(job, matrix)
        title = f"{job.stage} / {job.name}" if job.stage else job.name
        self._report("job", f"{title} ({message.run})" if message.run else title)
        return message

    def _not_begun(
        self, job: Job, matrix: Mapping[str, Any], result: messages.PipelineResult, reason: str
    ) -> messages.PipelineJob:
        message = self._begin(job, matrix)
        self._report("result", reason)
        steps = [replace(step, result="skipped") for step in message.steps]
        return replace(message, result=result, reason=reason, steps=steps)

    def _job(self, job: Job, matrix: Mapping[str, Any]) -> tuple[messages.PipelineJob, Mapping[str, str]]:
        message = self._begin(job, matrix)
        try:
            state = self._state.begin(job, matrix)
        except ExpressionFault as fault:
            return replace(message, result="failure", reason=str(fault)), {}
        for note in job.notes:
            self._report("result", note)
        limit = self._minutes(job.minutes, job, state)
        self._cleanup = self._minutes(job.cleanup, job, state, _CLEANUP_MINUTES)
        if not self._state.is_cancelled:
            self._until = time.monotonic() + limit * 60
        with self._folder.job(_MARKS.get(self._opened.pipeline.platform, MARK)):
            steps = [self._step(step, state) for step in job.steps]
            if count := self._folder.end_orphans():
                self._report(
                    "result", l10n.t("Ended processes that its steps have left behind: {count:,}.", count=count)
                )
        try:
            outputs = dict(self._without_secrets(state.outputs()))
        except ExpressionFault as fault:
            return replace(message, steps=steps, result="failure", reason=str(fault)), {}
        if state.is_cancelled:
            reason = l10n.t("The job took more than {minutes:g} minutes and was ended.", minutes=limit)
            reason = "" if self._state.is_cancelled else reason
            return replace(message, steps=steps, result="cancelled", reason=reason), outputs
        return replace(message, steps=steps, result="failure" if state.has_failed else "success"), outputs

    def _without_secrets(self, outputs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """GitHub gives no output to other jobs that may have a secret in it."""
        for name, text in outputs.items():
            if self._opened.pipeline.platform != "github" or self.mask(text) == text:
                yield name, text
            else:
                reason = l10n.t("The output “{name}” may have a secret in it: no job gets it.", name=name)
                self._report("result", reason)

    @staticmethod
    def _minutes(text: str, job: Job, state: JobState, default: float = math.inf) -> float:
        with contextlib.suppress(ExpressionFault):
            text = state.fill(text, job.steps[0]) if job.steps else ""
            return minutes(text) or default
        return default

    # ------------------------------------------------------------------------------------------------------- steps

    def _step(self, step: Step, state: JobState) -> messages.PipelineStep:
        self._look(state)
        message = replace(step_message(step), script="")
        self._folder.begin_step()
        if time.monotonic() > self._until:
            if state.is_cancelled or self._state.is_cancelled:
                return replace(message, result="cancelled")
            self._cancel_job(state)
        ended = self._attempt(step, state, message)
        if ended.result in ("skipped", "left-out"):
            return ended
        try:
            files = self._folder.commands()
        except Missing as fault:
            files, ended = {}, replace(ended, result="failure", message=str(fault))
        failed_before = state.has_failed
        try:
            state.end(step, _RESULTS.get(ended.result, "success"), files)
            if state.has_failed and not failed_before and ended.result == "success":
                reason = l10n.t("The step “{name}” says that it failed.", name=ended.name)
                ended = replace(ended, result="failure", message=reason)
        except ExpressionFault as fault:
            ended = replace(ended, result="failure", message=str(fault))
        self._hide(state.masks)
        if ended.result in _RESULTS:
            self._report("failure", f"{step.source}: {ended.message}")
        return ended

    def _attempt(self, step: Step, state: JobState, message: messages.PipelineStep) -> messages.PipelineStep:
        try:
            if step_name(step, self._skipped):
                return replace(message, result="skipped", reason=l10n.t("It is passed over, by --skip."))
            if step.kind == "left-out":
                self._report("step", step.name)
                self._report("result", step.reason)
                return replace(message, result="left-out")
            if not state.applies(step):
                return replace(message, result="skipped")
            return self._carried_out(step, state, message)
        except (ExpressionFault, Missing, OSError) as fault:
            return replace(message, result="failure", message=str(fault))
        except Cancelled:
            self._look(state)
            return replace(message, result="cancelled", message=l10n.t("The run was cancelled."))

    def _carried_out(self, step: Step, state: JobState, message: messages.PipelineStep) -> messages.PipelineStep:
        try:
            name = state.fill(step.name, step)
        except ExpressionFault:  # a name is the first line of a script, which may end within an expression
            name = step.name
        self._report("step", name)
        self._operation.progress.report(self.mask(name))
        message = replace(message, name=name)
        if step.kind == "script" or step.action == "script":
            return self._script(step, state, message)
        inputs = {key: state.fill(text, step) for key, text in step.inputs.items()}
        completion = carry_out(step.action, inputs, self._folder, self._opened.root)
        reason = " ".join(filter(None, (step.reason, completion)))
        self._report("result", reason)
        return replace(message, result="success", reason=reason)

    def _script(self, step: Step, state: JobState, message: messages.PipelineStep) -> messages.PipelineStep:
        text = state.fill(step.script, step)
        folder = self._opened.root / (state.fill(step.folder, step) if step.folder else "")
        if not folder.is_dir():
            raise Missing(l10n.t("There is no folder {path}.", path=folder))
        environment = self._folder.environment(state.variables(step), state.paths)
        rest = max(self._until - time.monotonic(), 0.1)
        limit = min((minutes(state.fill(step.minutes, step)) or self._timeout / 60) * 60, self._timeout, rest)

        last: deque[str] = deque(maxlen=_LAST_LINES)

        def line(text: str) -> None:
            state.line(step, text)
            self._hide(state.masks)
            self._report("line", text)
            if reason := refused_command(text, self._opened.pipeline.platform):
                self._report("result", reason)
            last.append(self.mask.line(text))

        script = str(self._folder.script(text))
        words = [word.replace("{0}", script) for word in step.program[1:]]
        argv = [_program(step.program[0], environment["PATH"]), *words]
        argv += [] if "{0}" in " ".join(step.program) else [script]
        try:
            completion = run.run(
                argv, cwd=folder, env=environment, timeout=limit, cancel=self._cancel, on_line=WholeLines(line)
            )
        except run.TimedOut:
            message = replace(message, output=list(last))
            if limit == rest:
                self._cancel_job(state)
                reason = l10n.t("The time of the job was over, and it was ended.")
                return replace(message, result="cancelled", message=reason)
            reason = l10n.t(
                "The step “{name}” took more than {seconds:g} seconds and was ended.", name=message.name, seconds=limit
            )
            return replace(message, result="failure", message=reason)
        except (FileNotFoundError, PermissionError):
            raise Missing(l10n.t("There is no {program} on PATH.", program=step.program[0])) from None
        if completion.returncode:
            reason = l10n.t(
                "The step “{name}” ended with exit code {code}.", name=message.name, code=completion.returncode
            )
            message = replace(message, message=reason, output=list(last))
        return replace(
            message, result="failure" if completion.returncode else "success", exit_code=completion.returncode
        )

    def _hide(self, texts: Iterable[str]) -> None:
        """From now on, and in what the run gives in the end also where it stands before."""
        for text in self.mask.add(texts):
            self._tell(
                "result",
                l10n.t(
                    "A secret of {count} characters is not masked: it would hide half of the output.", count=len(text)
                ),
            )

    def _report(self, kind: messages.PipelineLineKind, text: str) -> None:
        self._tell(kind, self.mask.line(text))


def _program(name: str, path: str) -> str:
    """Path of a program on the step's own PATH; folders that are not absolute do not count."""
    folders = os.pathsep.join(each for each in path.split(os.pathsep) if Path(each).is_absolute())
    return shutil.which(name, path=folders) or name
