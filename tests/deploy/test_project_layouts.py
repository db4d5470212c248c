"""Projects with modules and packages of their own: nothing is found in what runs, and it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pace import patience
from samples.layouts import LAYOUTS, Layout, files_of

from .conftest import Place, Told, new_place, terminal

EACH = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
BODY = json.dumps({"data": [[1.0], [], [2.0]]})


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Place]:
    """One workspace for all projects, each in place of the one before."""
    with new_place(tmp_path_factory.mktemp("layouts"), shared) as made:
        yield made


def written(place: Place, layout: Layout) -> Path:
    """The project in a folder of its own."""
    folder = f"project-{LAYOUTS.index(layout)}"
    for name, text in files_of(layout).items():
        place.write(f"{folder}/{name}", text)
    return place.project / folder


@EACH
def test_nothing_is_found_in_what_runs(layout: Layout, shelf: Place) -> None:
    checked = terminal(
        shelf,
        "check",
        str(written(shelf, layout)),
        "--json",
        "--min-severity",
        "warning",
    )
    out, err = checked.communicate(timeout=patience(60))
    assert json.loads(out)["findings"] == [], err.decode()


@EACH
def test_what_runs_is_deployed_with_checks_and_answers(layout: Layout, shelf: Place, told: Told) -> None:
    folder = written(shelf, layout)
    if layout.configured:
        asked = shelf.request(inference_config=str(folder / "inferenceconfig.json"), overwrite=True)
    else:
        source = folder / layout.source_directory
        script, conda = str(source / layout.script), str(folder / "conda.yml")
        asked = shelf.request(
            entry_script=script,
            source_directory=str(source),
            environment_file=conda,
            overwrite=True,
        )
    shelf.deployments.deploy(asked, told)
    assert [line for line in told.lines if " SD" in line] == []
    assert json.loads(shelf.answer(body=BODY)) == {"rows": 2}
