"""`scoredock environment suggest` and `enable`, with the real index."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from packaging.version import Version

import docker_daemon

MINOR = "{}.{}".format(*sys.version_info[:2])
OLD = """name: old
dependencies:
  - python=3.6.2  # of the documents
  - {pin}={version}
  - pip:
      - azureml-defaults
      - "requests>=2.20"
"""


@pytest.mark.parametrize(
    ("pin", "version", "below", "companions"),
    [
        ("markupsafe", "1.0", "3", set()),
        pytest.param(
            "scikit-learn",
            "0.20.0",
            "1.8",
            {"numpy", "scipy", "joblib", "threadpoolctl"},
            marks=pytest.mark.long(
                "installs scikit-learn; tests/environments/test_companions.py has what comes with it"
            ),
        ),
    ],
)
def test_old_pins_are_replaced_in_place(
    terminal: Any, pin: str, version: str, below: str, companions: set[str]
) -> None:
    file = terminal.folder / "conda.yml"
    old = OLD.format(pin=pin, version=version)
    file.write_text(old)
    found = terminal.json("environment", "suggest", "conda.yml")
    assert "There is no Python 3.6 here" in found["impossible"][0]
    assert file.read_text() == old
    told = terminal.ok("environment", "suggest", "conda.yml", "--write")
    assert "There is no Python 3.6 here" in told
    assert "wrote " in told
    new = next(change["new"] for change in found["changed"] if change["name"] == pin)
    assert Version(version) < Version(new) < Version(below)
    assert found["byHand"] == []
    replaced = old.replace("python=3.6.2", f"python={MINOR}").replace(f"{pin}={version}", f"{pin}=={new}")
    written = file.read_text()
    assert written.startswith(replaced.rstrip())
    # What a package needs comes from its time; nothing else is added.
    added = dict(
        line.strip(" -").split("==") for line in written[len(replaced.rstrip()) :].splitlines() if line.strip()
    )
    assert added.keys() <= companions
    if "numpy" in companions:
        assert Version(added["numpy"]) < Version("2")
    assert "as it is" in terminal.ok("environment", "suggest", "conda.yml")


def test_a_file_that_is_not_there(terminal: Any) -> None:
    assert terminal.refused("environment", "suggest", "none.yml")["code"] == "file-unreadable"


def test_nothing_is_installed_without_a_yes(terminal: Any) -> None:
    done = terminal.run("environment", "enable", "conda", stdin="")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert "installed py-rattler" in terminal.ok("environment", "enable", "conda", "--yes")


OLD_ON_39 = OLD.replace("python=3.6.2  # of the documents", "python=3.9").format(pin="markupsafe", version="1.1.1")


@pytest.mark.docker
def test_for_a_container_its_pythons_count(terminal: Any) -> None:
    terminal.env |= {"SCOREDOCK_BASE_IMAGE": docker_daemon.base_image(), "DOCKER_HOST": docker_daemon.docker_host()}
    file = terminal.folder / "conda.yml"
    file.write_text(OLD_ON_39)
    found = terminal.json("environment", "suggest", "conda.yml", "--engine", "docker", "--write")
    # The base of the tests is Debian 12, whatever runs them.
    assert found["python"] == "3.11"
    changed = {change["name"]: change["new"] for change in found["changed"]}
    assert changed["python"] == "3.11"
    assert found["impossible"][0] == "No base image has Python 3.9."
    assert Version("1.1.1") < Version(changed["markupsafe"])
    assert terminal.json("environment", "suggest", "conda.yml", "--engine", "docker")["changed"] == []
