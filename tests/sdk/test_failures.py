"""What a script learns of a deployment that fails: cause, findings with their positions, lines of the log, with the
person's own file, and afterwards as well."""

from __future__ import annotations

import json
import subprocess

import pytest

from cli.conftest import Terminal

from .conftest import CONDA, PYTHON

HEAD = """
import sys, time
from azureml.core import Environment, Model, Workspace
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, LocalWebservice, Webservice

NAME, KIND = sys.argv[1:3]
ws = Workspace.get("local")
"""
DEPLOY = """
environment = Environment.from_conda_specification("own", "own.yml") if FILE else Environment("own")
config = InferenceConfig(entry_script="score.py", source_directory="src", environment=environment)
local = KIND == "local"
target = LocalWebservice.deploy_configuration() if local else AciWebservice.deploy_configuration(1, 1)
service = Model.deploy(ws, NAME, [], config, target)
if LATE:
    while service.state in ("deploying", "Transitioning"):
        time.sleep(0.05)
try:
    service.wait_for_deployment(True)
except Exception as error:
    print("RAISED", error.code, error)
print("STATE", service.state)
print("LOG", service.get_logs())
"""
FIND = """
service = Webservice(ws, NAME)
print(type(service).__name__, service.state, service.error["code"])
print(service.get_logs())
service.delete()
"""
REFUSED = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data, more):\n    return undefined_name\n"
BROKEN = (
    "import importlib\n\n\ndef init():\n    print('before the end')\n"
    "    importlib.import_module('nobody_' + 'has')\n\n\ndef run(data):\n    return data\n"
)


def run(terminal: Terminal, text: str, name: str, kind: str) -> subprocess.CompletedProcess[str]:
    (terminal.folder / "deploy.py").write_text(HEAD + text)
    return terminal.run("sdk", "run", *PYTHON, "deploy.py", name, kind)


def project(terminal: Terminal, script: str) -> None:
    (terminal.folder / "src").mkdir(exist_ok=True)
    (terminal.folder / "src" / "score.py").write_text(script)
    (terminal.folder / "own.yml").write_text(CONDA)


def deploy(*, late: bool = False, file: bool = True) -> str:
    return DEPLOY.replace("LATE", str(late)).replace("FILE", str(file))


@pytest.mark.parametrize("late", [False, True], ids=["waits", "looks first"])
@pytest.mark.parametrize("kind", ["local", "aci"])
def test_what_checks_refuse_is_said_as_a_whole_and_found_afterwards(terminal: Terminal, kind: str, late: bool) -> None:
    project(terminal, REFUSED)
    name = f"refused-{kind}-{int(late)}"
    done = run(terminal, deploy(late=late), name, kind)
    raised = done.stdout.partition("RAISED")[2]
    assert raised.split()[0] == "check-failed", done.stdout + done.stderr
    score = terminal.folder / "src" / "score.py"
    findings = [line for line in raised.splitlines() if line.startswith(f"{score}:") and " SD" in line]
    assert findings, raised
    assert "Cannot call" not in done.stdout
    assert f"{score}:" in done.stdout.partition("LOG")[2]
    listed = {each["name"]: each["state"] for each in terminal.json("service", "list")["services"]}
    assert listed[name] == "Failed"
    found = run(terminal, FIND, name, kind)
    assert found.stdout.splitlines()[0].split()[1:] == [
        "failed" if kind == "local" else "Failed",
        "check-failed",
    ], found.stderr
    assert findings[0] in found.stdout


def test_a_refused_name_is_free_for_the_next_try(terminal: Terminal) -> None:
    project(terminal, REFUSED)
    assert "RAISED check-failed" in run(terminal, deploy(), "again", "aci").stdout
    project(terminal, "def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    assert "STATE Healthy" in run(terminal, deploy(), "again", "aci").stdout
    project(terminal, REFUSED)
    refused = run(terminal, deploy(), "again", "local")
    assert "RAISED check-failed" in refused.stdout
    assert terminal.json("service", "show", "again")["state"] == "Healthy", "what serves is left alone"


@pytest.mark.parametrize("file", [True, False], ids=["a conda file", "made in the script"])
@pytest.mark.parametrize("kind", ["local", "aci"])
def test_a_start_that_fails_shows_the_log_and_names_the_own_file(terminal: Terminal, kind: str, file: bool) -> None:
    project(terminal, BROKEN)
    name = f"broken-{kind}-{int(file)}"
    done = run(terminal, deploy(late=True, file=file), name, kind)
    shown = done.stdout.partition("STATE")[0]
    raised = shown.partition("RAISED")[2]
    assert raised.split()[0] == "init-failed", done.stdout + done.stderr
    assert shown.count("before the end") == 1, shown
    for expected in ("nobody_has", str(terminal.folder / ("own.yml" if file else "deploy.py"))):
        assert expected in raised, expected
    assert "inferenceconfig.json" not in done.stdout
    found = run(terminal, FIND, name, kind)
    assert "nobody_has" in found.stdout
    assert "inferenceconfig.json" not in found.stdout


def test_an_environment_that_cannot_be_read_names_the_own_file(terminal: Terminal) -> None:
    project(terminal, "def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (terminal.folder / "own.yml").write_text(CONDA + "    - numpy==not a version\n")
    done = run(terminal, deploy(), "unreadable", "local")
    told = done.stdout + done.stderr
    assert str(terminal.folder / "own.yml") in told
    assert "inferenceconfig.json" not in told


@pytest.mark.parametrize("name", ["own.yml", "conda_dependencies.txt"])
def test_modernize_takes_versions_that_install_for_this_run_only(terminal: Terminal, name: str) -> None:
    """An old pin that has no wheel for any Python of today; the file is read by what it holds."""
    project(
        terminal, "import json\nimport markupsafe\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n"
    )
    old = "name: own\ndependencies:\n  - python=3.6.2\n  - pip:\n    - azureml-defaults\n    - markupsafe==1.0\n"
    (terminal.folder / name).write_text(old)
    (terminal.folder / "deploy.py").write_text(HEAD + deploy().replace("own.yml", name))
    service = f"modern-{name.partition('.')[0].replace('_', '-')}"
    done = terminal.run("sdk", "run", "--modernize", *PYTHON, "deploy.py", service, "local")
    assert "STATE running" in done.stdout, done.stdout + done.stderr
    told = next(line for line in done.stderr.splitlines() if line.startswith("Modernized for this run"))
    assert "markupsafe 1.0 → " in told
    assert str(terminal.folder / name) in told
    assert (terminal.folder / name).read_text() == old


SUBMIT = """
from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
ws = Workspace.get("local")
environment = Environment.from_pip_requirements("old-pins", "requirements.txt")
environment.register(ws)
config = ScriptRunConfig("training", "train.py", environment=Environment.get(ws, "old-pins"))
Experiment(ws, "modern").submit(config).wait_for_completion(show_output=True)
config = ScriptRunConfig("training", "train.py", environment=environment)
run = Experiment(ws, "modern").submit(config)
run.wait_for_completion()
print("ENDED", run.status)
"""


@pytest.mark.parametrize("kind", ["run", "notebook"])
def test_modernize_counts_for_registered_environments_and_submitted_scripts(terminal: Terminal, kind: str) -> None:
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text("import markupsafe\nprint('TRAINED', markupsafe.__name__)\n")
    (terminal.folder / "requirements.txt").write_text("azureml-defaults\nmarkupsafe==1.0\n")
    cells = [{"cell_type": "code", "source": SUBMIT, "metadata": {}, "outputs": [], "execution_count": None}]
    name = "submit.py" if kind == "run" else "submit.ipynb"
    written = SUBMIT if kind == "run" else json.dumps({"cells": cells, "metadata": {}, "nbformat": 4})
    (terminal.folder / name).write_text(written)
    done = terminal.run("sdk", kind, "--modernize", *PYTHON, name)
    assert "TRAINED markupsafe" in done.stdout, done.stdout + done.stderr
    assert "ENDED Completed" in done.stdout
    told = [line for line in done.stderr.splitlines() if line.startswith("Modernized for this run")]
    assert len(told) == 1
    assert str(terminal.folder / "requirements.txt") in told[0]


def test_a_pin_that_cannot_be_registered_names_the_own_file(terminal: Terminal) -> None:
    # No Python has wheels of both, so none is taken in the place of the script's.
    (terminal.folder / "requirements.txt").write_text("azureml-defaults\ntorch==1.10.1\nnumpy==2.3.0\n")
    (terminal.folder / "submit.py").write_text(SUBMIT)
    done = terminal.run("sdk", "run", *PYTHON, "submit.py")
    assert f"{terminal.folder / 'requirements.txt'}: torch 1.10.1 cannot be installed" in done.stderr


def test_a_script_that_nobody_waits_for_gets_its_environment(terminal: Terminal) -> None:
    """The process ends while a thread still registers and modernizes."""
    (terminal.folder / "training").mkdir()
    (terminal.folder / "training" / "train.py").write_text("import markupsafe\n")
    (terminal.folder / "requirements.txt").write_text("azureml-defaults\nmarkupsafe==1.0\n")
    submit = SUBMIT.partition("environment.register(ws)")[0] + (
        'config = ScriptRunConfig("training", "train.py", environment=environment)\n'
        "import glob, os, tempfile, time\nos.mkdir('scratch')\ntempfile.tempdir = os.path.abspath('scratch')\n"
        'print(Experiment(ws, "unwaited").submit(config).id)\n'
        "while not glob.glob('scratch/*/conda.yml'):\n    time.sleep(0.01)\n"
    )
    (terminal.folder / "submit.py").write_text(submit)
    done = terminal.run("sdk", "run", "--modernize", *PYTHON, "submit.py")
    assert "Modernized for this run" in done.stderr
    id = done.stdout.split()[0]
    look = f'from azureml.core import Run, Workspace\nprint(Run.get(Workspace.get("local"), "{id}").status)\n'
    (terminal.folder / "look.py").write_text(look)
    assert terminal.run("sdk", "run", *PYTHON, "look.py").stdout.split() == ["Completed"]
