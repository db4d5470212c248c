"""An update that brings other keys, whose writer is killed: the revision that goes on answers to the keys that are
shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scoredock.services.access.access_file import FILE, read_access
from scoredock.services.folders import service_folder

from deploy.conftest import Place

pytestmark = pytest.mark.chance

KILLED = """
import os, sys
from pathlib import Path
from scoredock.services.request import UpdateRequest
from scoredock.services.deployments import Deployments
from scoredock.engines.process.engine import ProcessEngine
from scoredock.registry import Registry

real = ProcessEngine.replace

def killed(self, *words):
    if sys.argv[3] == "after":
        real(self, *words)
    os._exit(9)

ProcessEngine.replace = killed
Deployments(Registry(Path(sys.argv[1]))).update("svc-one", UpdateRequest(deployment_config=sys.argv[2]))
"""


def configuration(place: Place, name: str, key: str) -> Path:
    told = {"computeType": "aci", "authEnabled": True, "keys": {"primaryKey": key, "secondaryKey": f"{key}-2"}}
    return place.write(name, json.dumps(told))


@pytest.mark.parametrize(("moment", "serving"), [("before", "old-key"), ("after", "new-key")])
def test_the_keys_are_those_of_the_revision_that_answers(place: Any, moment: str, serving: str) -> None:
    place.deploy(deployment_config=str(configuration(place, "old.json", "old-key")))
    other = configuration(place, "new.json", "new-key")
    words = [sys.executable, "-c", KILLED, str(place.workspace), str(other), moment]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    assert done.returncode == 9, done.stderr
    again = place.again()
    again.recover()
    folder = service_folder(place.workspace, "svc-one")
    access = read_access(folder)
    assert access is not None
    assert access.primary == serving
    # The call takes the key that is shown.
    assert again.client.call("svc-one", b"[1]").status == 200
    assert again.service("svc-one").revision == (1 if moment == "before" else 2)
    assert list(folder.glob(f"revisions/*/{FILE}")) == []
