"""Ray as tests run it: in an environment of its own in the cache, nodes of one machine that have a folder each."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock
from uv import find_uv_bin

from interpreters import CACHE
from pace import patience
from parts import missing
from ports import free_port

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
"""Written by `uv pip compile --universal --python-version 3.10 --generate-hashes` of ray[default], pip and
virtualenv."""
_CORES = 2
_STORE_BYTES = 80_000_000
_START_SECONDS = 300
"""A node starts a dozen interpreters, each with imports of its own: on a busy machine that takes minutes."""


def environment() -> Path:
    """The folder of the environment with Ray, 300 MB, made once for what it holds."""
    mark = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = CACHE / f"ray-{mark}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(str(CACHE / f"ray-{mark}.lock")):
        if not (place / "done").exists():
            python = place / "bin" / "python"
            words = ["pip", "install", "--quiet", "--no-config", "--require-hashes", "--only-binary", ":all:"]
            try:
                uv = find_uv_bin()
                base = getattr(sys, "_base_executable", sys.executable)
                subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, place], check=True)
                subprocess.run([uv, *words, "--python", python, "-r", REQUIREMENTS], check=True, timeout=600)
            except (OSError, subprocess.SubprocessError) as error:
                missing(f"Ray from a package index ({error})")
            (place / "done").touch()
    return place


class RayNodes:
    """A head node and a second one. Every process of theirs is a child of one of ours."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # sockets have short paths
        self.port, self.dashboard = free_port(), free_port()
        self._bin = environment() / "bin"
        self._nodes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.dashboard}"

    def begin(self) -> None:
        """Waits until both are alive."""
        if not self._lives("head"):
            self.kill("second")
            self._begin("head", 1)
        if not self._lives("second"):
            self._begin("second", 2)

    def _begin(self, node: str, count: int) -> None:
        """Until so many are alive with it. A node ends by itself where a program of its own is not there within 15
        seconds, which takes longer on a busy machine: it is started again then."""
        deadline = time.monotonic() + patience(_START_SECONDS)
        while self._count() != count - 1:  # one that was killed is counted for a moment yet
            self._pause(node, deadline)
        while self._count() != count:
            if not self._lives(node):
                self.kill(node)  # what it has left
                self._start(node)
            self._pause(node, deadline)

    def _pause(self, node: str, deadline: float) -> None:
        if time.monotonic() > deadline:
            log = self.folder / node / "log.txt"
            text = log.read_text()[-3000:] if log.exists() else ""
            raise AssertionError(f"the node {node} was not alive in time:\n{text}")
        time.sleep(0.3)

    def kill(self, node: str) -> None:
        """At once, with all that runs on it."""
        process = self._nodes.pop(node, None)
        if process is None:
            return
        try:
            family = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        for each in [process, *family]:
            try:
                each.kill()
            except psutil.NoSuchProcess:
                continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what has lost its parent
        process.wait()

    def end(self) -> None:
        self.kill("second")
        self.kill("head")
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, path: str) -> Any:
        """Of its job server."""
        with urllib.request.urlopen(f"{self.address}{path}", timeout=20) as answer:
            return json.load(answer)

    def jobs(self) -> list[str]:
        """Ids of those that it knows."""
        return [each["submission_id"] for each in self.ask("/api/jobs/")]

    def actors(self) -> list[Any]:
        """Of batch jobs, as long as they live."""
        rows = self.ask("/api/v0/actors?detail=1&limit=1000")["data"]["result"]["result"]
        return [each for each in rows if each["class_name"] == "HostActor" and each["state"] != "DEAD"]

    def _lives(self, node: str) -> bool:
        return node in self._nodes and self._nodes[node].poll() is None

    def _start(self, name: str) -> None:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        if name == "head":
            address, words = "127.0.0.1", ["--head", "--port", self.port, "--dashboard-port", self.dashboard]
            words += ["--ray-client-server-port", free_port()]
        else:
            address, words = "127.0.0.2", ["--address", f"127.0.0.1:{self.port}"]
            words += ["--dashboard-agent-listen-port", free_port()]
        more = ("--num-cpus", _CORES, "--object-store-memory", _STORE_BYTES, "--temp-dir", place)
        command = [self._bin / "ray", "start", "--block", "--disable-usage-stats", "--node-ip-address", address]
        command += ["--min-worker-port", "0", "--max-worker-port", "0"]  # whichever are free
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RAY_")},
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
            "RAY_memory_monitor_refresh_ms": "0",
            "RAY_AUTH_MODE": "disabled",  # whatever token another Ray has left in the home folder
        }
        with (place / "log.txt").open("wb") as log:
            self._nodes[name] = subprocess.Popen(
                [*map(str, command), *map(str, words), *map(str, more)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=variables,
                start_new_session=True,
            )
        with contextlib.suppress(PermissionError):
            # Ahead of what else a busy machine does: a node ends itself where it takes longer than 15 seconds.
            os.setpriority(os.PRIO_PROCESS, self._nodes[name].pid, -10)

    def _count(self) -> int:
        """Nodes that are alive, as the head says; 0 where it does not."""
        try:
            rows = self.ask("/api/v0/nodes")["data"]["result"]["result"]
            return sum(each["state"] == "ALIVE" for each in rows)
        except (OSError, ValueError, KeyError, TypeError):
            return 0
