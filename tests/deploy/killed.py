"""A workspace in which a change of a service is broken off by a kill, and what must hold afterwards."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scoredock.containers.connection import DockerSettings
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.request import UpdateRequest

import pace
import preloaded
from deploy.docked import Docked, docked, settings
from depth import LONG
from docker_daemon import PrivateDaemon

CHILD = Path(__file__).parent.parent / "crash" / "docker_child.py"
NAME = "svc-one"
VERBS = ("deploy", "update", "move", "reload", "delete")
"""`update` stays in its container, `move` needs another one."""
ALLOWED = {
    "deploy": ("Healthy", "Failed", None),
    "update": ("Healthy",),
    "move": ("Healthy",),
    "reload": ("Healthy",),
    "delete": ("Healthy", None),
}
ENDED = ("Stopped", "Failed")
"""What a service may be besides when the daemon was killed: its containers end with it."""
SCRIPT = """
import os

def init():
    pass

def run(data):
    return os.environ.get("UPDATED", "no")
"""
_CHILD_SECONDS = 120
_numbers = itertools.count()


class World:
    """A workspace for one kill. Its models are its own, so that their volumes have to be filled."""

    def __init__(self, folder: Path, images: Path, host: str, *, own: bool = False) -> None:
        """`own`: nobody else has its environment, so an image is made for it; else `images` remembers one."""
        self.folder, self.own = folder, own
        folder.mkdir(parents=True)
        if own:
            images = folder / "images"
            images.mkdir()
        self.settings = settings(docker=DockerSettings(host), stop_grace=1.0)
        self.place: Docked = docked(folder, images, self.settings)
        self.place.deployments = self.server()
        self.script = self.place.write("score.py", SCRIPT)
        self.requirements = self.place.own_requirements() if own else self.place.write("requirements.txt", "")
        for name in ("first.txt", "second.txt"):
            model = folder / name
            model.write_text(f"{folder} {name} {next(_numbers)}")
            self.place.registry.register([model], "m")
        self.phases: set[str] = set()
        """Those of the leases that a killed writer left, as `verb: phase`."""

    def server(self) -> Deployments:
        return Deployments(Registry(self.place.workspace), settings=self.settings)

    def begin(self, verb: str, point: int = 0, victim: int = 0) -> subprocess.Popen[bytes] | preloaded.Started:
        """A process that does a change; see docker_child.py. At the gate its modules are loaded already."""
        arguments = [
            self.place.workspace,
            self.settings.docker.host,
            self.settings.base_image,
            verb,
            point,
            victim,
            self.script,
            self.requirements,
        ]
        words = [str(each) for each in arguments]
        if not LONG and preloaded.can_start(os.environ):
            return preloaded.Started("docker_child", words, cwd=None, env=os.environ, stdin=False)
        return subprocess.Popen(
            [sys.executable, "-B", str(CHILD), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def child(self, verb: str, point: int = 0) -> tuple[int, str]:
        """Exit code and output of a process that did a change, or was killed at a point of it."""
        process = self.begin(verb, point)
        output, errors = process.communicate(None, timeout=_CHILD_SECONDS)
        code = process.wait()
        assert code in (0, -9), errors.decode()
        return code, output.decode()

    def deploy(self) -> None:
        """In order, by this process."""
        request = self.place.request(SCRIPT, models=("m:1",), environment_file=str(self.requirements))
        self.place.deployments.deploy(request)

    # ------------------------------------------------------------------------------------------ what must hold

    def problems(self, verb: str, ended: Iterable[str] = (), patience: float = 20.0) -> list[str]:
        """What dangles after a server has started again, and whether the same change works then; empty when all is
        well.

        `ended`: states that are allowed besides. `patience`: seconds for what was adopted while it started.
        """
        found: list[str] = []
        server = self.place.deployments = self.server()
        self.phases |= {f"{intent.verb}: {intent.phase}" for intent in server.ledger.intents()}
        server.recover()
        if server.ledger.intents():
            found.append("an intent row is left")
        deadline = time.monotonic() + pace.patience(patience)
        while any(view.state == "Transitioning" for view in server.services()) and time.monotonic() < deadline:
            time.sleep(0.05)
        views = {view.name: view for view in server.services()}
        state = views[NAME].state if NAME in views else None
        if state not in (*ALLOWED[verb], *ended):
            found.append(f"the service is {state} ({views[NAME].failure if state else ''})")
        return found + self._left(server, state) + (self._again(server, verb) if not found else [])

    def _left(self, server: Deployments, state: str | None) -> list[str]:
        found = []
        if state is None and (self.place.containers() or self.place.volumes()):
            found.append("a container or volume belongs to no service")
        running = [each for each in self.place.containers() if each["State"] == "running"]
        known = server.ledger.one(NAME)
        handle = known.service.handle if known else None
        if len(running) > ((2 if handle and handle.holder else 1) if state == "Healthy" else 0):
            found.append(f"{len(running)} containers run while the service is {state}")
        if state == "Healthy" and self.place.answer() not in ('"yes"', '"no"'):
            found.append("it does not answer")
        if self.place.unfinished():
            found.append("an image is left in the making")
        return found

    def _again(self, server: Deployments, verb: str) -> list[str]:
        """The same change, asked for once more, and the end."""
        there = server.ledger.one(NAME) is not None
        updated = verb in ("update", "move")
        try:
            if verb == "deploy":
                request = self.place.request(
                    SCRIPT, models=("m:1",), environment_file=str(self.requirements), overwrite=True
                )
                server.deploy(request)
            elif updated:
                models = ("m:2",) if verb == "move" else None
                server.update(NAME, UpdateRequest(models=models, environment_variables={"UPDATED": "yes"}))
            elif verb == "reload":
                server.start(NAME)
                server.reload(NAME, force=True)
            if verb != "delete" and self.place.answer() != ('"yes"' if updated else '"no"'):
                return [f"after the second {verb} it answers {self.place.answer()}"]
            if verb != "delete" or there:
                server.delete(NAME)
            server.recover()
            self.place.no_orphans()
        except (ScoredockError, AssertionError) as error:
            return [f"the second {verb} failed: {error}"]
        return []

    def clear(self) -> None:
        """Everything, the images that only this world has included."""
        server = self.server()
        for view in server.services():
            server.delete(view.name)
        self.place.remove_images()
        shutil.rmtree(self.folder, ignore_errors=True)


def points(folder: Path, images: Path, host: str) -> dict[str, int]:
    """How many there are in each change of one service, one after the other, when all goes well."""
    world = World(folder, images, host)
    try:
        totals = {}
        world.deploy()  # first of all, as an image may have to be made for it
        for verb in ("delete", "deploy", "update", "move", "reload"):
            code, output = world.child(verb)
            assert code == 0
            totals[verb] = int(output.split()[-1])
        return totals
    finally:
        world.clear()


def kill_daemon(worlds: list[tuple[World, str, int]], daemon: PrivateDaemon) -> list[str]:
    """Kill it once each of these has come to its point, start it again, and tell what dangles."""
    assert daemon.process is not None
    children = [world.begin(verb, point, daemon.process.pid) for world, verb, point in worlds]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # at its point, or done because it had fewer steps this time
    daemon.kill()
    for child in children:
        child.communicate(None, timeout=_CHILD_SECONDS)
    daemon.start()

    def problems(each: tuple[World, str, int]) -> list[str]:
        world, verb, point = each
        return [f"{verb} at {point}: {one}" for one in world.problems(verb, ENDED)]

    with ThreadPoolExecutor(len(worlds)) as pool:
        return [one for found in pool.map(problems, worlds) for one in found]
