"""What becomes of the samples of Azure's documents and of published repositories of v1: all that is written loads with
azure-ai-ml, and the tables of docs/migration.md say how much that is.

`SCOREDOCK_MIGRATION_PAGE=docs/migration.md` writes the tables; otherwise they are compared. The repositories are where
`SCOREDOCK_CORPUS` names them, each in a folder `owner+name`, or in an archive of these.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal

CORPUS = os.environ.get("SCOREDOCK_CORPUS", "")
Loaded = Callable[[Iterable[Path]], dict[str, str]]
ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
PAGE = ROOT / "docs" / "migration.md"
KINDS = {
    "endpoints": ("endpoints/", "/endpoint.yml"),
    "deployments": ("endpoints/", "-deployment.yml"),
    "batch": ("batch-endpoints/", "-deployment.yml"),
    "models": ("models/", "/model.yml"),
    "environments": ("environments/", "/environment.yml"),
    "scripts": ("scripts/", ""),
}
"""Column → how the path of a file of v2 begins and ends."""
NOTES = ("maps", "changes", "absent", "broken")
HEAD = (
    "| what | endpoints | deployments | batch deployments | models | environments | rewritten scripts | maps | changes"
    " | no equivalent | needs a decision |\n|---|---|---|---|---|---|---|---|---|---|---|\n"
)


def row(name: str, migration: Mapping[str, Any]) -> str:
    """How much was written and noted."""
    paths = [file["path"] for file in migration["files"] if not file["source"]]
    counts = [sum(path.startswith(first) and path.endswith(last) for path in paths) for first, last in KINDS.values()]
    return f"| {name} | {' | '.join(map(str, [*counts, *(migration['counts'][kind] for kind in NOTES)]))} |\n"


def migrated(terminal: Terminal, folder: Path, output: Path) -> dict[str, Any] | None:
    """None for a folder that has nothing of v1."""
    done = terminal.run("migrate", str(folder), "--output-path", str(output), "--json")
    if done.returncode:
        error = json.loads(done.stderr)["error"]
        assert error["code"] == "migration-source-invalid", (folder.name, error)
        assert not output.exists()
        return None
    migration: dict[str, Any] = json.loads(done.stdout)
    unclear = [note for note in migration["notes"] if note["kind"] in ("absent", "broken") and not note["nextStep"]]
    assert unclear == []
    return migration


def compare(name: str, table: str) -> None:
    """A table of the page, between its marks."""
    page = PAGE.read_text("utf-8")
    first, last = f"<!-- outcomes: {name} -->\n", "<!-- end of outcomes -->\n"
    start = page.index(first) + len(first)
    end = page.index(last, start)
    if os.environ.get("SCOREDOCK_MIGRATION_PAGE"):
        PAGE.write_text(f"{page[:start]}{table}{page[end:]}", "utf-8")
    else:
        assert page[start:end] == table


def test_the_samples_of_the_documents(terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    table, outputs = HEAD, []
    folders = [*sorted(path for path in (SAMPLES / "files").iterdir() if path.is_dir()), SAMPLES / "client"]
    for folder in (each for each in folders if not each.name.startswith((".", "_"))):
        output = tmp_path / "v2" / folder.name
        migration = migrated(terminal, folder, output)
        if migration is not None:
            outputs.append(output)
            table += row(f"`{folder.relative_to(SAMPLES).as_posix()}`", migration)
    compare("samples", table)
    assert loaded(outputs) == {}


@pytest.fixture
def repositories(tmp_path: Path, require: Callable[[object, str], None]) -> list[Path]:
    """The folders of the published repositories."""
    require(CORPUS and Path(CORPUS).exists(), "published repositories of Azure ML v1 (SCOREDOCK_CORPUS)")
    corpus = Path(CORPUS)
    if corpus.is_file():
        with tarfile.open(corpus) as archive:
            archive.extractall(tmp_path / "corpus")
        corpus = tmp_path / "corpus"
    return sorted(path for path in corpus.iterdir() if path.is_dir())


@pytest.mark.long("reads a corpus that only some machines have")
def test_published_repositories(repositories: list[Path], terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    table, outputs, nothing = HEAD, [], Counter[str]()
    for repository in repositories:
        output = tmp_path / "v2" / repository.name
        migration = migrated(terminal, repository, output)
        name = repository.name.replace("+", "/")
        if migration is None:
            nothing[name] += 1
            table += f"| {name} | {' | '.join(['0'] * 10)} |\n"
            continue
        outputs.append(output)
        table += row(name, migration)
    compare("repositories", table)
    assert len(outputs) >= 6
    assert sum(nothing.values()) <= 1, nothing
    assert loaded(outputs) == {}
