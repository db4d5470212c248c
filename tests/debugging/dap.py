"""The editor's side of a debug session: debugpy's own adapter, and a client that speaks its protocol."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def debugger_python(home: Path) -> Path:
    """Of an environment that holds debugpy, in the default workspace of a data folder."""
    from scoredock.deploy.debug import DebugStart
    from scoredock.environments import EnvironmentCache, EnvironmentSettings
    from scoredock.environments.spec import for_model
    from scoredock.progress import CancelToken, Silent

    cache = EnvironmentCache(home / "workspaces" / "local" / "environments", EnvironmentSettings())
    return cache.prepare(DebugStart(1).environment(for_model("", "")), Silent(), CancelToken()).python


def free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


@dataclass
class Editor:
    """A debug session as the Python Debugger extension begins it: listening until somebody connects."""

    python: Path
    """Of an environment that holds debugpy."""
    port: int = field(default_factory=free_port)
    """Where it listens for the program."""
    messages: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Editor:
        own = free_port()
        self._adapter = subprocess.Popen(
            [str(self.python), "-m", "debugpy.adapter", "--host", "127.0.0.1", "--port", str(own)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._socket = _connected(own)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self.send("initialize", clientID="test", adapterID="debugpy", linesStartAt1=True, pathFormat="path")
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()
        self._adapter.terminate()
        self._adapter.wait(10)

    def listen(self, mappings: list[Mapping[str, str]]) -> None:
        self.send(
            "attach", listen={"host": "127.0.0.1", "port": self.port}, pathMappings=list(mappings), justMyCode=True
        )
        self.until(lambda message: message.get("event") == "debugpyWaitingForServer")

    def begin(self, breakpoints: Mapping[Path, list[int]]) -> dict[Path, list[bool]]:
        """Once the program has connected: sets breakpoints and lets it go; which of them are known to be good."""
        self.until(lambda message: message.get("event") == "initialized")
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

    def go_on(self) -> None:
        self.send("continue", threadId=self._thread)

    def disconnect(self) -> None:
        self.send("disconnect", terminateDebuggee=False)
        self.until(lambda message: message.get("command") == "disconnect")

    def send(self, command: str, **arguments: Any) -> None:
        self._number += 1
        body = json.dumps({"seq": self._number, "type": "request", "command": command, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 40.0) -> dict[str, Any]:
        self._socket.settimeout(seconds)
        while True:
            size = 0
            while line := self._stream.readline().strip():
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            message = json.loads(self._stream.read(size))
            self.messages.append(message)
            if wanted(message):
                return message


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 5)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
