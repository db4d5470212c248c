"""Settings of uv, pip and setuptools that strangers leave in a repository or a shared temporary folder decide nothing;
those that the person keeps in their own place count."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from scoredock.environments.wheelhouse import VARIABLE

from cli.conftest import Terminal

PLANTED = "2.10"
CHOSEN = "3.4"
OVERRIDE = 'override-dependencies = ["idna=={}"]\n'
FILES = {
    "uv.toml": OVERRIDE.format(PLANTED),
    "pyproject.toml": '[project]\nname = "planted"\nversion = "1"\n\n[tool.uv]\n'
    + OVERRIDE.format(PLANTED)
    + '\n[tool.uv.workspace]\nmembers = ["**"]\n',
    "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/simple\n",
    "setup.cfg": "[easy_install]\nindex_url = http://127.0.0.1:9/simple\n[metadata]\nversion = 6.6\n",
    ".python-version": "3.7\n",
    ".netrc": "machine pypi.org\nlogin stranger\npassword theirs\n",
    ".condarc": "channels:\n  - http://127.0.0.1:9/conda\n",
}


def plant(folder: Path, top: Path) -> None:
    """In the folder and in all above it that belong to the test."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, *(above for above in folder.parents if above.is_relative_to(top))):
        for name, text in FILES.items():
            (each / name).write_text(text)


def idna(home: Path, cwd: Path, wheelhouse: Path, **variables: str) -> str:
    """The version of idna that an environment with requests gets."""
    (cwd / "conda.yml").write_text("dependencies:\n  - pip:\n    - requests\n")
    environment = {**os.environ, "SCOREDOCK_HOME": str(home), VARIABLE: str(wheelhouse), **variables}
    told = ""
    for words in (["register", "-f", "conda.yml", "-n", "asked"], ["lock", "asked"]):
        done = subprocess.run(
            [sys.executable, "-m", "scoredock.cli", "environment", *words],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told = done.stdout
    found = re.search(r"^idna==([\w.]+)", told, re.MULTILINE)
    assert found, told
    return found[1]


ELSEWHERE = pytest.mark.long("the easier half: the gate has the data folder where files are planted in all above it")


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(False, id="data folder elsewhere", marks=ELSEWHERE),
        pytest.param(True, id="data folder in the repository"),
    ],
)
def test_what_strangers_plant_decides_nothing(inside: bool, tmp_path: Path, wheelhouse: Path) -> None:
    repository, temporary = tmp_path / "theirs" / "repository", tmp_path / "theirs" / "tmp"
    for each in (repository, temporary):
        plant(each, tmp_path / "theirs")
    home = (repository if inside else tmp_path) / "home"
    told = idna(home, repository, wheelhouse, TMPDIR=str(temporary))
    assert told not in (PLANTED, CHOSEN)


def test_what_the_person_has_set_for_uv_counts(tmp_path: Path, wheelhouse: Path) -> None:
    own = tmp_path / "config" / "uv"
    own.mkdir(parents=True)
    (own / "uv.toml").write_text(OVERRIDE.format(CHOSEN))
    (tmp_path / "project").mkdir()
    told = idna(tmp_path / "home", tmp_path / "project", wheelhouse, XDG_CONFIG_HOME=str(own.parent))
    assert told == CHOSEN


SETUP = """\
import os
from setuptools import setup

with open({places!r}, "a") as stream:
    stream.write(os.getcwd() + "\\n")
setup(name="own-part", version="1.0", py_modules=["own_part"])
"""
SCRIPT = """\
import idna
import own_part


def init():
    pass


def run(data):
    return [idna.__version__, own_part.TOLD]
"""


def write_sdist(folder: Path, places: Path) -> Path:
    """A package whose setup.py writes down where it is run."""
    sdist = folder / "own_part-1.0.tar.gz"
    texts = {
        "setup.py": SETUP.format(places=str(places)),
        "own_part.py": "TOLD = 'of the project'\n",
        "PKG-INFO": "Metadata-Version: 2.1\nName: own-part\nVersion: 1.0\n",
    }
    with tarfile.open(sdist, "w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"own_part-1.0/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return sdist


@pytest.fixture
def planted(tmp_path: Path, wheelhouse: Path) -> Terminal:
    """A terminal in a repository, with a temporary folder and a data folder that strangers have planted files around."""
    repository, temporary = tmp_path / "theirs" / "repository", tmp_path / "theirs" / "tmp"
    for each in (repository, temporary):
        plant(each, tmp_path / "theirs")
    variables = {"TMPDIR": str(temporary), VARIABLE: str(wheelhouse)}
    # Started in the ordinary way: what is loaded already has found its temporary folder.
    return Terminal(repository / "home", repository, variables, ordinary=True)


def test_what_is_built_and_tried_heeds_nothing_of_it(planted: Terminal, tmp_path: Path) -> None:
    places = tmp_path / "places.txt"
    sdist = write_sdist(planted.folder, places)
    (planted.folder / "conda.yml").write_text(f"dependencies:\n  - pip:\n    - requests\n    - {sdist}\n")
    (planted.folder / "score.py").write_text(SCRIPT)
    planted.ok("environment", "register", "-f", "conda.yml", "-n", "asked")
    planted.ok("environment", "build", "asked")
    shown = planted.json("environment", "show", "asked")
    packages = {each["name"]: each["version"] for each in shown["packages"]}
    assert packages["own-part"] == "1.0"
    assert packages["idna"] not in (PLANTED, CHOSEN)
    worked_in = [Path(line) for line in places.read_text().splitlines()]
    assert worked_in
    assert [each for each in worked_in if each.is_relative_to(tmp_path / "theirs")] == []

    tried = planted.json("try", "score.py", "--no-models", "--environment-file", "conda.yml", "--data", "{}")
    assert tried["requests"][0]["answer"] == f'["{packages["idna"]}", "of the project"]'


def test_nearest_versions_heed_nothing_of_it(planted: Terminal) -> None:
    """idna is held to the time of the pins: to a version that the planted settings do not allow."""
    (planted.folder / "requirements.txt").write_text("requests==2.28.0\nmarkupsafe==1.0\n")
    found = planted.json("environment", "suggest", "requirements.txt")
    (held,) = [line for line in found["requirements"] if line.startswith("idna==")]
    assert held != f"idna=={PLANTED}"
