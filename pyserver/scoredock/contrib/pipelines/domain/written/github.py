"""The workflow of GitHub Actions that is written for a project."""

from __future__ import annotations

from collections.abc import Iterator

from scoredock.contrib.pipelines.domain.written.project import JobName, PipelineProject
from scoredock.contrib.pipelines.domain.written.steps import SECRET, WrittenStep, check_steps, deploy_steps, install
from scoredock.contrib.pipelines.domain.written.yaml_lines import block, comments, head, scalar, variable_lines


def lines(project: PipelineProject) -> Iterator[str]:
    """Line by line."""
    yield from head("github", "a secret of the repository")
    yield f"name: {scalar(project.service)}"
    yield "on:"
    yield "  push:"
    yield f"    branches: [{scalar(project.branch)}]"
    yield "  pull_request:"
    yield "  workflow_dispatch:"
    yield ""
    yield "permissions:"
    yield "  contents: read"
    yield "  security-events: write  # for the findings under Code scanning"
    yield ""
    yield "env:"
    yield from variable_lines(project, "${{ github.sha }}")
    if project.folder:
        yield "defaults:"
        yield "  run:"
        yield f"    working-directory: {scalar(project.folder)}"
        yield ""
    yield "jobs:"
    yield "  check:"
    yield "    runs-on: ubuntu-latest"
    yield from _steps(project, "check", check_steps(project))
    yield ""
    yield "  deploy:"
    yield "    needs: check"
    yield f"    if: github.event_name != 'pull_request' && github.ref == 'refs/heads/{project.branch}'"
    yield "    # Fill in: a runner on the machine that the service is to run on, or that reaches the cluster."
    yield "    runs-on: self-hosted"
    yield "    environment: production"
    yield from _steps(project, "deploy", deploy_steps(project))


def _steps(project: PipelineProject, job: JobName, steps: Iterator[WrittenStep]) -> Iterator[str]:
    if project.runs_in_image(job):
        yield f"    container: {scalar(project.source.address)}"
    yield "    steps:"
    yield "      - uses: actions/checkout@v4"
    if not project.runs_in_image(job):
        yield "      - uses: actions/setup-python@v5"
        yield "        with:"
        yield f'          python-version: "{project.python}"'
    for step in (install(project, "github"), *steps):
        yield from _step(step)


def _step(step: WrittenStep) -> Iterator[str]:
    yield from comments(step.comment, "      ")
    yield f"      - name: {step.title}"
    yield from block("run", step.script, "        ")
    if step.kind == "push":
        yield "        env:"
        yield f"          {SECRET}: ${{{{ secrets.{SECRET} }}}}"
    if step.kind == "check":
        yield "      - name: Upload the findings"
        yield "        if: always()"
        yield "        uses: github/codeql-action/upload-sarif@v3"
        yield "        with:"
        yield f"          sarif_file: {scalar(step.file)}"
    if step.kind == "test":
        yield "      - name: Keep the results"
        yield "        if: always()"
        yield "        uses: actions/upload-artifact@v4"
        yield "        with:"
        yield "          name: test-results"
        yield f"          path: {scalar(step.file)}"
