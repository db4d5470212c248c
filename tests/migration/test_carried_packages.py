"""Packages that only this machine has, in files of v2: they come along and are installed from beside the conda file."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import yaml

from cli.conftest import Terminal
from package_index import write_wheel

SCRIPT = """\
import part, wheel, linked


def init():
    pass


def run(data):
    return part.V + wheel.V + linked.V
"""
CONDA = """\
name: private
dependencies:
  - python=3.11
  - pip:
    - azureml-defaults
    - -r requirements.txt
"""
REQUIREMENTS = "./part\nwheels/wheel-2.0-py3-none-any.whl\n--find-links links\nlinked==3.0\n"
PROJECT = '[project]\nname = "part"\nversion = "1.0"\n[build-system]\nrequires = ["setuptools"]\n'


def write_project(folder: Path) -> None:
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "pyproject.toml").write_text(PROJECT)
    (folder / "part" / "part.py").write_text("V = 1\n")
    write_wheel(folder / "wheels", "wheel", "2.0", body="V = 20\n")
    write_wheel(folder / "links", "linked", "3.0", body="V = 300\n")
    for name, text in (
        ("score.py", SCRIPT),
        ("conda.yml", CONDA),
        ("requirements.txt", REQUIREMENTS),
    ):
        (folder / name).write_text(text)


def test_they_are_installed_where_nothing_of_this_machine_is(
    terminal: Terminal,
    loaded: Callable[[Iterable[Path]], dict[str, str]],
    tmp_path: Path,
) -> None:
    project, made = tmp_path / "project", tmp_path / "v2"
    write_project(project)
    told = json.loads(terminal.ok("migrate", str(project), "--output-path", str(made), "--json"))
    assert sorted(each.name for each in (project / "part").iterdir()) == [
        "part.py",
        "pyproject.toml",
    ]
    shutil.rmtree(project)
    shutil.rmtree(terminal.home)
    assert loaded([made]) == {}

    assert [
        str(each) for each in made.rglob("*") if each.is_file() and str(tmp_path).encode() in each.read_bytes()
    ] == []
    (environment,) = made.glob("environments/*/environment.yml")
    context = environment.parent / yaml.safe_load(environment.read_text())["build"]["path"]
    for file in (context / "pip-packages").iterdir():
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert any(file.name in note["message"] and digest in note["message"] for note in told["notes"])
    dockerfile = (context / "Dockerfile").read_text()
    assert "COPY pip-packages/ /azureml-environment/pip-packages/\n" in dockerfile

    # As conda does it: the lines of pip become a file beside the conda file, read in that folder.
    (lines,) = (each["pip"] for each in yaml.safe_load((context / "conda.yml").read_text())["dependencies"][-1:])
    (context / "condaenv.txt").write_text("".join(f"{each}\n" for each in lines if "inference-server" not in each))
    python = tmp_path / "elsewhere" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "-r",
        "condaenv.txt",
    ]
    subprocess.run(install, cwd=context, check=True)
    (script,) = made.glob("endpoints/*/*/code/score.py")
    program = "import score; score.init(); print(score.run('{}'))"
    done = subprocess.run(
        [python, "-c", program],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "321\n"


def test_a_deployed_service_brings_them_as_well(terminal: Terminal, tmp_path: Path) -> None:
    project, made = tmp_path / "project", tmp_path / "v2"
    write_project(project)
    words = (
        "--entry-script",
        str(project / "score.py"),
        "--environment-file",
        str(project / "conda.yml"),
    )
    terminal.ok("service", "deploy", "private", *words)
    terminal.ok("migrate", "--service", "private", "--output-path", str(made))
    (context,) = made.glob("environments/*/docker/pip-packages")
    assert sorted(each.name for each in context.iterdir()) == [
        "linked-3.0-py3-none-any.whl",
        "part-1.0-py3-none-any.whl",
        "wheel-2.0-py3-none-any.whl",
    ]
    kept = {
        each.name: each.parent.name for each in terminal.home.glob("workspaces/*/environments/wheels/local/*/*.whl")
    }
    for each in context.iterdir():
        assert hashlib.sha256(each.read_bytes()).hexdigest() == kept[each.name], "what is installed here"
    for each in made.rglob("conda.yml"):
        assert str(tmp_path) not in each.read_text()


@pytest.mark.parametrize("line", ["./gone", "./gone-1.0-py3-none-any.whl"])
def test_what_is_not_there_is_in_the_report(terminal: Terminal, tmp_path: Path, line: str) -> None:
    project, made = tmp_path / "project", tmp_path / "v2"
    write_project(project)
    (project / "requirements.txt").write_text(f"{line}\n")
    told = json.loads(terminal.ok("migrate", str(project), "--output-path", str(made), "--json"))
    assert [note["message"] for note in told["notes"] if note["kind"] == "broken"] == [
        f"{project / line} does not exist.".replace(f"{project}/", "").replace("./", "")
    ]
