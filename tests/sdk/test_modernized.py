"""`--modernize` takes versions that load the models of a deployment, and what it found is kept between runs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from packaging.version import Version

import interpreters
from cli.conftest import Terminal
from package_index import Index, Release, index_of
from parts import missing

from .conftest import PYTHON

PICKLES = Path(__file__).parents[1] / "carry_over" / "pickles"
"""Of releases of scikit-learn, made by themselves."""
SCORE = """import os
import joblib


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "forest.pkl"))


def run(data):
    return model.n_estimators
"""
DEPLOY = """
import sys
from azureml.core import Environment, Model, Workspace
from azureml.core.model import InferenceConfig
from azureml.core.webservice import LocalWebservice

ws = Workspace.get("local")
if sys.argv[1] == "registered":
    model = Model.register(ws, "forest.pkl", "modern-forest")
else:
    model = "forest.pkl"
environment = Environment.from_conda_specification("own", "own.yml")
config = InferenceConfig("score.py", source_directory="src", environment=environment)
target = LocalWebservice.deploy_configuration()
service = Model.deploy(ws, "modern-" + sys.argv[1], [model], config, target, overwrite=True)
service.wait_for_deployment(True)
print("STATE", service.state, "ANSWER", service.run("{}"))
"""
OF_BEFORE = "These versions are of "


@pytest.mark.parametrize(
    ("release", "how"),
    [
        ("0.24.2", "registered"),
        pytest.param("0.24.2", "file", marks=pytest.mark.long("a model that is registered is deployed at the gate")),
        pytest.param("1.2.2", "registered", marks=pytest.mark.long("one release of scikit-learn is at the gate")),
    ],
)
def test_a_model_of_an_old_scikit_learn_gets_one_that_loads_it(terminal: Terminal, release: str, how: str) -> None:
    """The file leaves scikit-learn open, and the newest one does not load trees of that time."""
    if not any(each in interpreters.found() for each in ("3.9", "3.10", "3.11")):
        missing("a Python that scikit-learn before 1.3 has wheels for", "old-python")
    (terminal.folder / "src").mkdir()
    (terminal.folder / "src" / "score.py").write_text(SCORE)
    (terminal.folder / "forest.pkl").write_bytes((PICKLES / release / "forest.pkl").read_bytes())
    (terminal.folder / "own.yml").write_text(
        "name: own\ndependencies:\n  - scikit-learn\n  - pip:\n    - azureml-defaults\n    - joblib\n"
    )
    (terminal.folder / "deploy.py").write_text(DEPLOY)
    for before in (False, True):
        done = terminal.run("sdk", "run", "--modernize", *PYTHON, "deploy.py", how)
        assert "STATE running" in done.stdout, done.stdout + done.stderr
        told = next(line for line in done.stderr.splitlines() if line.startswith("Modernized for this run"))
        taken = re.search(r"scikit-learn any version → ([\d.]+),", told)
        assert taken is not None, told
        assert Version(release) <= Version(taken[1]) < Version("1.3")
        assert (OF_BEFORE in done.stderr) is before


# ------------------------------------------------------------------------------------------ answers that are kept

NEEDED = (Release("h11", "0.16.0"),)
OLD_PYTHON = "cp36-cp36m-manylinux1_x86_64"
FITTED = (Release("fitted", "0.9", tag=OLD_PYTHON), Release("fitted", "1.0"), Release("fitted", "1.1"))
REGISTER = """
from azureml.core import Environment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
ws = Workspace.get("local")
if FILE:
    environment = Environment.from_pip_requirements("kept", "requirements.txt")
else:
    environment = Environment("kept")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["fitted==0.9"])
environment.register(ws)
"""


@contextmanager
def only_fitted(terminal: Terminal, folder: Path) -> Iterator[Index]:
    """What the terminal starts knows no other packages."""
    with index_of(folder / "index", (*NEEDED, *FITTED)) as index:
        terminal.env |= {"UV_DEFAULT_INDEX": f"http://{index.address}/simple", "UV_CACHE_DIR": str(folder / "uv")}
        yield index


def modernized(terminal: Terminal, *, file: bool = True) -> tuple[str, str]:
    """What a run takes, and what it says of an earlier answer."""
    (terminal.folder / "requirements.txt").write_text("fitted==0.9\n")
    (terminal.folder / "register.py").write_text(REGISTER.replace("FILE", str(file)))
    done = terminal.run("sdk", "run", "--modernize", *PYTHON, "register.py")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    taken = next(line for line in lines if line.startswith("Modernized for this run")).rstrip(".")
    return taken.rpartition(" → ")[2], next((line for line in lines if line.startswith(OF_BEFORE)), "")


def test_what_was_found_is_kept_until_somebody_looks_again(terminal: Terminal, tmp_path: Path) -> None:
    with only_fitted(terminal, tmp_path):
        assert modernized(terminal) == ("1.0", "")
        version, told = modernized(terminal)
        assert version == "1.0"
        assert re.match(r"These versions are of \d{4}-\d\d-\d\d \d\d:\d\d\. ", told)
        (command,) = re.findall(r"`(scoredock .+)`", told)
        assert "fitted" in terminal.ok(*shlex.split(command)[1:])
        assert modernized(terminal) == ("1.0", "")
        assert modernized(terminal)[1]
    assert modernized(terminal)[0] == "1.0", "the index is away: what was found is taken as it is"


def test_each_environment_of_a_script_is_kept(terminal: Terminal, tmp_path: Path) -> None:
    (terminal.folder / "several.py").write_text(
        REGISTER.replace("FILE", "False")
        + "environment.name = 'kept-too'\n"
        + "environment.python.conda_dependencies.add_pip_package('h11')\nenvironment.register(ws)\n"
    )
    with only_fitted(terminal, tmp_path):
        for count in (0, 2):
            done = terminal.run("sdk", "run", "--modernize", *PYTHON, "several.py")
            assert done.stderr.count("fitted 0.9 → 1.0") == 2, done.stderr
            assert done.stderr.count(OF_BEFORE) == count


def test_what_can_no_longer_be_had_is_looked_for_again(terminal: Terminal, tmp_path: Path) -> None:
    with only_fitted(terminal, tmp_path) as index:
        assert modernized(terminal) == ("1.0", "")
        index.gone.add("fitted-1.0-py3-none-any.whl")
        assert modernized(terminal) == ("1.1", "")


@pytest.mark.parametrize("left", ["half", "of another form", "nothing"])
def test_a_file_that_is_damaged_or_deleted_is_no_answer(terminal: Terminal, tmp_path: Path, left: str) -> None:
    """An environment that the script makes names the file, which to delete is to look again."""
    with only_fitted(terminal, tmp_path):
        assert modernized(terminal, file=False) == ("1.0", "")
        (named,) = re.findall(r"again, delete (.+\.json)\.", modernized(terminal, file=False)[1])
        text = Path(named).read_text()
        if left == "half":
            Path(named).write_text(text[: len(text) // 2])
        elif left == "of another form":
            Path(named).write_text(json.dumps({**json.loads(text), "changed": "fitted", "requirements": [1]}))
        else:
            Path(named).unlink()
        assert modernized(terminal, file=False) == ("1.0", "")
        assert modernized(terminal, file=False)[1]
