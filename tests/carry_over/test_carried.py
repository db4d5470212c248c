"""Models of old releases, carried over by the command line: the new version loads where the old one does not, and
answers alike."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import interpreters
from carry_over.conftest import RELEASES
from cli.conftest import Terminal

Pickles = Callable[[str], Path]
MODELS = (
    "linear",
    "logistic",
    "tree",
    "tree_number",
    "forest",
    "forest_number",
    "boosting",
    "boosting_number",
    "columns",
    "words",
)
AT_THE_GATE = {("0.24.2", "linear"), ("1.2.2", "forest")}
EVERY = pytest.mark.long("each model of each release is an environment and three processes; the gate has one of a kind")


def cases() -> list[Any]:
    return [
        pytest.param(release, name, marks=() if (release, name) in AT_THE_GATE else (EVERY,))
        for release in RELEASES
        for name in MODELS
    ]


@pytest.mark.parametrize(("release", "name"), cases())
def test_a_model_is_saved_again(terminal: Terminal, pickles: Pickles, release: str, name: str) -> None:
    terminal.ok("model", "register", str(pickles(release) / f"{name}.pkl"), "--name", name, "--tag", "of=old")
    done = terminal.json("model", "convert", f"{name}:1", "--yes")
    assert done["largestDifference"] <= 1e-6
    assert done["samples"] == 200
    assert done["numbers"] >= 200
    assert done["before"].startswith(f"scikit-learn {release}, ")
    model = done["model"]
    assert model["id"] == f"{name}:2"
    assert model["tags"] == {"of": "old"}
    assert model["framework"] == "ScikitLearn"
    assert model["properties"] | {"carriedOver.largestDifference": ""} == {
        "carriedOver.from": f"{name}:1",
        "carriedOver.to": "resaved",
        "carriedOver.savedWith": done["before"],
        "carriedOver.carriedWith": done["after"],
        "carriedOver.samples": "200",
        "carriedOver.largestDifference": "",
    }
    assert loads(terminal, f"{name}:2"), "with the newest scikit-learn"
    assert terminal.json("model", "show", f"{name}:1")["model"]["frameworkVersion"] == release
    assert not list((terminal.home / "workspaces" / "local" / "tmp").glob("carry-*"))


def loads(terminal: Terminal, model: str) -> bool:
    folder = terminal.folder / "downloaded"
    terminal.ok("model", "download", model, "--target", str(folder), "--overwrite")
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    environments = terminal.home / "workspaces" / "local" / "environments"
    for marker in environments.glob("*/scoredock-environment.json"):
        document = json.loads(marker.read_text())
        if document["display_name"] == "scikit-learn" and not document["beside"]:
            code = "import sys, joblib; joblib.load(sys.argv[1])"
            python = marker.parent / "bin" / "python"
            done = subprocess.run([python, "-W", "error", "-c", code, file], capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            return True
    return False


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("onnx", "linear"),
        ("skops", "forest"),
        pytest.param("onnx", "tree", marks=EVERY),
        pytest.param("onnx", "boosting", marks=EVERY),
        pytest.param("skops", "columns", marks=EVERY),
    ],
)
def test_other_forms(terminal: Terminal, pickles: Pickles, form: str, name: str) -> None:
    terminal.ok("model", "register", str(pickles("0.24.2") / f"{name}.pkl"), "--name", name)
    done = terminal.json("model", "convert", name, "--to", form, "--yes")
    assert done["largestDifference"] <= 1e-6
    (file,) = terminal.json("model", "show", f"{name}:2")["files"]
    assert file["path"] == f"{name}.{form}"


@pytest.mark.parametrize(
    "python",
    ["3.7", pytest.param("3.6", marks=pytest.mark.long("the oldest Python of scripts, after the one that most have"))],
)
def test_an_environment_that_is_named(terminal: Terminal, pickles: Pickles, python: str) -> None:
    """Its Python is too old for the scoring runtime, which lies beside."""
    if python not in interpreters.cpythons():
        interpreters.no_cpython()
    terminal.ok("model", "register", str(pickles("0.24.2") / "forest.pkl"), "--name", "forest")
    file = terminal.folder / "conda.yml"
    file.write_text(f"dependencies:\n- python={python}\n- pip:\n  - scikit-learn==0.24.2\n")
    done = terminal.json("model", "convert", "forest", "--yes", "--environment-file", str(file))
    assert done["before"].startswith(f"scikit-learn 0.24.2, Python {python}.")
    assert done["largestDifference"] == 0


def test_a_folder_keeps_what_is_beside_the_pickle(terminal: Terminal, pickles: Pickles) -> None:
    folder = terminal.folder / "outputs"
    folder.mkdir()
    shutil.copy(pickles("0.24.2") / "linear.pkl", folder / "model.pkl")
    (folder / "labels.txt").write_text("low\nhigh\n")
    terminal.ok("model", "register", str(folder), "--name", "both")
    terminal.json("model", "convert", "both", "--yes", "--to", "skops")
    files = {each["path"] for each in terminal.json("model", "show", "both:2")["files"]}
    assert files == {"outputs/labels.txt", "outputs/model.skops"}


def test_nothing_is_a_number_and_stays_so(terminal: Terminal, pickles: Pickles) -> None:
    terminal.ok("model", "register", str(pickles("0.24.2") / "not_a_number.pkl"), "--name", "lost")
    done = terminal.json("model", "convert", "lost", "--yes")
    assert done["largestDifference"] == 0
    assert done["model"]["version"] == 2


def test_rows_of_a_file_a_dataset_and_a_service(terminal: Terminal, pickles: Pickles) -> None:
    terminal.ok("model", "register", str(pickles("0.24.2") / "linear.pkl"), "--name", "linear")
    rows = terminal.folder / "rows.csv"
    rows.write_text("a,b,c,d\n1,2,3,4\n0.5,-1,2,7\n")
    done = terminal.json("model", "convert", "linear:1", "--yes", "--samples", str(rows))
    assert (done["samples"], done["samplesFrom"]) == (2, "rows.csv")
    bodies = terminal.folder / "bodies.jsonl"
    bodies.write_text('{"data": [[1, 2, 3, 4]]}\n{"data": [[2, 3, 4, 5], [3, 4, 5, 6]]}\n')
    terminal.ok("dataset", "register", str(bodies), "--name", "asked")
    done = terminal.json("model", "convert", "linear:1", "--yes", "--dataset", "asked:1")
    assert (done["samples"], done["samplesFrom"]) == (3, "asked:1")
    folder = terminal.home / "workspaces/local/services/diabetes/data/modeldata/l/l/w/diabetes/linear/1/inputs/2026/1/1"
    folder.mkdir(parents=True)
    (folder / "data.csv").write_text("$Timestamp,$CorrelationId,$RequestId,a,b,c,d\n2026-01-01,x,y,1,2,3,4\n")
    done = terminal.json("model", "convert", "linear:1", "--yes", "--collected", "diabetes")
    assert (done["samples"], done["samplesFrom"]) == (1, "diabetes")
