"""What asks for a person, or is decided by what is unknown on this machine, does not run by itself: jobs run where
they are named, and say so, and steps are left out. What a file asks for and nothing here does stops a run before its
first step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.pipelines.domain.keys.guards import guarded
from scoredock.contrib.pipelines.domain.running.start import RunStart

from cli.conftest import Terminal
from pipelines.conftest import committed, git, pipeline_of, put, ran, results

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")


def held(text: str, file: str = "w.yml", **facts: Any) -> dict[str, str]:
    """Jobs that do not run by themselves, and why."""
    pipeline = pipeline_of(file, {file: text})
    jobs = guarded(pipeline, RunStart("/r", "/w", **{"event": "push", **facts})).jobs
    assert all(job.by_name for job in jobs if job.left_out)
    return {job.id: job.left_out for job in jobs if job.left_out}


def github(conditions: dict[str, str], on: str = "push") -> str:
    jobs = "".join(
        f'  {name}: {{runs-on: x, if: "{text}", steps: [{{run: exit 0}}]}}\n' for name, text in conditions.items()
    )
    return f"on: {on}\nenv: {{KEY: '${{{{ vars.KEY }}}}', PLAIN: a, SECRET: '${{{{ secrets.S }}}}'}}\njobs:\n{jobs}"


CERTAIN = {
    "always": "always() && !cancelled()",
    "branch": "github.ref == 'refs/heads/main' || startsWith(github.ref_name, 'release/')",
    "event": "${{ github.event_name == 'push' }}",
    "input": "inputs.publish && github.event.inputs.publish != 'no'",
    "literal": "env.PLAIN != 'github.actor'",
    "nobody": "github.actor != 'dependabot[bot]' && github.triggering_actor != 'renovate[bot]'",
    "payload_of_another": "github.event.pull_request.draft == false || github.event.release",
    "repository": "github.repository == 'owner/name' && github.repository_owner == 'owner'",
    "runner": "runner.os == 'Linux' && matrix.a && strategy.job-index == 0",
    "earlier": "needs.branch.result == 'success'",
}
UNKNOWN = {
    "actor": "github.actor == 'someone'",
    "commit": "contains(github.event.head_commit.message, '[deploy]')",
    "default_branch": "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)",
    "key": "env.KEY != ''",
    "protected": "github.ref_protected",
    "secret": "env.SECRET != ''",
    "variable": "vars['DEPLOY'] == 'true'",
    "all_of_it": "toJSON(github.event) != '{}'",
}


def test_conditions_that_read_what_is_certain_are_evaluated() -> None:
    assert held(github(CERTAIN)) == {}
    assert set(held(github({"a": "vars.DEPLOY"}))) == {"a"}
    assert held(github({"a": "vars.DEPLOY"}), variables={"deploy": "1"}) == {}


def test_conditions_that_read_what_nobody_knows_hold_their_jobs() -> None:
    reasons = held(github(UNKNOWN))
    assert set(reasons) == set(UNKNOWN)
    assert reasons["commit"].startswith("Its condition reads “github.event.head_commit”, which is unknown here")
    assert "“vars.DEPLOY”" in reasons["variable"]


@pytest.mark.parametrize(
    ("unsure", "jobs"),
    [
        ("branch", {"branch"}),
        ("event", {"branch", "event", "payload_of_another"}),
        ("repository", {"repository"}),
    ],
)
def test_what_this_machine_does_not_know_of_itself_holds_a_job(unsure: str, jobs: set[str]) -> None:
    assert set(held(github(CERTAIN), unsure=frozenset((unsure,)))) == jobs


def test_a_pull_request_has_another_ref() -> None:
    on = "[pull_request]"
    assert set(
        held(github({"a": "github.ref == 'x'", "b": "github.base_ref == 'main'"}, on), event="pull_request")
    ) == {
        "a",
        "b",
    }


OUTPUTS = """\
on: push
jobs:
  changes:
    runs-on: x
    outputs: {src: "${{ steps.filter.outputs.src }}", own: "${{ steps.own.outputs.a }}"}
    steps:
      - {id: filter, uses: someone/paths-filter@v3}
      - {id: own, run: 'echo a=1 >> $GITHUB_OUTPUT'}
      - {name: beside, if: steps.filter.outputs.src == 'true', run: exit 0}
      - {name: after, if: steps.own.outputs.a == '1', run: exit 0}
  on_left_out: {needs: changes, if: "needs.changes.outputs.src != 'true'", runs-on: x, steps: [{run: exit 0}]}
  on_own: {needs: changes, if: needs.changes.outputs.own == '1', runs-on: x, steps: [{run: exit 0}]}
"""


def test_outputs_of_a_step_that_is_left_out_are_unknown() -> None:
    assert set(held(OUTPUTS)) == {"on_left_out"}
    jobs = guarded(pipeline_of("w.yml", {"w.yml": OUTPUTS}), RunStart("/r", "/w", event="push")).jobs
    assert [step.kind for step in jobs[0].steps] == ["left-out", "script", "left-out", "script"]


TRIGGERS = [
    ("push", "feature/a", ""),
    ("{push: {branches: [main]}}", "main", ""),
    ("{push: {branches: [main]}}", "feature/a", "The branch “feature/a” does not start the workflow."),
    ("{push: {branches: ['feature/*']}}", "feature/a", ""),
    ("{push: {branches: ['*']}}", "feature/a", "The branch “feature/a” does not"),
    ("{push: {branches: ['**', '!feature/**']}}", "feature/a", "The branch “feature/a” does not"),
    ("{push: {branches: ['v[0-9]+.x']}}", "v12.x", ""),
    ("{push: {branches: ['v?1']}}", "1", ""),
    ("{push: {branches-ignore: ['feature/**']}}", "feature/a", "The branch “feature/a” does not"),
    ("{push: {branches-ignore: [main]}}", "feature/a", ""),
    ("{push: {tags: ['v*']}}", "main", "Tags start the workflow, and no branch."),
    ("{push: {tags: ['v*'], branches: [main]}}", "main", ""),
    ("{push: {paths: [src/**]}}", "main", ""),
    ("{release: {types: [published]}, push: }", "main", ""),
    ("pull_request", "main", "The event “push” does not start the workflow."),
]


@pytest.mark.parametrize(("on", "branch", "reason"), TRIGGERS)
def test_branches_that_do_not_start_a_workflow_hold_its_jobs(on: str, branch: str, reason: str) -> None:
    assert held(github({"a": "true"}, on), branch=branch).get("a", "").startswith(reason)
    assert ("a" in held(github({"a": "true"}, on), branch=branch)) == bool(reason)


def test_an_event_that_a_start_by_hand_cannot_stand_for_holds_its_jobs() -> None:
    reason = held(github({"a": "true"}, "{release: {types: [published]}}"), event="release")["a"]
    assert reason == "The event “release” starts the workflow, and what it brings is not here."
    filters = "{push: {branches: [main]}}"
    assert "--branch names it" in held(github({"a": "true"}, filters), unsure=frozenset(("branch",)))["a"]


AZURE = """\
trigger: none
variables:
  isMain: $[eq(variables['Build.SourceBranch'], 'refs/heads/main')]
  copied: $(isMain)
  plain: 1
stages:
- stage: build
  jobs:
  - job: plain
    condition: and(succeeded(), eq(variables.plain, 1), eq(variables['Build.Reason'], 'Manual'))
    steps: [{script: "echo ##vso[task.setvariable variable=made]1"}]
  - {job: made, condition: "eq(variables['made'], 1)", steps: [{script: exit 0}]}
  - {job: branch, condition: "eq(variables['Build.SourceBranchName'], 'main')", steps: [{script: exit 0}]}
  - {job: by_variable, condition: "eq(variables.copied, true)", steps: [{script: exit 0}]}
  - {job: undeclared, condition: "ne(variables['skip'], true)", steps: [{script: exit 0}]}
  - {job: predefined, condition: "eq(variables['Build.DefinitionName'], 'x')", steps: [{script: exit 0}]}
  - {job: pull_request, condition: "not(eq(variables['System.PullRequest.IsFork'], 'True'))", steps: [{script: exit 0}]}
  - {deployment: deploy, environment: production, strategy: {runOnce: {deploy: {steps: [{script: exit 0}]}}}}
  - job: validation
    pool: server
    steps: [{task: ManualValidation@1, displayName: Ask}]
  - job: steps
    steps:
    - {script: exit 0, condition: "eq(variables['undeclared'], 1)"}
    - {script: exit 0, condition: "eq(variables['plain'], 1)"}
- stage: by_hand
  trigger: manual
  jobs: [{job: by_hand, steps: [{script: exit 0}]}]
- stage: guarded
  condition: eq(variables['undeclared'], 1)
  jobs: [{job: guarded, steps: [{script: exit 0}]}]
"""


def test_jobs_of_azure_that_ask_for_a_person_or_for_the_unknown_are_held() -> None:
    file = "azure-pipelines.yml"
    reasons = held(AZURE, file, event="")
    others = {"undeclared", "predefined", "deploy", "validation", "by_hand", "guarded"}
    assert set(reasons) == others
    assert reasons["deploy"] == "The environment “production” may ask for a person's yes."
    assert reasons["validation"] == "The step “Ask” waits for a person."
    assert reasons["by_hand"] == "The stage waits for a person."
    assert "“Build.DefinitionName”" in reasons["predefined"]
    assert set(held(AZURE, file, event="", unsure=frozenset(("branch",)))) == others | {"branch", "by_variable"}
    assert "pull_request" in held(AZURE, file, event="pull_request")
    jobs = guarded(pipeline_of(file, {file: AZURE}), RunStart("/r", "/w")).jobs
    assert [step.kind for job in jobs if job.id == "steps" for step in job.steps] == ["left-out", "script"]


PUBLISHES = """\
on: [push, pull_request]
jobs:
  build:
    runs-on: x
    steps:
      - run: touch built
      - {name: Publish, if: github.event_name != 'pull_request', run: touch published-by-step}
  publish:
    needs: build
    if: github.event_name == 'push' && github.ref == 'refs/heads/main'
    runs-on: x
    steps: [{run: touch published}]
  release: {runs-on: x, environment: {name: pypi}, steps: [{run: touch released}]}
"""


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".git", "w.yml"}


def test_a_guarded_publication_does_not_run_on_a_persons_machine(terminal: Terminal) -> None:
    put(terminal.folder, {"w.yml": PUBLISHES})
    shown = terminal.json("pipeline", "show", "w.yml")
    assert [job["id"] for job in shown["jobs"] if job["byName"]] == ["publish", "release"]
    run = ran(terminal, "w.yml")
    assert {job["id"]: job["result"] for job in run["jobs"]} == {
        "build": "success",
        "publish": "left-out",
        "release": "left-out",
    }
    assert results(run, "build") == {"touch built": "success", "Publish": "left-out"}
    assert written(terminal.folder) == {"built"}
    done = terminal.run("pipeline", "run", "w.yml", "--job", "release")
    assert "It runs because it was named:)\n   (The environment “pypi” may ask for a person's yes.)" in done.stdout
    assert written(terminal.folder) == {"built", "released"}
    # Who says what starts it, and from where, says what the conditions read.
    committed(terminal.folder)
    ran(terminal, "w.yml", "--event", "push", "--branch", "other")
    assert written(terminal.folder) == {"built", "released", "published-by-step"}
    ran(terminal, "w.yml", "--event", "push")
    assert written(terminal.folder) == {"built", "released", "published-by-step", "published"}


def test_a_detached_commit_is_no_branch(terminal: Terminal) -> None:
    text = github({"deploy": "github.ref == 'refs/heads/main'"}).replace("exit 0", "echo $GITHUB_REF_NAME > branch")
    put(terminal.folder, {"w.yml": text})
    commit = committed(terminal.folder)
    git(terminal.folder, "checkout", "-q", commit)
    refused = terminal.refused("pipeline", "run", "w.yml")
    assert (refused["code"], refused["place"]["line"]) == ("pipeline-unread", 3)
    assert "“github.ref”, which is unknown here" in refused["message"]
    ran(terminal, "w.yml", "--job", "deploy")
    assert (terminal.folder / "branch").read_text() == "HEAD\n"


UNREAD = """\
on: push
jobs:
  a:
    runs-on: x
    container: python:3.12
    steps:
      - {run: touch a-ran, retries: 3}
  b: {runs-on: x, steps: [{run: touch b-ran}]}
"""


def test_what_is_not_read_stops_a_run_before_its_first_step(terminal: Terminal) -> None:
    put(terminal.folder, {"w.yml": UNREAD})
    done = terminal.run("pipeline", "run", "w.yml")
    assert done.returncode == 1
    assert "(w.yml:5: “container” is not carried out here." in done.stdout
    assert "(w.yml:7: “retries” is not a key here.)" in done.stdout
    assert "act carries out more of GitHub Actions" in done.stderr
    refused = terminal.refused("pipeline", "run", "w.yml")
    assert (refused["code"], refused["place"]["line"]) == ("pipeline-unread", 4)
    assert [line[:8] for line in refused["details"]["unread"]] == ["w.yml:5:", "w.yml:7:"]
    assert written(terminal.folder) == set()
    assert "It runs" not in terminal.run("pipeline", "run", "w.yml", "--job", "b").stdout
    assert written(terminal.folder) == {"b-ran"}
    named = terminal.run("pipeline", "run", "w.yml", "--job", "a")
    assert named.returncode == 0
    assert "(It runs because it was named:)\n   (w.yml:5: “container” is not carried out here." in named.stdout
    assert written(terminal.folder) == {"a-ran", "b-ran"}


MACHINES = {
    ".github/workflows/machines.yml": """
on: push
jobs:
  all:
    runs-on: ${{ matrix.os }}
    strategy: {matrix: {os: [windows-latest, ubuntu-latest]}}
    steps: [{run: 'echo it is ${{ matrix.os }} > "ran-$(date +%N)"'}]
  next: {needs: all, runs-on: [self-hosted, linux], steps: [{run: exit 0}]}
  bash: {runs-on: windows-2022, steps: [{run: exit 0, shell: bash}]}
  darwin: {runs-on: macos-latest, steps: [{run: exit 0}]}
""",
    "azure-pipelines.yml": """
pool: {vmImage: $(image)}
jobs:
  - job: all
    strategy: {matrix: {one: {image: windows-latest}, two: {image: ubuntu-latest}}}
    steps: [{script: 'echo it is $(image) > "ran-$(System.JobName)"'}]
  - {job: next, dependsOn: all, variables: {image: macos-latest}, steps: [{script: exit 0}]}
""",
}


@pytest.mark.parametrize("file", MACHINES)
def test_runs_for_windows_are_left_out_and_told(terminal: Terminal, file: str) -> None:
    put(terminal.folder, {file: MACHINES[file]})
    committed(terminal.folder)
    run = ran(terminal, file)
    windows, linux = (job for job in run["jobs"] if job["id"] == "all")
    assert (windows["result"], linux["result"]) == ("left-out", "success")
    assert "windows-latest" in windows["reason"]
    assert [path.read_text() for path in terminal.folder.glob("ran-*")] == ["it is ubuntu-latest\n"]
    assert {job["result"] for job in run["jobs"] if job["id"] != "all"} == {"success"}
