"""What is written loads with azure-ai-ml's own loaders and comes back equal: 200 drawn projects, the examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from depth import SEED, rounds

from .conftest import documents
from .generated import Drawn

COUNT = rounds(gate=40, long=200, name="SCOREDOCK_MIGRATED_PROJECTS")
Loaded = Callable[[Iterable[Path]], dict[str, str]]


def migrated(terminal: Terminal, folder: Path, output: Path) -> dict[str, Any]:
    done = terminal.json("migrate", str(folder), "--output-path", str(output))
    assert done["isWritten"]
    told: dict[str, Any] = done
    return told


def test_drawn_projects_load_and_come_back_equal(terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    for seed in range(SEED, SEED + COUNT):
        Drawn(seed, tmp_path / "v1").write()
    done = migrated(terminal, tmp_path / "v1", tmp_path / "v2")
    endpoints = [path for path in documents(tmp_path / "v2") if path.name == "endpoint.yml"]
    assert len(endpoints) >= COUNT
    assert loaded([tmp_path / "v2"]) == {}
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents(tmp_path / "v2"))
    assert "secret" not in text
    assert "secret" not in json.dumps(done["notes"])


@pytest.mark.parametrize("example", ["diabetes", "guarded", "multi-model"])
def test_examples_load(example: str, terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    migrated(terminal, Path(__file__).parents[2] / "examples" / example, tmp_path / "v2")
    assert loaded([tmp_path / "v2"]) == {}
