"""The editor's side of a debug session: debugpy's own adapter, and a client that speaks its protocol."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pace import patience
from ports import free_port


def debugger_python(home: Path) -> Path:
    """Of an environment that holds debugpy, in the default workspace of a data folder."""
    from scoredock.environments.cache import EnvironmentCache
    from scoredock.environments.resolve import EnvironmentSettings
    from scoredock.environments.spec import for_model
    from scoredock.progress import CancelToken, Silent
    from scoredock.services.lifecycle.debug_start import DebugStart

    cache = EnvironmentCache(home / "workspaces" / "local" / "environments", EnvironmentSettings())
    return cache.prepare(DebugStart(1).environment(for_model("", "")), Silent(), CancelToken()).python


@dataclass
class Editor:
    """A debug session as the Python Debugger extension begins it: listening until somebody connects."""

    python: Path
    """Of an environment that holds debugpy."""
    port: int = field(default_factory=free_port)
    """Where it listens for the program."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    _number: int = field(default=0, repr=False)

    _adapter: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log: IO[bytes] | None = field(default=None, repr=False)

    def attached(self, told: Mapping[str, Any]) -> Editor:
        """The session of a program that the debugged one has started, by what a `debugpyAttach` tells."""
        second = Editor(self.python, self.port)
        second._connect(int(told["connect"]["port"]))
        second.send("attach", **told)
        return second

    def __enter__(self) -> Editor:
        if self._number:
            return self
        own = free_port()
        self._log = tempfile.TemporaryFile()
        command = [str(self.python), "-m", "debugpy.adapter", "--host", "127.0.0.1", "--port", str(own), "--log-stderr"]
        with tempfile.TemporaryDirectory() as folder:
            # It takes connections before it can serve them; where it listens is written once it can.
            endpoints = Path(folder) / "endpoints"
            environment = {**os.environ, "DEBUGPY_ADAPTER_ENDPOINTS": str(endpoints)}
            self._adapter = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self._log, env=environment)
            deadline = time.monotonic() + patience(60)
            while not (endpoints.exists() and endpoints.read_text().endswith("\n")):
                assert self._adapter.poll() is None, f"the adapter has ended; it said:\n{self._said()}"
                assert time.monotonic() < deadline, f"the adapter does not listen; it said:\n{self._said()}"
                time.sleep(0.02)
        self._connect(own)
        return self

    def _connect(self, port: int) -> None:
        self._socket = _connected(port)
        self._stream = self._socket.makefile("rb")
        self.send("initialize", clientID="test", adapterID="debugpy", linesStartAt1=True, pathFormat="path")

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()
        if self._adapter is not None:
            self._adapter.terminate()
            self._adapter.wait(60)
        if self._log is not None:
            self._log.close()

    def listen(self, mappings: list[Mapping[str, str]], *, just_my_code: bool = True) -> None:
        where = {"host": "127.0.0.1", "port": self.port}
        self.send("attach", listen=where, pathMappings=list(mappings), justMyCode=just_my_code)
        self.until(lambda message: message.get("event") == "debugpyWaitingForServer")

    def begin(self, breakpoints: Mapping[Path, list[int]], seconds: float = 120.0) -> dict[Path, list[bool]]:
        """Once the program has connected: sets breakpoints and lets it go; which of them are known to be good."""
        self.until(lambda message: message.get("event") == "initialized", seconds)
        verified = {}
        for path, lines in breakpoints.items():
            self.send("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": line} for line in lines])
            told = self.until(lambda message: message.get("command") == "setBreakpoints")
            verified[path] = [each["verified"] for each in told["body"]["breakpoints"]]
        self.send("configurationDone")
        return verified

    def stopped(self) -> tuple[str, int, str]:
        """File, line and function of the next stop."""
        thread = self.until(lambda message: message.get("event") == "stopped")["body"]["threadId"]
        self.send("stackTrace", threadId=thread)
        top = self.until(lambda message: message.get("command") == "stackTrace")["body"]["stackFrames"][0]
        self._thread = thread
        return top["source"]["path"], top["line"], top["name"]

    def threads(self) -> list[str]:
        """Names of what the editor shows as running or stopped."""
        self.send("threads")
        told = self.until(lambda message: message.get("command") == "threads")
        return [thread["name"] for thread in told["body"]["threads"]]

    def go_on(self) -> None:
        self.send("continue", threadId=self._thread)

    def die(self) -> None:
        """As an editor does that crashes."""
        assert self._adapter is not None
        self._adapter.kill()
        self._adapter.wait(60)

    def disconnect(self) -> None:
        self.send("disconnect", terminateDebuggee=False)
        self.until(lambda message: message.get("command") == "disconnect")

    def send(self, command: str, **arguments: Any) -> None:
        self._number += 1
        body = json.dumps({"seq": self._number, "type": "request", "command": command, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 120.0) -> dict[str, Any]:
        self._socket.settimeout(seconds)
        while True:
            size = 0
            while line := self._stream.readline().strip():
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            assert size, f"the adapter has closed the connection; it said:\n{self._said()}"
            message = json.loads(self._stream.read(size))
            self.messages.append(message)
            if wanted(message):
                return message

    def _said(self) -> str:
        """The end of the adapter's log, for the message of a test that fails."""
        if self._log is None:
            return ""
        self._log.seek(max(0, self._log.tell() - 4000))
        return self._log.read().decode(errors="replace")


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + patience(60)
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 5)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
