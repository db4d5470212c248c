"""What is said of a configuration that a script makes names the person's own file and line."""

from __future__ import annotations

import json
import sys

import pytest

import interpreters
from cli.conftest import Terminal
from package_index import Release, index_of
from parts import missing

from . import test_scripts
from .conftest import CONDA, PYTHON
from .test_failures import HEAD, deploy, project, run
from .test_scripts import CONNECT

OWN = "{}.{}".format(*sys.version_info)


@pytest.mark.parametrize("made", ["a conda file", "made in the script"])
def test_warnings_in_the_log_name_the_own_file_and_line(terminal: Terminal, made: str) -> None:
    """The script runs, so that only the log of the deployment has them; later doors keep the person's file."""
    project(terminal, "import six\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (terminal.folder / "own.yml").write_text(CONDA + "    - six>=1.16\n    - azureml-defaults==1.0.17\n")
    in_file = made == "a conda file"
    text = deploy(file=in_file)
    if not in_file:
        more = "environment.python.conda_dependencies.add_pip_package('azureml-defaults==1.0.17')\nconfig ="
        text = text.replace("config =", f"environment.python.conda_dependencies.add_pip_package('six')\n{more}", 1)
    name = f"warned-{int(in_file)}"
    done = run(terminal, text, name, "local")
    assert "STATE running" in done.stdout, done.stdout + done.stderr
    own = terminal.folder / ("own.yml" if in_file else "deploy.py")
    line = next(number for number, each in enumerate(own.read_text().splitlines(), 1) if "azureml-defaults==" in each)
    told = done.stdout + done.stderr + terminal.ok("service", "logs", name)
    warned = [each for each in told.splitlines() if " SD" in each]
    assert any(f"{own}:{line}:" in each and "SD427" in each for each in warned), told
    assert "inferenceconfig.json" not in told
    updated = terminal.run("service", "update", name)
    assert updated.returncode == 0, updated.stderr
    assert f"{own}:{line}:" in updated.stderr + terminal.ok("service", "logs", name)
    assert "inferenceconfig.json" not in updated.stderr
    terminal.ok("service", "delete", name)


def test_paths_of_windows_lead_to_the_files_that_are_here(terminal: Terminal) -> None:
    """A name that has a backslash itself stays, and so does one that leads nowhere."""
    folder = terminal.folder / "windows"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "m.pkl").write_bytes(b"1")
    (folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (folder / "conda.yml").write_text("name: x\ndependencies:\n  - pip:\n    - azureml-defaults\n    - tqdm\n")
    (folder / "own.yml").write_text("name: x\ndependencies: [wrong]\n")
    (terminal.folder / "windows\\own.yml").write_text("name: x\ndependencies: [six]\n")
    text = (
        "from azureml.core import Dataset, Environment, Experiment, Model, ScriptRunConfig\n"
        "from azureml.core.model import InferenceConfig\n"
        "environment = Environment.from_conda_specification('x', r'windows\\conda.yml')\n"
        "print(list(environment.python.conda_dependencies.pip_packages))\n"
        "own = Environment.from_conda_specification('x', r'windows\\own.yml')\n"
        "print(list(own.python.conda_dependencies.conda_packages))\n"
        "print(Model.register(ws, r'windows\\models\\m.pkl', 'w').name)\n"
        "print(InferenceConfig('score.py', source_directory=r'.\\windows', environment=environment).entry_script)\n"
        "print(ScriptRunConfig('.', r'windows\\score.py').script)\n"
        "print(len(Dataset.File.from_files(r'windows\\models\\m.pkl').to_path()))\n"
        "try:\n    Model.register(ws, r'windows\\none.pkl', 'w')\n"
        "except FileNotFoundError as error:\n    print(error)\n"
    )
    done = test_scripts.run(terminal, f"{CONNECT}{text}")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Registering")]
    missing = "Path does not exist: windows\\none.pkl"
    expected = ["['azureml-defaults', 'tqdm']", "['six']", "w", "score.py", "windows/score.py", "1", missing]
    assert lines == expected, done.stderr
    assert "windows\\models\\m.pkl is a path of Windows; windows/models/m.pkl is taken." in done.stderr


@pytest.mark.parametrize("kind", ["script", "notebook"])
def test_a_refusal_names_the_run_that_finds_versions(terminal: Terminal, kind: str) -> None:
    """Packages that a script lists itself are in no file that `environment suggest` reads."""
    project(terminal, "def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    add = "environment.python.conda_dependencies.add_pip_package('six==99.0')\nconfig ="
    head = HEAD.replace("sys.argv[1:3]", f"'refused-{kind}', 'local'")
    text = head + deploy(file=False).replace("config =", add, 1)
    own = terminal.folder / ("deploy.ipynb" if kind == "notebook" else "deploy.py")
    if kind == "notebook":
        cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": text}
        own.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
        text = f"import runpy\n{text}"
    else:
        own.write_text(text)
    done = terminal.run("sdk", "notebook" if kind == "notebook" else "run", str(own))
    words = "sdk notebook --modernize" if kind == "notebook" else "sdk run --modernize"
    assert f"`scoredock {words} {own}`" in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_python_that_nobody_names_is_one_that_the_pins_are_for(terminal: Terminal) -> None:
    """As a script adds them: also later, in a file that it saves, and for no Python that it has chosen."""
    text = (
        "from azureml.core.conda_dependencies import CondaDependencies\n"
        "packages = CondaDependencies()\n"
        "packages.add_pip_package('joblib==1.0.0')\n"
        "print(packages.get_python_version() == OWN)\n"
        "packages.add_pip_package('pandas == 1.1.3')\n"
        "packages.add_conda_package('scikit-learn=0.23.2')\n"
        "packages.save('saved.yml')\n"
        "print(CondaDependencies('saved.yml').get_python_version() in ('3.6', '3.7', '3.8'))\n"
        "created = CondaDependencies.create(pip_packages=['tensorflow-gpu==2.1.0'])\n"
        "print(created.as_dict()['dependencies'][0] in ('python=3.6', 'python=3.7'))\n"
        "created.set_python_version(OWN)\n"
        "print(created.get_python_version() == OWN)\n"
        "chosen = CondaDependencies.create(python_version=OWN, pip_packages=['tensorflow==2.1.0'])\n"
        "print(chosen.get_python_version() == OWN)\n"
        "from azureml.core import Environment\n"
        "listed = Environment.from_pip_requirements('listed', 'requirements.txt', pip_version='20.2').python\n"
        "python, pip = listed.conda_dependencies.conda_packages\n"
        "print(python in [f'python=3.{n}' for n in (6, 7, 8, 9)] and pip == 'pip=20.2')\n"
    )
    (terminal.folder / "requirements.txt").write_text("pandas==1.1.5\n")
    (terminal.folder / "made.py").write_text(f"import sys\nOWN = '{{}}.{{}}'.format(*sys.version_info)\n{text}")
    done = terminal.run("sdk", "run", "made.py")
    assert done.stdout.split() == ["True"] * 6, done.stdout + done.stderr
    assert "No Python is named, and scikit-learn==0.23.2.* has no wheel for 3." in done.stderr, done.stderr
    assert done.stderr.count("tensorflow-gpu==2.1.0 has no wheel") == 1, done.stderr


def test_such_a_python_is_found_in_the_package_index_for_what_no_table_has(terminal: Terminal) -> None:
    """Compiled packages of before have wheels of their time only; what has none for it either is left to its build."""
    other = next((each for each in interpreters.found() if each != OWN), "")
    if not other or tuple(map(int, other.split("."))) > sys.version_info:
        missing("an older CPython that runs scripts", "old-python")
    tag = "cp" + other.replace(".", "")
    releases = (Release("compiled-once", tag=f"{tag}-none-any"), Release("pure-always"))
    text = (
        "from azureml.core.conda_dependencies import CondaDependencies\n"
        "packages = CondaDependencies.create(pip_packages=['pure-always==1.0'])\n"
        "print(packages.get_python_version())\n"
        "packages.add_pip_package('compiled-once==1.0')\n"
        "packages.add_pip_package('nobody-has-it==1.0')\n"
        "print(packages.get_python_version())\n"
    )
    (terminal.folder / "made.py").write_text(text)
    with index_of(terminal.folder / "index", releases) as index:
        terminal.env |= {"UV_DEFAULT_INDEX": f"http://{index.address}/simple", "UV_NO_CACHE": "1"}
        done = terminal.run("sdk", "run", *PYTHON, "made.py")
    assert done.stdout.split() == [OWN, other], done.stdout + done.stderr
    assert f"compiled-once==1.0 has no wheel for {OWN}: Python {other} is taken." in done.stderr, done.stderr
