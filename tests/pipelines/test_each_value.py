"""No value is passed over in silence: at the place of each key that is read, a text, a list and a mapping are read, or
named with their place; and a key that nobody knows is named at each level."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.keys.table import tables
from scoredock.contrib.pipelines.domain.keys.unread import unread_of
from scoredock.contrib.pipelines.domain.pipeline import Platform
from scoredock.contrib.pipelines.domain.values import PipelineFault

from pipelines.conftest import pipeline_of
from pipelines.test_each_key import OF_AZURE, OF_GITHUB, OF_GITLAB, Example, Outcome, outcome_of, texts_of_example

EXAMPLES = {"github": OF_GITHUB, "azure": OF_AZURE, "gitlab": OF_GITLAB}
VALUES = {"text": "zz", "list": "[zz]", "lists": "[[zz]]", "mapping": "{zz: zz}", "mappings": "[{zz: zz}]"}
_PLACES = re.compile(r"YamlPlace\(.*?\)|(?:parts|document)=.*?(?=, \w+=|\)$)")


def outcome_with(folder: Path, platform: Platform, level: str, example: Example, line: str) -> Outcome | None:
    """None where the file is refused as a whole."""
    texts = texts_of_example(platform, level, example, line)
    try:
        return outcome_of(folder, texts, example.parameters)
    except (PipelineFault, ExpressionFault):
        return None


def shape(outcome: Outcome) -> str:
    """What a pipeline is and does, without the places of its parts."""
    pipeline = replace(outcome.pipeline, document=None, parts=(), unread=())
    return _PLACES.sub("", repr((pipeline, outcome.results, outcome.scripts, outcome.variables)))


def says_left_out(outcome: Outcome) -> bool:
    jobs = outcome.pipeline.jobs
    return any(job.left_out or any(step.kind == "left-out" for step in job.steps) for job in jobs)


def key_line(example: Example, value: str) -> str:
    """The line of an example with another value."""
    head = re.match(r"[\s-]*[^:\s]+:", example.line)
    assert head is not None, example.line
    return f"{head.group()} {value}"


def cases() -> list[tuple[Platform, str, str]]:
    levels = ((platform, level, key) for platform, examples in EXAMPLES.items() for level, key in examples)
    return [(platform, level, key) for platform, level, key in levels if level != "commands"]  # type: ignore[misc]


FITTING = {
    ("github", "push", "branches-ignore"): ("text", "list"),
    ("gitlab", "job", "except"): ("text", "list", "lists"),
    **{("azure", level, "pool"): ("text",) for level in ("pipeline", "stage", "job")},
    **{("azure", level, "parameters"): ("mapping",) for level in ("template", "variable", "stage", "job", "step")},
}
"""Values that are read, and change nothing here: no branch is called `zz`, a pool is a name of
machines, and no expression reads the parameter `zz`."""


@pytest.mark.parametrize(("platform", "level", "key"), cases())
def test_no_value_of_a_key_is_passed_over(tmp_path: Path, platform: Platform, level: str, key: str) -> None:
    (tmp_path / "temp").mkdir()
    example = EXAMPLES[platform][level, key]
    without = outcome_with(tmp_path, platform, level, example, "")
    for kind, value in VALUES.items():
        outcome = outcome_with(tmp_path, platform, level, example, key_line(example, value))
        if outcome is None or without is None or kind in FITTING.get((platform, level, key), ()):
            continue
        assert unread_of(outcome.pipeline) or says_left_out(outcome) or shape(outcome) != shape(without), kind


def beside(line: str) -> str:
    """A line with a key that nobody knows, in the mapping that another line is in."""
    return re.sub("[^ ]", " ", re.match(r"(?:\s*- )?\s*", line).group()) + "zz: 1"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("platform", "level", "key"),
    [case for case in cases() if set(tables()[case[0]][case[1]]).isdisjoint(("*", ".*"))],
)
def test_a_key_that_nobody_knows_is_named(tmp_path: Path, platform: Platform, level: str, key: str) -> None:
    (tmp_path / "temp").mkdir()
    example = EXAMPLES[platform][level, key]
    outcome = outcome_with(tmp_path, platform, level, example, f"{example.line}\n{beside(example.line)}")
    assert outcome is None or any("“zz”" in each.reason for each in unread_of(outcome.pipeline))


IN_W = "on: push\njobs:\n  a:\n    runs-on: x\n"
IN_P = "pool: x\n"
OTHERS = [
    (IN_W + "    steps: [{run: x}]\n    steps: [{run: y}]\n", ["“steps” is there more than once."] * 2),
    (IN_W + "    steps: [{run: x, uses: actions/cache@v4}]\n", ["“uses” is not read beside “run”."]),
    (IN_W + "    steps: [{run: x, with: {a: 1}}]\n", ["“with” is read only beside “uses”."]),
    (IN_W + "    steps: [{uses: actions/cache@v4, shell: sh}]\n", ["“shell” is read only beside “run”."]),
    (IN_P + "steps: [{script: x, bash: y}]\n", ["“bash” is not read beside “script”."]),
    (IN_P + "steps: [{script: x, inputs: {}}]\n", ["“inputs” is read only beside “task”."]),
    (IN_P + "steps: [{script: x}]\njobs: [{job: a, steps: []}]\n", ["“steps” is not read beside “jobs”."]),
    (IN_P + "jobs: [{job: a, environment: e, steps: []}]\n", ["“environment” is read only beside “deployment”."]),
    (IN_P + "jobs: [{job: a, steps: [], strategy: {runOnce: {}}}]\n", ["“runOnce” is not a key here."]),
    (IN_P + "jobs: [{deployment: a, strategy: {matrix: {}, runOnce: {}}}]\n", ["“matrix” is not a key here."]),
    (IN_P + "variables: [{name: a, value: 1, group: g}]\nsteps: []\n", ["“group” is not read beside “name”."]),
]


@pytest.mark.parametrize(("text", "sentences"), OTHERS)
def test_a_key_that_another_one_keeps_from_being_read_is_named(text: str, sentences: list[str]) -> None:
    name = "w.yml" if text.startswith(IN_W) else "azure-pipelines.yml"
    assert [each.reason for each in unread_of(pipeline_of(name, {name: text}))] == sentences


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("w.yml", IN_W + "    steps: [{run: x}]\n  a: {runs-on: x, steps: [{run: y}]}\n"),
        ("azure-pipelines.yml", IN_P + "jobs: [{job: a, steps: []}, {job: a, steps: []}]\n"),
    ],
)
def test_a_job_that_is_there_twice_is_refused(name: str, text: str) -> None:
    with pytest.raises(PipelineFault, match="“a” is there more than once"):
        pipeline_of(name, {name: text})
