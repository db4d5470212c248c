"""Services in containers whose script runs in a Python that cannot host the scoring runtime."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.conftest import Told
from deploy.docked import Docked
from docker_daemon import base_with_old_python
from moved_python import version_of

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
def old(old_python: Path, require: Callable[..., None]) -> Path:
    """One of CPython's, which base images have."""
    require(version_of(old_python), "a CPython of before 3.9")
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


def conda_file(place: Docked, base: str, version: str, *packages: str) -> dict[str, Any]:
    """What a deployment of an inference configuration is told: this Python, on this base image."""
    document = {
        "entryScript": "score.py",
        "environment": {
            "name": "old",
            "docker": {"enabled": True, "baseImage": base},
            "python": {
                "condaDependencies": {
                    "dependencies": [f"python={minor_of(version)}", {"pip": ["azureml-defaults", *packages]}]
                }
            },
        },
    }
    place.write("inference.json", json.dumps(document))
    return {"inference_config": str(place.project / "inference.json")}


@pytest.fixture
def both(docked: Docked, old: Path) -> str:
    """A base image that has the old Python and a supported one."""
    return base_with_old_python(old)


def test_a_base_image_with_both_pythons(docked: Docked, both: str, old: Path, version: str, told: Told) -> None:
    docked.write("score.py", SCRIPT)
    model = pickled(docked, old)
    view = docked.deploy(SCRIPT, told, models=(model,), **conda_file(docked, both, version, "tabulate==0.8.10"))
    assert view.state == "Healthy"
    assert json.loads(docked.answer()) == {"answer": 6, "by": version, "python": version}
    assert f"The script runs in Python {version}, in a process of its own beside the scoring runtime." in told.messages
