"""The table of engines and the folders that it names agree, and an engine that only a newer release knows keeps its
name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.engine_table import DEFAULT_ENGINE, ENGINES, IMAGE_ENGINE, engine_kind
from scoredock.engines import base
from scoredock.services.lifecycle.engines import Engines


@pytest.mark.parametrize("name", ENGINES)
def test_the_folder_of_an_engine_has_what_its_row_says(name: str) -> None:
    engine = Engines(DockerSettings())[name]
    assert engine.name == name


@pytest.mark.always
def test_each_folder_has_a_row() -> None:
    folder = Path(base.__file__).parent
    assert {path.parent.name for path in folder.glob("*/engine.py")} == {name.replace("-", "_") for name in ENGINES}
    assert callable(import_module(f"scoredock.engines.{DEFAULT_ENGINE}.engine").new_engine)
    assert engine_kind(IMAGE_ENGINE).contained


def test_a_name_of_a_newer_release_is_no_process() -> None:
    kind = engine_kind("cluster")
    assert (kind.title, kind.place, kind.contained, kind.needs_docker) == ("cluster", "cluster", False, False)
    assert engine_kind("").name == DEFAULT_ENGINE
