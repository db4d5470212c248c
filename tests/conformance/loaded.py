"""The real server with the packages of others loaded: a process for each start, without a second of imports for each.

Almost all that azureml-inference-server-http does before it answers is to import Flask, OpenTelemetry, msal and
pydantic. A process of its environment has imported these, and nothing of the server itself; each start is a fork of it
that runs the very program. The long run starts the program in the ordinary way. In the parent only the standard library
is there.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

PACKAGES = (
    "azure.identity",
    "azure.monitor.opentelemetry.exporter",
    "flask",
    "flask_cors",
    "opentelemetry.sdk._logs.export",
    "opentelemetry.sdk.trace.export",
    "psutil",
    "pydantic_settings",
    "requests",
)
"""What the server imports at every start, but for gunicorn, which looks at its working directory when it is
imported."""
AT_START = {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
"""What an interpreter reads when it begins; a service with other values is started in the ordinary way."""


class Forked:
    """One process of the server, with the part of `subprocess.Popen` that is needed here."""

    def __init__(self, path: str, asked: Mapping[str, Any], log: IO[bytes]) -> None:
        self.returncode: int | None = None
        self._waiting = threading.Lock()
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(path)
        socket.send_fds(self._line, [json.dumps(asked).encode() + b"\n"], [log.fileno()])
        self._told = self._line.makefile("rb")
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._waiting:
            if self.returncode is None:
                ready, _, _ = select.select([self._line], [], [], timeout)
                if not ready:
                    raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
                self.returncode = int(self._told.readline())
                self._told.close()
                self._line.close()
        return self.returncode

    def terminate(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


class Loaded:
    """The process that has imported the packages; it ends with this one."""

    def __init__(self, program: str) -> None:
        self.program = program
        self._folder = tempfile.TemporaryDirectory(prefix="loaded-")
        self._path = str(Path(self._folder.name) / "socket")
        self._process = subprocess.Popen(
            [str(Path(program).with_name("python")), __file__, program, self._path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), **AT_START},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"What {program} imports could not be loaded.")

    def start(self, words: Sequence[str], folder: Path, environment: Mapping[str, str], log: IO[bytes]) -> Forked:
        asked = {"words": list(words), "folder": str(folder), "environment": dict(environment)}
        return Forked(self._path, asked, log)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()


def can_start(environment: Mapping[str, str]) -> bool:
    """Whether a fork is the same program with this environment."""
    decides = {name: value for name, value in environment.items() if name.startswith(("PYTHON", "LC_", "LANG"))}
    return decides == AT_START


# ------------------------------------------------------------------------------------------------ the parent


def _serve(program: str, path: str) -> None:
    """Forks a process per request; comes back only in that process, as the program."""
    for name in PACKAGES:
        importlib.import_module(name)
    if threading.active_count() > 1:
        sys.exit("A package has begun a thread, which no fork would have.")
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select([listener, 0], [], [])
            if 0 in ready:
                os._exit(0)
            line, _ = listener.accept()
            if os.fork() == 0:
                break
            line.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    data, [log], _, _ = socket.recv_fds(line, 1 << 16, 1)
    while not data.endswith(b"\n"):
        data += line.recv(1 << 16)
    asked = json.loads(data)
    child = os.fork()
    if child != 0:
        os.close(log)
        _wait_for(child, line)
    line.close()
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    for standard, descriptor in ((0, null), (1, log), (2, log)):
        os.dup2(descriptor, standard)
    os.close(null)
    os.close(log)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = [program, *asked["words"]]
    sys.path[0] = str(Path(program).parent)
    runpy.run_path(program, run_name="__main__")


def _wait_for(child: int, line: socket.socket) -> NoReturn:
    """Tells the number of the process, and when it has ended its exit code."""
    with contextlib.suppress(OSError):
        line.sendall(b"%d\n" % child)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
