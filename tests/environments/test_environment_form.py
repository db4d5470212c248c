"""A file with an environment is read by what it holds, at every door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.formats.document_kind import kind_of
from scoredock.formats.environment_form import form_of
from scoredock.registry import Registry
from scoredock.registry.assets.environment_files import from_path
from scoredock.scripts.environment import OverlayReader
from scoredock.services.planning.environment import environment_of_file

CONDA = "name: own\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip:\n    - six==1.16.0\n"
TREE = {"name": "own", "channels": ["conda-forge"], "dependencies": ["python=3.11", {"pip": ["six==1.16.0"]}]}
NAMES = ("conda.yml", "env.YAML", "conda_dependencies.txt", "env.conda", "packages", "environment.in", "conda.lock.cfg")


@pytest.fixture
def reader(tmp_path: Path) -> OverlayReader:
    return OverlayReader(Registry(tmp_path / "workspace"), {})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", [CONDA, "\ufeff" + CONDA, "# exported\n\n" + CONDA], ids=["plain", "mark", "comment"])
def test_conda_files_of_any_name(tmp_path: Path, reader: OverlayReader, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    spec = environment_of_file(path, reader)
    assert spec.requirements == ("six==1.16.0",)
    assert spec.python.startswith("3.11") or "3.11" in spec.python
    definition = from_path(path)
    assert definition.conda is not None
    assert definition.conda.pip == ("six==1.16.0",)


@pytest.mark.parametrize("name", ["conda_dependencies.json", "env.txt", "environment.yml"])
def test_a_conda_file_as_json(tmp_path: Path, reader: OverlayReader, name: str) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(TREE, indent=2), "utf-8")
    assert environment_of_file(path, reader).requirements == ("six==1.16.0",)
    assert from_path(path).conda is not None


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("requirements.txt", "six==1.16.0\n-r dependencies.txt\n", "requirements"),
        ("dependencies", "# dependencies: none\nsix\n", "requirements"),
        ("empty.txt", "", "requirements"),
        ("azureml_environment.json", '{"name": "e", "python": {"condaDependencies": {"dependencies": []}}}', "json"),
        ("broken.json", '{"dependencies": [', "json"),
        ("package.json", '{"dependencies": {"left-pad": "1"}}', "json"),
        ("list.json", "[]", "json"),
    ],
)
def test_other_files_stay_what_they_are(name: str, text: str, form: str) -> None:
    assert form_of(name, text) == form


def test_the_editor_checks_them_as_conda_files() -> None:
    for name in ("conda_dependencies.txt", "env.conda"):
        assert kind_of(name, CONDA) == "conda"
    assert kind_of("conda_dependencies.json", json.dumps(TREE)) == "conda"
    assert kind_of("notes.txt", "dependencies: see below\n") is None
    assert kind_of("requirements.txt", "six\n") == "requirements"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("$schema: a/commandJob.schema.json\ncommand: python a.py\nenvironment:\n  conda_file: c.yml # a\n", "c.yml"),
        ("name: blue\nendpoint_name: e\nenvironment:\n  image: a\n  conda_file: 'c.yml'\n", "c.yml"),
        ("name: e\nimage: a\nconda_file:\n  dependencies:\n    - pip\n", ""),
    ],
)
def test_a_file_of_v2_is_no_conda_file(tmp_path: Path, reader: OverlayReader, text: str, named: str) -> None:
    """It was taken for an environment without packages, of which all can be installed."""
    path = tmp_path / "job.yml"
    path.write_text(text)
    for read in (from_path, lambda path: environment_of_file(path, reader)):
        with pytest.raises(ScoredockError) as refused:
            read(path)
        assert refused.value.message == f"{path} is not a conda file: it has no list “dependencies” at its top."
        fix = (
            f"Give the conda file that it names: {tmp_path / named}."
            if named
            else f"Register it with `scoredock environment register {path}`, and name that with -e."
        )
        assert refused.value.fix == fix
