"""Where nobody names a Python and the pins have no wheels for the usual one, an older one of this machine is taken, and
that is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

from cli.conftest import Terminal
from environments.conftest import Told
from interpreters import cpythons
from package_index import Release, index_of
from parts import missing

OLD = "3.8"
TAG = "cp38-none-any"
ALWAYS = [*map(Release, ("setuptools", "httptools", "orjson")), Release("h11", "0.16.0")]
WHY = {
    "scikit-learn==0.22.1": "scikit-learn==0.22.1 has no wheel for {usual}: Python {old}",
    "of-our-own==1.0": "Python {usual} does not get these packages: Python {old}",
}
"""The first is one of those whose wheels are known; of the other only the index knows them."""


@pytest.mark.parametrize("pin", WHY)
def test_an_older_python_is_taken_for_pins_of_its_time(
    pin: str, cache: EnvironmentCache, tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    if OLD not in cpythons():
        missing(f"a CPython {OLD}", "old-python")
    name, _, version = pin.partition("==")
    with index_of(tmp_path / "index", [*ALWAYS, Release(name, version, tag=TAG)]) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
        built = cache.prepare(from_requirements([pin], str(tmp_path / "r.txt"), "test"), told, CancelToken())
        assert built.python_version.startswith(f"{OLD}.")
        usual = ".".join(map(str, sys.version_info[:3]))
        note = WHY[pin].format(usual=usual, old=built.python_version)
        assert note in " ".join(told.messages)
        assert note in " ".join(built.notes)


def test_what_no_python_gets_is_told_of_the_usual_one(
    cache: EnvironmentCache, tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    with index_of(tmp_path / "index", [*ALWAYS, Release("of-our-own")]) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
        with pytest.raises(ScoredockError) as raised:
            cache.prepare(from_requirements(["of-our-own==2.0"], str(tmp_path / "r.txt"), "test"), told, CancelToken())
    assert raised.value.message.startswith("of-our-own==2.0 cannot be installed: ")
    assert "is taken" not in str(told.messages)


OF_ITS_TIME = """
import sys

import sklearn
from sklearn.externals import joblib


def init():
    pass


def run(data):
    return [sklearn.__version__.split(".")[1], sys.version_info[1]]
"""


def test_a_ready_made_environment_is_that_of_its_time_for_a_script_that_needs_it(tmp_path: Path) -> None:
    if "3.6" not in cpythons():
        missing("a CPython 3.6", "old-python")
    (tmp_path / "project").mkdir()
    terminal = Terminal(tmp_path / "home", tmp_path / "project")
    (terminal.folder / "score.py").write_text(OF_ITS_TIME)
    deploy = ("service", "deploy", "old", "--es", "score.py", "-e", "AzureML-Scikit-learn-0.20.3")
    try:
        told = terminal.run(*deploy)
        assert told.returncode == 0, told.stderr
        assert "has the packages that it had in Azure ML, for Python 3.6" in told.stderr
        assert json.loads(terminal.run("service", "call", "old", "-d", "1").stdout) == ["20", 6]
    finally:
        terminal.run("service", "delete", "old")
