"""A pipeline is written for a folder in the Explorer; a file that is there is shown beside the new one first."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from desks import take_picture
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)['data']\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    inner = folder / "prices"
    inner.mkdir(parents=True)
    (inner / "score.py").write_text(SCRIPT)
    (inner / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py"}))
    (folder / ".git").mkdir()
    return folder


def test_a_pipeline_is_written_and_an_old_one_is_shown_first(open_desk: Callable[..., Desk], project: Path) -> None:
    desk = open_desk(project)
    window = desk.window
    window.side.choose_for_file("prices", "Create Pipeline…")
    window.quick.wait("Create Pipeline for prices")
    window.quick.choose("GitHub Actions")
    window.quick.wait("Where the Runners Get Scoredock From", timeout=60)
    window.quick.choose("Wheels in the Repository")
    window.notices.wait("Wrote scoredock.yml", timeout=60)
    written = project / ".github" / "workflows" / "scoredock.yml"
    assert "working-directory: prices" in written.read_text()
    assert len(list((project / ".scoredock").glob("scoredock*.whl"))) == 3
    window.notices.wait("is 5 MB")
    desk.picture("pipeline-written")
    old = written.read_text().replace('CANARY_PERCENT: "10"', 'CANARY_PERCENT: "50"')
    written.write_text(old)
    window.side.choose_for_file("prices", "Create Pipeline…")
    window.quick.wait("Create Pipeline for prices")
    window.quick.choose("GitHub Actions")
    window.quick.wait("Where the Runners Get Scoredock From", timeout=60)
    window.quick.choose("Wheels in the Repository")
    window.notices.wait("Nothing is written yet", timeout=60)
    desk.picture("pipeline-difference")
    assert written.read_text() == old
    window.notices.press("Nothing is written yet", "Replace")
    until(lambda: 'CANARY_PERCENT: "10"' in written.read_text(), "the new file")


WORKFLOW = """\
name: prices
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Say $(error) hello
        run: echo "hello from $GITHUB_JOB"
      - name: Needs a value
        run: test "${{ vars.REGION }}" = north && echo "it is ${{ vars.REGION }}"
  deploy:
    needs: check
    runs-on: self-hosted
    steps:
      - name: Count
        run: |
          echo "counting"
          exit 3
      - uses: some/other-action@v1
"""
V1 = """\
steps:
  - task: AzureCLI@2
    displayName: Install azure-cli-ml
    inputs: {scriptType: bash, scriptLocation: inlineScript, inlineScript: az extension add -n azure-cli-ml}
  - task: AzureCLI@2
    displayName: List the models
    inputs: {scriptType: bash, scriptLocation: inlineScript, inlineScript: az ml model list}
  - task: AzureCLI@2
    displayName: Train
    inputs: {scriptType: bash, scriptLocation: inlineScript, inlineScript: az ml run submit-script train.py}
"""
ENDLESS = """\
on: push
jobs:
  wait:
    runs-on: x
    steps:
      - name: Without end
        run: |
          sleep 600 &
          echo $! > pid
          echo "it waits"
          wait
"""
UNREAD = """\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    container: python:3.12
    steps:
      - uses: actions/checkout@v4
        with: {repository: other/project}
      - run: echo "it runs" > ran.txt
  release:
    runs-on: ubuntu-latest
    environment: production
    time-out: 5
    steps: [{run: echo "released"}]
"""
CI = ".github/workflows/ci.yml"


@pytest.fixture
def repository(project: Path) -> Path:
    folder = project / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(WORKFLOW)
    (folder / "endless.yml").write_text(ENDLESS)
    (folder / "unread.yml").write_text(UNREAD)
    (folder / "broken.yml").write_text("on: push\njobs:\n\ta: 1\n")
    (project / "azure-pipelines.yml").write_text(V1)
    return project


def test_a_pipeline_runs_here_and_its_failing_step_is_a_click_away(
    open_desk: Callable[..., Desk], repository: Path
) -> None:
    desk = open_desk(repository)
    window = desk.window
    for _ in range(2):
        window.side.choose_for_file(CI, "Run Pipeline Here…")
        window.quick.wait("Run ci.yml Here", timeout=60)
        if os.environ.get("SCOREDOCK_SHOTS"):
            take_picture(window, "pipeline-steps")
        window.quick.cancel()
        window.toggle_theme()
    window.side.choose_for_file(CI, "Run Pipeline Here…")
    window.quick.wait("Run ci.yml Here")
    texts = "\n".join(window.quick.texts())
    assert "run on this machine as you" in texts
    for part in ("Say $(error) hello", "Count", "some/other-action@v1", "nothing here stands for it", "REGIONNo value"):
        assert part in texts, texts
    window.quick.change("REGION")
    window.quick.wait("Value of the variable REGION")
    window.quick.answer("north")
    window.quick.wait("Press Enter to continue")
    assert any("REGION" in each and "north" in each for each in window.quick.texts())
    window.quick.go_on()
    window.notices.wait("The step “Count” ended with exit code 3.", timeout=60)
    said = window.panel.wait_output("counting")
    assert window.panel.shown_channel() == "Scoredock Pipeline: ci.yml"
    assert "hello from check" in said
    assert "it is north" in said
    desk.picture("pipeline-failed")
    window.notices.press("The step “Count” ended with exit code 3.", "Go to Line")
    until(lambda: "ci.yml" in window.editor.tabs(), "the file of the step")
    window.status.wait("Ln 16")


def test_what_is_not_read_comes_first_and_stops_a_run_of_no_chosen_job(
    open_desk: Callable[..., Desk], repository: Path
) -> None:
    desk = open_desk(repository)
    window = desk.window
    for _ in range(2):
        window.side.choose_for_file(".github/workflows/unread.yml", "Run Pipeline Here…")
        window.quick.wait("Run unread.yml Here", timeout=60)
        if os.environ.get("SCOREDOCK_SHOTS"):
            take_picture(window, "pipeline-unread")
        window.quick.cancel()
        window.toggle_theme()
    window.side.choose_for_file(".github/workflows/unread.yml", "Run Pipeline Here…")
    window.quick.wait("Run unread.yml Here")
    texts = "\n".join(window.quick.texts())
    for part in (
        "“container” is not carried out here..github/workflows/unread.yml:5 There the steps run in this image, here",
        "“repository” is not carried out here..github/workflows/unread.yml:8 There the files of another repository",
        "“time-out” is not a key here.github/workflows/unread.yml:13 “timeout-minutes” is the nearest.",
        "Jobsimage Only jobs that you choose run all the same.",
    ):
        assert part in texts, texts
    window.quick.go_on()
    window.notices.wait("unread.yml does not run here as on its platform", timeout=60)
    desk.picture("pipeline-refused")
    assert not (repository / "ran.txt").exists()
    window.side.choose_for_file(".github/workflows/unread.yml", "Run Pipeline Here…")
    window.quick.change("“container” is not carried out here.")
    until(lambda: "unread.yml" in window.editor.tabs(), "the file with the key")
    window.status.wait("Ln 5")
    window.side.choose_for_file(".github/workflows/unread.yml", "Run Pipeline Here…")
    window.quick.change("Jobs")
    window.quick.wait("Jobs to run")
    window.quick.press_ok()  # the one that runs by itself is ticked
    window.quick.wait("Press Enter to continue")
    window.quick.go_on()
    window.notices.wait("unread.yml has ended", timeout=60)
    assert (repository / "ran.txt").read_text() == "it runs\n"


def test_a_job_alone_without_a_step_and_what_cannot_be_read(open_desk: Callable[..., Desk], repository: Path) -> None:
    desk = open_desk(repository)
    window = desk.window
    window.side.choose_for_file(CI, "Run Pipeline Here…")
    window.quick.change("Jobs")
    window.quick.wait("Jobs to run")
    window.quick.pick("check", stays=True)  # it was ticked
    window.quick.press_ok()
    window.quick.wait("Press Enter to continue")
    window.quick.pick("Count", stays=True)
    until(lambda: any("passed over" in each for each in window.quick.texts()), "the step that is passed over")
    window.quick.go_on()
    window.notices.wait("ci.yml has ended: 1 step skipped, 1 step left out.", timeout=60)
    window.side.choose_for_file(".github/workflows/broken.yml", "Run Pipeline Here…")
    window.notices.wait(".github/workflows/broken.yml:3", timeout=60)
    window.notices.press(".github/workflows/broken.yml:3", "Go to Line")
    until(lambda: "broken.yml" in window.editor.tabs(), "the file that cannot be read")


def test_cancel_ends_all_that_a_step_has_started(open_desk: Callable[..., Desk], repository: Path) -> None:
    desk = open_desk(repository)
    window = desk.window
    window.side.choose_for_file(".github/workflows/endless.yml", "Run Pipeline Here…")
    window.quick.go_on()
    window.panel.wait_output("it waits", timeout=60)
    pid = int((repository / "pid").read_text())
    assert psutil.pid_exists(pid)
    window.notices.press("Running endless.yml", "Cancel")
    until(lambda: not psutil.pid_exists(pid), "the end of what the step has started")
    window.panel.wait_output("Cancelled")


def test_a_pipeline_of_v1_is_rewritten_after_a_look(open_desk: Callable[..., Desk], repository: Path) -> None:
    desk = open_desk(repository)
    window = desk.window
    window.side.choose_for_file("azure-pipelines.yml", "Rewrite for Scoredock…")
    window.notices.wait("2 steps changed, 1 step left to you. Nothing is written yet.", timeout=60)
    desk.picture("pipeline-rewritten")
    assert not (repository / "azure-pipelines-scoredock.yml").exists()
    window.notices.press("Nothing is written yet", "Show Steps")
    window.quick.wait("Steps of azure-pipelines.yml")
    assert any("Train" in each and "put your own training in its place" in each for each in window.quick.texts())
    window.quick.cancel()
    window.side.choose_for_file("azure-pipelines.yml", "Rewrite for Scoredock…")
    window.notices.press("Nothing is written yet", "Write…")
    target = repository / "azure-pipelines-scoredock.yml"
    window.quick.choose_path(str(target), proposed="azure-pipelines-scoredock.yml")
    window.notices.wait("Wrote azure-pipelines-scoredock.yml.", timeout=60)
    assert 'scoredock" az install --azure-pipelines' in target.read_text()
    assert (repository / "azure-pipelines.yml").read_text() == V1
