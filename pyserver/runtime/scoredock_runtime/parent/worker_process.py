"""One worker as its parent sees it: started, listened to, asked to end, ended with all it left behind.

A worker has one channel to its parent, a socket that carries JSON lines both ways. Its end tells each side that the
other is gone. On Windows sockets cannot be inherited by number; there they go through the worker's standard input.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import sys
import threading
import time
from collections import deque
from typing import IO, TYPE_CHECKING, Any, Deque, Dict, List, Optional

from scoredock_runtime import contract
from scoredock_runtime.base import diagnosis, processes, threads
from scoredock_runtime.base.worker_environment import worker_environment
from scoredock_runtime.log.log_lines import Levels, LineSplitter
from scoredock_runtime.parent.growth import Growth
from scoredock_runtime.parent.probes import WorkerProbes
from scoredock_runtime.parent.restarts import LONG_LIFE
from scoredock_runtime.template.template_process import TemplateProcess

if TYPE_CHECKING:
    import subprocess

    from scoredock_runtime.parent.service import Service

LOG_TAIL = 50
_OOM_SCORE = 600
"""In a container whose memory has run out a worker is ended first, then the template, and the parent last."""
AT_ONCE, WHEN_READY, WHEN_LET_IN = "at once", "when ready", "when let in"
"""When a worker takes connections: before its script is there, as soon as it is ready, or once its parent says so."""
UNREADY_SECONDS = 2.0
"""How long a worker of which it is not known that it is ready has to say whether it is, when it is asked to end."""


class WorkerProcess:
    """Raises OSError when the interpreter cannot be started.

    Start it from the parent's main thread only: the kernel's parent-death signal follows the starting thread."""

    def __init__(
        self,
        service: Service,
        spec: contract.ServiceSpec,
        number: int,
        listeners: List[socket.socket],
        *,
        template: Optional[TemplateProcess],
        takes_connections: str,
    ) -> None:
        folder = service.folder
        self.spec = spec
        self.number = number
        self.marker = f"{folder}#{os.getpid()}.{number}"
        self.ready = False
        self.hello = False
        self.late = takes_connections == WHEN_LET_IN
        self.failure: Optional[contract.Failure] = None
        self.deadline: Optional[float] = time.monotonic() + spec.start_timeout
        """Of the start, later of the drain; monotonic seconds."""
        self.timed_out = False
        self.closed_channel = False
        self.killed = False
        """By this parent, at a deadline."""
        self.stopping = False
        self._stop_by = 0.0
        self.started = time.monotonic()
        self.probes = WorkerProbes(spec, self.started)
        self.ready_at = 0.0
        self.answered = False
        """It has answered a request of a client."""
        self.probed = False
        """It has answered a ping after it was ready."""
        self.growth: Optional[Growth] = None
        self.hung = False
        """It was ready and no longer answers this parent."""
        self.worn = ""
        """Why a fresh worker should take its place."""
        self._tail: Deque[str] = deque(maxlen=LOG_TAIL)
        self._events = service.events
        self._log = service.log
        self.channel, theirs = socket.socketpair()
        logs = os.path.join(folder, contract.LOG_FOLDER)
        try:
            forked = template.fork(spec, number, self.marker, [theirs, *listeners], logs) if template else None
            self.process: processes.Process = forked or _spawn(spec, self.marker, logs, listeners, theirs)
        except BaseException:
            self.channel.close()
            raise
        finally:
            theirs.close()
        self.forked = forked is not None
        self.script_pid: Optional[int] = None
        """Of the process of a script with a Python of its own."""
        if spec.limit_names:
            processes.end_sooner(self.pid, _OOM_SCORE)
        self._readers: List[threading.Thread] = []
        try:
            self._listen(takes_connections, folder)
        except OSError:  # no threads are left to listen with
            self.process.kill()
            self.end()
            raise

    def _listen(self, takes_connections: str, folder: str) -> None:
        """Tells it what it is to run, and hears it from now on. Raises OSError."""
        # Before anything listens: later messages must not wait for a worker that does not read.
        self.channel.settimeout(2.0)
        fields = {"spec": json.loads(contract.to_json(self.spec)), "number": self.number, "folder": folder}
        fields.update(early=takes_connections == AT_ONCE, late=self.late)
        with contextlib.suppress(OSError):
            self.channel.sendall(json.dumps(fields).encode() + b"\n")
        self.channel.settimeout(None)
        for name, stream in (("stdout", self.process.stdout), ("stderr", self.process.stderr)):
            self._readers.append(self._thread(threads.again, self._read_stream, name, stream))
        self._channel_reader = self._thread(lambda _: self._put("silent"), self._read_channel)
        self._thread(lambda _: self._put("ended"), self._await_end)

    @property
    def pid(self) -> int:
        """Process id of the worker itself."""
        return self.process.pid

    @property
    def pids(self) -> List[int]:
        """Ids of its processes, but for those that the script has started."""
        return [self.pid] if self.script_pid is None else [self.pid, self.script_pid]

    @property
    def debugged(self) -> bool:
        """A person may hold it at a breakpoint for as long as they like."""
        return bool(self.spec.environment.get(contract.DEBUG_PORT_VARIABLE))

    def useful(self, now: float) -> bool:
        """True if it has shown that the script works."""
        return self.answered or (self.ready and now - self.ready_at >= LONG_LIFE)

    @property
    def serves(self) -> bool:
        """True if it gets requests."""
        return self.ready and self.probes.readiness.passed

    def has_initialized(self, now: float) -> None:
        """Its init() has returned: from now on it is watched."""
        if self.debugged:
            self.probes.readiness.rest()
        else:
            self.probes.liveness.begin(now)
            self.probes.readiness.begin(now)

    def became_ready(self, now: float) -> None:
        """Notes that it gets requests."""
        self.ready, self.ready_at = True, now
        self.deadline = None
        self.growth = Growth(self.pids, self.spec.recycle_megabytes)

    def kill(self) -> None:
        """Kills it by this parent; its end is then reported like any other."""
        self.killed = True
        self.process.kill()

    def tell(self, message: Dict[str, Any]) -> None:
        """Sends a message; a worker that is gone or does not read is dealt with by its end or its deadline."""
        # Never blocks, and leaves the socket as it is: another thread reads from it.
        with contextlib.suppress(OSError):
            self.channel.send(json.dumps(message).encode() + b"\n", getattr(socket, "MSG_DONTWAIT", 0))

    def drain(self, grace: float, linger: float) -> None:
        """Asks the worker to finish the requests under way and to end; after `grace` seconds it is killed.

        For up to `linger` seconds idle connections stay open for a request that may be on its way. One whose init() has
        not returned is killed as soon as it says so, or says nothing: that it is ready may be on its way, and then it
        has served."""
        if not self.stopping:
            self.stopping = True
            self.probes.liveness.rest()
            self.probes.readiness.rest()
            self.tell({"stop": grace, "linger": linger})
        now = time.monotonic()
        self._stop_by = now + grace
        self.deadline = self._stop_by if self.ready else min(self._stop_by, now + UNREADY_SECONDS)

    def set_readiness_while_stopping(self, *, ready: bool) -> None:
        """Set its deadline by whether its init() had returned when it was asked to end: its own word, which a stop may
        have come before."""
        self.deadline = self._stop_by if ready else time.monotonic()

    def end(self) -> None:
        """Kills what is left of the worker and its children, and reaps it; harmless when all is gone."""
        processes.end_tree(self.process, self.marker)
        for reader in self._readers:
            reader.join(2.0)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.channel.close()

    def tail(self) -> List[str]:
        """The last lines that it printed."""
        return list(self._tail)

    def why_ended(self, code: int) -> contract.Failure:
        """The failure that its end with this exit code is reported as."""
        tail = self.tail()
        if self.failure is not None:
            return dataclasses.replace(self.failure, log_lines=tail)
        if self.hung:
            return contract.Failure(contract.SERVICE_CRASHED, "The worker no longer answered.", log_lines=tail)
        if self.timed_out:
            return diagnosis.start_timed_out(self.spec, tail)
        if self.closed_channel and self.killed:
            code = diagnosis.CLOSED_DESCRIPTORS
        return diagnosis.ended_before_ready(code, self.hello, self.spec, tail)

    def ask_where(self) -> None:
        """Makes a worker that hangs print where it is (see worker.py); one that cannot is killed by the signal."""
        if sys.platform != "win32":
            import signal

            try:
                self.process.send_signal(signal.SIGUSR1)
            except OSError:
                return
            time.sleep(0.3)

    def _thread(self, at_fault: threads.AtFault, work: Any, *arguments: Any) -> threading.Thread:
        return threads.start(work, *arguments, name=f"worker {self.number}", at_fault=at_fault)

    def _put(self, event: str) -> None:
        self._events.put((event, self, None))

    def _read_stream(self, name: str, stream: Optional[IO[bytes]]) -> None:
        if stream is None:
            return
        splitter, levels = LineSplitter(), Levels(name)
        while True:
            try:
                data = os.read(stream.fileno(), 65536)
            except (OSError, ValueError):
                data = b""
            lines = splitter.feed(data) if data else splitter.end()
            if lines:
                self._tail.extend(lines[-LOG_TAIL:])
                self._log.take(name, lines, levels)
            if not data:
                return

    def _read_channel(self) -> None:
        rest = b""
        while True:
            try:
                data = self.channel.recv(65536)
            except OSError:
                data = b""
            if not data or len(rest) > 4_000_000:
                self._put("silent")
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                try:
                    message = json.loads(line)
                except ValueError:
                    continue
                if isinstance(message, dict):
                    self._events.put(("message", self, message))

    def _await_end(self) -> None:
        processes.wait_without_reaping(self.process)
        # Its last words come first; a process that it left behind may hold the channel open, so not for ever.
        self._channel_reader.join(0.5)
        self._put("ended")


def _spawn(
    spec: contract.ServiceSpec, marker: str, folder: str, listeners: List[socket.socket], channel: socket.socket
) -> subprocess.Popen[bytes]:
    # Imported when it is needed: a service whose workers are forked starts sooner without.
    import subprocess

    # A file that is saved twice in a second would else be taken for its compiled form of the first time.
    command = [spec.python, *(["-B"] if spec.reload else []), "-m", "scoredock_runtime", "worker"]
    # `-m` puts the working directory first on the path: a folder of ours without modules, until the worker moves on.
    common: Dict[str, Any] = {
        "cwd": folder,
        "env": worker_environment(spec, marker),
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "bufsize": 0,
    }
    if sys.platform == "win32":
        import base64

        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        process = subprocess.Popen([*command, "-", "-"], stdin=subprocess.PIPE, creationflags=flags, **common)
        shared = [base64.b64encode(each.share(process.pid)).decode() for each in (channel, *listeners)]
        with process.stdin as stdin:  # type: ignore[union-attr]
            stdin.write(json.dumps(shared).encode() + b"\n")
        return process
    numbers = [each.fileno() for each in listeners]
    command += [str(channel.fileno()), ",".join(map(str, numbers))]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, pass_fds=[channel.fileno(), *numbers], start_new_session=True, **common
    )
