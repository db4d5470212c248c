"""The state of a run, of whichever platform the pipeline is."""

from __future__ import annotations

from scoredock.pipelines.pipeline import Pipeline
from scoredock.pipelines.running.azure import AzureRun
from scoredock.pipelines.running.github import GithubRun
from scoredock.pipelines.running.gitlab import GitlabRun
from scoredock.pipelines.running.given import Given, RunState


def state_of(pipeline: Pipeline, given: Given) -> RunState:
    """Before the first job."""
    if pipeline.platform == "github":
        return GithubRun(pipeline, given)
    return AzureRun(pipeline, given) if pipeline.platform == "azure" else GitlabRun(pipeline, given)
