"""Pipelines as messages, and what they still need."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.domain.az_lines import is_never, marked
from scoredock.contrib.pipelines.domain.expressions.evaluation import as_text
from scoredock.contrib.pipelines.domain.keys.unread import unread_of
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Step
from scoredock.contrib.pipelines.domain.platforms import gitlab_rules
from scoredock.contrib.pipelines.domain.platforms.gitlab_documents import GitlabSurroundings
from scoredock.contrib.pipelines.domain.platforms.reading import read
from scoredock.contrib.pipelines.domain.running.azure_variables import UNSURE, PlatformFacts, facts_of
from scoredock.contrib.pipelines.domain.values import PipelineFault, YamlPlace
from scoredock.contrib.pipelines.verbs.repository import checkout_of, files_of, matching_in, place_of
from scoredock.contrib.table import present
from scoredock.counts import counted
from scoredock.errors import Place, ScoredockError
from scoredock.features.contribution import absent
from scoredock.late_dataclass import dataclass

_GITHUB = re.compile(r"\$\{\{[^}]*?\b(secrets|vars)\.(\w+)")
_AZURE = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
_SET = re.compile(r"variable=([\w.-]+)")
_PREDEFINED = re.compile(
    r"^(?:agent|build|common|environment|pipeline|resources|system|tf_build|sourcebranch|date|rev)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A pipeline that was read, with its place."""

    pipeline: Pipeline
    root: Path
    file: str

    def place(self, source: YamlPlace | None = None) -> Place:
        """Place of something in the file, or of the file itself."""
        return Place(str(self.root / (source.file if source else self.file)), source.line - 1 if source else 0)


def open_pipeline(params: messages.PipelineParams) -> Opened:
    """Raises ScoredockError `pipeline-file-missing`, `pipeline-invalid`, `pipeline-too-large`."""
    folder, file = place_of(params.path, params.root)
    files = files_of(folder)
    checkout = checkout_of(folder, params.branch)
    values = facts_of(checkout.branch, checkout.commit, checkout.repository, params.event, file)
    facts = PlatformFacts(values, frozenset(name for name, fact in UNSURE.items() if fact in checkout.unsure))
    rules = gitlab_rules.facts_of(
        checkout.branch, checkout.default_branch, checkout.commit, checkout.repository, params.event
    )
    gitlab = GitlabSurroundings(files, matching_in(folder), rules, params.parameters)
    try:
        pipeline = read(file, files, dict(params.parameters), facts, gitlab)
        return Opened(marked(pipeline, files, _refusal, has_azure_cli=_has_azure_cli()), folder, file)
    except PipelineFault as fault:
        raise fault_of(fault, folder, file) from None


def _refusal(words: Sequence[str]) -> str:
    """Why a line of `az ml` is not carried out; empty for one that is."""
    if "az" not in present():
        return absent("az").message
    from scoredock.contrib.az.api import refusal

    return refusal(words)


def _has_azure_cli() -> bool:
    return shutil.which("az") is not None


def fault_of(fault: PipelineFault, root: Path, file: str) -> ScoredockError:
    """Error for a fault of a pipeline, with its place in the file."""
    source = fault.source or YamlPlace(file, 1, 1)
    return ScoredockError(
        fault.code,
        l10n.t("{place}: {reason}", place=source, reason=fault.message),
        place=Place(str(root / source.file), source.line - 1),
    )


def step_message(step: Step) -> messages.PipelineStep:
    """Message of a step before it has run. If a script stands for a task, the script is what runs."""
    kind: messages.PipelineStepKind = step.kind
    return messages.PipelineStep(
        step.name, step.source.file, step.source.line, kind, step.uses, step.reason, script=step.script
    )


def _step_of(job: Job, message: messages.PipelineStep, step: Step) -> messages.PipelineStep:
    if is_never(step.condition) or is_never(job.condition):
        return replace(message, kind="left-out", reason=l10n.t("Its condition is false."))
    return message


def _leaves(value: Any) -> Iterator[str]:
    """The texts of a run of a matrix."""
    if isinstance(value, (Mapping, list)):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(each)
    else:
        yield as_text(value)


def job_message(job: Job, matrix: Mapping[str, Any]) -> messages.PipelineJob:
    """Message of a job before it has run."""
    return messages.PipelineJob(
        job.id,
        job.name,
        job.stage,
        ", ".join(filter(None, _leaves(matrix))),
        job.source.file,
        job.source.line,
        [_step_of(job, step_message(step), step) for step in job.steps],
        result="left-out" if job.left_out else "",
        reason=job.left_out,
        notes=list(job.notes),
        by_name=job.by_name,
        needs=list(job.needs),
        condition=job.condition,
        continues=job.continues,
    )


def info(
    opened: Opened,
    jobs: Sequence[messages.PipelineJob],
    values: Mapping[str, str],
    result: messages.PipelineResult = "",
) -> messages.PipelineInfo:
    """The pipeline with jobs as they stand."""
    pipeline = opened.pipeline
    steps = [step for job in jobs for step in job.steps]
    counts: Counter[str] = Counter(step.result if result else step.kind for step in steps)
    missing = sorted(set(_variables_without_value(pipeline)) - set(values))
    secret_names = {name for text in _texts(pipeline) for kind, name in _GITHUB.findall(text) if kind == "secrets"}
    return messages.PipelineInfo(
        str(opened.root / opened.file),
        str(opened.root),
        pipeline.platform,
        pipeline.name,
        list(jobs),
        list(pipeline.groups),
        missing,
        [messages.PipelineUnread(source.file, source.line, reason) for reason, source in unread_of(pipeline)],
        {key: number for key, number in sorted(counts.items()) if key},
        result,
        [name for name in missing if name in secret_names],
        ", ".join(_summary(counts)),
        _failure(opened.root, jobs),
    )


def _summary(counts: Mapping[str, int]) -> Iterator[str]:
    """Yields the counts of each kind or result, without those that are zero."""
    words: Mapping[str, Callable[[str], str]] = {
        "script": lambda steps: l10n.t("{steps} in bash", steps=steps),
        "stand-in": lambda steps: l10n.t("{steps} with a stand-in", steps=steps),
        "success": lambda steps: l10n.t("{steps} succeeded", steps=steps),
        "failure": lambda steps: l10n.t("{steps} failed", steps=steps),
        "skipped": lambda steps: l10n.t("{steps} skipped", steps=steps),
        "left-out": lambda steps: l10n.t("{steps} left out", steps=steps),
    }
    for kind, text in words.items():
        if counts.get(kind):
            yield text(counted(counts[kind], "step"))


def _failure(root: Path, jobs: Sequence[messages.PipelineJob]) -> messages.PipelineFailure | None:
    for job in jobs:
        for step in job.steps:
            if step.result in ("failure", "cancelled"):
                return messages.PipelineFailure(step.message, str(root / step.file), step.line)
        if job.result in ("failure", "cancelled"):
            return messages.PipelineFailure(job.reason, str(root / job.file), job.line)
    return None


def _variables_without_value(pipeline: Pipeline) -> Iterator[str]:
    """Names of variables and secrets that nothing in the files gives a value."""
    texts = list(_texts(pipeline))
    if pipeline.platform == "github":
        yield from (name for text in texts for _, name in _GITHUB.findall(text))
    if pipeline.platform == "azure":
        own_names = {name.lower() for job in pipeline.jobs for name in (*pipeline.env, *job.env)}
        own_names |= {name.lower() for text in texts for name in _SET.findall(text)}
        own_names |= {name.lower() for job in pipeline.jobs for run in job.matrix for name in run}
        for text in texts:
            for name in _AZURE.findall(text):
                if not {name.lower(), name.rpartition(".")[2].lower()} & own_names and not _PREDEFINED.match(name):
                    yield name


def _texts(pipeline: Pipeline) -> Iterator[str]:
    yield from pipeline.env.values()
    for job in pipeline.jobs:
        yield job.condition
        yield from job.env.values()
        for step in job.steps:
            yield from (step.script, step.condition, step.folder, *step.env.values())
            yield from (text for name, text in step.inputs.items() if _counts(step, name))


def _counts(step: Step, name: str) -> bool:
    """Accounts of Azure are of no use here."""
    return step.kind != "left-out" and name not in ("azuresubscription", "creds", "azure_credentials", "inlinescript")
