"""Deployments to Docker beside those to a process: each service tells what its own import and init() took.

Both engines take turns in every round, as a shared machine swings.
"""

from __future__ import annotations

import http.client
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from scoredock.containers.connection import DockerSettings
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.service import Service
from scoredock.services.deployments import Deployments
from scoredock.services.request import DeployRequest, DeploySettings, UpdateRequest

from deploy import EXAMPLE

ENGINES = ("docker", "process")
DEPLOY, UPDATE, REPLACE = "deploy", "update", "replace"
ZEROS = json.dumps({"data": [[0.0] * 10]}).encode()

# The example's script, which also says which text it is, and how long its import and its init() took.
_FIRST = "import time as _time\n_began = _time.perf_counter()\n"
_LAST = """
_init = init
def init():
    global _took
    _init()
    _took = _time.perf_counter() - _began
def run(data):
    return [{mark}, _took]
"""


class Services:
    """A workspace with one project; figures are seconds by (verb, engine), without what the script itself takes."""

    def __init__(self, registry: Registry, model: str, folder: Path, daemon: str, base_image: str) -> None:
        settings = DeploySettings(docker=DockerSettings(daemon), base_image=base_image)
        self.deployments = Deployments(registry, settings=settings)
        self.figures: dict[str, dict[str, list[float]]] = {}
        self.own: dict[str, list[float]] = {engine: [] for engine in ENGINES}
        self._model, self._folder, self._mark = model, folder, 0
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.pkl", "__pycache__"))
        self._text = _FIRST + (folder / "score.py").read_text() + _LAST

    def round(self, number: int) -> None:
        """Deploy, update and replace on each engine once; the first time makes images and byte code and is left out."""
        for engine in ENGINES if number % 2 else reversed(ENGINES):
            name = f"bench-{engine}"
            try:
                self._round(engine, name, counted=number > 0)
            finally:
                if any(each.name == name for each in self.deployments.services()):
                    self.deployments.delete(name)

    def _round(self, engine: str, name: str, *, counted: bool) -> None:
        request = DeployRequest(
            name=name,
            engine=engine,
            models=(self._model,),
            inference_config=str(self._folder / "inferenceconfig.json"),
        )
        changes = [(DEPLOY, lambda: self.deployments.deploy(request, Silent(), CancelToken()))]
        changes.append(
            (
                UPDATE,
                lambda: self.deployments.update(name, UpdateRequest(), Silent(), CancelToken()),
            )
        )
        if engine == "docker":
            changes.append(
                (
                    REPLACE,
                    lambda: self.deployments.update(name, self._limits(), Silent(), CancelToken()),
                )
            )
        for verb, change in changes:
            took, own = self._changed(change)
            if counted:
                self.figures.setdefault(verb, {}).setdefault(engine, []).append(took - own)
                self.own[engine].append(own)

    def _limits(self) -> UpdateRequest:
        """Another limit of memory, which needs another container."""
        path = self._folder / "deploymentconfig.json"
        limits = {"cpu": 2, "memoryInGB": 2 + self._mark % 2}
        path.write_text(json.dumps({"computeType": "aci", "containerResourceRequirements": limits}))
        return UpdateRequest(deployment_config=str(path))

    def _changed(self, change: Callable[[], Service]) -> tuple[float, float]:
        """Seconds from the call to an answer by the text that was written right before it, and what that text took."""
        self._mark += 1
        (self._folder / "score.py").write_text(self._text.replace("{mark}", str(self._mark)))
        began = time.perf_counter()
        view = change()
        answered = _ask(view.scoring_uri)
        took = time.perf_counter() - began
        if answered[0] != self._mark:
            raise ValueError(f"an older text answered: {answered}")
        return took, answered[1]


def _ask(uri: str) -> tuple[int, float]:
    place = urlsplit(uri)
    connection = http.client.HTTPConnection(place.netloc, timeout=60)
    try:
        connection.request("POST", place.path, ZEROS, {"Content-Type": "application/json"})
        mark, own = json.loads(connection.getresponse().read())
        return mark, own
    finally:
        connection.close()
