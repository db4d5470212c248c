"""Published online deployments of Azure ML v2 come to something here, or stop with the reason that the page gives.

The repositories are where `SCOREDOCK_V2_CORPUS` names them, each in a folder `owner+name`. The page is written by
`SCOREDOCK_V2_CORPUS_PAGE=docs/v2-corpus.md`; otherwise it is compared.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.formats.v2.kinds import v2_kind

from cli.conftest import Terminal
from cli.v2_corpus import ENVIRONMENTS, MODELS, PUBLISHED, Published

PAGE = Path(__file__).parents[2] / "docs" / "v2-corpus.md"
HEAD = """# Published deployments of Azure ML v2

{projects} public repositories have {count} files of online deployments that were looked at. A test gives each to
`scoredock service deploy --file … --dry-run`, with the models and environments registered that the commands beside the
file register. {plans} of {count} are taken as they are, and those that run were deployed and called. Of the others each
stops with the code and the reason below. The table is written by that test (`tests/cli/test_v2_corpus.py`).

| file | outcome |
|---|---|
"""


@pytest.fixture(scope="module")
def projects(require: Callable[[object, str], None]) -> Path:
    """The folder of the repositories."""
    folder = Path(os.environ.get("SCOREDOCK_V2_CORPUS", "/nonexistent"))
    require(folder.is_dir(), "published deployments of Azure ML v2 (SCOREDOCK_V2_CORPUS)")
    return folder


@pytest.fixture(scope="module")
def workspace(projects: Path, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal(tmp_path_factory.mktemp("home"), projects)
    for name, path in MODELS:
        terminal.ok("model", "register", path, "--name", name)
    for name, path in ENVIRONMENTS.items():
        terminal.ok("environment", "register", "--name", name, path)
    return terminal


@pytest.mark.long("reads a corpus that only some machines have")
@pytest.mark.parametrize("each", PUBLISHED, ids=lambda each: each.path)
def test_a_published_file(workspace: Terminal, each: Published) -> None:
    words = ["service", "deploy", *([each.name] if each.name else []), "--file", each.path, "--dry-run"]
    if not each.code:
        assert workspace.json(*words)["deployments"]
        return
    error = workspace.refused(*words)
    assert error["code"] == each.code, error


@pytest.mark.long("reads a corpus that only some machines have")
def test_no_file_is_forgotten(projects: Path) -> None:
    places = {each.path.partition("/")[0] for each in PUBLISHED}
    files = [path for place in places for path in (projects / place).rglob("*.y*ml") if path.is_file()]
    found = {path.relative_to(projects).as_posix() for path in files if _is_deployment(path)}
    assert found == {each.path for each in PUBLISHED}


def _is_deployment(path: Path) -> bool:
    return v2_kind(str(path), path.read_text("utf-8", errors="replace"))[0] == "online-deployment"


def page() -> str:
    rows = [f"| {_file(each.path)} | {_outcome(each)} |\n" for each in PUBLISHED]
    projects = len({each.path.partition("/")[0] for each in PUBLISHED})
    plans = sum(not each.code for each in PUBLISHED)
    return HEAD.format(projects=projects, count=len(PUBLISHED), plans=plans) + "".join(rows)


def _file(path: str) -> str:
    repository, _, below = path.partition("/")
    return f"{repository.replace('+', '/')}: `{below}`"


def _outcome(each: Published) -> str:
    return f"`{each.code}`: {each.reason}" if each.code else each.does


def test_the_page_has_every_file() -> None:
    if where := os.environ.get("SCOREDOCK_V2_CORPUS_PAGE"):
        Path(where).write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()
    assert all(each.reason for each in PUBLISHED if each.code)
