"""Lines of the Azure CLI that are not carried out here stop a run before its first step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scoredock.contrib.az.lines.main import handlers
from scoredock.formats.az_lines.v1_commands import VERBS_HERE

from cli.conftest import Terminal
from pipelines.conftest import put, ran, results

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
FILE = "azure-pipelines.yml"
TEXT = """\
pool: x
steps:
  - script: touch began
  - script: |
      az login
      az account set -s $(subscription)
      az extension add -n azure-cli-ml
      echo "az ml run submit-script said.py"
      # az ml job create
      az ml model list -o none
      az ml --help
      az ml $VERB
    displayName: Carried out
  - script: |
      set -e
      az ml online-endpoint create -n e \\
        -f endpoint.yml
      if true; then az acr login -n images; fi
    displayName: Of v2
  - task: AzureCLI@2
    displayName: In a file
    inputs: {scriptType: bash, scriptLocation: scriptPath, scriptPath: scripts/train.sh}
  - bash: ./scripts/train.sh again
    displayName: The same
  - script: az ml nonsense
    enabled: false
"""
TOLD = [
    (FILE, 16, "“az ml online-endpoint create” is a command of Azure ML CLI v2, and Scoredock runs those of v1."),
    (FILE, 18, "“az acr login” needs the Azure CLI, which is not installed here."),
    (
        "scripts/train.sh",
        3,
        "“az ml run submit-script” submits a run as a run configuration says; no command here does that.",
    ),
]


@pytest.fixture
def folder(terminal: Terminal) -> Path:
    put(terminal.folder, {FILE: TEXT, "scripts/train.sh": "set -e\n\naz ml run submit-script train.py\n"})
    return terminal.folder


def test_the_verbs_that_are_carried_out_are_those_that_have_a_function() -> None:
    assert handlers().keys() == set(VERBS_HERE)


def test_each_line_that_is_not_carried_out_is_told_with_its_place(terminal: Terminal, folder: Path) -> None:
    unread = terminal.json("pipeline", "show", FILE)["unread"]
    assert [(each["file"], each["line"], each["message"]) for each in unread] == TOLD


def test_a_run_is_refused_before_its_first_step(terminal: Terminal, folder: Path) -> None:
    refused = terminal.refused("pipeline", "run", FILE, "--variable", "subscription=s")
    assert refused["code"] == "pipeline-unread"
    for file, line, message in TOLD:
        assert f"{file}:{line}: {message}" in refused["message"]
    assert not (folder / "began").exists()


def test_what_is_passed_over_or_has_a_script_in_its_place_is_not_told(terminal: Terminal, folder: Path) -> None:
    put(folder, {"own.sh": "touch own\n"})
    words = ("--replace", "In a file=own.sh", "--replace", "The same=own.sh", "--variable", "subscription=s")
    refused = terminal.refused("pipeline", "run", FILE, *words)
    assert "scripts/train.sh" not in refused["message"]
    run = ran(terminal, FILE, *words, "--skip", "Of v2")
    assert results(run, "job")["Of v2"] == "skipped"
    assert (folder / "own").exists()


def test_a_job_that_is_named_runs_as_far_as_it_goes(terminal: Terminal, folder: Path) -> None:
    run = ran(terminal, FILE, "--job", "job", "--variable", "subscription=s", code=1)
    assert results(run, "job")["Carried out"] == "success"
    assert results(run, "job")["Of v2"] == "failure"
    assert any(TOLD[0][2] in note for note in run["jobs"][0]["notes"])


def test_lines_of_workflows_of_github_are_told_as_well(terminal: Terminal) -> None:
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          az ml job create -f job.yml\n"
    put(terminal.folder, {"w.yml": text})
    (place,) = terminal.json("pipeline", "show", "w.yml")["unread"]
    assert (place["file"], place["line"]) == ("w.yml", 7)


def test_lines_of_one_group_in_one_step_have_places_of_their_own(terminal: Terminal) -> None:
    lines = (
        "az ml online-endpoint show -n e",
        "echo begun",
        "az ml online-endpoint delete -n e --yes",
        "az group create -n g",
        "az ml online-endpoint show -n e",
        "az group create -n h",
    )
    put(terminal.folder, {"w.yml": "steps:\n  - script: |\n" + "".join(f"      {line}\n" for line in lines)})
    unread = terminal.json("pipeline", "show", "w.yml")["unread"]
    verbs = ["show", "delete", "show", "group", "group"]
    told = [(each["line"], next(verb for verb in verbs if verb in each["message"])) for each in unread]
    assert told == [(3, "show"), (5, "delete"), (7, "show"), (6, "group"), (8, "group")]


def test_extensions_are_listed_as_on_the_command_line(terminal: Terminal) -> None:
    lines = "      az extension list\n      az extension list-available\n"
    put(terminal.folder, {"w.yml": f"steps:\n  - script: |\n{lines}"})
    (place,) = terminal.json("pipeline", "show", "w.yml")["unread"]
    assert place["message"].startswith("“az extension list-available” needs the Azure CLI")
    put(terminal.folder, {"w.yml": "steps:\n  - script: az extension list --query [].name -o tsv >names\n"})
    ran(terminal, "w.yml")
    assert (terminal.folder / "names").read_text() == "azure-cli-ml\n"


def test_a_command_of_both_with_options_of_v2_is_told_before_it_runs(terminal: Terminal) -> None:
    put(terminal.folder, {"w.yml": "steps:\n  - script: az ml model show --name $(model) -o tsv\n"})
    (place,) = terminal.json("pipeline", "show", "w.yml")["unread"]
    assert place["message"].startswith("“az ml model show” with --name is a line of Azure ML CLI v2")


COMMANDS = """\
steps:
  - script: |
      # echo "##vso[artifact.upload]no.txt"
      echo "##vso[task.logissue type=warning]careful"
      bash publish.sh
  - script: python3 -c 'print("##vso[task." + "setendpoint id=1]x")'
"""


def test_a_command_to_the_platform_that_is_not_carried_out_is_told(terminal: Terminal) -> None:
    put(terminal.folder, {FILE: COMMANDS, "publish.sh": "echo begun\necho '##vso[artifact.upload artifactname=a]x'\n"})
    message = "“##vso[artifact.upload]” is not carried out here. There the file is kept as an artifact."
    (place,) = terminal.json("pipeline", "show", FILE)["unread"]
    assert (place["file"], place["line"], place["message"]) == ("publish.sh", 2, message)
    assert terminal.refused("pipeline", "run", FILE)["code"] == "pipeline-unread"
    run = terminal.run("pipeline", "run", FILE, "--job", "job")
    assert run.returncode == 0
    # Once as a reason that the job runs although it was not read, and once behind the line that it printed.
    assert run.stdout.count(message) == 2
    assert "“##vso[task.setendpoint]” is not carried out here." in run.stdout


def test_a_line_that_runs_on_no_platform_keeps_nothing_from_beginning(terminal: Terminal) -> None:
    steps = "[{if: '${{ false }}', run: az ml online-endpoint create -n e}, {run: echo hello}]"
    jobs = f"{{a: {{runs-on: x, steps: {steps}}}, b: {{if: false, runs-on: x, steps: [{{run: az ml job create}}]}}}}"
    put(terminal.folder, {".github/workflows/main.yml": f"on: push\njobs: {jobs}\n"})
    shown = terminal.json("pipeline", "show", ".github/workflows/main.yml")
    assert (shown["unread"], shown["summary"]) == ([], "1 step in bash, 2 steps left out")
    terminal.ok("pipeline", "run", ".github/workflows/main.yml")
