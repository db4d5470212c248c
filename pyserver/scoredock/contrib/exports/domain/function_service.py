"""Starts the scoring service beside a function and passes requests on to it.

This file goes into apps of Azure Functions as it is, as `service.py`: standard library only. The function's own Python
and that of the service's environment need not be the same. `SCOREDOCK_PYTHON` is the interpreter of the environment,
`SCOREDOCK_SERVICE` the folder with `spec.json`.
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

SPEC, STATUS = "spec.json", "status.json"
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host")
)
"""Headers of one connection, which are not passed on."""


class ForwardedAnswer(NamedTuple):
    """Answer of the service."""

    status: int
    headers: dict[str, str]
    body: bytes


class ServiceBeside:
    """The process of the service: it starts with the first request and ends with this one; if it ended, the next
    request starts it again."""

    def __init__(self, python: str, folder: Path, *, asks_for_keys: bool) -> None:
        self._python, self._folder, self._asks_for_keys = python, folder, asks_for_keys
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        atexit.register(self.stop)

    def forward(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> ForwardedAnswer:
        """Raises RuntimeError when the service does not start, OSError when it ends meanwhile."""
        port = self._started()
        passed = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
        passed = {name: value for name, value in passed.items() if name.lower() != "content-length"}
        connection = http.client.HTTPConnection("127.0.0.1", port)
        try:
            try:
                connection.request(method, path, body or None, passed)
            except ConnectionError:
                if connection.sock is None:
                    raise
                # Else the answer may have come before all of the body was sent, as 413 does.
            answer = connection.getresponse()
            content = answer.read()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
            return ForwardedAnswer(answer.status, kept, content)
        except http.client.HTTPException as fault:
            raise OSError(f"the service gave no answer: {fault!r}") from fault
        finally:
            connection.close()

    def stop(self) -> None:
        """Ends the service; it also ends by itself with this process."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait()

    def _started(self) -> int:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            return self._port

    def _start(self) -> None:
        place = Path(tempfile.mkdtemp(prefix="scoredock-function-"))
        spec = self._spec()
        (place / SPEC).write_text(json.dumps(spec), "utf-8")
        # `try` serves until its standard input ends, and that ends with this process, however it does.
        command = [self._python, "-I", "-m", "scoredock_runtime", "try", str(place)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + float(spec.get("start_timeout") or 300) + 60
        while True:
            status = _status(place)
            if status.get("phase") == "ready":
                self._process, self._port = process, int(status["port"])
                return
            if status.get("phase") == "failed" or process.poll() is not None or time.monotonic() > deadline:
                if process.stdin is not None:
                    process.stdin.close()
                process.wait()
                failure = status.get("failure") or {}
                raise RuntimeError(f"the service did not start: {failure.get('message') or 'see the log of the app'}")
            time.sleep(0.05)

    def _spec(self) -> dict[str, Any]:
        """For this machine: where its files lie, a free port of loopback, and no keys where nobody calls."""
        spec: dict[str, Any] = json.loads((self._folder / SPEC).read_text("utf-8"))
        for name in ("app_root", "model_dir"):
            if spec.get(name):
                spec[name] = os.path.normpath(self._folder / spec[name])
        spec.update(host="127.0.0.1", port=0, python=self._python)
        if not spec.get("nonce"):
            spec["nonce"] = os.urandom(32).hex()
        if spec.get("authentication") and self._asks_for_keys:
            written = os.environ.get("SCOREDOCK_KEY_DIGESTS", "").split(",")
            digests = [each.strip().lower() for each in written if each.strip()]
            if not digests:
                raise RuntimeError("the service asks for keys: set SCOREDOCK_KEY_DIGESTS to the SHA-256 of each")
            spec["authentication"] = {"key_digests": digests, "token_secret": ""}
        else:
            spec["authentication"] = None
        return spec


def _status(folder: Path) -> dict[str, Any]:
    try:
        status: dict[str, Any] = json.loads((folder / STATUS).read_text("utf-8"))
        return status
    except (OSError, ValueError):
        return {}


def service(*, asks_for_keys: bool = False) -> ServiceBeside:
    """Service beside the functions, as the image of the app has it; `asks_for_keys` for functions that callers reach
    themselves.
    """
    python = os.environ.get("SCOREDOCK_PYTHON", "/opt/scoredock/environment/bin/python")
    folder = Path(os.environ.get("SCOREDOCK_SERVICE", "/var/scoredock"))
    return ServiceBeside(python, folder, asks_for_keys=asks_for_keys)
