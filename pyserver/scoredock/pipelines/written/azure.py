"""A pipeline of Azure Pipelines."""

from __future__ import annotations

from collections.abc import Iterator

from scoredock.pipelines.written.project import PipelineProject
from scoredock.pipelines.written.steps import (
    RESULTS,
    SARIF,
    SECRET,
    WrittenStep,
    check_steps,
    deploy_steps,
    install,
    model_steps,
    variables,
)
from scoredock.pipelines.written.yaml_lines import block, comments, scalar, variable


def lines(project: PipelineProject) -> Iterator[str]:
    """Line by line."""
    yield "# Written by scoredock pipeline create azure; yours to change. Nothing secret is in it:"
    yield f"# {SECRET} is a secret variable of the pipeline, and needed only where IMAGE is filled in."
    yield "trigger:"
    yield "  branches:"
    yield f"    include: [{scalar(project.branch)}]"
    yield ""
    yield "variables:"
    yield from (variable(each, "  ") for each in variables(project))
    yield "  COMMIT: $(Build.SourceVersion)"
    yield ""
    yield "stages:"
    yield "  - stage: check"
    yield "    jobs:"
    yield "      - job: check"
    yield "        pool:"
    yield "          vmImage: ubuntu-latest"
    yield "        steps:"
    yield from _begin(project)
    for step in check_steps(project):
        yield from _step(step, project)
    yield ""
    yield "  - stage: deploy"
    yield "    dependsOn: check"
    yield "    condition: >-"
    yield "      and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'),"
    yield f"      eq(variables['Build.SourceBranch'], 'refs/heads/{project.branch}'))"
    yield "    jobs:"
    yield "      - deployment: deploy"
    yield "        environment: production"
    yield "        pool:"
    yield "          name: Default  # fill in: agents on the machine that the service is to run on"
    yield "        strategy:"
    yield "          runOnce:"
    yield "            deploy:"
    yield "              steps:"
    yield "                - checkout: self"
    for line in _begin(project):
        yield f"      {line}"
    for step in (*model_steps(project), *deploy_steps(project)):
        yield from (f"      {line}" if line else "" for line in _step(step, project))


def _begin(project: PipelineProject) -> Iterator[str]:
    yield "          - task: UsePythonVersion@0"
    yield "            inputs:"
    yield f'              versionSpec: "{project.python}"'
    yield from _step(install(project), project)


def _step(step: WrittenStep, project: PipelineProject) -> Iterator[str]:
    yield from comments(step.comment, "          ")
    yield from block("bash", f"set -eo pipefail\n{step.script}", "          - ")
    yield f"            displayName: {step.title}"
    if project.folder:
        yield f"            workingDirectory: {scalar(project.folder)}"
    if step.kind == "push":
        yield "            env:"
        yield f"              {SECRET}: $({SECRET})"
    inner = f"{project.folder}/" if project.folder else ""
    if step.kind == "check":
        yield "          - publish: " + scalar(inner + SARIF)
        yield "            artifact: CodeAnalysisLogs  # where the tab for SARIF looks"
        yield "            condition: always()"
        yield "            displayName: Publish the findings"
    if step.kind == "test":
        yield "          - task: PublishTestResults@2"
        yield "            condition: always()"
        yield "            displayName: Publish the results"
        yield "            inputs:"
        yield f"              testResultsFiles: {scalar(inner + RESULTS)}"
