"""The one server of this process: started when it is first asked, spoken to by JSON-RPC over its pipes."""

from __future__ import annotations

import atexit
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from typing import IO, Any, Callable, Dict, List, Optional

from azureml._scoredock import threads
from azureml._scoredock.failures import ServerFailure

COMMAND = "SCOREDOCK_SDK_SERVER"
"""Variable with the words of the command that starts the server, as a JSON list; `scoredock sdk run` sets it."""
_ENDING_SECONDS = 10
_WRONG_VALUE = re.compile(r"expected (.+), got (.+) @ \$\.(\S+)")
"""How the server says that a request has a value of another kind."""


class Operation:
    """Request that was sent to the server."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._answer: Dict[str, Any] = {}
        self.steps: List[str] = []
        """What the server said that it does, in order."""
        self.at_end: Callable[[], None] = lambda: None
        """Called once, on the thread that reads; must not ask the server."""
        self.is_answered = False
        """Whether somebody has asked for the result."""

    def wait(self, seconds: Optional[float] = None) -> bool:
        """True if the answer is there, at the latest after so many seconds."""
        return self._ended.wait(seconds)

    def result(self) -> Any:
        """Waits for the answer. Raises ServerFailure."""
        self._ended.wait()
        self.is_answered = True
        if "error" in self._answer:
            error = self._answer["error"]
            data = error.get("data") or {}
            if data.get("code") == "request-invalid":
                raise _argument_failure(error.get("message", ""))
            raise ServerFailure(
                error.get("message", ""), data.get("code", "internal-error"), data.get("fix", ""), data.get("details")
            )
        return self._answer.get("result")

    def settle(self, answer: Dict[str, Any]) -> None:
        """Takes the answer that has come, and ends the operation."""
        self._answer = answer
        try:
            self.at_end()
        finally:
            self._ended.set()


def _argument_failure(message: str) -> ServerFailure:
    """Failure for a value that the server cannot take, addressed to the script that gave it."""
    match = _WRONG_VALUE.search(message)
    sentence = message
    if match is not None:
        wanted, value, field = match.groups()
        value = "None" if value == "null" else value
        sentence = f"The script gives {value} where {wanted} is needed: {field}."
    return ServerFailure(sentence, "sdk-argument-invalid", "Look where the script has this value from.")


class Server:
    """The process and its pipes. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._said: Optional[IO[bytes]] = None
        self._numbers = itertools.count(1)
        self._running: Dict[int, Operation] = {}

    def send(self, method: str, params: Dict[str, Any], follow: bool = False) -> Operation:
        """Sends a request; with `follow` its steps are noted. Raises ServerFailure where no server can be started."""
        with self._lock:
            self._start()
            number = next(self._numbers)
            operation = self._running[number] = Operation()
            if follow:
                params = {**params, "workDoneToken": number}
            self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return operation

    def end(self) -> None:
        """Asks the server to end, and waits for it."""
        with self._lock:
            process, self._process = self._process, None
            if process is None or process.stdin is None:
                return
            try:
                for message in ({"id": 0, "method": "shutdown"}, {"method": "exit"}):
                    process.stdin.write(_framed({"jsonrpc": "2.0", **message}))
                process.stdin.close()
                process.wait(_ENDING_SECONDS)
            except (OSError, ValueError, subprocess.TimeoutExpired):
                process.kill()

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        try:
            self._process = subprocess.Popen(
                command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, env=_environment()
            )
        except OSError as fault:
            raise ServerFailure(
                f"Scoredock's server could not be started: {fault}.", "sdk-server-missing", _MISSING
            ) from None
        self._running = {}
        threads.start(self._read, self._process, name="scoredock-sdk", at_fault=lambda _: self._broken())
        folder = os.getcwd()
        ready = self._running[0] = Operation()
        self._write(
            {
                "jsonrpc": "2.0",
                "id": 0,
                "method": "initialize",
                "params": {
                    "processId": os.getpid(),
                    "clientInfo": {"name": "scoredock-azureml"},
                    "rootUri": None,
                    "rootPath": folder,
                    "capabilities": {},
                    "initializationOptions": {"settings": {"scoredock.server.logLevel": "error"}},
                },
            }
        )
        ready.result()
        self._write({"jsonrpc": "2.0", "method": "initialized", "params": {}})

    def _write(self, message: Dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            framed = _framed(message)
            if len(framed) > _MESSAGE_BYTES:
                self._running.pop(message["id"]).settle({"error": _TOO_LARGE})
                return
            process.stdin.write(framed)
            process.stdin.flush()
        except OSError:
            self._broken()

    def _read(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None  # noqa: S101 (it was started with a pipe)
        while True:
            try:
                message = _message(process.stdout)
            except (OSError, ValueError):
                message = None
            if message is None:
                self._broken()
                return
            self._handle(message)

    def _handle(self, message: Dict[str, Any]) -> None:
        if message.get("method") == "$/progress":
            params = message["params"]
            operation = self._running.get(params.get("token"))
            said = params.get("value", {}).get("message")
            if operation is not None and said:
                operation.steps.append(said)
        elif "method" not in message:
            operation = self._running.pop(message.get("id", -1), None)
            if operation is not None:
                operation.settle(message)

    def _broken(self) -> None:
        """The server is gone: whoever waits gets an error with what it said last."""
        last = ""
        if self._said is not None:
            self._said.seek(0)
            lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
            last = f" It said: {lines[-1]}" if lines else ""
        error = {
            "message": f"Scoredock's server has ended.{last}",
            "data": {"code": "sdk-server-missing", "fix": _MISSING},
        }
        for operation in list(self._running.values()):
            operation.settle({"error": error})
        self._running.clear()


_MISSING = "Run the script with `scoredock sdk run`, or install the wheels of Scoredock into its Python by their files."
_MESSAGE_BYTES = 256 * 1000 * 1000
"""The server takes a little more."""
_TOO_LARGE = {
    "message": "The data is larger than 256 MB, which Scoredock's server does not take.",
    "data": {"code": "service-request-invalid", "fix": "A service takes requests of 100 MB; send less."},
}
SERVER = Server()
_AT_EXIT: List[Callable[[], None]] = []


def request(method: str, **params: Any) -> Any:
    """Asks the server and waits for what it gives. Raises ServerFailure."""
    return SERVER.send(f"scoredock/{method}", params).result()


def begin(method: str, **params: Any) -> Operation:
    """Asks the server for something that takes its time. Raises ServerFailure where no server can be started."""
    return SERVER.send(f"scoredock/{method}", params, follow=True)


def at_exit(action: Callable[[], None]) -> None:
    """Registers an action that runs after the script has ended and before the server is asked to end."""
    _AT_EXIT.append(action)


@atexit.register
def _end() -> None:
    for action in _AT_EXIT:
        action()
    SERVER.end()


def command() -> List[str]:
    """The words that start the server: those of `scoredock sdk run`, else the `scoredock` of the path, else that of
    this interpreter."""
    words = os.environ.get(COMMAND, "")
    if words:
        return [str(word) for word in json.loads(words)]
    program = shutil.which("scoredock")
    return [program, "lsp"] if program else [sys.executable, "-m", "scoredock.cli", "lsp"]


def _environment() -> Dict[str, str]:
    """Without our own folder in the path of Python: the server is not a script of the SDK."""
    variables = dict(os.environ)
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    kept = [each for each in variables.pop("PYTHONPATH", "").split(os.pathsep) if each and each != ours]
    if kept:
        variables["PYTHONPATH"] = os.pathsep.join(kept)
    return variables


def _framed(message: Dict[str, Any]) -> bytes:
    body = json.dumps(message, default=os.fspath).encode()  # paths may be pathlib's
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def _message(stream: IO[bytes]) -> Optional[Dict[str, Any]]:
    """The next one; None at the end. Raises ValueError for what is none."""
    length = -1
    while True:
        line = stream.readline()
        if not line:
            return None
        if line == b"\r\n":
            break
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    message = json.loads(stream.read(length))
    return message if isinstance(message, dict) else {}
