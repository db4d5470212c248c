"""Each key that is declared as read changes what runs: its example is carried out with the key and without it. A key
whose reading is dropped from the code makes its example fail, and a key without an example does as well."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.keys.github_events import event_of, events_of
from scoredock.contrib.pipelines.domain.keys.guards import guarded
from scoredock.contrib.pipelines.domain.keys.table import tables
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Platform, Step
from scoredock.contrib.pipelines.domain.platforms.stand_ins import STAND_INS, stand_in
from scoredock.contrib.pipelines.domain.running.azure import AzureRun
from scoredock.contrib.pipelines.domain.running.github import GithubRun
from scoredock.contrib.pipelines.domain.running.start import JobResult, JobState, Result, RunStart
from scoredock.contrib.pipelines.domain.values import PipelineFault, YamlPlace
from scoredock.contrib.pipelines.verbs.run_folder import Missing
from scoredock.contrib.pipelines.verbs.stand_in_work import carry_out

from pipelines.conftest import pipeline_of

RUNS: dict[str, Any] = {"github": GithubRun, "azure": AzureRun}


@dataclass
class Outcome:
    """A pipeline, and what a run of it would do: a script with `exit 1` fails, one with `OUT` writes an output."""

    pipeline: Pipeline
    results: dict[str, str] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    """Of the last step."""
    masks: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def job(self) -> Job:
        return self.pipeline.jobs[0]

    @property
    def step(self) -> Step:
        return self.job.steps[0]


def outcome_of(folder: Path, texts: dict[str, str], parameters: dict[str, str]) -> Outcome:
    name = next(iter(texts))
    pipeline = pipeline_of(name, texts, parameters)
    event = event_of(pipeline, parameters)[0] if pipeline.platform == "github" else ""
    start = RunStart(str(folder), str(folder), {"given": "1"}, parameters=parameters, event=event)
    outcome = Outcome(guarded(pipeline, start))
    if pipeline.platform != "gitlab":
        run = RUNS[pipeline.platform](outcome.pipeline, start)
        for job in outcome.pipeline.jobs:
            outcome.results[job.id] = _played(job, run, outcome)
    return outcome


def _played(job: Job, run: Any, outcome: Outcome) -> str:
    outputs: dict[str, str] = {}
    result: Result = "skipped"
    if not job.left_out and run.applies(job):
        result = "success"
        for matrix in run.runs(job):
            if result == "failure" and run.fails_fast(job):
                break
            if run.elsewhere(job, matrix):
                continue
            state: JobState = run.begin(job, matrix)
            for step in job.steps:
                _step(step, state, outcome)
            outputs = state.outputs()
            if state.has_failed and not run.tolerates(job, matrix):
                result = "failure"
    run.end(job, JobResult(result, outputs))
    return result


def _step(step: Step, state: JobState, outcome: Outcome) -> None:
    if step.kind == "left-out" or not state.applies(step):
        return
    script = state.fill(step.script, step)
    outcome.scripts.append(script)
    outcome.variables = state.variables(step)
    if "OUT" in script:
        state.line(step, "##vso[task.setvariable variable=o;isOutput=true]7")
    for line in script.split(";"):
        state.line(step, line.strip())
    outcome.masks, outcome.paths = state.masks, state.paths
    files = {"GITHUB_OUTPUT": "o=7\n"} if "OUT" in script else {}
    state.end(step, "failure" if "exit 1" in script else "success", files)


@dataclass(frozen=True)
class Example:
    """A line with a key, a file that has it at `%`, and what is so with it and not so without it."""

    line: str
    shows: Callable[[Outcome], object]
    file: str = ""
    others: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)


STEPS = "    steps: [{run: exit 0}]\n"
A_JOB = "jobs:\n  a:\n    runs-on: x\n    steps: [{run: 'echo ${{ inputs.i }}', shell: bash}]\n"
COMPOSITE = "runs:\n  using: composite\n  steps: [{run: 'echo ${{ inputs.i }}', shell: bash}]\n"
TWO = "  b:\n    runs-on: x\n    steps: [{run: exit 0}]\n"
GITHUB = {
    "workflow": "on: push\n%jobs:\n  a:\n    runs-on: x\n    steps: [{run: exit 0}]\n",
    "on": "on:\n  issues:\n%" + A_JOB,
    "push": "on:\n  push:\n%    paths: [x]\n" + A_JOB,
    "by hand": "on:\n  workflow_dispatch:\n%" + A_JOB,
    "call": "on:\n  workflow_call:\n%" + A_JOB,
    "inputs": "on:\n  workflow_dispatch:\n    inputs:\n%" + A_JOB,
    "input": "on:\n  workflow_dispatch:\n    inputs:\n      i:\n        description: x\n%" + A_JOB,
    "defaults": "on: push\ndefaults:\n%" + A_JOB.replace(", shell: bash", ""),
    "defaults.run": "on: push\ndefaults:\n  run:\n%" + A_JOB.replace(", shell: bash", ""),
    "runs-on": "on: push\njobs:\n  a:\n    runs-on:\n%" + STEPS,
    "environment": "on: push\njobs:\n  a:\n    runs-on: x\n    environment:\n      url: x\n%" + STEPS,
    "commands": "on: push\njobs:\n  a:\n    runs-on: x\n    env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: true}\n"
    "    steps: [{run: 'x;%'}, {run: x}]\n",
    "jobs": "on: push\njobs:\n%  b: {runs-on: x, steps: [{run: exit 0}]}\n",
    "job": "on: push\njobs:\n  a:\n    runs-on: x\n%" + STEPS + TWO,
    "strategy": "on: push\njobs:\n  a:\n    runs-on: x\n    strategy:\n%" + STEPS,
    "variables": "on: push\nenv:\n  B: 2\n%jobs:\n  a:\n    runs-on: x\n" + STEPS,
    "step": "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo OUT\n%      - run: echo end\n",
}
ACTS = (
    "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - {uses: ./act, id: act, with: {i: five}}\n"
    "    - {run: 'echo ${{ steps.act.outputs.o }}'}\n"
)
ACTIONS = {
    "action": "name: x\n%",
    "action.inputs": "inputs:\n%" + COMPOSITE,
    "action.input": "inputs:\n  i:\n    required: true\n  j:\n    required: false\n%"
    + COMPOSITE.replace("inputs.i", "inputs.j"),
    "action.outputs": "outputs:\n%" + COMPOSITE.replace("[{run", "[{id: s, run").replace("echo", "echo OUT"),
    "action.output": "outputs:\n  o:\n    description: x\n%"
    + COMPOSITE.replace("[{run", "[{id: s, run").replace("echo", "echo OUT"),
    "action.runs": "runs:\n%",
}
ONE = "steps: [{script: echo it}]\n"
AZURE = {
    "pipeline": "trigger: none\n%" + ONE,
    "template": "trigger: none\nextends:\n%",
    "parameter": "parameters:\n- displayName: x\n%steps: [{script: 'echo ${{ parameters.i }}'}]\n",
    "variable": "variables:\n- readonly: true\n%steps: [{script: echo $(v) $(group)}]\n",
    "stage": "trigger: none\nstages:\n- displayName: x\n%  jobs: [{job: a, steps: [{script: echo $(v)}]}]\n"
    "- {stage: t, dependsOn: [], jobs: [{job: b, steps: [{script: exit 1}]}]}\n",
    "job": "trigger: none\njobs:\n- timeoutInMinutes: 3\n%  steps: [{script: echo $(v)}]\n"
    "- {job: b, steps: [{script: exit 1}]}\n",
    "pool": "pool:\n  name: x\n%" + ONE,
    "environment": "jobs:\n- deployment: a\n  environment:\n    tags: x\n%"
    "  strategy: {runOnce: {deploy: {steps: []}}}\n",
    "matrix": "jobs:\n- job: a\n  strategy:\n    matrix:\n      x: {v: 1}\n%  steps: [{script: echo $(v)}]\n",
    "variables": "variables:\n  x: 1\n%steps: [{script: echo $(v)}]\n",
    "commands": "steps: [{script: 'x;%', name: s}, {script: x $(v) $(Build.BuildNumber)}]\n",
    "strategy": "jobs:\n- job: a\n  strategy:\n    maxParallel: 3\n%  steps: [{script: echo it}]\n",
    "deployment": "jobs:\n- deployment: a\n  strategy:\n    runOnce:\n%",
    "on": "jobs:\n- deployment: a\n  strategy:\n    runOnce:\n      deploy: {steps: [{script: exit 0}]}\n      on:\n%",
    "hook": "jobs:\n- deployment: a\n  strategy:\n    runOnce:\n      deploy:\n        pool: x\n%",
    "step": "steps:\n- script: echo OUT\n%- script: echo end\n",
}


def value_of(name: str) -> Callable[[Outcome], bool]:
    """Whether a script was filled in with it."""
    return lambda seen: f"echo {name}" in seen.scripts


OF_GITHUB: dict[tuple[str, str], Example] = (
    {
        ("workflow", "name"): Example("name: Build", lambda seen: seen.pipeline.name == "Build"),
        ("workflow", "on"): Example("on: push", lambda seen: seen.results == {"a": "success"}, "%" + A_JOB),
        ("workflow", "env"): Example("env: {A: 1}", lambda seen: seen.variables["A"] == "1"),
        ("workflow", "defaults"): Example(
            "defaults: {run: {shell: python}}", lambda seen: seen.step.program[0] == "python"
        ),
        ("workflow", "jobs"): Example(
            "jobs: {a: {runs-on: x, steps: [{run: x}]}}", lambda seen: seen.scripts, "on: push\n%"
        ),
        ("push", "branches"): Example("    branches: [other]", lambda seen: seen.results == {"a": "skipped"}),
        ("push", "branches-ignore"): Example(
            "    branches-ignore: [main]", lambda seen: seen.results == {"a": "skipped"}
        ),
        ("push", "tags"): Example("    tags: [v1]", lambda seen: seen.results == {"a": "skipped"}),
        ("push", "tags-ignore"): Example("    tags-ignore: [v1]", lambda seen: seen.results == {"a": "skipped"}),
        ("by hand", "inputs"): Example("    inputs: {i: {default: five}}", value_of("five")),
        ("call", "inputs"): Example("    inputs: {i: {default: five}}", value_of("five")),
        ("inputs", "*"): Example("      i: {default: five}", value_of("five")),
        ("input", "default"): Example("        default: five", value_of("five")),
        ("input", "options"): Example("        options: [a, b]", lambda seen: seen.pipeline.parameters[0].values),
        ("input", "type"): Example(
            "        type: boolean",
            lambda seen: seen.results == {"a": "skipped"},
            GITHUB["input"]
            .replace("description: x", "default: 'false'")
            .replace("    steps", "    if: inputs.i\n    steps"),
        ),
        ("strategy", "fail-fast"): Example(
            "      fail-fast: false",
            lambda seen: seen.scripts == ["exit 1", "exit 1"],
            GITHUB["strategy"].replace("%", "      matrix: {m: [1, 2]}\n%").replace("exit 0", "exit 1"),
        ),
        ("defaults", "run"): Example("  run: {shell: python}", lambda seen: seen.step.program[0] == "python"),
        ("defaults.run", "shell"): Example("    shell: python", lambda seen: seen.step.program[0] == "python"),
        ("defaults.run", "working-directory"): Example(
            "    working-directory: w", lambda seen: seen.step.folder == "w"
        ),
        ("jobs", "*"): Example("  a: {runs-on: x, steps: [{run: x}]}", lambda seen: "a" in seen.results),
        ("variables", "*"): Example("  A: 1", lambda seen: seen.variables.get("A") == "1"),
        ("job", "name"): Example("    name: Build", lambda seen: seen.job.name == "Build"),
        ("job", "needs"): Example("    needs: b", lambda seen: seen.job.needs == ("b",)),
        ("job", "if"): Example("    if: 1 == 2", lambda seen: seen.results["a"] == "skipped"),
        ("job", "runs-on"): Example(
            "    runs-on: [self-hosted, Windows]",
            lambda seen: seen.job.by_name,
            "on: push\njobs:\n  a:\n    name: x\n%    steps: [{run: x}]\n",
        ),
        ("job", "environment"): Example("    environment: e", lambda seen: seen.job.by_name),
        ("environment", "name"): Example("      name: e", lambda seen: seen.job.by_name),
        ("runs-on", "labels"): Example("      labels: windows-latest", lambda seen: seen.job.by_name),
        ("runs-on", "group"): Example("      group: windows", lambda seen: seen.job.by_name),
        ("commands", "set-output"): Example(
            "::set-output name=o::7",
            value_of("7"),
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {id: s, run: 'x;%'}\n"
            "      - {run: 'echo ${{ steps.s.outputs.o }}'}\n",
        ),
        ("commands", "set-env"): Example("::set-env name=E::7", lambda seen: seen.variables.get("E") == "7"),
        ("commands", "add-path"): Example("::add-path::/seven", lambda seen: seen.paths == ["/seven"]),
        ("commands", "add-mask"): Example("::add-mask::seven", lambda seen: seen.masks == ["seven"]),
        ("commands", "stop-commands"): Example(
            "::stop-commands::end",
            lambda seen: not seen.masks,
            GITHUB["commands"].replace("x;%", "x;%;::add-mask::seven"),
        ),
        ("job", "env"): Example(
            "    env: {A: 1}", lambda seen: seen.variables["A"] == "1", GITHUB["job"].replace(TWO, "")
        ),
        ("job", "timeout-minutes"): Example("    timeout-minutes: 3", lambda seen: seen.job.minutes == "3"),
        ("job", "outputs"): Example(
            "    outputs: {o: x}",
            value_of("x"),
            GITHUB["job"].replace(
                TWO,
                TWO.replace("runs-on", "needs: a\n    runs-on").replace("exit 0", "'echo ${{ needs.a.outputs.o }}'"),
            ),
        ),
        ("job", "defaults"): Example("    defaults: {run: {shell: sh}}", lambda seen: seen.step.program[0] == "sh"),
        ("job", "steps"): Example(
            "    steps: [{run: x}]", lambda seen: seen.scripts, GITHUB["job"].replace(STEPS, "").replace(TWO, "")
        ),
        ("job", "strategy"): Example("    strategy: {matrix: {m: [1, 2]}}", lambda seen: len(seen.scripts) == 3),
        ("job", "continue-on-error"): Example(
            "    continue-on-error: true",
            lambda seen: seen.results["a"] == "success",
            GITHUB["job"].replace("exit 0", "exit 1", 1),
        ),
        ("strategy", "matrix"): Example("      matrix: {m: [1, 2]}", lambda seen: len(seen.scripts) == 2),
        ("step", "id"): Example(
            "        id: s",
            value_of("7"),
            GITHUB["step"].replace("echo end", "echo ${{ steps.s.outputs.o }}"),
        ),
        ("step", "name"): Example("        name: First", lambda seen: seen.step.name == "First"),
        ("step", "if"): Example("        if: 1 == 2", lambda seen: seen.scripts == ["echo end"]),
        ("step", "uses"): Example(
            "        uses: actions/cache@v4",
            lambda seen: seen.step.kind == "stand-in",
            GITHUB["step"].replace("run: echo OUT", "name: x"),
        ),
        ("step", "run"): Example(
            "        run: echo it", value_of("it"), GITHUB["step"].replace("run: echo OUT", "name: x")
        ),
        ("step", "shell"): Example("        shell: python", lambda seen: seen.step.program == ("python",)),
        ("step", "with"): Example(
            "        with: {name: n}",
            lambda seen: seen.step.inputs == {"name": "n"},
            GITHUB["step"].replace("run: echo OUT", "uses: actions/upload-artifact@v4"),
        ),
        ("step", "env"): Example(
            "        env: {A: 1}",
            lambda seen: seen.variables.get("A") == "1",
            GITHUB["step"].replace("      - run: echo end\n", ""),
        ),
        ("step", "working-directory"): Example("        working-directory: w", lambda seen: seen.step.folder == "w"),
        ("step", "continue-on-error"): Example(
            "        continue-on-error: true",
            lambda seen: seen.results["a"] == "success",
            GITHUB["step"].replace("echo OUT", "exit 1"),
        ),
        ("step", "timeout-minutes"): Example("        timeout-minutes: 3", lambda seen: seen.step.minutes == "3"),
        ("action", "inputs"): Example(
            "inputs: {j: {default: six}}",
            value_of("six"),
            ACTIONS["action"] + COMPOSITE.replace("inputs.i", "inputs.j"),
        ),
        ("action", "outputs"): Example(
            "outputs: {o: {value: '${{ steps.s.outputs.o }}'}}",
            value_of("7"),
            ACTIONS["action.outputs"].replace("outputs:\n%", "%"),
        ),
        ("action", "runs"): Example(
            "runs: {using: composite, steps: [{run: x, shell: bash}]}", lambda seen: "x" in seen.scripts
        ),
        ("action.inputs", "*"): Example(
            "  j: {default: six}", value_of("six"), ACTIONS["action.inputs"].replace("inputs.i", "inputs.j")
        ),
        ("action.input", "default"): Example("    default: six", value_of("six")),
        ("action.outputs", "*"): Example("  o: {value: '${{ steps.s.outputs.o }}'}", value_of("7")),
        ("action.output", "value"): Example("    value: ${{ steps.s.outputs.o }}", value_of("7")),
        ("action.runs", "using"): Example(
            "  using: composite", lambda seen: "x" in seen.scripts, "runs:\n%  steps: [{run: x, shell: bash}]\n"
        ),
        ("action.runs", "steps"): Example(
            "  steps: [{run: x, shell: bash}]", lambda seen: "x" in seen.scripts, "runs:\n  using: composite\n%"
        ),
    }
    | {
        ("on", event): Example(
            f"  {event}: {{}}", lambda seen, event=event: event in events_of(seen.pipeline), "on:\n  label:\n%" + A_JOB
        )  # type: ignore[misc]
        for event in tables()["github"]["on"]
    }
    | {
        ("on", "label"): Example(
            "  label:", lambda seen: event_of(seen.pipeline, {}) == ("label", True), "on:\n%" + A_JOB
        )
    }
)


HOOK = "{steps: [{script: echo it}]}"
TEMPLATES = {
    "steps.yml": "parameters: {i: 1}\nsteps: [{script: 'echo of ${{ parameters.i }}'}]\n",
    "jobs.yml": "parameters: {i: 1}\njobs: [{job: t, steps: [{script: 'echo of ${{ parameters.i }}'}]}]\n",
    "stages.yml": "parameters: {i: 1}\nstages:\n- stage: t\n"
    "  jobs: [{job: t, steps: [{script: 'echo of ${{ parameters.i }}'}]}]\n",
    "variables.yml": "parameters: {i: 1}\nvariables: {v: 'of ${{ parameters.i }}'}\n",
}


def in_place_of(kind: str, *, given: bool) -> Example:
    """A template among others, or the values that one gets."""
    head = {
        "stages": "stages:\n%  ",
        "jobs": "jobs:\n%  ",
        "steps": "steps:\n%  ",
        "variables": ONE.replace("it", "$(v)") + "variables:\n%  ",
    }[kind]
    head = head.rstrip(" ")
    if given:
        return Example(
            "  parameters: {i: 5}", value_of("of 5"), head.replace("%", f"- template: {kind}.yml\n%"), TEMPLATES
        )
    return Example(f"- template: {kind}.yml", value_of("of 1"), head, TEMPLATES)


def of_step(line: str, shows: Callable[[Outcome], object], kind: str = "script: echo OUT") -> Example:
    return Example(f"  {line}", shows, AZURE["step"].replace("- script: echo OUT", f"- {kind}"))


def left_out(line: str) -> Example:
    return Example(f"- {line}", lambda seen: seen.step.kind == "left-out", "steps:\n%- script: echo end\n")


def deployed(level: str, line: str) -> Example:
    return Example(line, lambda seen: "echo it" in [step.script for step in seen.job.steps], AZURE[level])


OF_AZURE: dict[tuple[str, str], Example] = {
    ("pipeline", "pool"): Example("pool: {vmImage: windows-latest}", lambda seen: seen.job.by_name),
    ("pipeline", "name"): Example("name: seven", lambda seen: seen.pipeline.run_name == "seven"),
    ("pipeline", "parameters"): Example(
        "parameters: [{name: i, default: five}]",
        value_of("five"),
        AZURE["pipeline"].replace("echo it", "'echo ${{ parameters.i }}'"),
    ),
    ("pipeline", "variables"): Example("variables: {v: 1}", value_of("1"), AZURE["pipeline"].replace("it", "$(v)")),
    ("pipeline", "extends"): Example(
        "extends: {template: stages.yml}", value_of("of 1"), "trigger: none\n%", TEMPLATES
    ),
    ("pipeline", "stages"): Example(
        "stages: [{stage: s, jobs: [{job: a, steps: [{script: echo it}]}]}]", value_of("it"), "pr: none\n%"
    ),
    ("pipeline", "jobs"): Example("jobs: [{job: a, steps: [{script: echo it}]}]", value_of("it"), "pr: none\n%"),
    ("pipeline", "steps"): Example("steps: [{script: echo it}]", value_of("it"), "pr: none\n%"),
    ("pipeline", "continueOnError"): Example(
        "continueOnError: true",
        lambda seen: set(seen.results.values()) == {"success"},
        AZURE["pipeline"].replace("echo it", "exit 1"),
    ),
    ("template", "template"): Example("  template: stages.yml", value_of("of 1"), others=TEMPLATES),
    ("template", "parameters"): Example(
        "  parameters: {i: 5}", value_of("of 5"), AZURE["template"].replace("%", "  template: stages.yml\n%"), TEMPLATES
    ),
    ("parameter", "name"): Example(
        "  name: i", value_of("five"), AZURE["parameter"].replace("displayName: x", "default: five")
    ),
    ("parameter", "default"): Example(
        "  default: five", value_of("five"), AZURE["parameter"].replace("displayName: x", "name: i")
    ),
    ("parameter", "type"): Example(
        "  type: boolean", value_of("True"), AZURE["parameter"].replace("displayName: x", "name: i\n  default: 'true'")
    ),
    ("parameter", "values"): Example(
        "  values: [five]",
        lambda seen: seen.pipeline.parameters[0].values,
        AZURE["parameter"].replace("displayName: x", "name: i\n  default: five"),
    ),
    ("variable", "name"): Example(
        "  name: v", value_of("1 $(group)"), AZURE["variable"].replace("readonly: true", "value: 1")
    ),
    ("variable", "value"): Example(
        "  value: 1", value_of("1 $(group)"), AZURE["variable"].replace("readonly: true", "name: v")
    ),
    ("variable", "readonly"): Example(
        "  readonly: true",
        lambda seen: seen.job.locked == {"v"},
        AZURE["variable"].replace("readonly: true", "name: v"),
    ),
    ("variable", "group"): Example("- group: g", lambda seen: seen.pipeline.groups == ("g",)),
    ("variable", "template"): in_place_of("variables", given=False),
    ("variable", "parameters"): in_place_of("variables", given=True),
    ("stage", "stage"): Example("  stage: s", lambda seen: seen.job.stage == "s"),
    ("stage", "dependsOn"): Example("  dependsOn: t", lambda seen: seen.job.stage_needs == ("t",)),
    ("stage", "condition"): Example("  condition: false", lambda seen: seen.results["a"] == "skipped"),
    ("stage", "variables"): Example("  variables: {v: 1}", value_of("1")),
    ("stage", "jobs"): Example(
        "  jobs: [{job: z, steps: [{script: echo it}]}]", value_of("it"), "stages:\n- stage: s\n%"
    ),
    ("stage", "template"): in_place_of("stages", given=False),
    ("stage", "parameters"): in_place_of("stages", given=True),
    ("stage", "pool"): Example("  pool: {vmImage: vs2017-win2016}", lambda seen: seen.job.by_name),
    ("stage", "trigger"): Example("  trigger: manual", lambda seen: seen.job.by_name),
    ("job", "job"): Example("  job: z", lambda seen: seen.job.id == "z"),
    ("job", "deployment"): Example("  deployment: z", lambda seen: seen.job.id == "z"),
    ("job", "displayName"): Example("  displayName: Build", lambda seen: seen.job.name == "Build"),
    ("job", "dependsOn"): Example("  dependsOn: b", lambda seen: seen.job.needs == ("b",)),
    ("job", "condition"): Example("  condition: false", lambda seen: "skipped" in seen.results.values()),
    ("job", "continueOnError"): Example("  continueOnError: true", lambda seen: seen.job.continues == "true"),
    ("job", "variables"): Example("  variables: {v: 1}", value_of("1")),
    ("job", "pool"): Example("  pool: {vmImage: windows-2022}", lambda seen: seen.job.by_name),
    ("job", "timeoutInMinutes"): Example(
        "  timeoutInMinutes: 3", lambda seen: seen.job.minutes == "3", AZURE["job"].replace("timeoutInMinutes", "uses")
    ),
    ("job", "cancelTimeoutInMinutes"): Example(
        "  cancelTimeoutInMinutes: 3", lambda seen: seen.job.cleanup == "3", AZURE["job"]
    ),
    ("job", "steps"): Example("  steps: [{script: echo it}]", value_of("it"), "jobs:\n- job: a\n%"),
    ("job", "strategy"): Example("  strategy: {matrix: {x: {v: 1}, y: {v: 2}}}", value_of("2")),
    ("pool", "vmImage"): Example("  vmImage: windows-latest", lambda seen: seen.job.by_name),
    ("pool", "demands"): Example("  demands: [Agent.OS -equals Windows_NT]", lambda seen: seen.job.by_name),
    ("environment", "name"): Example("    name: e", lambda seen: seen.job.by_name),
    ("matrix", "*"): Example("      y: {v: 2}", value_of("2")),
    ("variables", "*"): Example("  v: 2", value_of("2")),
    ("commands", "task.setvariable"): Example(
        "##vso[task.setvariable variable=v]2", lambda seen: "x 2" in seen.scripts[1]
    ),
    ("commands", "task.setsecret"): Example("##vso[task.setsecret]seven", lambda seen: seen.masks == ["seven"]),
    ("commands", "task.prependpath"): Example("##vso[task.prependpath]/seven", lambda seen: seen.paths == ["/seven"]),
    ("commands", "task.complete"): Example(
        "##vso[task.complete result=Failed]", lambda seen: seen.results["job"] == "failure"
    ),
    ("commands", "build.updatebuildnumber"): Example(
        "##vso[build.updatebuildnumber]seven", lambda seen: seen.scripts[1].endswith("seven")
    ),
    ("job", "environment"): Example(
        "  environment: e",
        lambda seen: seen.job.by_name,
        "jobs:\n- deployment: a\n%  strategy: {runOnce: {deploy: {steps: []}}}\n",
    ),
    ("job", "template"): in_place_of("jobs", given=False),
    ("job", "parameters"): in_place_of("jobs", given=True),
    ("strategy", "matrix"): Example("    matrix: {x: {v: 1}, y: {v: 2}}", lambda seen: len(seen.scripts) == 2),
    ("strategy", "parallel"): Example("    parallel: 3", lambda seen: len(seen.job.matrix) == 3),
    ("strategy", "runOnce"): Example(
        f"    runOnce: {{deploy: {HOOK}}}", value_of("it"), "jobs:\n- deployment: a\n  strategy:\n    maxParallel: 3\n%"
    ),
    ("hook", "steps"): deployed("hook", "        steps: [{script: echo it}]"),
    ("step", "script"): of_step("script: echo it", value_of("it"), "displayName: x"),
    ("step", "bash"): of_step("bash: echo it", value_of("it"), "displayName: x"),
    ("step", "task"): of_step("task: CmdLine@2", value_of("it"), "inputs: {script: echo it}"),
    ("step", "inputs"): of_step("inputs: {script: echo it}", value_of("it"), "task: CmdLine@2"),
    ("step", "checkout"): of_step("checkout: self", lambda seen: seen.step.kind == "stand-in", "displayName: x"),
    ("step", "publish"): of_step("publish: out", lambda seen: seen.step.action == "upload", "displayName: x"),
    ("step", "download"): of_step("download: current", lambda seen: seen.step.kind == "stand-in", "displayName: x"),
    ("step", "artifact"): of_step(
        "artifact: drop", lambda seen: seen.step.inputs["artifact"] == "drop", "publish: out"
    ),
    ("step", "path"): of_step("path: here", lambda seen: seen.step.inputs["path"] == "here", "download: current"),
    ("step", "template"): in_place_of("steps", given=False),
    ("step", "parameters"): in_place_of("steps", given=True),
    **{
        ("step", kind): left_out(f"{kind}: x")
        for kind in ("pwsh", "powershell", "downloadBuild", "getPackage", "reviewApp", "upload")
    },
    ("step", "name"): Example("  name: s", value_of("7"), AZURE["step"].replace("echo end", "echo $(s.o)")),
    ("step", "displayName"): of_step("displayName: First", lambda seen: seen.step.name == "First"),
    ("step", "condition"): of_step("condition: false", lambda seen: seen.scripts == ["echo end"]),
    ("step", "continueOnError"): of_step("continueOnError: true", value_of("end"), "script: exit 1"),
    ("step", "enabled"): of_step("enabled: false", lambda seen: seen.scripts == ["echo end"]),
    ("step", "env"): Example(
        "  env: {A: 1}", lambda seen: seen.variables.get("A") == "1", "steps:\n- script: echo it\n%"
    ),
    ("step", "workingDirectory"): of_step("workingDirectory: w", lambda seen: seen.step.folder == "w"),
    ("step", "timeoutInMinutes"): of_step("timeoutInMinutes: 3", lambda seen: seen.step.minutes == "3"),
    **{
        ("deployment", phase): deployed("deployment", f"      {phase}: {HOOK}")
        for phase in ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")
    },
    ("deployment", "on"): deployed("deployment", f"      on: {{success: {HOOK}}}"),
    ("on", "success"): deployed("on", f"        success: {HOOK}"),
    ("on", "failure"): deployed("on", f"        failure: {HOOK}"),
}


def cases(platform: Platform) -> list[tuple[str, str]]:
    """The keys that are read; inputs of actions and tasks have a test of their own."""
    levels = {level: keys for level, keys in tables()[platform].items() if level not in STAND_INS}
    return [(level, key) for level, keys in levels.items() for key in keys if keys[key].reading == "read"]


def texts_of_example(platform: Platform, level: str, example: Example, line: str) -> dict[str, str]:
    """The files of an example, with a line in its place."""
    skeletons = {"github": GITHUB | ACTIONS, "azure": AZURE, "gitlab": GITLAB}[platform]
    text = (example.file or skeletons[level]).replace("%", f"{line}\n" if line and level != "commands" else line, 1)
    if level in ACTIONS and platform == "github":
        return {"w.yml": ACTS, "act/action.yml": text, **example.others}
    name = {"github": "w.yml", "azure": "azure-pipelines.yml", "gitlab": ".gitlab-ci.yml"}[platform]
    return {name: text, **example.others}


def shown(folder: Path, platform: Platform, level: str, example: Example, line: str) -> bool:
    """Whether the example shows what it says, with the line or without it."""
    try:
        texts = texts_of_example(platform, level, example, line)
        return bool(example.shows(outcome_of(folder, texts, example.parameters)))
    except (PipelineFault, ExpressionFault, KeyError, IndexError, StopIteration):
        return False


@pytest.mark.parametrize(("level", "key"), cases("github"))
def test_a_key_of_github_changes_what_runs(tmp_path: Path, level: str, key: str) -> None:
    (tmp_path / "temp").mkdir()
    example = OF_GITHUB[level, key]
    assert shown(tmp_path, "github", level, example, example.line)
    assert not shown(tmp_path, "github", level, example, ""), "the example shows the same without the key"


@pytest.mark.parametrize(("level", "key"), cases("azure"))
def test_a_key_of_azure_changes_what_runs(tmp_path: Path, level: str, key: str) -> None:
    (tmp_path / "temp").mkdir()
    example = OF_AZURE[level, key]
    assert shown(tmp_path, "azure", level, example, example.line)
    assert not shown(tmp_path, "azure", level, example, ""), "the example shows the same without the key"


OF_INPUT = "---\na: {script: ['echo $[[ inputs.i ]]']}\n"
GITLAB = {
    "pipeline": "a: {script: [x], stage: test}\n%",
    "default": "a: {script: [x]}\ndefault:\n  tags: [t]\n%",
    "workflow": "a: {script: [x]}\nworkflow:\n  name: x\n%",
    "include": "a: {script: [x]}\ninclude:\n- local: more.yml\n%",
    "job": "b: {script: [x]}\n.c: {script: [echo c]}\na:\n  script: [x]\n%",
    "spec": "spec:\n  description: x\n%" + OF_INPUT,
    "spec.inputs": "spec:\n  inputs:\n%" + OF_INPUT,
    "spec.input": "spec:\n  inputs:\n    i:\n      description: x\n%" + OF_INPUT,
    "inherit": "variables: {V: 1}\ndefault: {before_script: [echo it]}\na:\n  script: [x]\n  inherit:\n%",
    "parallel": "a:\n  script: [x]\n  parallel:\n%",
    "allow_failure": "a:\n  script: [x]\n  allow_failure:\n%",
    "filter": "a:\n  script: [x]\n  only:\n    changes: [x]\n%",
    "need": "b: {script: [x]}\na:\n  script: [x]\n  needs:\n  - artifacts: true\n%",
    "files": "a:\n  script: [x]\n  rules:\n  - exists:\n%",
    "rule": "b: {script: [x]}\na:\n  script: [x]\n  rules:\n  - interruptible: true\n%",
    "artifacts": "a:\n  script: [x]\n  artifacts:\n    expire_in: 1 day\n%",
}
MORE = {"more.yml": "spec: {inputs: {i: {default: one}}}\n---\nm: {script: ['echo $[[ inputs.i ]]']}\n"}


def job_of(seen: Outcome, name: str = "a") -> Job:
    return next(job for job in seen.pipeline.jobs if job.id == name)


def of_job(line: str, shows: Callable[[Job], object]) -> Example:
    return Example(f"  {line}", lambda seen: shows(job_of(seen)), GITLAB["job"])


def of_rule(line: str, shows: Callable[[Job], object]) -> Example:
    return Example(f"    {line}", lambda seen: shows(job_of(seen)), GITLAB["rule"])


def has_line(line: str) -> Callable[[Job], bool]:
    return lambda job: any(line in step.script.splitlines() for step in job.steps)


def kept(job: Job) -> bool:
    return any(step.uses == "artifacts" for step in job.steps)


OF_GITLAB: dict[tuple[str, str], Example] = {
    ("pipeline", "stages"): Example(
        "stages: [late, test]\nb: {script: [x], stage: late}", lambda seen: seen.job.id == "b"
    ),
    ("pipeline", "variables"): Example("variables: {V: 1}", lambda seen: seen.job.env == {"V": "1"}),
    ("pipeline", "default"): Example("default: {before_script: [echo it]}", lambda seen: has_line("echo it")(seen.job)),
    ("pipeline", "include"): Example("include: [more.yml]", lambda seen: job_of(seen, "m"), others=MORE),
    ("pipeline", "before_script"): Example("before_script: [echo it]", lambda seen: has_line("echo it")(seen.job)),
    ("pipeline", "after_script"): Example("after_script: [echo it]", lambda seen: has_line("echo it")(seen.job)),
    ("pipeline", "workflow"): Example("workflow: {rules: [{when: never}]}", lambda seen: seen.job.left_out),
    ("pipeline", "spec"): Example(
        "spec: {inputs: {i: {default: five}}}\n---",
        lambda seen: has_line("echo five")(seen.job),
        "%a: {script: ['echo $[[ inputs.i ]]']}\n",
    ),
    ("pipeline", "pages"): Example("pages: {script: [x]}", lambda seen: job_of(seen, "pages")),
    ("pipeline", "*"): Example("b: {script: [x]}", lambda seen: job_of(seen, "b")),
    ("default", "before_script"): Example("  before_script: [echo it]", lambda seen: has_line("echo it")(seen.job)),
    ("default", "after_script"): Example("  after_script: [echo it]", lambda seen: has_line("echo it")(seen.job)),
    ("default", "artifacts"): Example("  artifacts: {paths: [x]}", lambda seen: kept(seen.job)),
    ("workflow", "rules"): Example("  rules: [{when: never}]", lambda seen: seen.job.left_out),
    ("include", "local"): Example(
        "- local: more.yml", lambda seen: job_of(seen, "m"), GITLAB["include"].replace("- local: more.yml\n", ""), MORE
    ),
    ("include", "inputs"): Example(
        "  inputs: {i: two}", lambda seen: has_line("echo two")(job_of(seen, "m")), others=MORE
    ),
    ("include", "rules"): Example(
        "  rules: [{when: never}]", lambda seen: [job.id for job in seen.pipeline.jobs] == ["a"], others=MORE
    ),
    ("job", "stage"): of_job("stage: deploy", lambda job: job.stage == "deploy"),
    ("job", "script"): Example("  script: [echo it]", lambda seen: has_line("echo it")(seen.job), "a:\n%  run: [x]\n"),
    ("job", "before_script"): of_job("before_script: [echo it]", has_line("echo it")),
    ("job", "after_script"): of_job("after_script: [echo it]", has_line("echo it")),
    ("job", "variables"): of_job("variables: {V: 1}", lambda job: job.env == {"V": "1"}),
    ("job", "extends"): Example(
        "  extends: .c", lambda seen: has_line("echo c")(job_of(seen)), ".c: {script: [echo c]}\na:\n%  tags: [t]\n"
    ),
    ("job", "needs"): of_job("needs: [b]", lambda job: job.needs == ("b",)),
    ("job", "when"): of_job("when: manual", lambda job: job.condition == "manual"),
    ("job", "rules"): of_job("rules: [{when: never}]", lambda job: job.left_out),
    ("job", "allow_failure"): of_job("allow_failure: true", lambda job: job.continues == "true"),
    ("job", "artifacts"): of_job("artifacts: {paths: [x]}", kept),
    ("job", "parallel"): of_job("parallel: 2", lambda job: len(job.matrix) == 2),
    ("job", "trigger"): of_job("trigger: {include: x.yml}", lambda job: job.left_out),
    ("job", "inherit"): Example(
        "  inherit: {variables: false}", lambda seen: not job_of(seen).env, "variables: {V: 1}\n" + GITLAB["job"]
    ),
    ("inherit", "default"): Example("    default: false", lambda seen: not has_line("echo it")(seen.job)),
    ("inherit", "variables"): Example("    variables: false", lambda seen: not seen.job.env),
    ("parallel", "matrix"): Example("    matrix: [{A: [1, 2]}]", lambda seen: len(seen.job.matrix) == 2),
    ("allow_failure", "exit_codes"): Example("    exit_codes: [7]", lambda seen: seen.job.continues == "7"),
    ("filter", "refs"): Example("    refs: [other]", lambda seen: seen.job.left_out),
    ("filter", "variables"): Example("    variables: [$CI == 'no']", lambda seen: seen.job.left_out),
    ("filter", "changes"): Example(
        "    changes: [x]", lambda seen: seen.job.notes, GITLAB["filter"].replace("changes: [x]", "refs: [main]")
    ),
    ("need", "job"): Example("    job: b", lambda seen: job_of(seen).needs == ("b",)),
    ("need", "optional"): Example(
        "    optional: true",
        lambda seen: seen.job,
        GITLAB["need"].replace("b: {script: [x]}\n", "").replace("artifacts: true", "job: b"),
    ),
    ("files", "paths"): Example("      paths: [.gitlab-ci.yml]", lambda seen: not seen.job.left_out),
    ("pipeline", ".*"): Example(
        ".d: {script: [echo d]}", lambda seen: has_line("echo d")(job_of(seen)), "%a: {extends: .d}\n"
    ),
    ("spec", "inputs"): Example("  inputs: {i: {default: five}}", lambda seen: has_line("echo five")(seen.job)),
    ("spec.inputs", "*"): Example("    i: {default: five}", lambda seen: has_line("echo five")(seen.job)),
    ("spec.input", "default"): Example("      default: five", lambda seen: has_line("echo five")(seen.job)),
    ("job", "only"): of_job("only: [other]", lambda job: job.left_out),
    ("job", "except"): of_job("except: [main]", lambda job: job.left_out),
    ("rule", "if"): of_rule("if: $CI == 'no'", lambda job: job.left_out),
    ("rule", "when"): of_rule("when: never", lambda job: job.left_out),
    ("rule", "changes"): of_rule("changes: [x]", lambda job: job.notes),
    ("rule", "exists"): of_rule("exists: [none]", lambda job: job.left_out),
    ("rule", "variables"): of_rule("variables: {V: 1}", lambda job: job.env == {"V": "1"}),
    ("rule", "needs"): of_rule("needs: [b]", lambda job: job.needs == ("b",)),
    ("rule", "allow_failure"): of_rule("allow_failure: true", lambda job: job.continues == "true"),
    ("artifacts", "paths"): Example("    paths: [x]", lambda seen: kept(seen.job)),
    ("artifacts", "reports"): Example("    reports: {junit: x}", lambda seen: seen.job.steps[1].uses),
}


@pytest.mark.parametrize(("level", "key"), cases("gitlab"))
def test_a_key_of_gitlab_changes_what_is_shown(tmp_path: Path, level: str, key: str) -> None:
    example = OF_GITLAB[level, key]
    assert shown(tmp_path, "gitlab", level, example, example.line)
    assert not shown(tmp_path, "gitlab", level, example, ""), "the example shows the same without the key"


class AskedInputs(dict[str, str]):
    """Inputs that remember which of them somebody looked at."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


class NoArtifacts:
    """A run that has kept nothing yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, *_: object, **__: object) -> int:
        raise Missing

    def fetch(self, *_: object, **__: object) -> int:
        return 0

    def use_python(self, _version: str) -> str:
        return ""


GIVEN: tuple[dict[str, str], ...] = (
    {},
    {"scriptpath": "x.sh", "filepath": "x.sh", "testresultsfiles": "*.xml"},
    {"scriptsource": "inline", "script": "x", "deploymenttarget": "AKS"},
)
"""What else is given, as some inputs count beside others only."""
INPUTS = [
    (level, key)
    for levels in tables().values()
    for level, keys in levels.items()
    for key in keys
    if level in STAND_INS and keys[key].reading == "read"
]


@pytest.mark.parametrize(("level", "key"), INPUTS)
def test_an_input_that_is_declared_as_read_is_looked_at(tmp_path: Path, level: str, key: str) -> None:
    (tmp_path / "r.xml").write_text("<x><testcase><failure/></testcase></x>")
    names = set()
    for given in GIVEN:
        inputs = AskedInputs(given)
        folder: Any = NoArtifacts(tmp_path)
        with contextlib.suppress(Missing):
            step = Step("", "script", YamlPlace("w.yml", 1, 1), inputs=inputs)
            carry_out(stand_in(level, step, {}.get).action, inputs, folder, tmp_path)
        names |= inputs.names
    assert key.lower() in names
