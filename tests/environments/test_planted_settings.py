"""Settings of uv, pip and setuptools that strangers leave in a repository or a shared temporary folder decide nothing;
those that the person keeps in their own place count."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.environments.wheelhouse import VARIABLE

PLANTED = "2.10"
CHOSEN = "3.4"
OVERRIDE = 'override-dependencies = ["idna=={}"]\n'
FILES = {
    "uv.toml": OVERRIDE.format(PLANTED),
    "pyproject.toml": '[project]\nname = "planted"\nversion = "1"\n\n[tool.uv]\n'
    + OVERRIDE.format(PLANTED)
    + '\n[tool.uv.workspace]\nmembers = ["**"]\n',
    "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/simple\n",
    "setup.cfg": "[easy_install]\nindex_url = http://127.0.0.1:9/simple\n",
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
