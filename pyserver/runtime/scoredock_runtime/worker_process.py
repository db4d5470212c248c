"""One worker as its parent sees it: started, listened to, told to end, ended with all it left behind.

A worker has one channel to its parent, a socket that carries JSON lines both ways. Its end tells each side that the
other is gone. On Windows sockets cannot be inherited by number; there they go through the worker's standard input.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from queue import SimpleQueue
from typing import IO, Any, Deque, Dict, List, Optional, Tuple

from scoredock_runtime import contract, processes
from scoredock_runtime.log_file import LogWriter
from scoredock_runtime.log_lines import Levels, LineSplitter

Event = Tuple[str, Any, Any]
"""What the parent's loop takes from its queue: kind, subject, detail."""

LOG_TAIL = 50


class WorkerProcess:
    """Raises OSError when the interpreter cannot be started.

    Start it from the parent's main thread only: the kernel's parent-death signal follows the starting thread."""

    def __init__(
        self,
        spec: contract.ServiceSpec,
        number: int,
        folder: str,
        listener: socket.socket,
        events: SimpleQueue[Event],
        log: LogWriter,
    ) -> None:
        self.spec = spec
        self.number = number
        self.marker = f"{folder}#{os.getpid()}.{number}"
        self.ready = False
        self.hello = False
        self.failure: Optional[contract.Failure] = None
        self.deadline: Optional[float] = time.monotonic() + spec.start_timeout
        """Of the start, later of the drain; monotonic seconds."""
        self.timed_out = False
        self.closed_channel = False
        self.killed = False
        """By this parent, at a deadline."""
        self.stopping = False
        self.started = time.monotonic()
        self._tail: Deque[str] = deque(maxlen=LOG_TAIL)
        self._events = events
        self._log = log
        self.channel, theirs = socket.socketpair()
        try:
            self.process = _spawn(spec, self.marker, os.path.join(folder, contract.LOG_FOLDER), listener, theirs)
        except BaseException:
            self.channel.close()
            raise
        finally:
            theirs.close()
        self.pid = self.process.pid
        self._readers = [
            self._thread(self._read_stream, "stdout", self.process.stdout),
            self._thread(self._read_stream, "stderr", self.process.stderr),
        ]
        self._channel_reader = self._thread(self._read_channel)
        self._thread(self._await_end)
        self.tell({"spec": json.loads(contract.to_json(spec))})

    def tell(self, message: Dict[str, Any]) -> None:
        """Sends a message; a worker that is gone or does not read is dealt with by its end or its deadline."""
        try:
            self.channel.settimeout(2.0)
            self.channel.sendall(json.dumps(message).encode() + b"\n")
            self.channel.settimeout(None)
        except OSError:
            return

    def drain(self, grace: float, linger: float) -> None:
        """Asks the worker to finish the requests under way and to end; after `grace` seconds it is killed.

        For up to `linger` seconds idle connections stay open for a request that may be on its way."""
        if not self.stopping:
            self.stopping = True
            self.tell({"stop": grace, "linger": linger})
        self.deadline = time.monotonic() + grace

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

    def ask_where(self) -> None:
        """Makes a worker that hangs print where it is (see worker.py); one that cannot is killed by the signal."""
        if sys.platform != "win32":
            import signal

            try:
                self.process.send_signal(signal.SIGUSR1)
            except OSError:
                return
            time.sleep(0.3)

    def _thread(self, target: Any, *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=arguments, name=f"worker {self.number}", daemon=True)
        thread.start()
        return thread

    def _read_stream(self, name: str, stream: IO[bytes]) -> None:
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
                self._events.put(("silent", self, None))
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
        self._events.put(("ended", self, None))


def _spawn(
    spec: contract.ServiceSpec, marker: str, folder: str, listener: socket.socket, channel: socket.socket
) -> subprocess.Popen[bytes]:
    command = [spec.python, "-m", "scoredock_runtime", "worker"]
    # `-m` puts the working directory first on the path: a folder of ours without modules, until the worker moves on.
    common: Dict[str, Any] = {
        "cwd": folder,
        "env": _environment(spec, marker),
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "bufsize": 0,
    }
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        process = subprocess.Popen([*command, "-", "-"], stdin=subprocess.PIPE, creationflags=flags, **common)
        shared = [base64.b64encode(each.share(process.pid)).decode() for each in (channel, listener)]
        with process.stdin as stdin:  # type: ignore[union-attr]
            stdin.write(json.dumps(shared).encode() + b"\n")
        return process
    numbers = [channel.fileno(), listener.fileno()]
    return subprocess.Popen(
        [*command, *map(str, numbers)], stdin=subprocess.DEVNULL, pass_fds=numbers, start_new_session=True, **common
    )


def _environment(spec: contract.ServiceSpec, marker: str) -> Dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "__PYVENV_LAUNCHER__")}
    environment.update(
        AML_APP_ROOT=spec.app_root,
        AZUREML_ENTRY_SCRIPT=spec.entry_script,
        AZUREML_MODEL_DIR=spec.model_dir,
        SERVICE_NAME=spec.name,
        PWD=spec.app_root,
    )
    if spec.source_directory:
        environment["AZUREML_SOURCE_DIRECTORY"] = spec.source_directory
    else:
        environment.pop("AZUREML_SOURCE_DIRECTORY", None)
    # As in v1 the person's own variables win, AZUREML_MODEL_DIR included.
    environment.update(spec.environment)
    environment[processes.MARKER] = marker
    return environment
