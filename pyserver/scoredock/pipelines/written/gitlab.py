"""A pipeline of GitLab CI."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

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
from scoredock.pipelines.written.yaml_lines import scalar, variable


def lines(project: PipelineProject) -> Iterator[str]:
    """Line by line."""
    inner = f"{project.folder}/" if project.folder else ""
    yield "# Written by scoredock pipeline create gitlab; yours to change. Nothing secret is in it:"
    yield f"# {SECRET} is a masked variable of the project, and needed only where IMAGE is filled in."
    yield "stages: [check, deploy]"
    yield ""
    yield "variables:"
    yield from (variable(each, "  ") for each in variables(project))
    yield "  COMMIT: $CI_COMMIT_SHA"
    yield ""
    yield "default:"
    yield f"  image: python:{project.python}"
    yield "  before_script:"
    yield from _items([install(project)])
    if project.folder:
        yield f"    - cd {shlex.quote(project.folder)}"
    yield ""
    yield "check:"
    yield "  stage: check"
    yield "  script:"
    yield from _items(check_steps(project))
    yield "  artifacts:"
    yield "    when: always"
    yield "    paths:"
    yield f"      - {scalar(inner + SARIF)}"
    if project.tests:
        yield f"      - {scalar(inner + RESULTS)}"
        yield "    reports:"
        yield f"      junit: {scalar(inner + RESULTS)}"
    yield ""
    yield "deploy:"
    yield "  stage: deploy"
    yield "  rules:"
    yield f'    - if: $CI_COMMIT_BRANCH == "{project.branch}"'
    yield "  tags: [shell]  # fill in: a runner on the machine that the service is to run on, with the shell executor"
    yield "  environment: production"
    yield "  script:"
    yield from _items((*model_steps(project), *deploy_steps(project)))


def _items(steps: Iterable[WrittenStep]) -> Iterator[str]:
    """One item for each step, in a shell of its own where it ends early."""
    for step in steps:
        yield f"    # {step.title}."
        yield from (f"    # {line}" for line in step.comment)
        script = step.script.splitlines()
        if len(script) == 1 and ": " not in script[0] and " #" not in script[0]:
            yield f"    - {script[0]}"
            continue
        ends = "exit 0" in step.script
        yield "    - |"
        yield from ["      ("] if ends else []
        yield from (f"      {'  ' if ends else ''}{line}" for line in script)
        yield from ["      )"] if ends else []
