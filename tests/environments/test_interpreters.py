"""Which Python of this machine an environment is made from, and what is said where none fits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.environments.python.interpreters import choose, fetch, interpreters_here, own_interpreter
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

import interpreters


def test_own_interpreter_is_the_default() -> None:
    chosen = choose(None, "", "default", CancelToken())
    assert chosen == own_interpreter()
    assert chosen.path.is_file()


@pytest.mark.parametrize("minor", interpreters.found())
def test_each_python_of_this_machine_is_found(minor: str) -> None:
    chosen = choose(f"=={minor}.*", "", "conda.yml", CancelToken())
    assert chosen.version.startswith(f"{minor}.")
    told = subprocess.run(
        [chosen.path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == minor


@pytest.fixture
def _no_shims(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version manager's shims cost seconds where a Python is looked for in vain; the Pythons behind them are
    found."""
    folders = [each for each in os.environ["PATH"].split(os.pathsep) if Path(each).name != "shims"]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))


_OLDER = pytest.mark.long("another of the Pythons that are too old")


@pytest.mark.usefixtures("_no_shims")
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("==3.5.*", "but scripts need"),
        pytest.param("==2.7.*", "but scripts need", marks=_OLDER),
        ("==3.99.*", "not on this machine"),
    ],
)
def test_a_python_that_is_not_here_says_what_is(asked: str, words: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        choose(asked, "", "/p/conda.yml", CancelToken())
    assert refused.value.code == "python-not-found"
    assert words in refused.value.message
    assert ".".join(map(str, sys.version_info[:2])) in refused.value.details["found"]
    assert ("environment suggest" if words == "but scripts need" else "Change the pin to python=") in refused.value.fix
    assert refused.value.place is not None


def test_an_interpreter_setting_that_cannot_run() -> None:
    with pytest.raises(ScoredockError) as refused:
        choose(None, "/nowhere/python", "default", CancelToken())
    assert refused.value.code == "python-not-found"
    assert "scoredock.environment.interpreter" in refused.value.fix


@pytest.mark.usefixtures("_no_shims")
def test_a_python_that_is_not_here_is_fetched_only_where_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", (tmp_path / "mirror").as_uri())
    with pytest.raises(ScoredockError) as refused:
        choose("==3.99.*", "", "/p/conda.yml", CancelToken())
    assert "allow scoredock.environment.downloadPython" in refused.value.fix
    with pytest.raises(ScoredockError) as refused:
        choose("==3.99.*", "", "/p/conda.yml", CancelToken(), download=True)
    assert refused.value.code == "python-not-found"
    assert "uv could not download it: " in refused.value.message
    assert refused.value.remedies[0].arguments == ("/p/conda.yml",)


def test_the_mirror_is_asked_for_the_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", (tmp_path / "mirror").as_uri())
    found, reason = fetch("3.13", CancelToken())
    assert found is None
    assert "cpython-3.13" in reason, "the file of the mirror is named"
    assert not list((tmp_path / "pythons").glob("cpython-*"))


def test_pythons_of_version_managers_are_known_without_being_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shims cost a shell and pyenv each, seconds on a busy machine; what is in the folders of pyenv and uv says it."""

    def script(path: str, says: str) -> None:
        python = tmp_path / path
        python.parent.mkdir(parents=True)
        python.write_text(f"#!/bin/sh\necho $0 >> {tmp_path}/started\necho {says}\n")
        python.chmod(0o755)

    script("pyenv/versions/3.97.4/bin/python", "")
    script("pyenv/versions/3.9.1/bin/python", "")
    script("pyenv/versions/3.20-dev/bin/python3.20", "3.20.0 CPython plain 64")
    script("pyenv/shims/python3.19", "3.19.0 CPython plain 64")
    script("uv/cpython-3.98.1-linux-x86_64-gnu/bin/python", "")
    script("uv/cpython-3.96.0+freethreaded-linux-x86_64-gnu/bin/python", "")
    script("uv/pypy-3.95.3-linux-x86_64-gnu/bin/python", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "pyenv/shims"))
    found = {"{}.{}".format(*each.minor): each.path for each in interpreters_here(CancelToken())}
    assert found.pop("{}.{}".format(*own_interpreter().minor)) == own_interpreter().path
    assert found == {
        "3.98": tmp_path / "uv/cpython-3.98.1-linux-x86_64-gnu/bin/python",
        "3.97": tmp_path / "pyenv/versions/3.97.4/bin/python",
        "3.20": tmp_path / "pyenv/versions/3.20-dev/bin/python3.20",
        "3.9": tmp_path / "pyenv/versions/3.9.1/bin/python",
    }
    assert (tmp_path / "started").read_text().split() == [str(found["3.20"])]
