"""Services in containers whose script runs in a Python that cannot host the scoring runtime."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from scoredock.environments.settings import EnvironmentSettings
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.services.debug import debug
from scoredock.services.deployments import Deployments
from scoredock.services.packaging.service_package import Account, PackageRequest, package_folder
from scoredock.services.request import UpdateRequest

import depth
import interpreters
from conda_channel import Channel, add_old_python, with_python
from deploy.conftest import ECHO, Told
from deploy.debugged import SCRIPT as DEBUGGED
from deploy.debugged import TOTAL, Start, editor_for, mappings
from deploy.docked import Docked, settings
from docker_daemon import base_with_old_python
from moved_python import version_of
from pace import patience

pytestmark = pytest.mark.docker

SCRIPT = """
    import json, os, pickle, sys
    from pathlib import Path

    def init():
        global model
        model = pickle.loads((Path(os.environ["AZUREML_MODEL_DIR"]) / "model.pkl").read_bytes())
        print("init in", sys.version.split()[0], flush=True)

    def run(data):
        print("asked for", data, flush=True)
        return {"answer": model["factor"] * json.loads(data)[0], "by": model["by"], "python": sys.version.split()[0]}
"""
WRITES = """
import collections, pickle, sys
held = collections.OrderedDict([("factor", 6), ("by", sys.version.split()[0])])
with open(sys.argv[1], "wb") as stream:
    pickle.dump(held, stream, pickle.HIGHEST_PROTOCOL)
"""


@pytest.fixture(scope="module")
def old(old_python: Path) -> Path:
    """One of CPython's, which base images have."""
    if not version_of(old_python):
        interpreters.no_cpython()
    return old_python


@pytest.fixture(scope="module")
def version(old: Path) -> str:
    return version_of(old)


def minor_of(version: str) -> str:
    return ".".join(version.split(".")[:2])


def pickled(place: Docked, old: Path) -> str:
    """A model that the old Python wrote."""
    path = place.project / "model.pkl"
    subprocess.run([old, "-I", "-c", WRITES, path], check=True)
    return place.registry.register([path], "pickled").id


def configured(
    place: Docked, version: str, *packages: str, base: str = "", conda: tuple[str, ...] = (), script: str = SCRIPT
) -> dict[str, Any]:
    """What a deployment of an inference configuration is told: this Python and packages, on this base image."""
    place.write("score.py", script)
    dependencies: list[Any] = [f"python={minor_of(version)}", *conda, {"pip": ["azureml-defaults", *packages]}]
    document = {
        "entryScript": "score.py",
        "environment": {
            "name": "old",
            "docker": {"enabled": True, **({"baseImage": base} if base else {})},
            "python": {"condaDependencies": {"channels": ["conda-forge"], "dependencies": dependencies}},
        },
    }
    place.write("inference.json", json.dumps(document))
    return {"inference_config": str(place.project / "inference.json")}


@pytest.fixture(scope="module")
def both(old: Path) -> str:
    """A base image that has the old Python and a supported one."""
    return base_with_old_python(old)


@pytest.fixture(scope="module")
def old_python_only(old: Path) -> str:
    """A base image that has the old Python only."""
    return base_with_old_python(old, alone=True)


@pytest.fixture(scope="module")
def channel(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Channel:
    """The old Python, this machine's, and a package that pip does not have."""
    made = with_python(tmp_path_factory.mktemp("channel"))
    add_old_python(made, old)
    return made


@pytest.fixture
def by_conda(docked: Docked, channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docked:
    """Its conda packages come from the channel."""
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "packages"))
    used = settings(environment=EnvironmentSettings(conda_channels=(f"conda-forge={channel.url}",)))
    docked.deployments = Deployments(docked.registry, settings=used)
    return docked


@pytest.fixture
def without_conda(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before `scoredock environment enable conda`."""
    monkeypatch.setattr("scoredock.images.old_python.available", lambda: False)


def answered(place: Docked, version: str) -> None:
    assert json.loads(place.answer()) == {"answer": 6, "by": version, "python": version}


def packaged(place: Docked, folder: Path) -> Path:
    """The service as a folder."""
    request = PackageRequest(service="svc-one", name="scoredock-tests-old", label="1")
    account = Account("", "", "", "")
    made = package_folder(
        place.deployments, request, folder, account=account, base_image="", progress=Silent(), cancel=CancelToken()
    )
    assert made.folder == folder
    spec = json.loads((folder / "service/spec.json").read_text())
    assert spec["script_python"] == "/opt/scoredock/environment/bin/python"
    return folder


@pytest.mark.long("a base image with the old Python alone serves at the gate")
def test_a_base_image_with_both_pythons(
    docked: Docked, both: str, old: Path, version: str, told: Told, tmp_path: Path
) -> None:
    model = pickled(docked, old)
    found = configured(docked, version, "tabulate==0.8.10", base=both)
    view = docked.deploy(SCRIPT, told, models=(model,), **found)
    assert view.state == "Healthy"
    answered(docked, version)
    assert f"The script runs in Python {version}, in a process of its own beside the scoring runtime." in told.messages
    written = "\n".join(record.m for record in docked.deployments.logs.records("svc-one"))
    assert f"init in {version}" in written, written
    assert "asked for [1]" in written, written
    folder = packaged(docked, tmp_path / "out")
    assert f"FROM {both}\n" in (folder / "Dockerfile").read_text()
    assert "tabulate==0.8.10" in (folder / "requirements.txt").read_text()
    assert "h11==" in (folder / "server-requirements.txt").read_text()
    assert not (folder / "conda-lock.json").exists()


@pytest.mark.long("at the gate the oldest one here answers, and the one with a wheel of NumPy")
def test_every_old_python_of_this_machine(docked: Docked, old: Path) -> None:
    others = [python for python in interpreters.old().values() if python != old and version_of(python)]
    for python in others:
        found = configured(docked, version_of(python), "tabulate==0.8.10", base=base_with_old_python(python))
        assert docked.deploy(models=(pickled(docked, python),), **found).state == "Healthy"
        answered(docked, version_of(python))
        docked.deployments.delete("svc-one")


def test_it_lives_as_any_other_service(docked: Docked, both: str, old: Path, version: str) -> None:
    model = pickled(docked, old)
    docked.deploy(SCRIPT, models=(model,), **configured(docked, version, base=both))
    docked.write("score.py", SCRIPT.replace('["factor"] *', '["factor"] * 2 *'))
    assert docked.deployments.reload("svc-one").outcome == "reloaded"
    assert json.loads(docked.answer())["answer"] == 12
    configured(docked, "3.11", base=both)
    assert docked.deployments.update("svc-one", UpdateRequest()).state == "Healthy"
    assert json.loads(docked.answer())["python"].startswith("3.11.")
    assert docked.deployments.rollback("svc-one").state == "Healthy"
    assert json.loads(docked.answer()) == {"answer": 12, "by": version, "python": version}
    assert docked.deployments.stop("svc-one").state == "Stopped"
    assert docked.deployments.start("svc-one").state == "Healthy"
    docked.kill()
    assert docked.until("Failed").failure is not None
    assert docked.deployments.start("svc-one").state == "Healthy"
    assert json.loads(docked.answer())["python"] == version


def answer_or_failure(place: Docked) -> str:
    try:
        return place.answer()
    except ScoredockError as error:
        return error.message


@pytest.mark.chance
def test_the_process_of_the_script_dies(docked: Docked, both: str, old: Path, version: str) -> None:
    docked.deploy(SCRIPT, models=(pickled(docked, old),), **configured(docked, version, base=both))
    for _ in range(depth.rounds(gate=3, long=20)):
        (container,) = docked.containers()
        rows = docked.docker.api.top(container["Id"], ps_args="-eo pid,args")["Processes"]
        (script,) = [int(pid) for pid, line in rows if "script_process/host.py" in line]
        os.kill(script, signal.SIGKILL)
        deadline = time.monotonic() + patience(20)
        while "6" not in answer_or_failure(docked):
            assert time.monotonic() < deadline, answer_or_failure(docked)
            time.sleep(0.05)


@pytest.mark.long("the gate has old Pythons of conda without packages, and conda packages without old Pythons")
def test_conda_packages_with_an_old_python(by_conda: Docked, old: Path, version: str) -> None:
    script = SCRIPT.replace("import json,", "import shutil, tabulate, json,").replace(
        '"python":', '"tool": shutil.which("ffmpeg"), "python":'
    )
    model = pickled(by_conda, old)
    found = configured(by_conda, version, "tabulate==0.8.10", conda=("ffmpeg",), script=script)
    assert by_conda.deploy(script, models=(model,), **found).state == "Healthy"
    assert json.loads(by_conda.answer()) == {
        "answer": 6,
        "by": version,
        "python": version,
        "tool": "/opt/scoredock/environment/bin/ffmpeg",
    }


@pytest.mark.long("a base image with the old Python runs it at the gate, and tests/images brings a Python from conda")
def test_a_base_image_without_the_old_python_gets_it_from_conda(
    by_conda: Docked, old: Path, version: str, tmp_path: Path
) -> None:
    model = pickled(by_conda, old)
    found = configured(by_conda, version, "tabulate==0.8.10")
    assert by_conda.deploy(SCRIPT, models=(model,), **found).state == "Healthy"
    answered(by_conda, version)
    lock = json.loads((packaged(by_conda, tmp_path / "out") / "conda-lock.json").read_text())
    assert {each["name"]: each["version"] for each in lock["packages"]} == {"python": version}


@pytest.mark.long("a base image with the old Python runs it at the gate, and tests/images brings a Python from conda")
def test_a_base_image_without_a_supported_python_gets_it_from_conda(
    by_conda: Docked, old_python_only: str, old: Path, version: str
) -> None:
    model = pickled(by_conda, old)
    found = configured(by_conda, version, "tabulate==0.8.10", base=old_python_only)
    assert by_conda.deploy(SCRIPT, models=(model,), **found).state == "Healthy"
    answered(by_conda, version)


@pytest.mark.usefixtures("without_conda")
def test_without_conda_support_the_pythons_of_the_base_image_count(
    docked: Docked, old_python_only: str, version: str
) -> None:
    refused = docked.refused(**configured(docked, version, script=ECHO))
    assert refused.code == "image-python-missing"
    minor = minor_of(version)
    assert refused.message.startswith(f"The base image {docked.deployments.settings.base_image} has no Python ")
    assert "Found: 3.11." in refused.message
    assert refused.fix == (
        f"Name a base image that has Python {minor} and Python 3.9 or later. Or install support for conda packages,"
        " which bring the Python that is missing (`scoredock environment enable conda`)."
    )
    refused = docked.refused(**configured(docked, version, base=old_python_only, script=ECHO))
    assert refused.code == "image-python-missing"
    assert refused.message == (
        f"The base image {old_python_only} has no Python 3.9 or later,"
        f" which the scoring runtime needs beside Python {minor}."
    )


def test_what_was_looked_for_is_told(by_conda: Docked, old_python_only: str, tmp_path: Path) -> None:
    empty = Channel(tmp_path / "empty")
    empty.write()
    used = settings(environment=EnvironmentSettings(conda_channels=(f"conda-forge={empty.url}",)))
    by_conda.deployments = Deployments(by_conda.registry, settings=used)
    refused = by_conda.refused(**configured(by_conda, "3.7", script=ECHO))
    assert refused.code == "conda-unsatisfiable"
    assert refused.message.startswith(f"The base image {used.base_image} has no Python ==3.7.*. Found: 3.11.")
    assert f"The conda packages cannot be installed together from {empty.url}: " in refused.message
    assert refused.fix == "Name a base image that has Python 3.7 and Python 3.9 or later."
    used = settings(environment=EnvironmentSettings(conda_channels=("conda-forge=file:///nowhere",)))
    by_conda.deployments = Deployments(by_conda.registry, settings=used)
    refused = by_conda.refused(**configured(by_conda, "3.7", script=ECHO))
    assert refused.code == "conda-channel-unreachable"
    assert "Found: 3.11." in refused.message
    assert "Python 3.7 can only come from conda." in refused.message


def test_a_base_image_without_a_supported_python_and_a_channel_without_one(
    by_conda: Docked, old_python_only: str, version: str, tmp_path: Path
) -> None:
    empty = Channel(tmp_path / "empty")
    empty.write()
    used = settings(environment=EnvironmentSettings(conda_channels=(f"conda-forge={empty.url}",)))
    by_conda.deployments = Deployments(by_conda.registry, settings=used)
    refused = by_conda.refused(**configured(by_conda, version, base=old_python_only, script=ECHO))
    assert refused.code == "conda-unsatisfiable"
    assert refused.message.startswith(
        f"The base image {old_python_only} has no Python 3.9 or later, which the scoring runtime"
    )


def test_a_wheel_of_that_time(docked: Docked) -> None:
    """NumPy of the last release for Python 3.7, from its wheel."""
    python = interpreters.cpythons().get("3.7")
    if python is None:
        interpreters.no_cpython()
    script = """
        import json, sys
        import numpy

        def init():
            pass

        def run(data):
            dot = int(numpy.dot(json.loads(data), [1, 2]))
            return {"dot": dot, "numpy": numpy.__version__, "python": sys.version[:3]}
    """
    found = configured(docked, "3.7", "numpy==1.21.6", base=base_with_old_python(python), script=script)
    assert docked.deploy(script, **found).state == "Healthy"
    assert json.loads(docked.answer(body="[3, 4]")) == {"dot": 11, "numpy": "1.21.6", "python": "3.7"}


@pytest.mark.long("the gate debugs old Pythons in a process, and today's in a container")
@pytest.mark.timeout(900)
def test_a_breakpoint_stops_in_it(docked: Docked, both: str, version: str) -> None:
    docked.deploy(**configured(docked, version, base=both, script=DEBUGGED))
    script = docked.project / "score.py"
    with editor_for(docked) as editor:
        editor.listen(mappings(docked))
        start = Start(lambda: debug(docked.deployments, "svc-one", editor.port, Silent(), CancelToken()))
        assert editor.begin({script: [TOTAL]}, patience(200)) == {script: [True]}
        start.end()
        answers: list[str] = []
        caller = threading.Thread(target=lambda: answers.append(docked.answer(body="[1, 2]")))
        caller.start()
        assert editor.stopped() == (str(script), TOTAL, "run")
        editor.go_on()
        caller.join(patience(30))
        assert answers == ["3"]
        editor.disconnect()
