"""A server as a tree of processes: started, timed, weighed, ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from serving.peers import Peer, environment_of, free_port, service_folder

START_LIMIT = 90.0


class NoAnswer(Exception):
    """The server did not come up or answered otherwise than with 200."""


@dataclass(frozen=True)
class Server:
    """One that answers."""

    peer: Peer
    process: psutil.Process
    port: int
    folder: Path
    started: float
    """Seconds from its command to its first answer to the small request."""

    def ask(self, body: bytes, headers: dict[str, str] | None = None) -> bytes:
        """The body of the answer. Raises NoAnswer unless it is a 200."""
        return ask(self.port, self.peer.path, body, headers)

    def cpu_seconds(self) -> float:
        """Of all its processes, user and system, those that ended and were waited for included."""
        total = 0.0
        for each in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += sum(each.cpu_times()[:4])
        return total

    def memory(self) -> int:
        """Bytes of all its processes; what they share counts once where the system tells (PSS)."""
        total = 0
        for each in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                info = each.memory_full_info()
                total += getattr(info, "pss", 0) or info.rss
        return total

    def settle(self) -> None:
        """Until its processes have finished what they began at the start and nobody asked for, half a minute at
        most."""
        deadline = time.perf_counter() + 30
        while time.perf_counter() < deadline:
            before = self.cpu_seconds()
            time.sleep(0.25)
            # On a loaded machine work may be waiting for a core, too.
            if self.cpu_seconds() - before < 0.025 and not any(map(_wants_to_run, self._family())):
                return

    def _family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def ask(port: int, path: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """Posts JSON. Raises NoAnswer, or OSError while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise NoAnswer(f"{answer.status}: {content[:300]!r}")
        return content
    except http.client.HTTPException as fault:
        raise NoAnswer(repr(fault)) from None
    finally:
        connection.close()


@contextlib.contextmanager
def serving(
    peer: Peer, python: Path, script: str, body: bytes, headers: dict[str, str] | None = None
) -> Iterator[Server]:
    """The peer in a folder of its own, until the block ends. Raises NoAnswer."""
    folder = Path(tempfile.mkdtemp(prefix="sd-bench-"))
    log = (folder / "output.log").open("wb")
    process = None
    try:
        service_folder(peer, python, script, folder)
        port = free_port()
        command = peer.command(python, folder, port)
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=log, cwd=folder / "app", env=environment_of(peer, python)
        )
        while True:
            try:
                ask(port, peer.path, body, headers)
                break
            except (OSError, NoAnswer) as fault:
                late = time.perf_counter() - begun > START_LIMIT
                if late or process.poll() is not None:
                    told = (folder / "output.log").read_text(errors="replace")[-1500:]
                    raise NoAnswer(f"{peer.name} does not answer: {fault!r}\n{told}") from None
                time.sleep(0.002)
        yield Server(peer, psutil.Process(process.pid), port, folder, time.perf_counter() - begun)
    finally:
        if process is not None:
            end(process)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def end(process: subprocess.Popen[bytes]) -> None:
    """The process and all it started."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for left in psutil.wait_procs(family, 2)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()
    psutil.wait_procs(family, 5)


def _wants_to_run(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_RUNNING
    except psutil.NoSuchProcess:
        return False


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
