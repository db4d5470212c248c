"""The real server in an environment of its own, and both servers' answers, service by service."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from conformance.loaded import Loaded
from conformance.observing import Observer
from conformance.servers import CACHE, Command, ours
from depth import LONG

VERSION = "1.5.1"
PINS = (
    f"azureml-inference-server-http=={VERSION}",
    # What it serves with shows in its answers: the versions that this was written against.
    "flask==3.1.3",
    "werkzeug==3.1.9",
    "flask-cors==6.0.5",
    "gunicorn==27.0.1",
    "inference-schema==1.8",
    "numpy",
    # The parent package of names that scripts import.
    "azureml-contrib-services",
)


@pytest.fixture(scope="session")
def real_server(require: Callable[[object, str], None]) -> Iterator[Command]:
    """The command that starts azureml-inference-server-http, installed once from PyPI."""
    python = f"py{sys.version_info[0]}{sys.version_info[1]}"
    place = CACHE / f"azmlinfsrv-{VERSION}-flask3.1.3-gunicorn27.0.1-{python}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=500):
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable)
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)], check=True)
            words = [
                uv,
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                str(place / "bin" / "python"),
                *PINS,
            ]
            done = subprocess.run(words, check=False, capture_output=True, text=True)
            why = f"azureml-inference-server-http {VERSION} from the package index: {done.stderr[-400:]}"
            require(done.returncode == 0, why)
            (place / "complete").touch()
    program = str(place / "bin" / "azmlinfsrv")
    if LONG or sys.platform != "linux":
        yield [program]
        return
    loaded = Loaded(program)
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def observer(
    request: pytest.FixtureRequest, real_server: Command, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observer]:
    """For the checks of the tests that are to run."""
    items = [getattr(item, "callspec", None) for item in request.session.items]
    asked = [spec.params["check"] for spec in items if spec is not None and "check" in spec.params]
    wanted = list({check.identity: check for check in asked}.values())
    made = Observer(real_server, ours(), tmp_path_factory.mktemp("conformance"), wanted)
    yield made
    made.close()
