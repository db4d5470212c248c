"""A thin client of the language server over a real pipe: what it is sent is what the test says, byte by byte.

At the gate the modules of the server are loaded already (`tests/preloaded.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoredock.features.table import PROTOCOL_DIGEST

import preloaded
from depth import LONG
from pace import patience

DEADLINE = 60.0
"""Seconds for what must come; far above what it takes, because the machine may be busy."""


class Gone(Exception):
    """The server ended while something was expected of it."""


COMMAND = [sys.executable, "-I", "-m", "scoredock.server", "--stdio"]
"""The server as an editor starts it. Given to a client, it is started so, and not as a copy of one that is loaded: for
everything that measures."""


class Client:
    """One server process. Use as a context manager: the process is gone afterwards in any case."""

    def __init__(
        self,
        home: Path,
        *,
        command: list[str] | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        umask: int | None = None,
    ) -> None:
        """`umask` is that of the shell it begins in; what is loaded already has another one."""
        self.home = home
        environment = {**os.environ, "SCOREDOCK_HOME": str(home), **(env or {})}
        self.process: subprocess.Popen[bytes] | preloaded.Started
        if command is None and umask is None and not LONG and preloaded.can_start(environment):
            self.process = preloaded.Started("scoredock.server", ["--stdio"], cwd=cwd, env=environment)
        else:
            self.process = subprocess.Popen(
                command or COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=environment,
                umask=-1 if umask is None else umask,
            )
        self.notifications: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        """What the server asked for; nothing answers."""
        self.log: list[str] = []
        self._answers: dict[Any, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._next = 0
        self._versions: dict[str, int] = {}
        threading.Thread(target=self._read, daemon=True).start()
        self._logging = threading.Thread(target=self._drain, daemon=True)
        self._logging.start()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    # ------------------------------------------------------------------------------------------ raw

    def send_bytes(self, data: bytes) -> None:
        """Exactly these bytes; a server that has gone is not an error here."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except OSError:
            pass

    def send(self, message: object) -> None:
        """One well-framed message."""
        body = json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: object) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def begin(self, method: str, params: object) -> int:
        """Sends a request and gives its id."""
        self._next += 1
        self.send({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params})
        return self._next

    def answer(self, request: Any, deadline: float = DEADLINE) -> dict[str, Any]:
        """The whole answer message."""
        return self._wait(lambda: self._answers.get(request), deadline, f"an answer to {request}")

    def answered(self) -> list[Any]:
        """The ids of the requests that have an answer, in the order in which these came."""
        with self._changed:
            return list(self._answers)

    def forget(self, request: Any) -> None:
        """So that its id can be used again."""
        with self._changed:
            self._answers.pop(request, None)

    # ------------------------------------------------------------------------------------------ comfortable

    def ask(self, method: str, params: object, deadline: float = DEADLINE) -> Any:
        """The result; an error answer fails the test."""
        answer = self.answer(self.begin(method, params), deadline)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def error(self, method: str, params: object, deadline: float = DEADLINE) -> dict[str, Any]:
        """The error; a result fails the test."""
        answer = self.answer(self.begin(method, params), deadline)
        assert "error" in answer, answer
        return answer["error"]  # type: ignore[no-any-return]

    def initialize(
        self,
        *folders: Path,
        settings: dict[str, object] | None = None,
        encodings: list[str] | None = None,
        protocol: str = PROTOCOL_DIGEST,
        abilities: dict[str, object] | None = None,
        locale: str = "en",
    ) -> dict[str, Any]:
        """Says hello as our extension and gives the capabilities; without `protocol` it is another client."""
        options = {"settings": settings or {}, "version": "0.1.0", "protocol": protocol}
        general = {"positionEncodings": encodings} if encodings else {}
        result = self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": None,
                "locale": locale,
                "capabilities": {
                    "general": general,
                    "textDocument": {
                        "publishDiagnostics": {
                            "versionSupport": True,
                            "relatedInformation": True,
                            "codeDescriptionSupport": True,
                            "dataSupport": True,
                            "tagSupport": {"valueSet": [1, 2]},
                        }
                        | (abilities or {}),
                        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
                    },
                    "notebookDocument": {"synchronization": {"dynamicRegistration": False}},
                    "workspace": {"codeLens": {"refreshSupport": True}},
                    "window": {"workDoneProgress": True},
                },
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name} for folder in folders],
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        return result["capabilities"]  # type: ignore[no-any-return]

    def open(self, path: Path, text: str, language: str = "python") -> str:
        """didOpen; gives the URI."""
        uri = path.as_uri()
        self._versions[uri] = 1
        self.notify(
            "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": text}}
        )
        return uri

    def change(self, uri: str, *changes: dict[str, Any]) -> int:
        """didChange; gives the new version."""
        self._versions[uri] += 1
        version = self._versions[uri]
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)},
        )
        return version

    def diagnostics(self, uri: str, version: int | None = None, deadline: float = DEADLINE) -> list[dict[str, Any]]:
        """Those of this version (the newest published when None), once they are there."""
        found = self.notified(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == uri and (version is None or params.get("version") == version),
            deadline,
        )
        return found["diagnostics"]  # type: ignore[no-any-return]

    def notified(
        self, method: str, wanted: Callable[[dict[str, Any]], bool] = lambda params: True, deadline: float = DEADLINE
    ) -> dict[str, Any]:
        """The newest notification of this kind, waiting until there is one."""

        def find() -> dict[str, Any] | None:
            for note in reversed(self.notifications):
                if note["method"] == method and wanted(note["params"]):
                    return note["params"]  # type: ignore[no-any-return]
            return None

        return self._wait(find, deadline, method)

    def count_requests(self, method: str, after: int = 0, deadline: float = DEADLINE) -> int:
        """How often the server has asked for this, once it was more than `after` times."""

        def count() -> int | None:
            found = sum(request["method"] == method for request in self.requests)
            return found if found > after else None

        return int(self._wait(count, deadline, method))

    def exit_code(self, deadline: float = DEADLINE) -> int:
        """Waits for the end of the process, and for the last line of its log, which is read beside it."""
        code = self.process.wait(deadline)
        self._logging.join(5)  # what the server has started may hold its end of the pipe
        return code

    def kill_tree(self) -> None:
        """The server and all that it has started, the children first, as terminateProcess.sh of VS Code does it."""
        _kill_tree(self.process.pid)

    def shut_down(self) -> int:
        """As a polite client does."""
        self.ask("shutdown", None)
        self.notify("exit", None)
        return self.exit_code()

    # ------------------------------------------------------------------------------------------ threads

    def _wait(self, find: Callable[[], Any], deadline: float, what: str) -> Any:
        until = time.monotonic() + patience(deadline)
        with self._changed:
            while True:
                found = find()
                if found is not None:
                    return found
                left = until - time.monotonic()
                if self._ended:
                    raise Gone(
                        f"the server ended, exit code {self.process.poll()}, waiting for {what}; its log:\n"
                        + "".join(self.log)
                    )
                if left <= 0:
                    raise TimeoutError(f"waited {deadline} s for {what}; log:\n" + "".join(self.log[-40:]))
                self._changed.wait(left)

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        try:
            while True:
                length = 0
                while (line := stream.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                if not line:
                    break
                message = json.loads(stream.read(length))
                with self._changed:
                    if "method" in message:
                        (self.requests if "id" in message else self.notifications).append(message)
                    else:
                        self._answers[message["id"]] = message
                    self._changed.notify_all()
        except (OSError, ValueError):
            pass
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _drain(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        try:
            for line in stream:
                self.log.append(line.decode("utf-8", "replace"))
        except (OSError, ValueError):
            pass


def _kill_tree(pid: int) -> None:
    with contextlib.suppress(OSError):
        for started in Path(f"/proc/{pid}/task").glob("*/children"):  # a child belongs to the thread that started it
            for child in started.read_text().split():
                _kill_tree(int(child))
        os.kill(pid, signal.SIGKILL)
