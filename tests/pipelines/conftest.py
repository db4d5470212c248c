"""A project with a model and tests of requests, in a git repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scoredock.contrib.pipelines.domain.pipeline import Pipeline
from scoredock.contrib.pipelines.domain.platforms.gitlab_documents import GitlabSurroundings
from scoredock.contrib.pipelines.domain.platforms.gitlab_rules import facts_of
from scoredock.contrib.pipelines.domain.platforms.reading import read
from scoredock.contrib.pipelines.domain.running.azure_variables import PlatformFacts

from built_runtime import built_runtime
from cli.conftest import SCRIPT, Terminal
from parts import missing

TESTS = """@service = http://127.0.0.1:6789

### a sum
# @expect status 200
# @expect $ == 6
POST {{service}}/score
Content-Type: application/json

{"data": [1, 2, 3]}
"""
MODEL = "    open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.bin'), 'rb').close()\n"
LOADING = SCRIPT.replace("import json\n", "import json\nimport os\n").replace("    print('up')\n", MODEL)


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def committed(folder: Path) -> str:
    """Everything in a folder as one commit; gives its id."""
    git(folder, "init", "-q", "-b", "main", ".")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "all")
    return git(folder, "rev-parse", "HEAD")


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a runner keeps between jobs."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def person(tmp_path: Path, caches: Path) -> Path:
    """The home of the account that pipelines run as."""
    home = tmp_path / "person"
    home.mkdir()
    (home / ".cache").symlink_to(caches)
    return home


@pytest.fixture
def terminal(tmp_path: Path, environments: Path, person: Path) -> Iterator[Terminal]:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Terminal(tmp_path / "home", folder, {"HOME": str(person)})
    workspace = made.home / "workspaces" / "local"
    workspace.mkdir(parents=True, mode=0o700)
    (workspace / "environments").symlink_to(environments)
    yield made
    if any((tmp_path / "home").glob("workspaces/*/services/*")):
        made.run("service", "stop-all", "--all")
        for each in made.json("endpoint", "list")["endpoints"]:
            made.run("endpoint", "stop", each["name"])


@pytest.fixture
def project(terminal: Terminal) -> Terminal:
    """An entry script that loads a model of one file, its configurations and tests."""
    put(
        terminal.folder,
        {
            "score.py": LOADING,
            "model.bin": "12345",
            "tests.http": TESTS,
            "inferenceconfig.json": '{"entryScript": "score.py"}\n',
            "deploymentconfig.json": '{"computeType": "local", "port": 6789}\n',
        },
    )
    committed(terminal.folder)
    return terminal


def with_gitlab_ci_local(terminal: Terminal) -> None:
    """The one that package-lock.json names is on its PATH."""
    programs = Path(__file__).parents[2] / "node_modules" / ".bin"
    if not (programs / "gitlab-ci-local").exists() or not shutil.which("rsync"):
        missing("gitlab-ci-local of package-lock.json, and rsync")
    terminal.env["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"


def install_here(terminal: Terminal) -> None:
    """A runner that has installed what lies beside the pipelines already: this Scoredock."""
    command = f'cat {terminal.folder}/.scoredock/* | cksum | tr " " -'
    key = subprocess.run(["bash", "-c", command], capture_output=True, text=True).stdout.strip()
    for runner in ("local", "", "-"):  # as those here call themselves
        program = Path(terminal.env["HOME"], ".cache", "scoredock", f"{runner}-{key}", "program", "scoredock")
        program.parent.mkdir(parents=True, exist_ok=True)
        if not program.exists():
            program.symlink_to(Path(sys.executable).with_name("scoredock"))


def ran(terminal: Terminal, file: str, *words: str, code: int = 0) -> dict[str, Any]:
    """A run of a pipeline, as JSON, on a runner that has installed Scoredock."""
    install_here(terminal)
    done = terminal.run("pipeline", "run", file, *words, "--json")
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def all_jobs(platform: str) -> tuple[str, ...]:
    """Of a pipeline of ours, where not each runs by itself: the deployment has an environment, which may ask for a
    person."""
    return () if platform == "gitlab" else ("--job", "check", "--job", "deploy")


def results(run: dict[str, Any], job: str) -> dict[str, str]:
    """The results of the steps of a job, by their names."""
    return {step["name"]: step["result"] for each in run["jobs"] if each["id"] == job for step in each["steps"]}


def schema_says(kind: str, file: Path) -> str:
    """What PyPI's check-jsonschema says of a file; empty for a good one."""
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--builtin-schema", f"vendor.{kind}", "--regex-variant", "nonunicode", str(file)]
    if kind in ("azure-pipelines", "gitlab-ci"):
        command += ["--data-transform", kind]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ}, timeout=100)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def pipeline_of(file: str, texts: dict[str, str], parameters: dict[str, str] | None = None) -> Pipeline:
    """A pipeline of texts that lie in no folder."""
    gitlab = GitlabSurroundings(
        texts.get, lambda name: texts.keys() & {name}, facts_of("main", "main", "", "owner/name", ""), parameters or {}
    )
    return read(file, texts.get, parameters or {}, PlatformFacts({}), gitlab)
