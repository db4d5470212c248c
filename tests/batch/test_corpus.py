"""Published samples of batch scoring run here, with stand-ins for what their repositories lack.

The repositories are where `SCOREDOCK_BATCH_CORPUS` names them, each in a folder `owner+name`.
`SCOREDOCK_BATCH_CORPUS_PAGE=docs/batch-corpus.md` in the long run writes the page of the outcomes; otherwise it is
compared. `SCOREDOCK_BATCH_CORPUS_ONLY` is a part of the path of those that are run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cli.conftest import Terminal as Shell
from package_pythons import python_with
from sdk.corpus import Part, written

from .conftest import Terminal
from .corpus import (
    BOOK,
    DEPLOYMENTS,
    OLDER,
    PARTS,
    TENSORFLOW,
    V2,
    Deployment,
    is_scored_by,
)

PAGE = Path(__file__).parents[2] / "docs" / "batch-corpus.md"
PACKAGES = {
    BOOK: (
        "joblib==1.6.0",
        "numpy",
        "pandas==3.1.1",
        "pillow",
        "requests",
        "scikit-learn==1.9.1",
    ),
    OLDER: ("joblib==1.3.2", "numpy==1.23.2", "pandas==1.5.0", "scikit-learn==1.1.3"),
    TENSORFLOW: ("tensorflow==2.13.0", "pillow"),
}
HEAD = """# Published samples of batch scoring

{projects} public repositories hold {count} scripts, notebooks and deployment files of [batch scoring](batch.md) that
were looked at. A test runs each as its author does, with `scoredock sdk notebook --modernize` or
`scoredock batch run --file`, small data or a small model in place of what is not in its repository, and asks for its
output. The table is written by that test (`tests/batch/test_corpus.py`).

{runs} of {count} run. The notebooks of Azure/azureml-examples make the same deployments with the SDK v2, which is not
here.

| file | what it does | outcome |
|---|---|---|
"""
Pythons = Mapping[str, str]


@pytest.fixture(scope="session")
def projects(require: Callable[[object, str], None]) -> Path:
    """The folder of the repositories."""
    folder = Path(os.environ.get("SCOREDOCK_BATCH_CORPUS", "/nonexistent"))
    require(folder.is_dir(), "published samples of batch scoring (SCOREDOCK_BATCH_CORPUS)")
    return folder


@pytest.fixture(scope="session")
def pythons(require: Callable[[object, str], None]) -> Pythons:
    """Those of the notebooks and of what stands in, by their variables; made once and kept in the cache."""
    return {each: str(python_with(PACKAGES[each], each.lower(), require)) for each in PACKAGES}


def run_part(part: Part, projects: Path, home: Path, pythons: Pythons, folder: Path) -> str:
    """Empty where the part has run, else how it ended. Parts of one repository share a workspace."""
    repository = part.path.partition("/")[0]
    project = folder / repository
    place = Path(part.path).parent
    shutil.copytree(projects / place, folder / place)
    file = written(part, project)
    (file.parent / ".azureml").mkdir(exist_ok=True)
    name = repository.partition("+")[2].lower()[:30]
    identity = {"subscription_id": "s", "resource_group": "g", "workspace_name": name}
    (file.parent / ".azureml" / "config.json").write_text(json.dumps(identity))
    shell = Shell(home, file.parent, ordinary=True)
    shell.env.update(pythons, PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    verb = "notebook" if file.suffix == ".ipynb" else "run"
    done = shell.run("sdk", verb, "--modernize", "--python", pythons[BOOK], file.name)
    return "" if done.returncode == 0 else f"{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


def run_deployment(deployment: Deployment, projects: Path, home: Path, pythons: Pythons, folder: Path) -> str:
    """The same of a deployment file."""
    top = V2.rstrip("/") if deployment.path.startswith(V2) else deployment.path.partition("/")[0]
    shutil.copytree(projects / top, folder / top)
    place = folder / top / deployment.sample
    for variable, code in deployment.made.items():
        subprocess.run([pythons[variable], "-c", code], cwd=place, check=True, capture_output=True)
    for name, changes in deployment.replaced.items():
        text = (place / name).read_text()
        for old, new in changes.items():
            assert old in text, (name, old)
            text = text.replace(old, new)
        (place / name).write_text(text)
    terminal = Terminal(home, place)
    for name, path in deployment.models.items():
        terminal.json("model", "register", path, "--name", name)
    if deployment.conda:
        terminal.json("environment", "suggest", deployment.conda, "--write")
    file = (folder / deployment.path).relative_to(place).as_posix()
    words = [
        "batch",
        "run",
        "--name",
        "sample",
        "--file",
        file,
        "--input",
        deployment.data,
        "--output-path",
        "out",
    ]
    done = terminal.run(*words, *deployment.words)
    if done.returncode != 0:
        return f"{done.stdout[-500:]}\n{done.stderr[-1500:]}"
    return _wrong_output(deployment, terminal)


def _wrong_output(deployment: Deployment, terminal: Terminal) -> str:
    found = sorted((terminal.folder / "out").glob(deployment.output))
    given = sorted((terminal.folder / deployment.data).iterdir()) if not deployment.lines else []
    lines = sum(len(path.read_bytes().splitlines()) for path in found) if deployment.lines else 0
    job = terminal.json("batch", "show", "sample")["job"]
    facts = (job["failed"], lines, len(found))
    return "" if facts == (0, deployment.lines, len(given) or 1) else f"{facts}: {job}"


@pytest.mark.long("reads a corpus that only some machines have")
def test_no_file_is_forgotten(projects: Path) -> None:
    named = {each.path for each in (*PARTS, *DEPLOYMENTS)}
    places = {path.partition("/")[0] for path in named}
    files = [path for place in places for path in (projects / place).rglob("*") if path.is_file()]
    found = {path.relative_to(projects).as_posix() for path in files if is_scored_by(path)}
    assert found - named == set()
    assert {path for path in named if not (projects / path).is_file()} == set()


@pytest.mark.long("runs each sample of a corpus that only some machines have")
@pytest.mark.timeout(5400)
def test_the_page_says_what_every_sample_does(projects: Path, pythons: Pythons, tmp_path: Path) -> None:
    failed: dict[str, str] = {}
    environments = tmp_path / "environments"  # of their own: they have gigabytes
    environments.mkdir()
    chosen = os.environ.get("SCOREDOCK_BATCH_CORPUS_ONLY", "")
    for number, each in enumerate((*PARTS, *DEPLOYMENTS)):
        if each.why_not or chosen not in each.path:
            continue
        if isinstance(each, Part):
            said = run_part(each, projects, tmp_path / "home", pythons, tmp_path / str(number))
        else:
            home = tmp_path / f"home-{number}"
            workspace = home / "workspaces" / "local"
            workspace.mkdir(parents=True, mode=0o700)
            home.chmod(0o700)
            (workspace / "environments").symlink_to(environments)
            said = run_deployment(each, projects, home, pythons, tmp_path / str(number))
        print(each.path, said or "runs", flush=True)
        if said:
            failed[each.path] = said
    for path in tmp_path.iterdir():
        shutil.rmtree(path)
    assert failed == {}
    if os.environ.get("SCOREDOCK_BATCH_CORPUS_PAGE") and not chosen:
        Path(os.environ["SCOREDOCK_BATCH_CORPUS_PAGE"]).write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.long("reads a corpus that only some machines have")
@pytest.mark.parametrize("deployment", [each for each in DEPLOYMENTS if "`batch-option-invalid`" in each.why_not])
def test_deployments_that_do_not_run_are_refused(projects: Path, terminal: Terminal, deployment: Deployment) -> None:
    file = str(projects / deployment.path)
    error = terminal.refused(
        "batch",
        "run",
        "--name",
        "sample",
        "--file",
        file,
        "--input",
        ".",
        "--output-path",
        "out",
    )
    assert (error["code"], error["place"]["path"]) == ("batch-option-invalid", file), error


def page() -> str:
    """docs/batch-corpus.md, when all have run that do."""
    every = (*PARTS, *DEPLOYMENTS)
    rows = [f"| {_file(each.path)} | {each.does} | {_outcome(each)} |\n" for each in every]
    running = sum(not each.why_not for each in every)
    projects = len({each.path.partition("/")[0] for each in every})
    return HEAD.format(projects=projects, count=len(every), runs=running) + "".join(rows)


def _file(path: str) -> str:
    repository, _, below = path.partition("/")
    return f"{repository.replace('+', '/')}: `{below}`"


def _outcome(each: Part | Deployment) -> str:
    return each.why_not or (f"runs; {each.needs}" if each.needs else "runs")


def test_the_page_has_every_sample() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
    for every in ([each.path for each in PARTS], [each.path for each in DEPLOYMENTS]):
        assert len(every) == len(set(every))
