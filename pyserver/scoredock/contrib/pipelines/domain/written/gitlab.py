"""The pipeline of GitLab CI that is written for a project."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from scoredock.contrib.pipelines.domain.written.project import PipelineProject
from scoredock.contrib.pipelines.domain.written.steps import WrittenStep, check_steps, deploy_steps, install
from scoredock.contrib.pipelines.domain.written.yaml_lines import head, scalar, variable_lines


def lines(project: PipelineProject) -> Iterator[str]:
    """Line by line."""
    yield from head("gitlab", "a masked variable of the project")
    yield "stages: [check, deploy]"
    yield ""
    yield "variables:"
    yield from variable_lines(project, "$CI_COMMIT_SHA")
    yield "default:"
    image = project.source.address if project.source.kind == "image" else f"python:{project.python}"
    yield f"  image: {scalar(image)}"
    yield "  before_script:"
    yield from _items([install(project, "gitlab")])
    if project.folder:
        yield f"    - cd {shlex.quote(project.folder)}"
    yield ""
    steps = tuple(check_steps(project))
    yield "check:"
    yield "  stage: check"
    yield "  script:"
    yield from _items(steps)
    yield "  artifacts:"
    yield "    when: always"
    yield "    paths:"
    yield from (f"      - {scalar(step.file)}" for step in steps if step.file)
    for step in steps:
        if step.kind == "test":
            yield "    reports:"
            yield f"      junit: {scalar(step.file)}"
    yield ""
    yield "deploy:"
    yield "  stage: deploy"
    yield "  rules:"
    yield f'    - if: $CI_COMMIT_BRANCH == "{project.branch}"'
    yield "  tags: [shell]  # fill in: a runner on the machine that the service is to run on, with the shell executor"
    yield "  environment: production"
    yield "  script:"
    yield from _items(deploy_steps(project))


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
