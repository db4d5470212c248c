"""`scoredock check` on notebooks: what cells write and fetch is there, and places are told as a person sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Terminal

HEAD = "from azureml.core import Environment, Model, Workspace\nfrom azureml.core.model import InferenceConfig\n"
USE = (
    'environment = Environment.from_conda_specification("e", "conda_env.yml")\n'
    'config = InferenceConfig(entry_script="main_score.py", environment=environment)\n'
)
SCRIPT = "%%writefile main_score.py\nimport json\n\ndef init(): pass\n\ndef run(data): return json.loads(data)\n"
CONDA = (
    "%%writefile conda_env.yml\nchannels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n"
)


def notebook(path: Path, *sources: str) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells: list[dict[str, object]] = [{"cell_type": "markdown", "metadata": {}, "source": ["# Deploy\n"]}]
    cells += [{**cell, "source": source.splitlines(keepends=True)} for source in sources]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))


def codes(terminal: Terminal) -> list[str]:
    told = json.loads(terminal.run("check", "--json", "deploy.ipynb").stdout)
    return [finding["code"] for finding in told["findings"]]


def test_a_file_that_nobody_makes_is_missed(terminal: Terminal) -> None:
    notebook(terminal.folder / "deploy.ipynb", HEAD, USE)
    assert codes(terminal) == ["SD824", "SD816"]


def test_what_cells_write_and_fetch_is_there(terminal: Terminal) -> None:
    path = terminal.folder / "deploy.ipynb"
    for cells in (
        (HEAD, SCRIPT, CONDA, USE),
        (HEAD, "!wget https://example.com/files/main_score.py\n!cp ../conda_env.yml .\n", USE),
        (HEAD, "%%bash\ncurl -o main_score.py https://example.com/x\ncurl -O https://example.com/conda_env.yml\n", USE),
        (HEAD, SCRIPT, 'Model(None, "m").download("./", exist_ok=True)\n', USE),
        (HEAD, 'open("main_score.py", "w").write("x")\nopen("conda_env.yml", "w").write("y")\n', USE),
    ):
        notebook(path, *cells)
        assert codes(terminal) == [], cells


@pytest.mark.parametrize(("call", "told"), [("displayHTML", []), ("displayHtml", ["SD802"])])
def test_what_notebooks_of_databricks_find_defined(terminal: Terminal, call: str, told: list[str]) -> None:
    notebook(terminal.folder / "deploy.ipynb", HEAD, f"Workspace.from_config()\nprint({call})\n")
    assert codes(terminal) == told


def test_a_command_that_only_names_a_file_does_not_make_it(terminal: Terminal) -> None:
    path = terminal.folder / "deploy.ipynb"
    command = "az ml model deploy -n diabetes \\\n  -m diabetes:1 --ic inference.json --dc deployment.json"
    for cell in (f"!{command}\n", f"%%bash\n{command}\n"):
        notebook(path, HEAD, cell)
        assert codes(terminal) == ["SD858", "SD858"], cell
        notebook(path, HEAD, "!cp ../files/inference.json ../files/deployment.json .\n", cell)
        assert codes(terminal) == []


def test_commands_that_ipython_knows_without_a_sign_are_no_python(terminal: Terminal) -> None:
    lines = "pip install azureml-core\nconda install -y numpy\ncd ..\nls -la\npwd\n"
    notebook(terminal.folder / "deploy.ipynb", lines, HEAD + "ws = Workspace.from_config()\n")
    assert codes(terminal) == []
    notebook(terminal.folder / "deploy.ipynb", "pip = 3\nprint(pip - 1, LocalWebservice)\n", HEAD)
    assert codes(terminal) == ["SD802"]


def test_a_place_is_told_as_cell_and_line(terminal: Terminal) -> None:
    notebook(terminal.folder / "deploy.ipynb", HEAD, "x = 1\n\nws = LocalWebservice(ws, 'x')\n")
    done = terminal.run("check", "deploy.ipynb")
    assert done.stdout.startswith("deploy.ipynb:cell 3:3:6: SD802 "), done.stdout
    told = json.loads(terminal.run("check", "--json", "deploy.ipynb").stdout)["findings"][0]
    assert (told["cell"], told["cellLine"], told["cellCharacter"]) == (3, 2, 5)
    line = (terminal.folder / "deploy.ipynb").read_text().splitlines()[told["line"]]
    assert "LocalWebservice" in line, "and the place in the file stays"


LIST = "%%writefile conda.yml\nname: a\nchannels:\n- conda-forge\ndependencies:\n- python=3.11\n- numpy\n"
JOB = "job = command(command='python main.py', environment='a@latest', compute='c')\n"
NO_CODE = "ManagedOnlineDeployment(name='blue', endpoint_name='e-1', model=model, instance_count=1)\n"


@pytest.mark.parametrize(
    ("cells", "is_told"),
    [
        ((JOB,), False),
        ((JOB, NO_CODE), False),
        ((JOB, NO_CODE.replace("model=model", "model=model, environment=env")), True),
        (("config = InferenceConfig('score.py', environment=env)\n",), True),
        (("!az ml model deploy -n abc -m m:1 --ic ic.json --dc dc.json\n",), True),
        ((), False),
    ],
)
def test_packages_that_a_notebook_lists_for_a_job(terminal: Terminal, cells: tuple[str, ...], is_told: bool) -> None:
    (terminal.folder / "score.py").write_text(SCRIPT.partition("\n")[2])
    notebook(terminal.folder / "deploy.ipynb", "from azureml.core import Workspace\n", LIST, *cells)
    assert ("SD406" in codes(terminal)) is is_told
