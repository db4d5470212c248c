"""Workers on a machine that does not have the input: `python -m scoredock_runtime batch-host FOLDER PORT [PYTHON]`.

Each connection is one worker. Its driver sends the files of a mini-batch before the mini-batch, and gets back what the
worker says, what it prints, its results, and the files that the script wrote into the output folder. The end of the
connection is the end of the worker, and so is a driver that is silent. Nobody is served who does not prove to know the
secret of the job (`handshake`). A host that nobody needs for some minutes ends: its driver was killed.
"""

import contextlib
import json
import os
import posixpath
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import IO, Any, Dict, Iterator, List, Set, Tuple

from scoredock_runtime.base import threads
from scoredock_runtime.batch.frames import ALIVE_SECONDS, SILENT_SECONDS, Frames
from scoredock_runtime.batch.handshake import AT_HOST, Door
from scoredock_runtime.contract import make_private

_LOG_BYTES = 1 << 16
_LOOK_SECONDS = 1.0
_BACKLOG = 64
UNUSED_SECONDS = 300.0
"""That a host waits for a driver."""


class Host:
    """Takes connections of one job's driver; `folder` is for the input of its workers."""

    def __init__(self, folder: str, secret: str, script_python: str = "") -> None:
        """`script_python` is the interpreter of the script where that is another one."""
        self._folder = folder
        self._door = Door(secret, AT_HOST)
        self._script_python = script_python
        self._drivers = Drivers()

    def serve(
        self,
        port: int,
        address: str = "0.0.0.0",  # noqa: S104 (pods are reached by their address)
        unused_seconds: float = UNUSED_SECONDS,
    ) -> None:
        """Until no driver has needed it for so long. Raises OSError."""
        with listening(address, port) as listener:
            sys.stderr.write(f"waiting for the driver at port {listener.getsockname()[1]}\n")
            sys.stderr.flush()
            self.serve_at(listener, unused_seconds)

    def serve_at(self, listener: socket.socket, unused_seconds: float = UNUSED_SECONDS) -> None:
        """The same at a socket of `listening`. Raises OSError, also when it is closed."""
        number = 0
        while self._drivers.are_there(unused_seconds):
            try:
                connection, _ = listener.accept()
            except socket.timeout:
                continue
            number += 1
            place = os.path.join(self._folder, str(number))
            threads.start(self._attend, connection, place, name="remote-worker", at_fault=lambda _: None)

    def _attend(self, connection: socket.socket, place: str) -> None:
        try:
            self._door.admit(connection)
            connection.settimeout(SILENT_SECONDS)
            frames = Frames(connection.makefile("rb"), connection.makefile("wb"))
            with self._drivers.one_more():
                RemoteWorker(frames, place, self._script_python).live()
        except (OSError, ValueError):
            return  # the driver is gone, or was none
        finally:
            connection.close()
            shutil.rmtree(place, ignore_errors=True)


class Drivers:
    """Connections that are served, and how long there has been none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections = 0
        self._used = time.monotonic()

    def are_there(self, seconds: float) -> bool:
        """True if there is one, or has been within so many seconds."""
        with self._lock:
            return bool(self._connections) or time.monotonic() - self._used < seconds

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        """Counts one more driver for as long as it is served."""
        with self._lock:
            self._connections += 1
        try:
            yield
        finally:
            with self._lock:
                self._connections -= 1
                self._used = time.monotonic()


def listening(address: str, port: int) -> socket.socket:
    """Socket that takes connections; `accept` looks up once a second. Raises OSError."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
        listener.settimeout(_LOOK_SECONDS)
    except BaseException:
        listener.close()
        raise
    return listener


class RemoteWorker:
    """One worker process, and what goes between it and its driver."""

    def __init__(self, frames: Frames, place: str, script_python: str = "") -> None:
        self._words = [sys.executable, "-m", "scoredock_runtime", "batch"] + [script_python] * bool(script_python)
        self._frames = frames
        self._input = os.path.join(place, "input")
        self._output = os.path.join(place, "output")
        self._logs = os.path.join(place, "logs")
        self._result = os.path.join(place, "result")
        self._files: Set[str] = set()
        """Below the folder of the input."""
        self._sent: Dict[str, Tuple[int, int]] = {}
        """Files of the script's own that the driver has, as they were."""
        for each in (self._input, self._output, self._logs):
            make_private(each)

    def live(self) -> None:
        """Until the driver or the worker ends. Raises OSError, ValueError for what is not a message."""
        process = subprocess.Popen(
            self._words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

        def stop(_fault: BaseException) -> None:
            _kill(process)

        readers = [
            threads.start(self._tell_events, process.stdout, name="worker-events", at_fault=stop),
            threads.start(self._tell_log, process.stderr, name="worker-output", at_fault=stop),
        ]
        ending = threads.start(self._tell_end, process, readers, name="worker-end", at_fault=stop)
        threads.start(self._tell_alive, process, ending, name="worker-alive", at_fault=stop)
        try:
            self._take(process.stdin)  # type: ignore[arg-type]  # it was given a pipe
        finally:
            _kill(process)
            ending.join()

    # From the driver

    def _take(self, worker: IO[bytes]) -> None:
        while True:
            message = self._frames.receive()
            if message is None:
                return
            if "alive" in message:
                continue
            if "file" in message:
                self._take_file(message)
                continue
            if "start" in message:
                message["start"].update(app_root=os.environ["AML_APP_ROOT"], output=self._output, logs=self._logs)
            elif "run" in message or "join" in message:
                batch = message.get("run") or message["join"]
                self._keep_only(batch["files"])
                batch["files"] = [self._path(each) for each in batch["files"]]
                batch["result"] = self._result
            try:
                worker.write(_line(message))
                worker.flush()
            except OSError:
                return  # it has ended, which its own thread tells

    def _take_file(self, message: Dict[str, Any]) -> None:
        path = self._path(message["file"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            for block in self._frames.content(message):
                stream.write(block)
        self._files.add(message["file"])

    def _path(self, name: str) -> str:
        """Raises ValueError for a name that leads out of the folder."""
        plain = posixpath.normpath(name)
        if plain.startswith(("/", "../")) or plain == "..":
            raise ValueError("A file of the input lies outside of its folder.")
        return os.path.join(self._input, *plain.split("/"))

    def _keep_only(self, names: List[str]) -> None:
        """Files of mini-batches before this one go, so that the disk holds one mini-batch."""
        for name in self._files.difference(names):
            with contextlib.suppress(OSError):  # the script has removed it
                os.remove(self._path(name))
        self._files.intersection_update(names)

    # To the driver

    def _tell_events(self, worker: IO[bytes]) -> None:
        try:
            for line in worker:
                message = _message(line)
                if message["event"] in ("done", "joined"):
                    self._tell_files()
                    self._tell_result(message)
                else:
                    self._frames.send(message)
            self._tell_files()
        except (OSError, ValueError, KeyError):
            return  # the driver is gone; the end of the connection ends the worker

    def _tell_result(self, message: Dict[str, Any]) -> None:
        if not message["size"]:
            self._frames.send(message, b"")
            return
        with open(self._result, "rb") as stream:
            self._frames.send_file(message, stream, message["size"])
        os.remove(self._result)

    def _tell_files(self) -> None:
        """Those of the output folder that are new or have changed. Raises OSError when the driver is gone."""
        for folder, _, names in os.walk(self._output):
            for name in names:
                path = os.path.join(folder, name)
                below = os.path.relpath(path, self._output).replace(os.sep, "/")
                with contextlib.suppress(FileNotFoundError), open(path, "rb") as stream:  # or it was removed
                    facts = os.fstat(stream.fileno())
                    mark = (facts.st_size, facts.st_mtime_ns)
                    if self._sent.get(below) != mark:
                        self._frames.send_file({"output": below}, stream, facts.st_size)
                        self._sent[below] = mark

    def _tell_log(self, worker: IO[bytes]) -> None:
        try:
            while True:
                block = os.read(worker.fileno(), _LOG_BYTES)
                if not block:
                    return
                self._frames.send({"log": True}, block)
        except OSError:
            return  # the driver is gone

    def _tell_alive(self, process: "subprocess.Popen[bytes]", ending: threading.Thread) -> None:
        try:
            while ending.is_alive():
                self._frames.send_alive(_usage(process.pid))
                ending.join(ALIVE_SECONDS)
        except OSError:
            return  # the driver is gone

    def _tell_end(self, process: "subprocess.Popen[bytes]", readers: List[threading.Thread]) -> None:
        for each in readers:
            each.join()
        try:
            self._frames.send({"ended": process.wait()})
        except OSError:
            return  # the driver is gone


def _usage(pid: int) -> Dict[str, Any]:
    """Bytes of memory and seconds of processor time of a process; empty where /proc does not tell."""
    try:
        with open(f"/proc/{pid}/stat") as stream:
            # The name, in parentheses, may hold anything.
            fields = stream.read().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
        return {"memory": memory, "cpu": round(ticks / os.sysconf("SC_CLK_TCK"), 2)}
    except (OSError, ValueError, IndexError, AttributeError):
        return {}


def _line(message: Dict[str, Any]) -> bytes:
    return json.dumps(message).encode("ascii") + b"\n"


def _message(line: bytes) -> Dict[str, Any]:
    message = json.loads(line.decode("ascii"))
    return message if isinstance(message, dict) else {}


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process with all that it started."""
    with contextlib.suppress(OSError):  # it has ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
