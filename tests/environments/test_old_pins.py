"""An old pin beside an open NumPy runs as it is, or the check names it at its line with a pin that works.

Where its Python is on this machine the environment is built and the modules are imported; elsewhere the packages are
only chosen, and the two are told apart by the names of the tests.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version
from scoredock.checks.packages.numpy_releases import bound_of_all
from scoredock.environments.pip.local_wheels import LocalWheels
from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.environments.resolve import EnvironmentSettings, resolve_elsewhere
from scoredock.environments.spec import from_requirements
from scoredock.images.wheels import Target, lock
from scoredock.progress import CancelToken, Silent

from cli.conftest import Terminal
from environments.conftest import Told
from environments.old_pins import OLD_PINS, OldPin
from interpreters import cpythons
from package_index import write_wheel

CONDA = "name: old\ndependencies:\n  - python={python}\n  - pip:\n    - azureml-defaults\n    - {requirement}\n"
LATER = pytest.mark.long("each installs some hundred megabytes; four of them are at the gate")
HERE = [pin for pin in OLD_PINS if pin.python in cpythons()]
MOST = 3
"""Packages of which one pin may need an older release."""


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    (tmp_path / "project").mkdir()
    return Terminal(tmp_path / "home", tmp_path / "project")


def test_there_are_more_than_thirty() -> None:
    assert len({pin.requirement for pin in OLD_PINS}) == len(OLD_PINS)
    assert len(OLD_PINS) >= 30
    assert len([pin for pin in OLD_PINS if pin.gate]) == 4


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "pin", [pytest.param(pin, id=pin.requirement, marks=() if pin.gate else (LATER,)) for pin in HERE]
)
def test_it_is_imported_or_told_with_a_pin_that_works(pin: OldPin, terminal: Terminal) -> None:
    text = CONDA.format(python=pin.python, requirement=pin.requirement)
    why = trouble(pin, text, "as-it-is", terminal)
    for number in range(MOST):
        if why is None:
            return
        line = advice(pin, text, terminal)
        assert line, f"nobody said that {pin.requirement} ends in {why}"
        text += f"    - {line}\n"
        why = trouble(pin, text, f"as-told-{number}", terminal)
    assert why is None


def advice(pin: OldPin, text: str, terminal: Terminal) -> str:
    """What the check says at the line of the pin that is to be pinned as well; empty where it says nothing."""
    (terminal.folder / "conda.yml").write_text(text)
    done = terminal.run("check", "conda.yml", "--json")
    at = next(number for number, line in enumerate(text.splitlines()) if pin.requirement in line)
    messages = [each["message"] for each in json.loads(done.stdout)["findings"] if each["line"] == at]
    advised = [found for message in messages for found in re.findall(r"[Pp]in “([^”]+)”", message)]
    return advised[0] if advised else ""


def trouble(pin: OldPin, text: str, name: str, terminal: Terminal) -> str | None:
    """Why the modules cannot be imported in the environment of a file; None where they can."""
    (terminal.folder / "conda.yml").write_text(text)
    terminal.ok("environment", "register", "-n", name, "conda.yml")
    (built,) = json.loads(terminal.ok("environment", "build", name, "--json"))["builds"]
    code = "; ".join(f"import {module}" for module in pin.modules)
    done = subprocess.run([built["interpreter"], "-c", code], capture_output=True, text=True, timeout=300)
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@LATER
@pytest.mark.parametrize("pin", OLD_PINS, ids=lambda pin: f"{pin.requirement}-only-chosen")
def test_the_numpy_that_is_chosen_for_it_fits(pin: OldPin, tmp_path: Path) -> None:
    """Also where its Python is not on this machine: nothing is installed."""
    spec = from_requirements((pin.requirement, "numpy"), "/p/requirements.txt", "old")
    lines = resolve_elsewhere(spec, f"{pin.python}.9", EnvironmentSettings(), tmp_path, Silent(), CancelToken())
    versions = dict(line.partition(" ;")[0].split("==") for line in lines if "==" in line)
    bound = bound_of_all(versions)
    assert bound is None or Version(versions["numpy"]) < Version(bound.below)


SCRIPT = "import pandas\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return pandas.__version__\n"


def test_an_import_that_fails_for_its_numpy_names_both(terminal: Terminal) -> None:
    """The person's own pin is taken as it is; what fails for it says so, and not "fix the line shown"."""
    file = terminal.folder / "conda.yml"
    file.write_text(CONDA.format(python="3.11", requirement="pandas==2.0.3\n    - numpy==2.0.1"))
    (terminal.folder / "score.py").write_text(SCRIPT)
    error = terminal.refused("service", "deploy", "both-pinned", "--es", "score.py", "--cf", "conda.yml")
    assert error["code"] == "import-failed"
    assert error["fix"].startswith("pandas was compiled for NumPy 1, and NumPy 2 is installed: pin “numpy<2” in ")
    assert "scoredock environment suggest" in error["fix"]
    (built,) = terminal.json("environment", "list")["environments"]
    assert "numpy 2.0.1 is installed all the same" in terminal.ok("environment", "show", built["id"])


def test_a_package_whose_import_fails_is_named(terminal: Terminal, tmp_path: Path) -> None:
    """The line of the script is right."""
    broken = "import ssl\n\n\nclass Flags:\n    NOTIFY = ssl.NOT_THERE_ANY_MORE\n"
    write_wheel(tmp_path / "wheels", "pyold", body=broken)
    write_wheel(tmp_path / "wheels", "toolkit", body="import pyold\n", requires=("pyold",))
    (terminal.folder / "conda.yml").write_text(
        CONDA.format(python="3.11", requirement=f"--find-links {tmp_path / 'wheels'}\n    - toolkit")
    )
    script = "def init():\n    import toolkit\n    print(toolkit)\n\n\ndef run(data):\n    return data\n"
    (terminal.folder / "score.py").write_text(script)
    error = terminal.refused("service", "deploy", "old", "--es", "score.py", "--cf", "conda.yml", "--skip-checks")
    assert error["code"] == "init-failed"
    assert error["fix"].startswith("“pyold” failed while it was imported: pin a release of it in ")


def test_an_image_gets_the_same_numpy(tmp_path: Path, told: Told) -> None:
    """Chosen for the Python of a base image, with nothing installed."""
    spec = from_requirements(("pandas==2.0.3",), "/p/requirements.txt", "old")
    runtime = runtime_source()
    wheel = runtime.wheel(tmp_path, Silent(), CancelToken())
    target = Target("3.11.2", "x86_64-manylinux_2_36")
    locked = lock(spec, target, wheel, LocalWheels(tmp_path / "kept", ""), told, CancelToken())
    (numpy,) = [line for line in locked.lines if line.startswith("numpy==")]
    assert Version(numpy.partition("==")[2].split()[0]) < Version("2")
    assert [each for each in told.messages if "pandas 2.0.3 does not work with numpy 2" in each]
