"""The template process as the parent sees it: started, asked for workers and for imports, given up."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from scoredock_runtime import contract
from scoredock_runtime.base import processes, threads
from scoredock_runtime.base.worker_environment import read_at_start, without_revision_places, worker_environment
from scoredock_runtime.contract_variables import MARKER

if TYPE_CHECKING:
    import subprocess

FORK_SECONDS = 10.0
"""How long a fork may take before the template is given up and the worker started afresh."""

IMPORT_SECONDS = 300.0
_OOM_SCORE = 300

Event = Tuple[str, Any, Any]
"""What the loop of the parent takes from its queue: kind, subject, detail."""


_OPTIONS = ("debug", "inspect", "interactive", "optimize", "no_site", "verbose", "bytes_warning", "quiet", "dev_mode")
"""What an interpreter may have been started with, and workers are not."""


def supported() -> bool:
    """True if this system can fork, hand descriptors over and adopt (Linux)."""
    return sys.platform == "linux" and hasattr(socket, "send_fds") and hasattr(os, "fork")


def same_interpreter(spec: contract.ServiceSpec, environment: Dict[str, str]) -> bool:
    """True if a fork of this very process is as good as a start of the spec's interpreter."""
    if not sys.executable or os.path.abspath(spec.python) != os.path.abspath(sys.executable):
        return False
    variables, here = read_at_start(environment), read_at_start(os.environ)
    if variables != here or (sys.flags.ignore_environment and any(name.startswith("PYTHON") for name in variables)):
        return False
    if sys.warnoptions or getattr(sys, "_xoptions", {}) or any(getattr(sys.flags, name, 0) for name in _OPTIONS):
        return False
    return not sys.flags.no_user_site or not _has_user_packages()


def _has_user_packages() -> bool:
    """True if an interpreter without `-s` would find packages of the user, which this one does not."""
    if sys.prefix != sys.base_prefix:
        try:
            with open(os.path.join(sys.prefix, "pyvenv.cfg"), encoding="utf-8") as stream:
                words = [line.replace(" ", "").strip().lower() for line in stream]
            if "include-system-site-packages=true" not in words:
                return False
        except OSError:
            return True
    import site

    return os.path.isdir(site.getusersitepackages())


class TemplateProcess:
    """One template. Make and ask it from the parent's main thread only: the kernel's parent-death signal follows the
    starting thread. Raises OSError when it cannot be started."""

    def __init__(self, spec: contract.ServiceSpec, folder: str, *, by_fork: bool) -> None:
        self.marker = f"{folder}#{os.getpid()}.template"
        environment = worker_environment(spec, self.marker)
        self.python = spec.python
        self.environment = without_revision_places(environment)
        self.modules: List[str] = []
        """The modules that it was asked to import."""
        self.busy = False
        """Importing; a worker that is needed meanwhile starts afresh."""
        self.ready = False
        self.usable = True
        self._folders: List[str] = []
        self._packages: List[Tuple[str, int]] = []
        self._replies: SimpleQueue[Optional[Dict[str, Any]]] = SimpleQueue()
        self.deadline: Optional[float] = None
        """Of an import."""
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._ended = False
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        logs = os.path.join(folder, contract.LOG_FOLDER)
        try:
            if by_fork:
                self.pid = self._fork(theirs, environment, logs)
            else:
                self.pid = self._start(theirs, environment, logs)
        except BaseException:
            self.channel.close()
            raise
        finally:
            theirs.close()
        if spec.limit_names:
            processes.end_sooner(self.pid, _OOM_SCORE)

    def _fork(self, theirs: socket.socket, environment: Dict[str, str], logs: str) -> int:
        """Only before this process has a second thread. Raises OSError."""
        from scoredock_runtime.template import process_marks

        if threading.active_count() > 1 or not process_marks.room_for(f"{MARKER}={self.marker}00000".encode()):
            raise OSError("This process cannot be forked.")
        pid = os.fork()
        if pid == 0:
            try:
                self.channel.close()
                from scoredock_runtime.template.template import live_forked

                live_forked(theirs, environment, logs)
            finally:
                os._exit(1)
        return pid

    def _start(self, theirs: socket.socket, environment: Dict[str, str], logs: str) -> int:
        import subprocess

        null = subprocess.DEVNULL
        self._process = subprocess.Popen(
            [self.python, "-m", "scoredock_runtime", "template", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            cwd=logs,
            stdin=null,
            stdout=null,
            stderr=null,
            start_new_session=True,
        )
        return self._process.pid

    def listen(self, events: SimpleQueue[Event]) -> None:
        """Makes `events` get ("template", this, message) for what is not an answer to a fork; None at its end."""
        threads.start(self._listen, events, name="template", at_fault=lambda _: self._end_of(events))

    def _listen(self, events: SimpleQueue[Event]) -> None:
        while True:
            try:
                data = self.channel.recv(1 << 16)
            except OSError:
                data = b""
            message = json.loads(data) if data else None
            if message is None:
                self._end_of(events)
                return
            if message["event"] in ("forked", "failed"):
                self._replies.put(message)
            else:
                events.put(("template", self, message))

    def _end_of(self, events: SimpleQueue[Event]) -> None:
        self._replies.put(None)
        events.put(("template", self, None))

    def take(self, message: Dict[str, Any]) -> str:
        """Takes in a message of the template; returns the reason when it is of no use any more, else nothing."""
        if message["event"] == "started":
            self.ready = True
            self._folders = list(message["packages"])
            self._packages = _times(self._folders)
        elif message["event"] == "imported":
            self.busy, self.deadline = False, None
            self.usable = not message["refused"]
            return str(message["refused"])
        return ""

    def fits(self, spec: contract.ServiceSpec) -> bool:
        """True if workers of the spec may be forked from it: the same interpreter, variables and packages."""
        if not self.usable or self._ended or spec.python != self.python:
            return False
        if without_revision_places(worker_environment(spec, self.marker)) != self.environment:
            return False
        return self._packages == _times(self._folders)

    def fork(
        self, spec: contract.ServiceSpec, number: int, marker: str, sockets: List[socket.socket], logs: str
    ) -> Optional[processes.ForkedProcess]:
        """A worker with its channel and listeners; None when there was none to be had."""
        if self.busy or self._ended:
            return None
        pipes: List[int] = []
        try:
            for _ in range(2):
                pipes += os.pipe()
            request = {
                "fork": number,
                "environment": worker_environment(spec, marker),
                "folder": logs,
                "no_bytecode": spec.reload,
            }
            descriptors = [pipes[1], pipes[3], *(each.fileno() for each in sockets)]
            socket.send_fds(self.channel, [json.dumps(request).encode()], descriptors)
            reply = self._replies.get(timeout=FORK_SECONDS)
            if reply is None or "pid" not in reply:
                raise OSError("The template forked nothing.")
        except (OSError, Empty):
            for descriptor in pipes:
                os.close(descriptor)
            self.end()
            return None
        os.close(pipes[1])
        os.close(pipes[3])
        return processes.ForkedProcess(int(reply["pid"]), pipes[0], pipes[2])

    def load(self, modules: List[str]) -> None:
        """Has it import what a worker has imported."""
        self.modules = modules
        try:
            self.channel.send(json.dumps({"import": modules}).encode())
        except OSError:
            self.end()
            return
        self.busy, self.deadline = True, time.monotonic() + IMPORT_SECONDS

    def overdue(self, now: float) -> bool:
        """True if an import hangs."""
        return self.deadline is not None and now > self.deadline

    def end(self) -> None:
        """Kills and reaps it; harmless when it is gone."""
        if self._ended:
            return
        self._ended, self.usable = True, False
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        if self._process is not None:
            self._process.wait()
        else:
            with contextlib.suppress(OSError):
                os.waitpid(self.pid, 0)
        # The reader's thread ends with it; closing a socket under a reader would not wake it.
        with contextlib.suppress(OSError):
            self.channel.shutdown(socket.SHUT_RDWR)


def _times(folders: List[str]) -> List[Tuple[str, int]]:
    """Changes with every package that is installed, updated or removed."""
    times = []
    for folder in folders:
        try:
            times.append((folder, os.stat(folder).st_mtime_ns))
        except OSError:
            times.append((folder, 0))
    return times
