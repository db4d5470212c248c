"""Reads a pipeline, of whichever platform it is."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Platform
from scoredock.contrib.pipelines.domain.platforms.azure import read_azure
from scoredock.contrib.pipelines.domain.platforms.github import read_github
from scoredock.contrib.pipelines.domain.platforms.gitlab import read_gitlab
from scoredock.contrib.pipelines.domain.platforms.gitlab_documents import GitlabSurroundings
from scoredock.contrib.pipelines.domain.platforms.stand_ins import Files
from scoredock.contrib.pipelines.domain.running.azure_variables import PlatformFacts
from scoredock.contrib.pipelines.domain.values import (
    Fields,
    PipelineFault,
    Text,
    Value,
    YamlPlace,
    items_of,
    read_fields,
)

_GITLAB_FILE = re.compile(r"(?:^|/)(?:\.gitlab-ci[^/]*\.ya?ml|[^/]*\.gitlab-ci\.ya?ml)$")
_AZURE_KEYS = frozenset(("pool", "stages", "trigger", "pr", "parameters", "resources", "steps", "variables", "extends"))


def read(
    file: str, files: Files, parameters: dict[str, str], facts: PlatformFacts, gitlab: GitlabSurroundings
) -> Pipeline:
    """The pipeline in a file of the repository. `parameters` are values that whoever starts it gives, `facts` variables
    of Azure Pipelines that its templates see, `gitlab` what files of GitLab are read with.

    Raises PipelineFault.
    """
    text = files(file)
    if text is None:
        raise PipelineFault(l10n.t("{file} is not there or cannot be read.", file=file))
    # One of GitLab may have two documents.
    document = Fields((), YamlPlace(file, 1, 1)) if _GITLAB_FILE.search(file) else read_fields(text, file)
    platform = platform_of(file, document)
    if platform == "github":
        pipeline = read_github(document, file, files, parameters)
    elif platform == "gitlab":
        pipeline = read_gitlab(file, gitlab)
    elif platform == "azure":
        pipeline = read_azure(document, file, files, parameters, facts)
    else:
        raise PipelineFault(l10n.t("{file} is not a pipeline.", file=file), document.source)
    in_order(pipeline)
    return pipeline


JobPlace = tuple[str, str]
"""Its stage, where jobs of other stages may have the same name, and its id."""


def in_order(pipeline: Pipeline) -> tuple[Job, ...]:
    """Jobs of the pipeline, each behind those that it waits for, else as they stand. Raises PipelineFault for one that
    waits for itself, or for one that is not there.
    """
    waiting = _waiting(pipeline)
    ranks: dict[JobPlace, int] = {}
    while waiting:
        free = next((place for place, needs in waiting.items() if not needs & waiting.keys()), None)
        if free is None:
            circle = [min(waiting)]
            while circle[-1] not in circle[:-1]:
                circle.append(min(waiting[circle[-1]] & waiting.keys()))
            names = [name for _, name in circle[circle.index(circle[-1]) :]]
            source = next(job.source for job in pipeline.jobs if job.id == names[0])
            raise PipelineFault(l10n.t("The jobs wait for one another: {names}.", names=" → ".join(names)), source)
        ranks[free] = len(ranks)
        del waiting[free]
    return tuple(sorted(pipeline.jobs, key=lambda job: ranks[_place(job, pipeline)]))


def _place(job: Job, pipeline: Pipeline) -> JobPlace:
    return (job.stage if pipeline.platform == "azure" else "", job.id)


def _waiting(pipeline: Pipeline) -> dict[JobPlace, set[JobPlace]]:
    """Jobs that each job waits for. Raises PipelineFault for a job that is there twice, or is not there and in no file
    that was not read.
    """
    places = [_place(job, pipeline) for job in pipeline.jobs]
    for number, job in enumerate(pipeline.jobs):
        if not job.left_out and places[number] in places[:number]:
            raise PipelineFault(l10n.t("“{key}” is there more than once.", key=job.id), job.source)
    waiting: dict[JobPlace, set[JobPlace]] = {place: set() for place in places}
    for job, place in zip(pipeline.jobs, places, strict=True):
        needs = {name: {(place[0], name)} & waiting.keys() for name in job.needs}
        needs |= {name: {each for each in places if each[0] == name} for name in job.stage_needs}
        absent = next((name for name, each in needs.items() if not each), "")
        if absent and not pipeline.unread:
            message = l10n.t("The job “{job}” needs “{other}”, which is not there.", job=job.id, other=absent)
            raise PipelineFault(message, job.source)
        waiting[place].update(*needs.values())
    return waiting


def platform_of(file: str, document: Value) -> Platform | None:
    """Platform of a document, by its place and its keys; None for anything else."""
    if not isinstance(document, Fields):
        return None
    names = set(document.names())
    jobs = document.get("jobs")
    if _GITLAB_FILE.search(file):
        return "gitlab"
    if "on" in names and isinstance(jobs, Fields):
        return "github"
    if isinstance(jobs, Fields):
        return None  # a job of Azure ML v2 has such jobs, too
    if "include" in names or any(_is_name(each) for each in items_of(document.get("stages"))):
        return "gitlab"
    if names & {"steps", "jobs", "stages"} and not isinstance(document.get("stages"), Fields):
        return "azure" if names & _AZURE_KEYS or "jobs" in names else None
    if "extends" in names and names & _AZURE_KEYS:
        return "azure"
    scripts = [value for _, value in document.entries if isinstance(value, Fields) and "script" in value.names()]
    return "gitlab" if scripts else None


def _is_name(stage: Value) -> bool:
    """True if a stage is a name, as GitLab has them; Azure Pipelines may have an expression in such a place."""
    return isinstance(stage, Text) and "${{" not in stage.text
