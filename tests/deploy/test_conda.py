"""Services with real conda packages and with a person's own Python, as processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeploySettings

from conda_channel import PYTHON_VERSION, Channel, with_python

SCRIPT = """
    import json, os, shutil, subprocess, sys

    def init():
        global greet
        from greeting import greet

    def run(data):
        program = shutil.which("ffmpeg")
        told = subprocess.run([program], capture_output=True, text=True, check=True).stdout.strip()
        was_run = os.path.exists(os.path.join(os.environ["CONDA_PREFIX"], "was-run"))
        return {"greeting": greet(json.loads(data)[0]), "python": sys.version.split()[0], "tool": told, "was_run": was_run}
"""  # noqa: E501 (a text that would change if it were wrapped)
CONDA = """
    name: with-native
    channels: [conda-forge]
    dependencies:
      - greeting=1.2
      - ffmpeg
      - hooked
      - pip:
          - azureml-defaults
"""


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return with_python(tmp_path_factory.mktemp("channel"))


@pytest.fixture
def conda_place(place: Any, channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "packages"))
    environment = EnvironmentSettings(conda_channels=(f"conda-forge={channel.url}",))
    settings = DeploySettings(start_timeout=60.0, stop_grace=2.0, environment=environment)
    place.deployments = Deployments(place.registry, settings=settings)
    return place


@pytest.mark.long("tests/environments builds with conda at the gate; the test below asks that a deployment does")
def test_a_service_with_conda_packages(conda_place: Any, told: Any) -> None:
    file = conda_place.write("conda.yml", CONDA)
    service = conda_place.deploy(SCRIPT, told, environment_file=str(file))
    assert service.state == "Healthy"
    answer = json.loads(conda_place.answer(body='["you"]'))
    assert answer["greeting"] == "hello you"
    assert answer["python"] == PYTHON_VERSION
    assert answer["tool"].endswith("/share/tool")
    assert not answer["was_run"], "no script of a package, such as those of activation, is run"
    assert any("pip does not have ffmpeg" in message for message in told.messages)
    conda_place.deployments.stop("svc-one")
    conda_place.deployments.start("svc-one")
    assert json.loads(conda_place.answer(body='["me"]'))["greeting"] == "hello me"


@pytest.mark.long("the test below asks at the gate that the project is heard")
def test_conda_where_the_project_says_so(conda_place: Any, told: Any) -> None:
    conda_place.write("pyproject.toml", '[tool.scoredock]\nenvironment = "conda"\n')
    file = conda_place.write("conda.yml", "dependencies: [greeting]\n")
    service = conda_place.deploy(SCRIPT, told, environment_file=str(file))
    assert service.state == "Healthy"
    assert any("as the project is configured" in message for message in told.messages)


def test_a_project_that_says_conda_is_not_served_by_pip(place: Any) -> None:
    place.write("pyproject.toml", '[tool.scoredock]\nenvironment = "conda"\n')
    file = place.write("conda.yml", "channels: ['file:///nowhere']\ndependencies: [six]\n")
    assert place.refused(environment_file=str(file)).code == "conda-channel-unreachable"


def test_a_python_that_the_person_manages(place: Any, told: Any, tmp_path: Path) -> None:
    own = tmp_path / "own"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(own)], check=True)
    packages = next(own.glob("lib/python*/site-packages"))
    (packages / "mine.py").write_text("value = 41\n")
    before = sorted(str(path) for path in own.rglob("*") if "__pycache__" not in path.parts)
    script = """
        import json, mine

        def init():
            pass

        def run(data):
            return mine.value + json.loads(data)[0]
    """
    environment = {
        "python": {"userManagedDependencies": True, "interpreterPath": str(own / "bin/python")},
        "docker": {"baseImage": "mcr.microsoft.com/azureml/base:latest"},
    }
    place.write("score.py", script)
    place.write("inference.json", json.dumps({"entryScript": "score.py", "environment": environment}))
    service = place.deploy(script, told, inference_config=str(place.project / "inference.json"))
    assert service.state == "Healthy"
    assert place.answer(body="[1]") == "42"
    assert any(f"The Python at {own}/bin/python" in message and "used as it is" in message for message in told.messages)
    assert any("The image with the packages is not used" in message for message in told.messages)
    assert sorted(str(path) for path in own.rglob("*") if "__pycache__" not in path.parts) == before
