"""Published online deployments of Azure ML v2 come to something here, or stop with the reason that the page gives.

The repositories are where `SCOREDOCK_V2_CORPUS` names them, each in a folder `owner+name`. The page is written by
`SCOREDOCK_V2_CORPUS_PAGE=docs/v2-corpus.md`; otherwise it is compared.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.formats.v2.kinds import v2_kind
from scoredock.formats.v2.placeholders import is_filled_in

from cli.conftest import Terminal
from cli.v2_corpus import ENVIRONMENTS, MODELS, PUBLISHED, Published

PAGE = Path(__file__).parents[2] / "docs" / "v2-corpus.md"
HEAD = """# Published deployments of Azure ML v2

{projects} public repositories have {count} files of online deployments. A test gives each to
`scoredock service deploy --file`, with the models and environments registered that the commands beside the file
register. {runs} of {count} run as they are: they were deployed on this machine and called with the request that lies
beside them. Each of the others stops with the code below, at the line below. The table is written by that test
(`tests/cli/test_v2_corpus.py`).

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


@pytest.mark.timeout(900)
@pytest.mark.long("reads a corpus that only some machines have")
@pytest.mark.parametrize("each", PUBLISHED, ids=lambda each: each.path)
def test_a_published_file(workspace: Terminal, each: Published) -> None:
    words = ["service", "deploy", *([each.name] if each.name else []), "--file", each.path]
    if not each.code or each.starts:
        (planned,) = workspace.json(*words, "--dry-run")["deployments"]
        try:
            if each.starts:
                assert workspace.refused(*words)["code"] == each.code
            else:
                workspace.ok(*words)
                require_answer(workspace, planned["service"], each)
        finally:
            for endpoint in workspace.json("endpoint", "list")["endpoints"]:
                workspace.ok("endpoint", "delete", endpoint["name"])
            for service in workspace.json("service", "list")["services"]:
                workspace.ok("service", "delete", service["name"])
        return
    error = workspace.refused(*words)
    assert error["code"] == each.code, error
    assert error["place"]["line"] + 1 == each.line, error
    assert Path(error["place"]["path"]) == workspace.folder / each.path
    assert error["fix"]
    written = (workspace.folder / each.path).read_text("utf-8").splitlines()[each.line - 1]
    if each.code == "deployment-file-invalid":
        assert is_filled_in(written), "the line that the script fills in"


def require_answer(workspace: Terminal, service: str, each: Published) -> None:
    done = workspace.run("service", "call", service, "--data", f"@{each.request}", "--json")
    answer = json.loads(done.stdout)
    assert (answer["status"], bool(json.loads(answer["body"]))) == (each.status, True), answer


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
    runs = sum(not each.code and each.status == 200 for each in PUBLISHED)
    return HEAD.format(projects=projects, count=len(PUBLISHED), runs=runs) + "".join(rows)


def _file(path: str) -> str:
    repository, _, below = path.partition("/")
    return f"{repository.replace('+', '/')}: `{below}`"


def _outcome(each: Published) -> str:
    if each.status != 200:
        return f"starts, and answers `{each.request.rpartition('/')[2]}` with {each.status}: {each.reason}"
    if not each.code:
        return f"runs, and answers `{each.request.rpartition('/')[2]}`"
    where = "when it starts" if each.starts else f"line {each.line}"
    return f"`{each.code}`, {where}: {each.reason}"


def test_the_page_has_every_file() -> None:
    if where := os.environ.get("SCOREDOCK_V2_CORPUS_PAGE"):
        Path(where).write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()
    assert all(each.reason for each in PUBLISHED if each.code)
    assert all(each.request for each in PUBLISHED if not each.code)
