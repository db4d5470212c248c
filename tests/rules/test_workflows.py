"""The workflows of GitHub, which run nowhere else: their form, and that all they do is a script that runs here."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
NPM = re.compile(r"npm run ([\w:-]+)(?: -- [\w -]+)?")
MAY_WRITE = {("release.yml", "github", "contents"), ("release.yml", "pypi", "id-token")}
"""Jobs that may change something: the release itself, and the identity that PyPI trusts."""


def validate(schema: str, *files: Path) -> tuple[int, str]:
    """Exit code and output of check-jsonschema, in this process: its imports take longer than its work."""
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", f"vendor.{schema}", *map(str, files)])
    return done.exit_code, done.output


def jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    found = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    assert isinstance(found, dict)
    return found


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(workflow).values():
        yield from job.get("steps", ())


def test_there_are_the_workflows_that_are_looked_at() -> None:
    assert {path.name for path in WORKFLOWS} == {"gate.yml", "long.yml", "release.yml"}
    assert sum(1 for workflow in WORKFLOWS for step in steps(workflow) if "run" in step) >= 10


def test_workflows_have_the_form_that_github_asks_for() -> None:
    code, said = validate("github-workflows", *WORKFLOWS)
    assert code == 0, said


def test_dependabot_has_the_form_that_github_asks_for() -> None:
    code, said = validate("dependabot", GITHUB / "dependabot.yml")
    assert code == 0, said


@pytest.mark.parametrize(
    ("name", "schema", "right", "wrong"),
    [
        ("workflows/gate.yml", "github-workflows", "runs-on:", "runs_on:"),
        ("workflows/release.yml", "github-workflows", "contents: write", "contents: some"),
        ("dependabot.yml", "dependabot", "interval: weekly", "interval: sometimes"),
    ],
)
def test_a_wrong_form_is_noticed(name: str, schema: str, right: str, wrong: str, tmp_path: Path) -> None:
    text = (GITHUB / name).read_text(encoding="utf-8")
    assert right in text
    planted = tmp_path / Path(name).name
    planted.write_text(text.replace(right, wrong), encoding="utf-8")
    code, said = validate(schema, planted)
    assert code == 1
    assert "chema validation errors" in said


def faults(name: str, text: str) -> Iterator[str]:
    """What is wrong with a workflow besides its form."""
    scripts = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["scripts"]
    workflow = yaml.safe_load(text)
    if workflow["permissions"] != {}:
        yield "what is not said for a job is allowed"
    for job_name, job in workflow["jobs"].items():
        # A job that is another workflow has the time-outs of that workflow's jobs.
        if "uses" not in job and not 0 < job.get("timeout-minutes", 0) <= 360:
            yield f"{job_name} has no time-out"
        if "permissions" not in job:
            yield f"{job_name} does not say what it may do"
        writing = {(name, job_name, what) for what, how in job.get("permissions", {}).items() if how == "write"}
        yield from (f"{job_name} may write {what}" for _, _, what in writing - MAY_WRITE)
        for command in (step["run"] for step in job.get("steps", ()) if "run" in step):
            called = NPM.fullmatch(command)
            if not called or called[1] not in scripts:
                yield f"{command!r} is not a script of package.json"
    for used, remark in re.findall(r"^\s*(?:- )?uses: (\S+)(.*)", text, re.MULTILINE):
        if used.startswith("./"):
            if not (ROOT / used).is_file():
                yield f"{used} is not there"
        elif not PINNED.fullmatch(used) or not re.fullmatch(r" # v\d+\.\d+\.\d+", remark):
            yield f"{used} is not pinned to a commit with its version beside it"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_steps_are_npm_scripts_actions_are_pinned_and_jobs_end_and_may_do_little(workflow: Path) -> None:
    assert list(faults(workflow.name, workflow.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("npm run gate", "npm run gates", "'npm run gates' is not a script of package.json"),
        ("npm run gate", "npm run gate && true", "'npm run gate && true' is not a script of package.json"),
        (r"actions/checkout@\w+", "actions/checkout@v6", "actions/checkout@v6 is not pinned to a commit"),
        (r" # v[\d.]+", "", "is not pinned to a commit with its version beside it"),
        ("timeout-minutes: 60", "continue-on-error: true", "linux has no time-out"),
        ("contents: read", "contents: write", "linux may write contents"),
        (r"permissions: \{\}", "permissions: read-all", "what is not said for a job is allowed"),
    ],
)
def test_a_fault_in_a_workflow_is_noticed(right: str, wrong: str, fault: str) -> None:
    text = (GITHUB / "workflows" / "gate.yml").read_text(encoding="utf-8")
    assert list(faults("gate.yml", text)) == []
    assert any(fault in each for each in faults("gate.yml", re.sub(right, wrong, text)))


def test_an_action_has_one_commit_in_all_workflows() -> None:
    commits: dict[str, set[str]] = {}
    for workflow in WORKFLOWS:
        for name, commit in re.findall(r"uses: ([\w-]+/[\w-]+)[\w/-]*@(\w+)", workflow.read_text(encoding="utf-8")):
            commits.setdefault(name, set()).add(commit)
    assert "actions/checkout" in commits
    assert {name: each for name, each in commits.items() if len(each) > 1} == {}


def test_a_release_is_tried_on_every_platform_it_has_a_file_for() -> None:
    script = "import('./scripts/releaseFiles.mjs').then((m) => console.log(JSON.stringify(m.TARGETS)))"
    done = subprocess.run(["node", "-e", script], cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    platforms = {
        "ubuntu-24.04": "linux-x64",
        "ubuntu-24.04-arm": "linux-arm64",
        "macos-15-intel": "darwin-x64",
        "macos-15": "darwin-arm64",
        "windows-2025": "win32-x64",
    }
    systems = jobs(GITHUB / "workflows" / "release.yml")["try"]["strategy"]["matrix"]["system"]
    assert {platforms[system] for system in systems} == set(json.loads(done.stdout))
