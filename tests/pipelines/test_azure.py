"""Idioms that Azure Pipelines documents mean here what they mean there."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import Any

import pytest

from cli.conftest import Terminal
from pipelines.conftest import put, ran, results

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
FILE = "azure-pipelines.yml"


EXPRESSIONS = {
    "eq('${{ parameters.no }}', false)": "True",
    "eq(${{ parameters.no }}, false)": "True",
    "eq('False', false)": "True",
    "eq(true, 'false')": "True",
    "eq(false, '')": "True",
    "eq(variables.nowhere, '')": "True",
    "eq(variables.nowhere, false)": "False",
    "eq(variables.three, 3)": "True",
    "eq(3, variables.three)": "True",
    "eq(3, ' 3.0 ')": "True",
    "eq(1000, '1,000')": "True",
    "eq(3, 'three')": "False",
    "ne(3, 'three')": "True",
    "eq('ABC', 'abc')": "True",
    "eq(1.2.3, '1.2.3')": "True",
    "gt(1.10.0, 1.9.0)": "True",
    "gt('1.10.0', '1.9.0')": "False",
    "lt(1.2.3, '1.2.3.4')": "True",
    "lt(False, True)": "True",
    "le(2, '2')": "True",
    "ge(-1.5, -2)": "True",
    "gt(5, ' 4 ')": "True",
    "and(true, eq(1, 1), not(false))": "True",
    "or(false, '', 0)": "False",
    "and(false, gt(1, 'no number'))": "False",
    "xor(true, false)": "True",
    "not('False')": "False",
    "in('b', 'A', 'B')": "True",
    "in(1, '2', '1')": "True",
    "notIn('d', 'a', 'b')": "True",
    "contains('ABCDE', 'bcd')": "True",
    "startsWith('ABCDE', 'ab')": "True",
    "endsWith('ABCDE', 'de')": "True",
    "coalesce(variables.nowhere, '', 'literal')": "literal",
    "iif(eq(1, 2), 'a', 'b')": "b",
    "format('{{literal}} {1} {0}', 'a', true)": "{literal} True a",
    "format('it''s {0}', 1.50)": "it's 1.5",
    "format('{0}', 45700000000000000000000000000)": "45700000000000000000000000000",
    "join(';', split('a,b,,c', ','))": "a;b;;c",
    "split('a/b-c', '/-')[2]": "c",
    "length('fabrikam')": "8",
    "lower('FoO')": "foo",
    "upper('baH')": "BAH",
    "replace('a-b-a', 'a', 'x')": "x-b-x",
    "trim('  a b ')": "a b",
    "0.1": "0.1",
    "100": "100",
    "True": "True",
}


def test_functions_and_conversions_of_values(terminal: Terminal) -> None:
    """The same at compile time and at run time."""
    put(
        terminal.folder,
        {
            FILE: "parameters: [{name: 'no', type: boolean, default: false}]\nvariables:\n  three: 3\n"
            + "".join(f"  c{n}: ${{{{ {each} }}}}\n" for n, each in enumerate(EXPRESSIONS) if "${{" not in each)
            + "".join(f"  r{n}: $[ {each} ]\n" for n, each in enumerate(EXPRESSIONS))
            + "steps:\n"
            + "".join(f"  - script: exit 0\n    displayName: '$(c{n})|$(r{n})'\n" for n, each in enumerate(EXPRESSIONS))
        },
    )
    run = ran(terminal, FILE)
    for (each, value), step in zip(EXPRESSIONS.items(), run["jobs"][0]["steps"], strict=True):
        first = value if "${{" not in each else step["name"].partition("|")[0]
        assert step["name"] == f"{first}|{value}", each


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("gt(1, 'abc')", "“1” and “abc” cannot be compared"),
        ("format('{1}', 'a')", "“{1}” has no value"),
        ("format('{0', 'a')", "“{” has no value"),
        ("format('{0:yyyy}', 'a')", "“{0:yyyy}” has no value"),
        ("and(true)", "cannot be read"),
        ("contains(parameters.many, 'a')", "A list or a mapping"),
        ("nothing()", "calls nothing()"),
    ],
)
def test_an_expression_that_azure_refuses_is_told_with_its_line(terminal: Terminal, expression: str, said: str) -> None:
    text = f"parameters: [{{name: many, type: object, default: [a]}}]\nsteps:\n  - script: a ${{{{ {expression} }}}}\n"
    put(terminal.folder, {FILE: text})
    refused = terminal.refused("pipeline", "show", FILE)
    assert (refused["code"], refused["place"]["line"]) == ("pipeline-invalid", 2)
    assert said in refused["message"]


def names(run: dict[str, Any], job: str) -> list[str]:
    """What the steps of a job are called that ran, with all filled in."""
    return [name for name, result in results(run, job).items() if result == "success"]


def test_runs_are_called_as_their_name_says(terminal: Terminal) -> None:
    text = """
name: $(TeamProject)_$(Build.DefinitionName)_$(SourceBranchName)_$(Date:yyyyMMdd)$(Rev:.rr)-$(major).$(minor)_$(nowhere)
variables:
  major: 4
  minor: $[ counter(variables['major'], 100) ]
  none: $[ counter('x') ]
  today: $[ format('{0:yyyyMMdd}', pipeline.startTime) ]
  daily: $[ counter(format('{0:yyyy-MM-dd}', pipeline.startTime), 7) ]
  of_run: CI-$(Build.BuildNumber)
steps:
  - script: exit 0
    displayName: $(of_run)
  - script: exit 0
    displayName: $(minor) $(none) $(daily) $(today)
  - script: 'echo "##vso[build.updatebuildnumber]1.2.3"'
  - script: test "$BUILD_BUILDNUMBER" = 1.2.3
    displayName: $(Build.BuildNumber)
"""
    put(terminal.folder, {FILE: text})
    before = datetime.now(timezone.utc)
    called = names(ran(terminal, FILE), "job")
    dates = {f"{date:%Y%m%d}" for date in (before, datetime.now(timezone.utc))}
    assert called[0] in {f"CI-local_azure-pipelines_main_{date}.01-4.100_$(nowhere)" for date in dates}
    assert called[1] in {f"100 0 7 {date}" for date in dates}
    assert called[3] == "1.2.3"
    put(terminal.folder, {FILE: "steps: [{script: exit 0, displayName: $(Build.BuildNumber)}]\n"})
    assert names(ran(terminal, FILE), "job")[0] in {f"{date}.1" for date in dates}


def test_a_failure_that_is_tolerated_leaves_issues(terminal: Terminal) -> None:
    text = """
jobs:
  - job: tolerated
    steps:
      - script: exit 1
        displayName: fails
        continueOnError: yes
      - script: exit 0
        displayName: status $(Agent.JobStatus)
      - script: exit 0
        displayName: after
        condition: and(succeeded(), eq(variables['Agent.JobStatus'], 'SucceededWithIssues'))
      - script: exit 0
        displayName: not
        condition: failed()
  - job: says
    steps:
      - script: 'echo "##vso[task.complete result=SucceededWithIssues;]done"'
      - script: test "$AGENT_JOBSTATUS" = SucceededWithIssues
  - job: broken
    steps:
      - script: 'echo "##vso[task.complete result=Failed]no"'
      - script: exit 0
        displayName: not
      - script: exit 0
        displayName: undone
        condition: failed()
      - script: exit 0
        displayName: always $(Agent.JobStatus)
        condition: succeededOrFailed()
  - job: whole
    continueOnError: true
    steps: [{script: exit 1}]
  - job: last
    dependsOn: [tolerated, says, whole]
    steps:
      - script: exit 0
        displayName: $(results)
    variables:
      tolerated: $[ dependencies.tolerated.result ]
      says: $[ dependencies.says.result ]
      results: $[ format('{0} {1} {2}', variables.tolerated, variables.says, dependencies.whole.result) ]
"""
    put(terminal.folder, {FILE: text})
    run = ran(terminal, FILE, code=1)
    assert results(run, "tolerated") == {
        "fails": "failure",
        "status SucceededWithIssues": "success",
        "after": "success",
        "not": "skipped",
    }
    assert {job["id"]: job["result"] for job in run["jobs"]} == {
        "tolerated": "success",
        "says": "success",
        "broken": "failure",
        "whole": "failure",
        "last": "success",
    }
    assert list(results(run, "broken").values()) == ["failure", "skipped", "success", "success"]
    assert names(run, "broken") == ["undone", "always Failed"]
    assert names(run, "last") == [" ".join(["SucceededWithIssues"] * 3)]


def test_conditions_ask_the_jobs_that_they_name(terminal: Terminal) -> None:
    text = """
jobs:
  - {job: A, steps: [{script: exit 0}]}
  - {job: B, steps: [{script: exit 1}]}
  - {job: S, condition: false, steps: [{script: exit 0}]}
  - {job: default, dependsOn: [A, B], steps: [{script: exit 0}]}
  - {job: good, dependsOn: [A, B], condition: succeeded('A'), steps: [{script: exit 0}]}
  - {job: good_of_b, dependsOn: [A, B], condition: "succeeded('A', 'b')", steps: [{script: exit 0}]}
  - {job: bad_of_a, dependsOn: [A, B], condition: failed('A'), steps: [{script: exit 0}]}
  - {job: bad_of_b, dependsOn: [A, B], condition: "failed('A', 'B')", steps: [{script: exit 0}]}
  - {job: bad, dependsOn: [A, B], condition: failed(), steps: [{script: exit 0}]}
  - {job: either, dependsOn: [A, B], condition: succeededOrFailed(), steps: [{script: exit 0}]}
  - {job: either_named, dependsOn: [A, B, S], condition: "succeededOrFailed('B')", steps: [{script: exit 0}]}
  - {job: behind_skipped, dependsOn: S, steps: [{script: exit 0}]}
  - {job: whatever, dependsOn: S, condition: always(), steps: [{script: exit 0}]}
  - {job: not_cancelled, dependsOn: S, condition: not(canceled()), steps: [{script: exit 0}]}
  - job: by_result
    dependsOn: [A, S]
    condition: in(dependencies.S.result, 'Succeeded', 'Skipped')
    steps: [{script: exit 0}]
  - {job: far, dependsOn: either, condition: failed(), steps: [{script: exit 0}]}
  - {job: far_default, dependsOn: either, steps: [{script: exit 0}]}
  - {job: not_a_neighbour, dependsOn: A, condition: "eq(dependencies.B.result, 'Failed')", steps: [{script: exit 0}]}
"""
    put(terminal.folder, {FILE: text})
    run = ran(terminal, FILE, code=1)
    assert {job["id"] for job in run["jobs"] if job["result"] == "success"} == {
        *("A", "good", "bad_of_b", "bad", "either", "either_named", "whatever", "not_cancelled", "by_result", "far"),
    }


def test_outputs_reach_steps_jobs_and_stages_by_the_names_of_azure(terminal: Terminal) -> None:
    text = """
stages:
  - stage: A
    jobs:
      - job: one
        steps:
          - bash: |
              echo "##vso[task.setvariable variable=plain]inside"
              echo "##vso[task.setvariable variable=color;isOutput=true]blue"
              echo "##vso[task.setvariable variable=odd;isOutput=true]a%3Bb%5Dc%25"
            name: find
          - script: test "$FIND_COLOR" = blue
            displayName: $(plain) $(find.color) $(color)
      - job: two
        dependsOn: one
        variables:
          color: $[ dependencies.one.outputs['find.color'] ]
          nothing: $[ dependencies.one.outputs['color'] ]
          odd: $[ dependencies.one.outputs['find.odd'] ]
        condition: eq(dependencies.one.outputs['find.color'], 'blue')
        steps:
          - script: exit 0
            displayName: <$(color)> <$(nothing)> <$(odd)> $(plain)
      - job: many
        strategy:
          matrix:
            left: {side: l}
            right: {side: r}
        steps:
          - bash: 'echo "##vso[task.setvariable variable=side;isOutput=true]$(side)$(System.JobName)"'
            name: set
      - job: joins
        dependsOn: many
        variables:
          left: $[ dependencies.many.outputs['left.set.side'] ]
          right: $[ dependencies.many.outputs['right.set.side'] ]
        steps: [{script: exit 0, displayName: $(left) $(right)}]
      - deployment: ships
        environment: somewhere
        strategy:
          runOnce:
            deploy:
              steps:
                - bash: 'echo "##vso[task.setvariable variable=at;isOutput=true]port"'
                  name: say
      - job: receives
        dependsOn: ships
        variables:
          at: $[ dependencies.ships.outputs['ships.say.at'] ]
          phase: $[ dependencies.ships.outputs['Deploy.say.at'] ]
        steps: [{script: exit 0, displayName: $(at) $(phase)}]
  - stage: B
    condition: |
      and
      (
        succeeded(),
        eq(dependencies.A.outputs['one.find.color'], 'blue'),
        eq(dependencies.A.outputs['ships.ships.say.at'], 'port')
      )
    variables:
      of_stage: $[ stageDependencies.A.one.outputs['find.color'] ]
    jobs:
      - job: three
        condition: and(eq(variables.of_stage, 'blue'), eq(stageDependencies.A.two.result, 'Succeeded'))
        variables:
          mine: $[ stageDependencies.A.one.outputs['find.color'] ]
        steps: [{script: exit 0, displayName: $(mine) $(of_stage)}]
      - job: own
        condition: eq(variables.mine, 'blue')
        variables:
          mine: $[ stageDependencies.A.one.outputs['find.color'] ]
        steps: [{script: exit 0}]
  - stage: C
    dependsOn: A
    condition: eq(dependencies.A.outputs['one.find.color'], 'red')
    jobs: [{job: four, condition: always(), steps: [{script: exit 0}]}]
  - stage: D
    dependsOn: [A, C]
    condition: in(dependencies.C.result, 'Skipped')
    jobs: [{job: five, steps: [{script: exit 0}]}]
"""
    put(terminal.folder, {FILE: text})
    jobs = ["one", "two", "many", "joins", "ships", "receives", "three", "own", "four", "five"]
    run = ran(terminal, FILE, *(word for job in jobs for word in ("--job", job)))
    assert names(run, "one")[1] == "inside blue $(color)"
    assert names(run, "two") == ["<blue> <> <a;b]c%25> $(plain)"]
    assert names(run, "joins") == ["lleft rright"]
    assert names(run, "receives") == ["port port"]
    assert names(run, "three") == ["blue blue"]
    assert {job["id"]: job["result"] for job in run["jobs"] if job["stage"] != "A"} == {
        "three": "success",
        "own": "skipped",  # a job that has not begun has not evaluated its own variables
        "four": "skipped",
        "five": "success",
    }


def test_variables_of_all_levels(terminal: Terminal) -> None:
    text = """
variables:
  - {name: who, value: root}
  - {name: nested, value: <$(who)>}
  - {name: round, value: $(trip)}
  - {name: trip, value: $(round)}
  - {name: is_main, value: "$[ eq(variables['Build.SourceBranch'], 'refs/heads/main') ]"}
stages:
  - stage: s
    variables: {who: stage}
    jobs:
      - job: a
        variables: [{name: WHO, value: job}]
        steps:
          - script: exit 0
            displayName: $(who) $(nested) $(Who) $(round) $(nowhere)
          - script: 'echo "##vso[task.setvariable variable=who]step $(date +%Y >/dev/null; echo x)"'
          - script: test "$WHO" = "step x" && test "$MINE" = "of step x" && test -z "$FAR_AWAY"
            displayName: $(who)
            env: {MINE: of $(who)}
      - {job: b, steps: [{script: exit 0, displayName: $(who) $(is_main)}]}
      - {job: c, condition: "eq(variables.is_main, true)", steps: [{script: exit 0}]}
"""
    put(terminal.folder, {FILE: text})
    run = ran(terminal, FILE, "--branch", "main")
    assert names(run, "a")[0] == "job <job> job $(round) $(nowhere)"
    assert names(run, "a")[2] == "step x"
    assert names(run, "b") == ["stage True"]
    assert [job["result"] for job in run["jobs"]] == ["success"] * 3
    other = ran(terminal, FILE, "--branch", "other")
    assert [job["result"] for job in other["jobs"]] == ["success", "success", "skipped"]


def test_phases_of_a_deployment_are_jobs_of_their_own(terminal: Terminal) -> None:
    def text(code: int) -> str:
        return f"""
jobs:
  - deployment: d
    environment: {{name: production, resourceName: here}}
    strategy:
      runOnce:
        on:
          failure: {{steps: [{{script: exit 0, displayName: roll back}}]}}
          success: {{steps: [{{script: exit 0, displayName: tell}}]}}
        postRouteTraffic: {{steps: [{{script: exit 0, displayName: watch}}]}}
        preDeploy:
          steps:
            - script: 'echo "##vso[task.setvariable variable=x]set"'
            - {{script: exit 0, displayName: pre $(x)}}
        deploy:
          steps:
            - {{script: exit {code}, displayName: deploy $(x)}}
            - {{script: exit 0, displayName: clean, condition: failed()}}
        routeTraffic: {{steps: [{{script: exit 0, displayName: route, condition: always()}}]}}
  - {{job: behind, dependsOn: d, steps: [{{script: exit 0}}]}}
"""

    put(terminal.folder, {FILE: text(0)})
    (job, _) = terminal.json("pipeline", "show", FILE)["jobs"]
    assert (job["byName"], job["reason"]) == (True, "The environment “production” may ask for a person's yes.")
    both = ("--job", "d", "--job", "behind")
    run = ran(terminal, FILE, *both)
    assert names(run, "d")[1:] == ["pre set", "Download the artifacts", "deploy $(x)", "route", "watch", "tell"]
    put(terminal.folder, {FILE: text(3)})
    run = ran(terminal, FILE, *both, code=1)
    assert names(run, "d")[1:] == ["pre set", "Download the artifacts", "clean", "roll back"]
    assert [job["result"] for job in run["jobs"]] == ["failure", "skipped"]


def test_slices_of_a_job(terminal: Terminal) -> None:
    text = "jobs:\n  - job: a\n    strategy: {parallel: 3}\n    steps:\n      - script: exit 0\n"
    put(
        terminal.folder,
        {FILE: text + "        displayName: $(System.JobPositionInPhase) of $(System.TotalJobsInPhase)\n"},
    )
    run = ran(terminal, FILE)
    assert [job["steps"][0]["name"] for job in run["jobs"]] == ["1 of 3", "2 of 3", "3 of 3"]


def test_true_and_false_of_keys_are_those_of_azure(terminal: Terminal) -> None:
    steps = (
        "steps:\n  - {script: exit 0, enabled: off, displayName: a}\n  - {script: exit 0, enabled: y, displayName: b}\n"
    )
    put(terminal.folder, {FILE: steps})
    assert results(ran(terminal, FILE), "job") == {"a": "skipped", "b": "success"}
    put(terminal.folder, {FILE: "steps:\n  - script: x\n    continueOnError: $(maybe)\n"})
    refused = terminal.refused("pipeline", "show", FILE)
    assert "“continueOnError” is “$(maybe)”, and not true or false." in refused["message"]
    assert refused["place"]["line"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "variables: {x: \"$[ gt(1, 'a') ]\"}\nsteps: [{script: touch ran}]\n",
        "name: $(Date:Q)\nsteps: [{script: touch ran}]\n",
        "jobs: [{job: a, condition: \"gt(1, 'a')\", steps: [{script: touch ran}]}]\n",
        'jobs: [{job: a, variables: {x: "$[ parameters.x ]"}, steps: [{script: touch ran}]}]\n',
    ],
)
def test_what_cannot_be_evaluated_fails_and_runs_nothing(terminal: Terminal, text: str) -> None:
    put(terminal.folder, {FILE: text})
    run = ran(terminal, FILE, code=1)
    assert [job["result"] for job in run["jobs"]] == ["failure"]
    assert run["failure"]["message"]
    assert not (terminal.folder / "ran").exists()


def test_a_matrix_comes_from_a_job_before(terminal: Terminal) -> None:
    def text(legs: str) -> str:
        return f"""
jobs:
  - job: generator
    steps:
      - bash: |
          echo "##vso[task.setVariable variable=legs;isOutput=true]{legs}"
        name: mtrx
  - job: runner
    dependsOn: generator
    strategy:
      matrix: $[ dependencies.generator.outputs['mtrx.legs'] ]
    steps:
      - script: exit 0
        displayName: $(System.JobName) $(letter)
"""

    put(terminal.folder, {FILE: text("{'a':{'letter':'A'}, 'b':{'letter':'B'}}")})
    run = ran(terminal, FILE)
    assert [job["steps"][0]["name"] for job in run["jobs"] if job["id"] == "runner"] == ["a A", "b B"]
    many = ", ".join(f"a{number}: {{x: y}}" for number in range(257))
    for legs in ("", "[1]", "{", "{}", f"{{{many}}}"):
        put(terminal.folder, {FILE: text(legs)})
        run = ran(terminal, FILE, code=1)
        assert [job["result"] for job in run["jobs"]] == ["success", "failure"], legs
    put(terminal.folder, {FILE: "jobs:\n  - job: a\n    strategy: {parallel: $(many)}\n    steps: [{script: x}]\n"})
    refused = terminal.refused("pipeline", "show", FILE)
    assert "“strategy” is “$(many)”, and neither rows nor a number." in refused["message"]
