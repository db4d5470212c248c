"""A pipeline of GitLab CI is carried out by gitlab-ci-local, a program of others: here it is started, and its report is
read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from scoredock import l10n, run
from scoredock.context import Operation
from scoredock.contrib.pipelines import messages
from scoredock.contrib.pipelines.verbs.mask import Mask
from scoredock.contrib.pipelines.verbs.records import Opened, info, job_message
from scoredock.contrib.pipelines.verbs.run_folder import MARK, RunFolder
from scoredock.errors import ScoredockError
from scoredock.processes import WholeLines

_NAME = "gitlab-ci-local"
_PROGRAMS = (_NAME, "bash", "git", "rsync")
"""With those that it starts itself."""
_REPORT = re.compile(r" (PASS|WARN|FAIL) +(\S.*?)(?: +\d[\d.]*% coverage)?(?: {2,}(?:pre|after)_script)?")
"""A line at its end, for each job that ran. What jobs print stands behind their names."""


def require_program(params: messages.PipelineParams, opened: Opened) -> None:
    """Raises ScoredockError `pipeline-runner-missing` where it cannot be started, `pipeline-option-refused` for what it
    has no word for."""
    options = {
        "--skip": params.skipped,
        "--replace": params.replacements,
        "--artifact": params.artifacts,
        "--event": params.event,
        "--branch": params.branch,
    }
    place = opened.place()
    for option, value in options.items():
        if value:
            message = l10n.t(
                "A pipeline of GitLab CI is run by {name}, which has no {option}.", name=_NAME, option=option
            )
            raise ScoredockError("pipeline-option-refused", message, place=place)
    for program in _PROGRAMS:
        try:
            run.resolve_executable(program)
        except FileNotFoundError:
            message = l10n.t(
                "A pipeline of GitLab CI is run by {name}, and there is no {program} on PATH.",
                name=_NAME,
                program=program,
            )
            hint = l10n.t("Install {program}, which {name} needs.", program=program, name=_NAME)
            hint = "" if program == _NAME else hint
            raise ScoredockError("pipeline-runner-missing", message, hint, place=place) from None


def hand_over(
    opened: Opened,
    params: messages.PipelineParams,
    secrets: Mapping[str, str],
    folder: RunFolder,
    operation: Operation,
    report: Callable[[messages.PipelineLineKind, str], None],
) -> messages.PipelineInfo:
    """Blocks until it has ended. Raises ScoredockError `pipeline-invalid` where it refuses the file, `cancelled`."""
    mask, results, last = Mask(), dict[str, str](), [""]
    mask.add(secrets.values())

    def line(text: str) -> None:
        report("line", mask.line(text))
        match = _REPORT.fullmatch(text.rstrip())
        if match is not None:
            results[match.group(2)] = match.group(1)
        if not text.startswith("    at "):
            last[0] = mask.line(text).strip() or last[0]

    # Bash takes the pipe that it is given for a network's, and reads the person's own settings in its outermost shell.
    environment = {"SHLVL": "1"} | {
        name: text for name, text in folder.environment({}, ()).items() if not name.startswith("GITHUB_")
    }
    report("job", _NAME)
    try:
        with folder.job(MARK):
            completion = run.run(
                [_NAME, *_words(opened, params, secrets, folder)],
                cwd=opened.root,
                env={**environment, **folder.mark},
                timeout=params.timeout,
                cancel=operation.cancel,
                on_line=WholeLines(line),
            )
    except run.TimedOut:
        message = l10n.t("The run took more than {seconds:g} seconds and was ended.", seconds=params.timeout)
        raise ScoredockError("pipeline-timeout", message, place=opened.place()) from None
    code = completion.returncode
    if code and "FAIL" not in results.values():
        message = l10n.t("{name} ended with exit code {code}: {line}", name=_NAME, code=code, line=last[0])
        raise ScoredockError("pipeline-invalid", message, place=opened.place())
    jobs = [
        _ended(job_message(job, each), results.get(f"{job.name}: [{','.join(each.values())}]" if each else job.name))
        for job in opened.pipeline.jobs
        for each in job.matrix
    ]
    return mask.message(info(opened, jobs, {**params.variables, **secrets}, "failure" if code else "success"))


def _words(
    opened: Opened, params: messages.PipelineParams, secrets: Mapping[str, str], folder: RunFolder
) -> Iterator[str]:
    """Yields the words of the command. Its files, and values, lie in the folder of the run, as everybody here sees
    words of a command.
    """
    state = folder.folder / "gitlab"
    state.mkdir()
    # A dollar sign of a variable names another one, as at GitLab; a secret is what it is.
    # It names the folder of a container where a job asks for an image, though the job runs here.
    values = {
        "CI_PROJECT_DIR": str(opened.root),
        **params.variables,
        **{name: text.replace("$", "$$") for name, text in secrets.items()},
    }
    content = {"global": {name: {"type": "variable", "values": {"*": text}} for name, text in values.items()}}
    (state / "variables.yml").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    yield from ("--force-shell-executor", "--no-color", "--ignore-predefined-vars", "CI_PROJECT_DIR")
    yield from ("--file", opened.file)
    # It looks for its folder below its home, and has a file of the person's there with the tokens of all projects.
    yield from ("--home", str(opened.root), "--state-dir", os.path.relpath(state.resolve(), opened.root.resolve()))
    for name, text in params.parameters.items():
        yield from ("--input", f"{name}={text}")
    yield from params.jobs


def _ended(job: messages.PipelineJob, result: str | None) -> messages.PipelineJob:
    """Job with its result in the report; without a result it was skipped."""
    if not result:
        steps = [replace(step, result="skipped") for step in job.steps]
        return replace(job, steps=steps, result="skipped", reason=job.reason or l10n.t("It did not run."))
    if result == "FAIL":
        message = l10n.t("The job “{name}” failed.", name=job.name)
        steps = [replace(step, result="failure", message=message) for step in job.steps[:1]]
        return replace(job, steps=[*steps, *job.steps[1:]], result="failure")
    note = [l10n.t("It failed, as it may.")] if result == "WARN" else []
    steps = [replace(step, result="success") for step in job.steps]
    return replace(job, steps=steps, result="success", notes=[*job.notes, *note])
