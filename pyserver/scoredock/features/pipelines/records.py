"""Pipelines as messages, and what they still need."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.features.pipelines.repository import files_of, place_of
from scoredock.late_dataclass import dataclass
from scoredock.pipelines.pipeline import Job, Pipeline, Step
from scoredock.pipelines.platforms.reading import read
from scoredock.pipelines.values import PipelineFault, YamlPlace
from scoredock.protocol import messages

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


def open_pipeline(path: str, root: str, parameters: Mapping[str, str]) -> Opened:
    """Raises ScoredockError `pipeline-file-missing`, `pipeline-invalid`."""
    folder, file = place_of(path, root)
    try:
        return Opened(read(file, files_of(folder), dict(parameters)), folder, file)
    except PipelineFault as fault:
        raise fault_of(fault, folder, file) from None


def fault_of(fault: PipelineFault, root: Path, file: str) -> ScoredockError:
    """With the place in the file that is meant."""
    source = fault.source or YamlPlace(file, 1, 1)
    return ScoredockError(
        "pipeline-invalid",
        l10n.t("{place}: {reason}", place=source, reason=fault.message),
        place=Place(str(root / source.file), source.line - 1),
    )


def step_message(step: Step) -> messages.PipelineStep:
    """Before it has run. Where a script stands for a task, the script is what runs."""
    kind: messages.PipelineStepKind = step.kind
    return messages.PipelineStep(
        step.name, step.source.file, step.source.line, kind, step.uses, step.reason, script=step.script
    )


def job_message(job: Job, matrix: Mapping[str, str]) -> messages.PipelineJob:
    """Before it has run."""
    return messages.PipelineJob(
        job.id,
        job.name,
        job.stage,
        ", ".join(matrix.values()),
        job.source.file,
        job.source.line,
        [step_message(step) for step in job.steps],
        result="left-out" if job.left_out else "",
        reason=job.left_out,
        notes=list(job.notes),
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
    counts = Counter(step.result for step in steps) if result else Counter(step.kind for step in steps)
    return messages.PipelineInfo(
        str(opened.root / opened.file),
        str(opened.root),
        pipeline.platform,
        pipeline.name,
        list(jobs),
        list(pipeline.groups),
        sorted(set(_variables_without_value(pipeline)) - set(values)),
        [f"{source}: {reason}" for reason, source in pipeline.unread],
        {str(key): number for key, number in sorted(counts.items()) if key},
        result,
    )


def _variables_without_value(pipeline: Pipeline) -> Iterator[str]:
    """Names of variables and secrets that nothing in the files gives a value."""
    texts = list(_texts(pipeline))
    if pipeline.platform == "github":
        yield from (match.group(2) for text in texts for match in _GITHUB.finditer(text))
    if pipeline.platform == "azure":
        own_names = {name.lower() for job in pipeline.jobs for name in (*pipeline.env, *job.env)}
        own_names |= {name.lower() for text in texts for name in _SET.findall(text)}
        own_names |= {name.lower() for job in pipeline.jobs for run in job.matrix for name in run}
        for text in texts:
            for name in _AZURE.findall(text):
                if (
                    name.lower() not in own_names
                    and name.rpartition(".")[2].lower() not in own_names
                    and not _PREDEFINED.match(name)
                ):
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
