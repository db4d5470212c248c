"""Every way in which a script names its workspace means the same one."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Terminal

from .conftest import PYTHON

IDENTITY = "name=NAME, subscription_id='33333333', resource_group='docs'"


def run(terminal: Terminal, name: str, text: str) -> subprocess.CompletedProcess[str]:
    head = "from azureml.core import Workspace\n"
    (terminal.folder / "named.py").write_text(f"{head}NAME = {name!r}\n{text}")
    return terminal.run("sdk", "run", *PYTHON, "named.py")


def config(folder: Path, name: str) -> None:
    (folder / ".azureml").mkdir()
    identity = {
        "subscription_id": "33333333",
        "resource_group": "docs",
        "workspace_name": name,
    }
    (folder / ".azureml" / "config.json").write_text(json.dumps(identity))


def test_get_and_the_class_open_what_a_configuration_would_make(
    terminal: Terminal,
) -> None:
    """By its whole identity, before and after the file is there; the file alone is enough for a name."""
    whole = (
        f"ids = [Workspace.get({IDENTITY})._record['id'], Workspace('33333333', 'docs', NAME)._record['id']]\n"
        f"ws = Workspace.create({IDENTITY}, exist_ok=True)\nids.append(ws._record['id'])\n"
        "ws.write_config()\nids.append(Workspace.from_config()._record['id'])\n"
        "ids.append(Workspace.get(NAME.upper(), subscription_id='33333333')._record['id'])\n"
        "ids.append(Workspace.get(NAME)._record['id'])\nprint(len(set(ids)), ws.subscription_id, ws.resource_group)\n"
    )
    done = run(terminal, "whole-identity", whole)
    assert done.stdout.split() == ["1", "33333333", "docs"], done.stderr


def test_a_name_alone_opens_what_the_configuration_of_the_folder_names(
    terminal: Terminal,
) -> None:
    config(terminal.folder, "of-the-folder")
    done = run(terminal, "of-the-folder", "print(Workspace.get(NAME)._record['configPath'])\n")
    assert done.stdout.strip() == str(terminal.folder / ".azureml" / "config.json"), done.stderr


def test_a_name_alone_makes_a_workspace_but_for_a_script_that_is_ready_to(terminal: Terminal) -> None:
    ready = run(
        terminal,
        "of-the-lab",
        "try:\n    Workspace.get(name=NAME)\nexcept Exception as error:\n    print(error.code)\n",
    )
    assert ready.stdout.split() == ["workspace-not-found"], ready.stderr
    text = (
        "ids = [Workspace.get(name=NAME)._record['id'] for _ in range(2)]\n"
        "print(len(set(ids)), Workspace.get(NAME).name)\n"
    )
    done = run(terminal, "of-the-lab", text)
    assert done.stdout.split() == ["1", "of-the-lab"], done.stderr
    line = "There was no workspace of-the-lab on this machine; an empty one of that name is used."
    assert done.stderr.count(line) == 1, done.stderr
    assert line not in run(terminal, "of-the-lab", text).stderr
    assert "of-the-lab" in [each["name"] for each in terminal.json("workspace", "list")["workspaces"]]


def test_create_makes_one_that_its_own_configuration_opens_again(
    terminal: Terminal,
) -> None:
    text = (
        f"ws = Workspace.create({IDENTITY}, location='eastus', sku='basic', tags={{'a': 'b'}})\n"
        "ws.write_config()\nprint(Workspace.from_config()._record['id'] == ws._record['id'], ws.tags)\n"
        f"try:\n    Workspace.create({IDENTITY})\nexcept Exception as error:\n    print(error.code)\n"
        f"other = Workspace.create({IDENTITY.replace('docs', 'others')})\n"
        "print(other._record['id'] != ws._record['id'])\n"
        "try:\n    Workspace.get(NAME, subscription_id='44444444')\nexcept Exception as error:\n    print(error.code)\n"
        "print(Workspace.get(NAME, resource_group='others')._record['id'] == other._record['id'])\n"
    )
    done = run(terminal, "made-by-create", text)
    expected = [
        "True {'a': 'b'}",
        "workspace-exists",
        "True",
        "workspace-not-found",
        "True",
    ]
    assert done.stdout.splitlines() == expected, done.stderr


def test_what_can_be_no_workspace_is_refused_with_its_code(terminal: Terminal) -> None:
    """Placeholders of a tutorial, and a name that two workspaces have."""
    tries = (
        "Workspace.get(name='<name>', subscription_id='<subscription>', resource_group='g')",
        "Workspace('a/b', 'g', 'abc-of-nobody')",
        "Workspace.get('nobody-made-this')",
        "Workspace.create('x')",
    )
    text = "".join(f"try:\n    {each}\nexcept Exception as error:\n    print(error.code)\n" for each in tries)
    done = run(terminal, "placeholders", text)
    codes = [
        "workspace-name-invalid",
        "workspace-config-invalid",
        "workspace-not-found",
        "workspace-name-invalid",
    ]
    assert done.stdout.split() == codes, done.stderr


@pytest.mark.parametrize("name", ["<workspace-name>", "", "ENTER YOUR WORKSPACE"])
def test_a_configuration_that_is_still_to_be_filled_in_counts_as_none(terminal: Terminal, name: str) -> None:
    config = {"subscription_id": "<id>", "resource_group": "<group>", "workspace_name": name}
    (terminal.folder / "config.json").write_text(json.dumps(config))
    text = "print(Workspace.from_config().name, Workspace.from_config().name)\n"
    text += "from azureml.core import Model\n"
    text += "print(Model.register(Workspace.from_config(), 'config.json', 'any').name)\n"
    done = run(terminal, "placeholders", text)
    assert done.stdout.split() == ["local", "local", "Registering", "model", "any", "any"], done.stderr
    line = f"The workspace_name in {terminal.folder / 'config.json'} is still to be filled in: “{name}”."
    assert done.stderr.count(f"{line} The workspace local is used.") == 1, done.stderr
    assert terminal.refused("workspace", "connect", "config.json")["code"] == "workspace-config-invalid"


def test_a_folder_without_a_configuration_means_its_workspace_and_a_line_says_so(terminal: Terminal) -> None:
    text = (
        "import os\nos.makedirs('deep', exist_ok=True)\n"
        "names = [Workspace.from_config().name, Workspace.from_config('.').name, Workspace.from_config('deep').name]\n"
        "print(names)\n"
        "for path in ('nothing.json', 'nowhere'):\n"
        "    try:\n        Workspace.from_config(path)\n    except Exception as error:\n        print(error.code)\n"
    )
    done = run(terminal, "no-config", text)
    assert done.stdout.splitlines() == ["['local', 'local', 'local']", *["workspace-config-missing"] * 2], done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("There is no config.json in ")]
    assert said[0] == (
        f"There is no config.json in {terminal.folder} or above it that names a workspace; the workspace local is used."
        " `scoredock workspace write-config` writes the file."
    )
    assert len(said) == 2, "once for each folder"


def test_the_file_is_written_once_and_is_what_a_script_finds(terminal: Terminal) -> None:
    made = terminal.json("workspace", "write-config")
    path = terminal.folder / ".azureml" / "config.json"
    assert made == {"path": str(path), "workspace": "local"}
    done = run(terminal, "written", "print(Workspace.from_config().name)\n")
    assert (done.stdout.strip(), done.stderr) == ("local", "")
    again = terminal.run("workspace", "write-config")
    assert again.returncode != 0
    assert f"{path} is there already." in again.stderr
    terminal.run("workspace", "create", "experiments")
    other = terminal.folder / "other"
    other.mkdir()
    told = terminal.run("workspace", "write-config", "experiments", "--folder", "other").stdout
    assert told.strip() == f"wrote {other / '.azureml' / 'config.json'}; it names the workspace experiments"
    done = run(terminal, "named", "print(Workspace.from_config('other').name)\n")
    assert done.stdout.strip() == "experiments", done.stderr


WRITTEN = {
    "of this folder": ("", "", ".azureml/config.json"),
    "of the first tutorial": ("path='.azureml'", "", ".azureml/config.json"),
    "of another folder": ("path='other', file_name='ws'", "", "other/.azureml/ws.json"),
    "with an extension of its own": ("file_name='ws.txt'", "", ".azureml/ws.json"),
    "beside the folder of early releases": ("", "aml_config", "aml_config/config.json"),
    "over the file of the first previews": ("", ".azureml/project.json", ".azureml/project.json"),
}


@pytest.mark.parametrize(("arguments", "there", "written"), WRITTEN.values(), ids=list(WRITTEN))
def test_write_config_writes_where_azure_does(terminal: Terminal, arguments: str, there: str, written: str) -> None:
    (terminal.folder / "other").mkdir()
    place = terminal.folder / there
    if there.endswith(".json"):
        place.parent.mkdir()
        place.touch()
    elif there:
        place.mkdir()
    before = set(terminal.folder.rglob("*.json"))
    done = run(terminal, "written-as-azure", f"Workspace.get({IDENTITY}).write_config({arguments})\n")
    assert done.returncode == 0, done.stderr
    path = terminal.folder / written
    assert {*terminal.folder.rglob("*.json")} == before | {path}
    assert json.loads(path.read_text())["workspace_name"] == "written-as-azure"


def test_write_config_says_where_nothing_can_be_written(terminal: Terminal) -> None:
    done = run(terminal, "nowhere", f"Workspace.get({IDENTITY}).write_config('no/such/folder')\n")
    assert done.returncode == 1
    place = terminal.folder / "no" / "such" / "folder" / ".azureml" / "config.json"
    assert f"UserErrorException: UserErrorException:\n\tMessage: The configuration {place} could not be" in done.stderr


FOUND = {
    "path='./.azureml', _file_name='config.json'": ".azureml/config.json",
    "path='.azureml'": ".azureml/config.json",
    "_file_name='dev.json'": ".azureml/dev.json",
    "'.', _file_name='test.json'": "aml_config/test.json",
    "'deep/below', _file_name='plain.json'": "plain.json",
    "'deep/no-such-file.json'": ".azureml/config.json",
    "'deep/below'": ".azureml/config.json",
    "'deep/below', _file_name='project.json'": "deep/project.json",
    "'plain.json'": "plain.json",
}


def test_from_config_looks_where_azure_does(terminal: Terminal) -> None:
    """Each file names a workspace of its own, and a plain one in a nearer folder is looked at last."""
    (terminal.folder / "deep" / "below").mkdir(parents=True)
    files = {*FOUND.values(), "deep/below/config.json"}
    for number, name in enumerate(sorted(files)):
        path = terminal.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            json.dumps({"subscription_id": "3", "resource_group": "docs", "workspace_name": f"of-{number}"})
        )
    names = {name: f"of-{number}" for number, name in enumerate(sorted(files))}
    calls = ", ".join(f"Workspace.from_config({words}).name" for words in FOUND)
    done = run(terminal, "found", f"print({calls})\n")
    assert done.stdout.split() == [names[file] for file in FOUND.values()], done.stderr
    absent = run(terminal, "found", "print(Workspace.from_config('deep', _file_name='none.json').name)\n")
    sentence = f"The workspace configuration file none.json, could not be found in {terminal.folder / 'deep'} or its"
    assert (absent.returncode, sentence in absent.stderr) == (1, True), absent.stderr


def test_a_configuration_that_a_script_names_and_that_is_not_there_is_written_by_a_line(terminal: Terminal) -> None:
    folder = terminal.folder / "deep"
    folder.mkdir()
    text = "from azureml.core import Workspace\n\nprint(Workspace.from_config('deep/config.json').name)\n"
    (terminal.folder / "open.py").write_text(text)
    absent = terminal.run("sdk", "run", "open.py")
    line = f'scoredock workspace write-config --folder "{folder}"'
    assert (absent.returncode, f"`{line}` writes it." in absent.stderr) == (1, True), absent.stderr
    terminal.ok(*shlex.split(line)[1:])
    assert terminal.run("sdk", "run", "open.py").stdout == "local\n"


def test_lines_for_a_workspace_that_is_not_the_one_of_the_folder_name_it(terminal: Terminal) -> None:
    """What a script prints can be typed where it was started, whatever workspace it names."""
    text = (
        "from azureml.core import Experiment, Model\nlab = Experiment(WORKSPACE, 'lab')\nrun = lab.start_logging()\n"
        "run.complete()\nprint(run.get_portal_url(), lab.get_portal_url(), sep='\\n')\n"
        "try:\n    Model(WORKSPACE, 'none')\nexcept Exception as error:\n    print(str(error))\n"
    )
    far = run(terminal, "lines-far", f"WORKSPACE = Workspace({IDENTITY.replace('name=', 'workspace_name=')})\n{text}")
    assert far.returncode == 0, far.stderr
    show, runs = far.stdout.splitlines()[:2]
    assert show.endswith(" -w lines-far"), show
    assert terminal.ok(*show.split()[1:])
    assert "finished" in terminal.ok(*runs.split()[1:])
    assert "`scoredock model list -w lines-far`" in far.stdout
    assert "The workspace lines-far has it: add `-w lines-far` to the line." in terminal.run(*show.split()[1:-2]).stderr
    own = run(terminal, "lines-own", f"WORKSPACE = Workspace.get('local')\n{text}")
    assert own.returncode == 0, own.stderr
    assert " -w " not in own.stdout
    chosen = terminal.run("-w", "local", "sdk", "run", *PYTHON, "named.py")
    assert " -w local" in chosen.stdout, "the folder may mean another one"


@pytest.mark.parametrize(("there", "answer"), [("lab", ["lab of conda", "3.11", "joblib==1.4"]), ("other", [])])
def test_an_environment_of_conda_on_this_machine(terminal: Terminal, there: str, answer: list[str]) -> None:
    conda = terminal.folder / "conda"
    conda.write_text(
        f'#!/bin/sh\n[ "$*" = "env export --no-builds --name {there}" ] || exit 1\n'
        "printf 'name: lab\\ndependencies:\\n- python=3.11\\n- pip:\\n  - joblib==1.4\\n'\n"
    )
    conda.chmod(0o755)
    text = (
        f"import os\nos.environ['CONDA_EXE'] = {str(conda)!r}\nfrom azureml.core import Environment\n"
        "made = Environment.from_existing_conda_environment('lab of conda', 'lab')\n"
        "packages = made.python.conda_dependencies\n"
        "print(made.name, packages.get_python_version(), *packages.pip_packages, sep='\\n')\n"
    )
    done = run(terminal, "lab", text)
    assert done.stdout.splitlines() == answer, done.stderr
    assert ("conda did not export the environment lab" in done.stderr) == (not answer)
