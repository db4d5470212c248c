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


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_step_runs_is_an_npm_script(workflow: Path) -> None:
    scripts = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["scripts"]
    for step in steps(workflow):
        if "run" in step:
            called = NPM.fullmatch(step["run"])
            assert called, f"{step['run']!r} is no `npm run`"
            assert called[1] in scripts, step["run"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_a_commit_with_the_version_beside_it(workflow: Path) -> None:
    for line in workflow.read_text(encoding="utf-8").splitlines():
        used = re.match(r"\s*(?:- )?uses: (\S+)(.*)", line)
        if not used:
            continue
        if used[1].startswith("./"):
            assert (ROOT / used[1]).is_file(), used[1]
        else:
            assert PINNED.fullmatch(used[1]), used[1]
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", used[2]), f"{used[1]} without its version"


def test_an_action_has_one_commit_in_all_workflows() -> None:
    commits: dict[str, set[str]] = {}
    for workflow in WORKFLOWS:
        for name, commit in re.findall(r"uses: ([\w-]+/[\w-]+)[\w/-]*@(\w+)", workflow.read_text(encoding="utf-8")):
            commits.setdefault(name, set()).add(commit)
    assert "actions/checkout" in commits
    assert {name: each for name, each in commits.items() if len(each) > 1} == {}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_ends_and_may_do_no_more_than_it_has_to(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text(encoding="utf-8"))["permissions"] == {}
    for name, job in jobs(workflow).items():
        # A job that is another workflow has the time-outs of that workflow's jobs.
        assert "uses" in job or 0 < job["timeout-minutes"] <= 360, name
        writing = {(workflow.name, name, what) for what, how in job["permissions"].items() if how == "write"}
        assert writing <= MAY_WRITE, name


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
