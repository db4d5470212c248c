"""Deployment rules through the command line: a model that is a number, a script that multiplies by it, and callers that
count what they are answered."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import preloaded
from built_runtime import built_runtime
from pace import patience

SECONDS = 200
SCRIPT = """
    import json, os, time

    def init():
        global factor
        factor = open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.txt")).read().strip()
        if factor == "unloadable":
            raise RuntimeError("this model cannot be loaded")

    def run(data):
        if factor == "hangs":
            time.sleep(600)
        if factor == "slow":
            time.sleep(0.05)
        if factor == "dies":
            os._exit(9)
        if factor == "breaks":
            raise RuntimeError("this model breaks")
        by = 2 if factor == "slow" else int(factor.split()[0])
        request = json.loads(data)
        values = [row[0] * by for row in request["data"]]
        if "classifier" in factor and request.get("method") != "predict":
            return {"predict_proba": [[0.25, 0.75] for _ in values]}
        if "classifier" in factor:
            return {"predict": values}
        return {"predict": values} if "predict" in factor else {"result": values, "factor": factor}
"""
"""A model is a number, or one of these words."""


@dataclass
class Project:
    """A folder with a script, and a workspace with the service `times` that multiplies by 2."""

    home: Path
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "160",
            "SCOREDOCK_HOME": str(self.home),
            **self.variables,
        }

    @property
    def workspace(self) -> Path:
        return self.home / "workspaces" / "local"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment
        if preloaded.can_start(environment) and "PYTHONPATH" not in self.variables:
            return preloaded.run("scoredock.cli", words, cwd=self.folder, env=environment, given=None, timeout=SECONDS)
        return subprocess.run(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """One that the test ends."""
        return subprocess.Popen(
            [sys.executable, "-m", "scoredock.cli", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *words: str, code: int = 0) -> Any:
        """Its one JSON document."""
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stderr or done.stdout
        return json.loads(done.stdout)

    def refused(self, *words: str) -> Any:
        """The error in its JSON."""
        done = self.run(*words, "--json")
        assert (done.returncode, done.stdout) == (1, ""), done.stdout
        return json.loads(done.stderr)["error"]

    def register(self, factor: str, name: str = "times") -> int:
        """The version that the model has now."""
        (self.folder / "model.txt").write_text(f"{factor}\n")
        return int(self.json("model", "register", "-n", name, "-p", "model.txt")["version"])

    def deploy(self, service: str = "times", model: str = "times:1") -> None:
        self.json("service", "deploy", "-n", service, "--model", model, "--entry-script", "score.py")

    def create(self, *words: str, name: str = "newest", model: str = "times") -> Any:
        # --command takes all that follows.
        done = self.run("rule", "create", name, "--json", "--model", model, "--service", "times", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def round(self, *words: str, name: str = "newest", code: int = 0) -> Any:
        """What one round of the rule came to."""
        return self.json("rule", "run", name, *words, code=code)["runs"][0]

    def show(self, name: str = "newest") -> Any:
        return self.json("rule", "show", name)

    def steps(self, name: str = "newest") -> list[str]:
        """Version and step of each entry of the history, oldest first."""
        events = self.json("rule", "history", name)["events"]
        return [f"{each['version']} {each['what']}" for each in reversed(events)]

    def service(self, name: str = "times") -> Any:
        return self.json("service", "show", name)

    def services(self) -> list[str]:
        return [each["name"] for each in self.json("service", "list")["services"]]

    def endpoint(self) -> Any:
        return self.json("endpoint", "show", "door")

    def shares(self) -> dict[str, int]:
        return {each["service"]: each["share"] for each in self.endpoint()["versions"]}

    def finished(self, name: str = "newest", most: int = 200) -> Any:
        """The last round, when no candidate is under way any more."""
        for _ in range(most):
            done = self.round(name=name)
            if done["rule"]["candidate"] is None:
                return done
            time.sleep(0.1)
        raise AssertionError(self.show(name))

    def until(self, step: str, name: str = "newest") -> Any:
        """Rounds until the history has the step."""
        for _ in range(100):
            self.round(name=name)
            if step in self.steps(name):
                return self.show(name)
            time.sleep(0.05)
        raise AssertionError(self.show(name))


class Callers:
    """Steady requests to a port, one after the other, until the block ends; what they are answered is counted."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._call, daemon=True)
        self.answers: list[str] = []
        """The factor that a response was made with, or its status, or the kind of failure."""

    def __enter__(self) -> Callers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.answers)

    @property
    def failures(self) -> int:
        return sum(count for answer, count in self.counts.items() if not answer.startswith("by "))

    def more(self, count: int) -> None:
        """Waits for so many further answers."""
        wanted, end = len(self.answers) + count, time.monotonic() + patience(60)
        while len(self.answers) < wanted:
            assert time.monotonic() < end, self.counts
            time.sleep(0.01)

    def _call(self) -> None:
        while not self._stop.is_set():
            self.answers.append(self._answer())
            time.sleep(0.004)

    def _answer(self) -> str:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                headers = {"Content-Type": "application/json"}
                connection.request("POST", "/score", b'{"data": [[3]]}', headers)
                answer = connection.getresponse()
                body = answer.read()
            finally:
                connection.close()
            if answer.status != 200:
                return f"status {answer.status}"
            return f"by {json.loads(body)['factor']}"
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """Every environment that is made here takes the same wheel."""
    with built_runtime():
        yield


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of all tests here, made once."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def project(tmp_path: Path, environments: Path) -> Iterator[Project]:
    home, folder = tmp_path / "home", tmp_path / "project"
    folder.mkdir()
    (folder / "score.py").write_text(textwrap.dedent(SCRIPT))
    made = Project(home, folder)
    made.register("2")
    shared = made.workspace / "environments"
    if not shared.exists():
        shared.symlink_to(environments)
    made.deploy()
    yield made
    for name in made.services():
        made.run("service", "delete", name, "--force")


@pytest.fixture
def door(project: Project) -> Iterator[Project]:
    """The same with the endpoint `door` before the service."""
    project.json("endpoint", "create", "door", "--service", "times", "--version", "main")
    yield project
    project.run("endpoint", "delete", "door")


@pytest.fixture
def callers(door: Project) -> Callable[[], Callers]:
    return lambda: Callers(int(door.endpoint()["port"]))
