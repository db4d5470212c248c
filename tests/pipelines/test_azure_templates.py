"""Templates and parameters of Azure Pipelines become here what they become there."""

from __future__ import annotations

import os

import pytest

from cli.conftest import Terminal
from pipelines.conftest import put, ran

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
FILE = "azure-pipelines.yml"


def scripts(terminal: Terminal, text: str, *words: str) -> list[str]:
    """The scripts of a pipeline, in their order, as they are before it runs."""
    put(terminal.folder, {FILE: text})
    shown = terminal.json("pipeline", "show", FILE, *words)
    return [step["script"].strip() for job in shown["jobs"] for step in job["steps"]]


def test_truth_values_are_written_as_azure_writes_them(terminal: Terminal) -> None:
    text = """
parameters:
  - {name: yes, type: boolean, default: true}
  - {name: count, type: number, default: 3.0}
  - {name: word, default: true}
  - {name: things, type: object, default: {on: false, version: 3.10}}
steps:
  - script: ${{ parameters.yes }} ${{ parameters.count }} ${{ parameters.word }}
  - script: ${{ parameters.things.on }} ${{ parameters.things.version }}
  - script: ${{ parameters.yes }}
  - ${{ if parameters.things.on }}:
      - script: not here
  - ${{ if eq(parameters.things.on, false) }}:
      - script: here
  - ${{ if parameters.word }}:
      - script: every text is true
  - script: ${{ convertToJson(parameters.things) }}
"""
    assert scripts(terminal, text) == [
        "True 3 true",
        "False 3.10",
        "True",
        "here",
        "every text is true",
        '{\n  "on": false,\n  "version": 3.1\n}',
    ]
    given = scripts(
        terminal, text, "--parameter", "yes=FALSE", "--parameter", "count=2.50", "--parameter", "word=false"
    )
    assert given[0] == "False 2.5 false"
    assert "every text is true" in given


@pytest.mark.parametrize(
    ("declared", "given", "said"),
    [
        ("type: boolean", "a=maybe", "“a” is of the type boolean, and “maybe” is none"),
        ("type: number", "a=ten", "“a” is of the type number, and “ten” is none"),
        ("type: number, values: [1, 2]", "a=3", "“a” is “3”, and may be “1”, “2” only"),
        ("values: [x, y]", "a=X", "“a” is “X”, and may be “x”, “y” only"),
        ("type: stringList, values: [x, y]", "a=[x, z]", "“a” is “z”"),
        ("type: stepList", "a=text", "“a” is of the type stepList"),
        ("default: [x]", "", "“a” is of the type string"),
        ("type: letters, default: x", "", "“letters”, which there is not"),
        ("type: string, default: x", "b=1", "There is no parameter “b”"),
        ("type: string", "", "“a” has no value"),
    ],
)
def test_a_parameter_that_azure_refuses_is_refused(terminal: Terminal, declared: str, given: str, said: str) -> None:
    put(
        terminal.folder,
        {FILE: f"parameters: [{{name: a, {declared}}}]\nsteps: [{{script: '${{{{ parameters.a }}}}'}}]\n"},
    )
    refused = terminal.refused("pipeline", "show", FILE, *(["--parameter", given] if given else []))
    assert refused["code"] == "pipeline-invalid"
    assert said in refused["message"], refused["message"]


def test_a_parameter_without_a_default_is_what_the_page_proposes(terminal: Terminal) -> None:
    text = "parameters: [{name: a, values: [x, y]}, {name: b, type: boolean}]\nsteps:\n"
    assert scripts(terminal, text + "  - script: ${{ parameters.a }} ${{ parameters.b }}\n") == ["x False"]


def test_lists_of_steps_jobs_and_stages_are_inserted_where_they_stand(terminal: Terminal) -> None:
    put(
        terminal.folder,
        {
            "steps.yml": """
parameters:
  - {name: before, type: stepList, default: []}
  - {name: behind, type: stepList}
  - {name: one, type: step, default: {script: one}}
  - {name: none, type: step, default: }
steps:
  - script: first
  - ${{ parameters.before }}
  - ${{ parameters.one }}
  - ${{ parameters.none }}
  - script: middle
  - ${{ if true }}: ${{ parameters.behind }}
  - ${{ each step in parameters.behind }}:
      - ${{ each pair in step }}:
          ${{ if notIn(pair.key, 'inputs', 'task') }}:
            ${{ pair.key }}: ${{ pair.value }}
          ${{ if eq(pair.value, 'CmdLine@2') }}:
            script: was ${{ step.inputs.script }}
        condition: always()
""",
            "jobs.yml": """
parameters:
  jobs: []
jobs:
  - job: own
    steps: [{script: own}]
  - ${{ parameters.jobs }}
  - ${{ each job in parameters.jobs }}:
      - ${{ each pair in job }}:
          ${{ if notIn(pair.key, 'steps', 'job', 'dependsOn') }}:
            ${{ pair.key }}: ${{ pair.value }}
        job: wrapped_${{ job.job }}
        dependsOn:
          - own
          - ${{ if job.dependsOn }}:
              - ${{ job.dependsOn }}
        steps:
          - script: before
          - ${{ job.steps }}
""",
            "more/part.yml": "steps: [{script: part}]\n",
        },
    )
    text = """
parameters:
  - name: stages
    type: stageList
    default:
      - stage: given
        jobs: [{job: of_given, steps: [{script: given}]}]
  - {name: single, type: stage, default: {stage: single, jobs: [{job: s, steps: [{script: single}]}]}}
stages:
  - stage: a
    jobs:
      - job: a
        steps:
          - template: steps.yml
            parameters:
              before: [{script: before}, {template: more/part.yml}]
              behind: [{script: behind, displayName: Behind}]
  - stage: b
    jobs:
      - template: jobs.yml
        parameters:
          jobs:
            - job: x
              displayName: The x
              steps: [{bash: x}]
  - ${{ parameters.stages }}
  - ${{ parameters.single }}
"""
    assert scripts(terminal, text) == [
        *("first", "before", "part", "one", "middle", "behind", "was behind"),
        *("own", "x", "before", "x", "given", "single"),
    ]
    jobs = {(job["stage"], job["id"]): job for job in terminal.json("pipeline", "show", FILE)["jobs"]}
    assert list(jobs) == [
        ("a", "a"),
        ("b", "own"),
        ("b", "x"),
        ("b", "wrapped_x"),
        ("given", "of_given"),
        ("single", "s"),
    ]
    assert jobs["b", "wrapped_x"]["name"] == "The x"
    assert jobs["a", "a"]["steps"][-1]["name"] == "Behind"


def test_conditions_and_loops_of_templates(terminal: Terminal) -> None:
    text = """
parameters:
  - {name: kind, default: b}
  - {name: people, type: object, default: {ann: [1, 2], bob: [3]}}
  - {name: extra, type: object, default: {EXTRA: e}}
  - {name: empty, type: object, default: }
variables:
  - name: foo
    value: contoso
  - ${{ if eq(variables.foo, 'contoso') }}:
      - name: bar
        value: ${{ variables.foo }}-bar
steps:
  - ${{ if eq(parameters.kind, 'a') }}:
      - script: a
  - ${{ elseif eq(parameters.kind, 'b') }}:
      - script: b
  - ${{ else }}:
      - script: c
  - ${{ each person in parameters.people }} :
      - ${{ each number in person.value }}:
          - script: ${{ person.key }} ${{ number }}
  - ${{ each nobody in parameters.empty }}:
      - script: nobody
  - script: ${{ variables.bar }}
    env:
      OWN: o
      ${{ insert }}: ${{ parameters.extra }}
      ${{ if eq(parameters.kind, 'a') }}:
        CHOSEN: a
      ${{ else }}:
        CHOSEN: other
  - script: literal ${{ 'my${{value' }}
"""
    assert scripts(terminal, text) == ["b", "ann 1", "ann 2", "bob 3", "contoso-bar", "literal my${{value"]
    for wrong in (
        "- ${{ else }}:\n      - script: x",
        "- script: ${{ 'open",
        "- ${{ each x of y }}:\n      - script: x",
    ):
        put(terminal.folder, {FILE: f"steps:\n  {wrong}\n"})
        assert terminal.refused("pipeline", "show", FILE)["code"] == "pipeline-invalid"


def test_templates_see_variables_of_their_place_and_of_the_platform(terminal: Terminal) -> None:
    put(
        terminal.folder,
        {
            "common.yml": "variables: [{name: common, value: '${{ variables.early }}-common'}]\n",
            "step.yml": "steps:\n  - script: ${{ variables.mine }} ${{ variables.common }}\n",
            "base.yml": "parameters: [{name: extra, type: stepList}]\nvariables: {based: 1}\nstages:\n"
            "  - stage: s\n    jobs:\n      - job: j\n        variables: [{name: mine, value: job}]\n        steps:\n"
            "          - template: step.yml\n          - ${{ parameters.extra }}\n"
            "      - job: k\n        variables: {mine: other}\n        steps: [{template: step.yml}]\n",
        },
    )
    text = """
variables:
  - {name: early, value: e}
  - template: common.yml
  - {name: mine, value: root}
extends:
  template: base.yml
  parameters:
    extra:
      - ${{ if eq(variables['Build.SourceBranchName'], 'main') }}:
          - script: on main
      - ${{ if startsWith(variables['build.sourcebranch'], 'refs/heads/feature/') }}:
          - script: on a feature
      - ${{ if eq(variables['Build.Reason'], 'PullRequest') }}:
          - script: of a pull request
      - ${{ if ne(variables['Build.Reason'], 'PullRequest') }}:
          - script: publish
"""
    assert scripts(terminal, text) == ["job e-common", "on main", "publish", "other e-common"]
    elsewhere = scripts(terminal, text, "--branch", "feature/x", "--event", "pull_request")
    assert elsewhere == ["job e-common", "on a feature", "of a pull request", "other e-common"]


def test_a_template_that_asks_for_a_branch_nobody_knows_does_not_run(terminal: Terminal) -> None:
    text = """
steps:
  - script: exit 0
  - ${{ if eq(variables['Build.SourceBranchName'], 'main') }}:
      - script: touch published
"""
    put(terminal.folder, {FILE: text})
    refused = terminal.refused("pipeline", "run", FILE)
    assert refused["code"] == "pipeline-unread"
    assert (refused["place"]["line"], "“Build.SourceBranchName”" in refused["message"]) == (3, True)
    assert not (terminal.folder / "published").exists()
    ran(terminal, FILE, "--branch", "other")
    assert not (terminal.folder / "published").exists()
    ran(terminal, FILE, "--branch", "main")
    assert (terminal.folder / "published").exists()
