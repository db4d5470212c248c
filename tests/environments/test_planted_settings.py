"""Settings of uv, pip and setuptools that strangers leave in a repository or a shared temporary folder decide nothing;
those that the person keeps in their own place count."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.wheelhouse import VARIABLE
from scoredock.environments.spec import from_requirements
from scoredock.progress import CancelToken, Silent

from cli.conftest import Terminal
from package_index import Release, index_of, write_wheel

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
from importlib.metadata import version

import own_part


def init():
    pass


def run(data):
    return [version("idna"), own_part.TOLD + version("own-part")]
"""


def write_sdist(folder: Path, places: Path) -> Path:
    """A package whose setup.py writes down where it is run."""
    sdist = folder / "own_part-1.0.tar.gz"
    texts = {
        "setup.py": SETUP.format(places=str(places)),
        "own_part.py": "TOLD = 'of the project '\n",
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
    """A terminal in a repository; strangers have planted files in and above it, its data and its temporary folder."""
    repository, temporary = tmp_path / "theirs" / "repository", tmp_path / "theirs" / "tmp"
    for each in (repository, temporary):
        plant(each, tmp_path / "theirs")
    variables = {"TMPDIR": str(temporary), VARIABLE: str(wheelhouse)}
    # Started in the ordinary way: what is loaded already has found its temporary folder.
    return Terminal(repository / "home", repository, variables, ordinary=True)


def test_what_is_built_and_tried_heeds_nothing_of_it(planted: Terminal, tmp_path: Path) -> None:
    places = tmp_path / "places.txt"
    sdist = write_sdist(planted.folder, places)
    (planted.folder / "requirements.txt").write_text(f"requests\n{sdist}\n")
    (planted.folder / "score.py").write_text(SCRIPT)
    words = ("try", "score.py", "--no-models", "--environment-file", "requirements.txt", "--data", "{}")
    version, told = json.loads(planted.json(*words)["requests"][0]["answer"])
    assert version not in (PLANTED, CHOSEN)
    assert told == "of the project 1.0"
    worked_in = [Path(line) for line in places.read_text().splitlines()]
    assert worked_in
    assert [each for each in worked_in if each.is_relative_to(tmp_path / "theirs")] == []


@pytest.mark.long(
    "looks for versions in the index itself and installs them; uv is called as for the lock and the build"
)
def test_nearest_versions_heed_nothing_of_it(planted: Terminal) -> None:
    """idna is held to the time of the pins: to a version that the planted settings do not allow."""
    (planted.folder / "requirements.txt").write_text("requests==2.28.0\nmarkupsafe==1.0\n")
    found = planted.json("environment", "suggest", "requirements.txt")
    (held,) = [line for line in found["requirements"] if line.startswith("idna==")]
    assert held != f"idna=={PLANTED}"


BACKEND = """\
import os
import zipfile


def build_wheel(folder, config_settings=None, metadata_directory=None):
    about = "own_part-1.0.dist-info"
    texts = {
        "own_part.py": "",
        f"{about}/METADATA": "Metadata-Version: 2.1\\nName: own-part\\nVersion: 1.0\\nRequires-Dist: parts\\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    texts[f"{about}/RECORD"] = "".join(f"{name},,\\n" for name in (*texts, f"{about}/RECORD"))
    with zipfile.ZipFile(os.path.join(folder, "own_part-1.0-py3-none-any.whl"), "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return "own_part-1.0-py3-none-any.whl"
"""
OWN_PROJECT = """\
[project]
name = "own-part"
version = "1.0"
dependencies = ["parts"]

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
WORKSPACE = """\
[project]
name = "above"
version = "1"

[tool.uv.workspace]
members = ["**/own"]

[tool.uv.sources]
parts = {{ path = "{wheel}" }}
"""


@pytest.mark.parametrize("of_the_person", [False, True], ids=["of a stranger", "of the person"])
def test_a_project_above_says_where_packages_come_from_only_where_it_is_the_persons(
    of_the_person: bool,
    cache: EnvironmentCache,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    require: Callable[..., None],
) -> None:
    """A package beside others of one workspace, and one in a shared folder where somebody has put the same file."""
    require(of_the_person or os.geteuid() == 0, "the right to give a file to another account")
    shared, own = tmp_path / "shared", tmp_path / "shared" / "project" / "own"
    own.mkdir(parents=True)
    (own / "pyproject.toml").write_text(OWN_PROJECT)
    (own / "backend.py").write_text(BACKEND)
    above = shared / "pyproject.toml"
    above.write_text(WORKSPACE.format(wheel=write_wheel(shared / "theirs", "parts", "6.6")))
    if not of_the_person:
        os.chown(above, 65534, 65534)
    releases = (Release("h11", "0.16.0"), Release("parts", "1.0"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    with index_of(tmp_path / "index", releases) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
        spec = from_requirements([str(own)], str(own.parent / "requirements.txt"), "test")
        built = cache.prepare(spec, Silent(), CancelToken())
    versions = {path.name for path in built.folder.rglob("parts-*.dist-info")}
    assert versions == {"parts-6.6.dist-info" if of_the_person else "parts-1.0.dist-info"}
