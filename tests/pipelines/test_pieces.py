"""What a pipeline can take besides a written file: the action, the image, the hook."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import docker_daemon
from cli.conftest import Terminal
from pace import patience
from pipelines.conftest import committed, git, put, ran, results, schema_says, with_gitlab_ci_local

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github" / "actions" / "check" / "action.yml"
WORKFLOW = """on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - id: scoredock
        uses: ./.github/actions/check
        with:
          path: service
          tests: tests.http
      - if: always()
        run: test -s "${{ steps.scoredock.outputs.sarif }}"
"""


def test_the_action_checks_uploads_and_tests(project: Terminal) -> None:
    assert schema_says("github-actions", ACTION) == ""
    folder = project.folder
    (folder / "service").mkdir()
    for name in ("score.py", "model.bin", "tests.http", "inferenceconfig.json"):
        (folder / name).rename(folder / "service" / name)
    put(folder, {"w.yml": WORKFLOW, ".github/actions/check/action.yml": ACTION.read_text()})
    project.ok("model", "register", "service/model.bin", "-n", "five")
    run = ran(project, "w.yml")
    call = "./.github/actions/check"
    assert results(run, "check") == {
        f"{call}: Install Scoredock": "success",
        f"{call}: Check": "success",
        f"{call}: Upload the findings": "success",
        f"{call}: Test in a temporary service": "success",
        'test -s "service/scoredock.sarif"': "success",
    }
    script = folder / "service" / "score.py"
    script.write_text(script.read_text().replace("import json\n", ""))
    run = ran(project, "w.yml", code=1)
    assert results(run, "check")[f"{call}: Check"] == "failure"
    assert results(run, "check")[f"{call}: Upload the findings"] == "success"
    assert results(run, "check")[f"{call}: Test in a temporary service"] == "skipped"


@pytest.fixture
def image(terminal: Terminal, tmp_path: Path, require: Callable[[object, str], None]) -> Iterator[str]:
    """Made without a daemon, on a base that was saved from one, and loaded into it."""
    docker = docker_daemon.docker()
    base = tmp_path / "base.tar"
    with base.open("wb") as stream:
        for piece in docker.patient.get_image(docker_daemon.base_image(docker)):
            stream.write(piece)
    target = tmp_path / "scoredock.tar"
    made = terminal.json("pipeline", "image", "--to", f"archive:{target}", "--base", f"archive:{base}")
    assert made["path"] == str(target)
    assert made["size"] > 1_000_000
    again = terminal.refused("pipeline", "image", "--to", f"archive:{target}", "--base", f"archive:{base}")
    assert again["code"] == "package-target-not-empty"
    with target.open("rb") as stream:
        loaded = [line for line in docker.patient.load_image(stream) if "stream" in line]
    name = loaded[-1]["stream"].strip().rpartition(" ")[2]
    yield name
    docker.patient.remove_image(name, force=True)


@pytest.mark.timeout(600)
def test_a_check_runs_in_the_image(image: str, project: Terminal) -> None:
    def check(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["docker", "run", "--rm", "-i", image, *words]
        script = (project.folder / "score.py").read_text()
        return subprocess.run(command, input=script, capture_output=True, text=True, timeout=200)

    good = check("scoredock", "check", "--stdin-filename", "score.py", "--format", "sarif")
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["runs"]
    script = project.folder / "score.py"
    script.write_text(script.read_text().replace("import json\n", ""))
    bad = check("bash", "-ec", "scoredock check --stdin-filename score.py")
    assert bad.returncode == 1
    assert "SD110" in bad.stdout
    assert "warning" not in bad.stderr


@pytest.mark.timeout(600)
def test_a_written_pipeline_runs_in_the_image(image: str, project: Terminal) -> None:
    """Its check in a container of the image, where a temporary service answers, its deployment on the machine itself,
    as docs/pipelines.md says: gitlab-ci-local carries out both."""
    with_gitlab_ci_local(project)
    project.ok("pipeline", "create", "gitlab", "--install-from", f"image:{image}")
    commit = committed(project.folder)
    git(project.folder, "remote", "add", "origin", "git@gitlab.com:owner/project.git")
    words = ["gitlab-ci-local", "check", "--helper-image", image, "--pull-policy", "if-not-present"]
    words += ["--variable", "SCOREDOCK_HOME=/gcl-builds/home"]
    if certificates := os.environ.get("SSL_CERT_FILE"):  # of a machine that reaches the index through others
        words += ["--volume", f"{certificates}:/run/certificates.pem:ro"]
        words += ["--variable", "SSL_CERT_FILE=/run/certificates.pem"]
    environment = project.environment()
    words[0] = str(shutil.which(words[0], path=environment["PATH"]))
    check = subprocess.run(
        words, cwd=project.folder, env=environment, capture_output=True, text=True, timeout=patience(300)
    )
    assert check.returncode == 0, check.stdout + check.stderr
    assert "/opt/scoredock/environment/bin/scoredock" in check.stdout, "it is the one of the image"
    assert "✓ tests.http:6 a sum" in check.stdout
    assert project.json("model", "list")["models"] == [], "nothing of it was on this machine"
    ran(project, ".gitlab-ci.yml", "--job", "deploy")
    said = project.ok("service", "call", f"project-{commit[:7]}", "--data", '{"data": [1, 2, 3]}')
    assert json.loads(said) == 6


def test_an_image_needs_a_place(terminal: Terminal) -> None:
    assert terminal.refused("pipeline", "image")["code"] == "package-kind-wrong"
    assert terminal.refused("pipeline", "image", "--to", "somewhere")["code"] == "package-kind-wrong"
    wrong = terminal.refused(
        "pipeline", "image", "--to", "archive:x.tar", "--platform", "windows", "--base", "oci:none"
    )
    assert wrong["code"] == "package-kind-wrong"
    assert not (terminal.folder / "x.tar").exists()


@pytest.mark.long("pre-commit itself clones this repository and installs the hook with packages of an index")
@pytest.mark.timeout(600)
def test_pre_commit_stops_a_commit_with_an_error(
    project: Terminal, tmp_path: Path, require: Callable[[object, str], None]
) -> None:
    uvx = shutil.which("uvx") or str(ROOT / ".venv" / "bin" / "uvx")
    require(Path(uvx).exists() and (ROOT / ".git").exists(), "uvx, and this project from git")
    revision = git(ROOT, "rev-parse", "HEAD")
    hook = {"repos": [{"repo": str(ROOT), "rev": revision, "hooks": [{"id": "scoredock-check"}]}]}
    put(project.folder, {".pre-commit-config.yaml": yaml.safe_dump(hook)})
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [uvx, "pre-commit", *words]
        return subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True, timeout=500)

    installed = run("install")
    assert installed.returncode == 0, installed.stderr
    committed(project.folder)
    script = project.folder / "score.py"
    good = script.read_text()
    script.write_text(good.replace("import json\n", ""))
    git(project.folder, "add", ".")
    refused = run("run")
    assert refused.returncode == 1
    assert "SD110" in refused.stdout
    script.write_text(good)
    git(project.folder, "add", ".")
    assert run("run").returncode == 0
