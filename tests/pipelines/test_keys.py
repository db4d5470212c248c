"""Every key of the platforms' published schemas is declared as read, without meaning here, or refused; what is refused
or unknown is named with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from scoredock.contrib.pipelines.domain.keys.table import DeclaredKey, tables
from scoredock.contrib.pipelines.domain.keys.unread import OF_ACTION
from scoredock.contrib.pipelines.domain.pipeline import Platform, Step
from scoredock.contrib.pipelines.domain.platforms.stand_ins import STAND_INS
from scoredock.contrib.pipelines.domain.values import YamlPlace

from cli.conftest import Terminal
from pipelines.conftest import put

SCHEMAS = {
    "github": ("github-workflows", "github-actions"),
    "azure": ("azure-pipelines",),
    "gitlab": ("gitlab-ci",),
}
LEVELS: dict[Platform, dict[str, tuple[str, ...]]] = {
    "github": {
        "workflow": ("",),
        "on": ("properties/on/oneOf/2",),
        "push": ("properties/on/oneOf/2/properties/push",),
        "schedule": ("properties/on/oneOf/2/properties/schedule/items",),
        "by hand": ("properties/on/oneOf/2/properties/workflow_dispatch",),
        "call": ("properties/on/oneOf/2/properties/workflow_call",),
        "input": ("definitions/workflowDispatchInput",),
        "defaults": ("definitions/defaults",),
        "defaults.run": ("definitions/defaults/properties/run",),
        "job": ("definitions/normalJob", "definitions/reusableWorkflowCallJob"),
        "strategy": ("definitions/normalJob/properties/strategy",),
        "concurrency": ("definitions/concurrency",),
        "environment": ("definitions/environment",),
        "step": ("definitions/step",),
    },
    "azure": {
        "pipeline": ("definitions/pipeline", "definitions/extendsTemplate"),
        "template": ("definitions/extends",),
        "resources": ("definitions/resources", "definitions/legacyResource"),
        "parameter": ("definitions/pipelineTemplateParameter", "definitions/templateParameter"),
        "variable": ("definitions/variable",),
        "stage": ("definitions/stage",),
        "job": ("definitions/job",),
        "trigger": ("definitions/trigger", "definitions/pr"),
        "schedule": ("definitions/schedule",),
        "pool": ("definitions/pool",),
        "filters": ("definitions/includeExcludeFilters",),
        "workspace": ("definitions/jobWorkspace",),
        "uses": ("definitions/explicitResources",),
        "resources.builds": ("definitions/buildResource",),
        "resources.containers": ("definitions/containerResource",),
        "resources.pipelines": ("definitions/pipelineResource",),
        "resources.repositories": ("definitions/repositoryResource",),
        "resources.webhooks": ("definitions/webhookResource",),
        "resources.packages": ("definitions/packageResource",),
        "environment": ("definitions/deploymentEnvironment",),
        "strategy": ("definitions/jobStrategy", "definitions/deploymentStrategy"),
        "deployment": (
            "definitions/runOnceDeploymentStrategy",
            "definitions/rollingDeploymentStrategy",
            "definitions/canaryDeploymentStrategy",
        ),
        "on": ("definitions/onSuccessOrFailureHook",),
        "hook": ("definitions/deployHook",),
        "step": ("definitions/step", "definitions/task"),
    },
    "gitlab": {
        "pipeline": ("",),
        "default": ("properties/default",),
        "include": ("definitions/include_item",),
        "job": ("definitions/job_template",),
        "rule": ("definitions/rules/items",),
        "artifacts": ("definitions/artifacts",),
        "spec": ("properties/spec",),
        "spec.input": ("definitions/baseInput",),
        "image": ("definitions/image",),
        "cache": ("definitions/cache_item",),
        "retry": ("definitions/retry",),
        "environment": ("definitions/job_template/properties/environment",),
        "need": ("definitions/job_template/properties/needs/items",),
        "filter": ("definitions/filter",),
        "allow_failure": ("definitions/allow_failure",),
        "parallel": ("definitions/parallel",),
        "trigger": ("definitions/job_template/properties/trigger",),
        "inherit": ("definitions/job_template/properties/inherit",),
        "files": ("definitions/changes", "definitions/exists"),
    },
}
"""Where the schema of each platform has the keys of a level."""
SMALL = ("by hand", "defaults", "workspace", "allow_failure", "parallel")
"""Levels of one key."""
OTHERS = {
    "github": {"pull_request", "event", "workflow_run", "call.output", "call.secret", "runs-on", "commands"}
    | {"action", "action.runs", "action.input", "action.output"},
    "azure": {"commands"},
    "gitlab": {"workflow"},
}
"""Levels that the schema describes in no place of their own."""


def schema(name: str) -> Any:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json"
    return json.loads(path.read_text("utf-8"))


def keys_at(document: Any, path: str) -> dict[str, list[Any]]:
    """The keys of a part of a schema, each with what may stand there."""
    keys: dict[str, list[Any]] = {}
    for form in _forms(document, _at(document, document, path)):
        for key, value in form.get("properties", {}).items():
            keys.setdefault(key, []).append(value)
    return keys


def _at(document: Any, value: Any, path: str) -> Any:
    for part in filter(None, path.split("/")):
        value = value[int(part)] if isinstance(value, list) else _resolved(document, value)[part]
    return value


def _resolved(document: Any, value: Any) -> Any:
    reference = value.get("$ref", "") if isinstance(value, dict) else ""
    return _at(document, document, reference.partition("#/")[2]) if reference.startswith("#/") else value


def _forms(document: Any, value: Any) -> Iterator[dict[str, Any]]:
    """What a part of a schema may be, each way of it."""
    value = _resolved(document, value)
    if isinstance(value, dict):
        yield value
        for several in ("anyOf", "oneOf", "allOf"):
            for each in value.get(several, ()):
                yield from _forms(document, each)


_KINDS = {"object": "mapping", "array": "list", "null": ""}
"""Any other type is a text here; one that an expression gives is named where it is not taken."""


def kinds_of(document: Any, value: Any, *, of_list: bool = False) -> Iterator[str]:
    """The kinds of values that a part of a schema allows, as the tables call them."""
    for form in _forms(document, value):
        types = form.get("type", ())
        for kind in [types] if isinstance(types, str) else types:
            name = "" if r"\{\{" in form.get("pattern", "") else _KINDS.get(kind, "text")
            if name == "list" and not of_list:
                items = form.get("items", {})
                for each in items if isinstance(items, list) else [items]:
                    yield from (f"{inner}s" for inner in kinds_of(document, each, of_list=True))
            elif name:
                yield name


@pytest.mark.parametrize("platform", LEVELS)
def test_every_key_of_the_published_schema_is_declared(platform: Platform) -> None:
    document = schema(SCHEMAS[platform][0])
    levels = tables()[platform]
    for level, paths in LEVELS[platform].items():
        documented = set().union(*(keys_at(document, path) for path in paths))
        assert len(documented) > 1 or level in SMALL, level
        assert documented - set(levels[level]) == set(), level
    levels = {level: keys for level, keys in levels.items() if level not in STAND_INS}
    free = {level for level, keys in levels.items() if set(keys) == {"*"}}
    assert set(levels) - set(LEVELS[platform]) - free == OTHERS[platform]


@pytest.mark.parametrize("platform", LEVELS)
def test_every_kind_of_value_of_the_published_schema_is_taken(platform: Platform) -> None:
    """Whatever else stands there is named as unread."""
    document = schema(SCHEMAS[platform][0])
    forms = {
        (level, key): each
        for level, paths in LEVELS[platform].items()
        for path in paths
        for key, each in keys_at(document, path).items()
    }
    refused = [
        (level, key, kind)
        for (level, key), each in forms.items()
        for kind in {kind for form in each for kind in kinds_of(document, form)}
        if not takes(tables()[platform][level][key], kind)
    ]
    assert len(forms) > 90
    assert refused == ([("job", "stage", "texts")] if platform == "gitlab" else [])  # which GitLab refuses


def takes(declared: DeclaredKey, kind: str) -> bool:
    words = declared.values.split()
    is_some_text = kind == "text" and any(word in ("expression", "number") or word.startswith("=") for word in words)
    return declared.reading == "refused" or declared.takes(kind) or is_some_text


def test_the_inputs_of_each_action_and_task_that_something_stands_for_are_declared() -> None:
    declared = {level for levels in tables().values() for level in levels}
    step = Step("", "script", YamlPlace("w.yml", 1, 1))
    for name, work in STAND_INS.items():
        assert (name in declared) == (name != "checkout" and work(step, {}.get).kind != "left-out"), name


def test_every_key_of_an_action_is_declared() -> None:
    document = schema("github-actions")
    levels = tables()["github"]
    assert keys_at(document, "").keys() == set(levels["action"])
    assert keys_at(document, "definitions/runs-composite").keys() == set(levels["action.runs"])


def test_each_level_that_a_key_leads_to_is_declared() -> None:
    for levels in tables().values():
        below = {level for keys in levels.values() for key in keys.values() for level in key.below.split(" - ")}
        assert {level.removeprefix("- ") for level in below} - {"", OF_ACTION} <= set(levels)
        assert {key.reading for keys in levels.values() for key in keys.values()} == {"read", "none", "refused"}
        assert all(key.text.endswith(".") for keys in levels.values() for key in keys.values())


GITHUB = """\
on: {push: {branchs: [main]}, workflow_dispatch: {inputs: {a: {defualt: 1}}}}
enviroment: {A: 1}
jobs:
  a:
    runs-on: x
    needs-all: b
    container: python:3.12
    services: {}
    stragety: {matrix: {a: [1]}}
    steps:
      - uses: ./act
      - {uses: actions/checkout@v4, with: {Ref: '${{ github.sha }}', path: '.', repository: a/b, fetch-deth: 0}}
      - run: exit 0
        env: {<<: {A: 1}}
        time-out: 3
        parallel: null
      - {run: exit 0, env: '${{ matrix.e }}'}
      - {run: exit 0, env: {A: {b: 1}, C: [1]}, continue-on-error: perhaps}
"""
ACTION = "name: act\nruns:\n  using: composite\n  step: 3\n  steps: [{run: exit 0, shel: bash}]\n"
AZURE = """\
trigger: none
resources: [{repo: self}]
variables: {any: 1, name: 2}
parameters:
  - {name: more, type: stepList, default: [{script: exit 0, retryCountOnTaskFailure: 2}]}
stages:
  - stage: one
    dependOn: []
    jobs:
      - job: a
        ${{ if true }}:
          timeoutInMinute: 3
        steps:
          - ${{ parameters.more }}
          - template: steps.yml
          - {task: Bash@3, inputs: {TargetType: inline, script: exit 0, failOnStderr: true, FilePaht: x}}
          - checkout: other
          - script: echo "##vso[artifact.upload artifactname=a]out"
            env: {A: [1]}
          - {template: steps.yml, condition: false}
      - deployment: b
        environment: e
        strategy: {runOnce: {deploy: {steps: [{script: exit 0, failOnStderr: true}]}, on: {failure: {steps: []}}}}
"""
STEPS = "parameters: [{name: a, default: 1, kind: number}]\nsteps:\n  - bash: exit 0\n    workingDir: x\n"
GITLAB = """\
include: [{local: more.yml, input: 1}]
.hidden: &hidden {anything: 1}
.base: {script: [x], onyl: [main]}
a: {extends: .base, secrets: {A: 1}, only: [main], rules: [{if: $CI, exists: [x], changes: [y], wen: never}]}
"""
UNREAD = {
    "github": (
        {"w.yml": GITHUB, "act/action.yml": ACTION},
        [
            ("w.yml", 1, "“branchs” is not a key here; “branches” is the nearest."),
            ("w.yml", 1, "“defualt” is not a key here; “default” is the nearest."),
            ("w.yml", 2, "“enviroment” is not a key here."),
            ("w.yml", 6, "“needs-all” is not a key here; “needs” is the nearest."),
            ("w.yml", 7, "“container” is not carried out here. There the steps run in this image, here they would"),
            ("w.yml", 9, "“stragety” is not a key here; “strategy” is the nearest."),
            ("w.yml", 12, "“repository” is not carried out here. There the files of another repository come into"),
            ("w.yml", 12, "“fetch-deth” is not a key here; “fetch-depth” is the nearest."),
            ("w.yml", 14, "“<<” is not a key here."),
            ("w.yml", 15, "“time-out” is not a key here; “timeout-minutes” is the nearest."),
            ("w.yml", 17, "“${{ matrix.e }}” is not carried out here: an expression gives all of it."),
            ("w.yml", 18, "“A” has a mapping, which is not read here."),
            ("w.yml", 18, "“C” has the text “1”, which is not read here."),
            ("w.yml", 18, "“continue-on-error” has the text “perhaps”, which is not read here."),
            ("act/action.yml", 4, "“step” is not a key here; “steps” is the nearest."),
            ("act/action.yml", 5, "“shel” is not a key here; “shell” is the nearest."),
        ],
    ),
    "azure": (
        {"azure-pipelines.yml": AZURE, "steps.yml": STEPS},
        [
            ("azure-pipelines.yml", 17, "“checkout” is not carried out here. There the files of another repository"),
            (
                "azure-pipelines.yml",
                18,
                "“##vso[artifact.upload]” is not carried out here. There the file is kept as an",
            ),
            ("azure-pipelines.yml", 8, "“dependOn” is not a key here; “dependsOn” is the nearest."),
            ("azure-pipelines.yml", 12, "“timeoutInMinute” is not a key here; “timeoutInMinutes” is the nearest."),
            ("azure-pipelines.yml", 5, "“retryCountOnTaskFailure” is not carried out here. There the step is tried"),
            ("steps.yml", 4, "“workingDir” is not a key here; “workingDirectory” is the nearest."),
            ("azure-pipelines.yml", 16, "“failOnStderr” is not carried out here. There the step fails when it writes"),
            ("azure-pipelines.yml", 16, "“FilePaht” is not a key here; “filePath” is the nearest."),
            ("azure-pipelines.yml", 19, "“A” has the text “1”, which is not read here."),
            ("azure-pipelines.yml", 23, "“failOnStderr” is not carried out here. There the step fails when it writes"),
            ("steps.yml", 1, "“kind” is not a key here."),
            ("azure-pipelines.yml", 20, "“condition” is not a key here."),
        ],
    ),
    "gitlab": (
        {".gitlab-ci.yml": GITLAB, "more.yml": "b: {script: [x]}\n"},
        [
            (".gitlab-ci.yml", 1, "“input” is not a key here; “inputs” is the nearest."),
            (".gitlab-ci.yml", 3, "“onyl” is not a key here; “only” is the nearest."),
            (".gitlab-ci.yml", 4, "“secrets” is not carried out here. Secrets of a vault."),
            (".gitlab-ci.yml", 4, "“wen” is not a key here; “when” is the nearest."),
        ],
    ),
}


@pytest.mark.parametrize("platform", UNREAD)
def test_what_is_not_read_is_named_with_its_place(terminal: Terminal, platform: str) -> None:
    texts, expected = UNREAD[platform]
    put(terminal.folder, texts)
    name = next(iter(texts))
    shown = terminal.json("pipeline", "show", name)["unread"]
    assert [(each["file"], each["line"]) for each in shown] == [(file, line) for file, line, _ in expected]
    for each, (_, _, message) in zip(shown, expected, strict=True):
        assert each["message"].startswith(message), each
    lines = terminal.ok("pipeline", "show", name).splitlines()
    assert lines[-len(expected) - 1].endswith("refuses it:" if platform != "gitlab" else "Not read here:")
    assert lines[-1].startswith(f"{expected[-1][0]}:{expected[-1][1]}: {expected[-1][2]}")
