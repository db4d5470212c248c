"""The file of Azure Pipelines that is written for a project."""

from __future__ import annotations

from collections.abc import Iterator

from scoredock.contrib.pipelines.domain.written.project import JobName, PipelineProject
from scoredock.contrib.pipelines.domain.written.steps import SECRET, WrittenStep, check_steps, deploy_steps, install
from scoredock.contrib.pipelines.domain.written.yaml_lines import block, comments, head, scalar, variable_lines


def lines(project: PipelineProject) -> Iterator[str]:
    """Line by line."""
    yield from head("azure", "a secret variable of the pipeline")
    yield "trigger:"
    yield "  branches:"
    yield f"    include: [{scalar(project.branch)}]"
    yield ""
    yield "variables:"
    yield from variable_lines(project, "$(Build.SourceVersion)")
    yield "stages:"
    yield "  - stage: check"
    yield "    jobs:"
    yield "      - job: check"
    yield "        pool:"
    yield "          vmImage: ubuntu-latest"
    yield from _container(project, "check")
    yield "        steps:"
    yield from _steps(project, "check", check_steps(project))
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
    yield from _container(project, "deploy")
    yield "        strategy:"
    yield "          runOnce:"
    yield "            deploy:"
    yield "              steps:"
    yield "                - checkout: self"
    yield from (f"      {line}" if line else "" for line in _steps(project, "deploy", deploy_steps(project)))


def _container(project: PipelineProject, job: JobName) -> Iterator[str]:
    if project.runs_in_image(job):
        yield f"        container: {scalar(project.source.address)}"


def _steps(project: PipelineProject, job: JobName, steps: Iterator[WrittenStep]) -> Iterator[str]:
    if not project.runs_in_image(job):
        yield "          - task: UsePythonVersion@0"
        yield "            inputs:"
        yield f'              versionSpec: "{project.python}"'
    for step in (install(project, "azure"), *steps):
        yield from _step(step, project)


def _step(step: WrittenStep, project: PipelineProject) -> Iterator[str]:
    yield from comments(step.comment, "          ")
    yield from block("bash", f"set -eo pipefail\n{step.script}", "          - ")
    yield f"            displayName: {step.title}"
    if project.folder:
        yield f"            workingDirectory: {scalar(project.folder)}"
    if step.kind == "push":
        yield "            env:"
        yield f"              {SECRET}: $({SECRET})"
    if step.kind == "check":
        yield "          - publish: " + scalar(step.file)
        yield "            artifact: CodeAnalysisLogs  # where the tab for SARIF looks"
        yield "            condition: always()"
        yield "            displayName: Publish the findings"
    if step.kind == "test":
        yield "          - task: PublishTestResults@2"
        yield "            condition: always()"
        yield "            displayName: Publish the results"
        yield "            inputs:"
        yield f"              testResultsFiles: {scalar(step.file)}"
