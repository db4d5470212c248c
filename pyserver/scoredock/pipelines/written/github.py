"""A workflow of GitHub Actions."""

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
    yield "# Written by scoredock pipeline create github; yours to change. Nothing secret is in it:"
    yield f"# {SECRET} is a secret of the repository, and needed only where IMAGE is filled in."
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
    yield from (variable(each, "  ") for each in variables(project))
    yield "  COMMIT: ${{ github.sha }}"
    yield ""
    if project.folder:
        yield "defaults:"
        yield "  run:"
        yield f"    working-directory: {scalar(project.folder)}"
        yield ""
    yield "jobs:"
    yield "  check:"
    yield "    runs-on: ubuntu-latest"
    yield "    steps:"
    yield from _begin(project)
    for step in check_steps(project):
        yield from _step(step, project)
    yield ""
    yield "  deploy:"
    yield "    needs: check"
    yield f"    if: github.event_name != 'pull_request' && github.ref == 'refs/heads/{project.branch}'"
    yield "    # Fill in: a runner on the machine that the service is to run on, or that reaches the cluster."
    yield "    runs-on: self-hosted"
    yield "    environment: production"
    yield "    steps:"
    yield from _begin(project)
    for step in (*model_steps(project), *deploy_steps(project)):
        yield from _step(step, project)


def _begin(project: PipelineProject) -> Iterator[str]:
    yield "      - uses: actions/checkout@v4"
    yield "      - uses: actions/setup-python@v5"
    yield "        with:"
    yield f'          python-version: "{project.python}"'
    yield from _step(install(project), project)


def _step(step: WrittenStep, project: PipelineProject) -> Iterator[str]:
    yield from comments(step.comment, "      ")
    yield f"      - name: {step.title}"
    yield from block("run", step.script, "        ")
    if step.kind == "push":
        yield "        env:"
        yield f"          {SECRET}: ${{{{ secrets.{SECRET} }}}}"
    inner = f"{project.folder}/" if project.folder else ""
    if step.kind == "check":
        yield "      - name: Upload the findings"
        yield "        if: always()"
        yield "        uses: github/codeql-action/upload-sarif@v3"
        yield "        with:"
        yield f"          sarif_file: {scalar(inner + SARIF)}"
    if step.kind == "test":
        yield "      - name: Keep the results"
        yield "        if: always()"
        yield "        uses: actions/upload-artifact@v4"
        yield "        with:"
        yield "          name: test-results"
        yield f"          path: {scalar(inner + RESULTS)}"
