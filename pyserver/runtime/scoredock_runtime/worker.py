"""A worker: imports the script, calls init(), serves. Started by its parent only (see worker_process.py)."""

from __future__ import annotations

import base64
import faulthandler
import importlib
import json
import os
import signal
import socket
import sys
import threading
from typing import Any, Dict, List, Tuple

from scoredock_runtime import contract, processes, worker_log
from scoredock_runtime.diagnosis import CLOSED_DESCRIPTORS
from scoredock_runtime.worker_log import logger

SCRIPT_FAILED_EXIT = 3
"""The exit code that a failing script has in Azure's inference server, too."""

DEFAULT_TIMEOUT_MS = 3_600_000.0


def main(channel_reference: str, listener_reference: str) -> int:
    """The exit code of the worker."""
    channel, listener = _sockets(channel_reference, listener_reference)
    parent = _Parent(channel)
    spec = parent.receive_spec()
    if sys.platform != "win32":
        # While the parent lives nobody else ends a worker this way, and without it nothing of the script's may stay.
        signal.signal(signal.SIGTERM, lambda *_: processes.end_own_group())
        processes.signal_when_parent_dies(signal.SIGTERM)
    parent.listen()
    _settle(spec)
    from scoredock_runtime.debugger import wait_if_asked
    from scoredock_runtime.script import ScriptFailed, load, traceback_text
    from scoredock_runtime.serving import Serving

    observer = _observer(spec)
    parent.tell({"event": "hello"})
    try:
        wait_if_asked(os.environ, lambda: parent.tell({"event": "debugging"}))
        script = load(spec.app_root, spec.entry_script)
        if observer is not None:
            observer.passed(contract.TRIED_INIT)
        script.init()
        if observer is not None:
            observer.passed(contract.TRIED_RUN)
    except ScriptFailed as fault:
        logger.error(
            "User's init function failed" if fault.failure.cause.startswith("init") else "%s",
            *([] if fault.failure.cause.startswith("init") else [fault.failure.message]),
        )
        if fault.fault is not None:
            logger.error("Encountered Exception: %s", traceback_text(fault.fault, spec.app_root))
        parent.tell({"event": "failed", "failure": json.loads(contract.to_json(fault.failure))})
        _leave(SCRIPT_FAILED_EXIT)
    return _serve(parent, spec, script, Serving(listener), observer)


def _observer(spec: contract.ServiceSpec) -> Any:
    """Only for a script that is being tried; None for every service."""
    if not os.environ.get(contract.OBSERVE_VARIABLE):
        return None
    from scoredock_runtime.observing import begin

    return begin(os.environ, spec.app_root)


def _serve(parent: _Parent, spec: contract.ServiceSpec, script: Any, serving: Any, observer: Any) -> int:
    from scoredock_runtime.app import Application
    from scoredock_runtime.loopback import Gate
    from scoredock_runtime.scoring import Scorer
    from scoredock_runtime.swagger import Swagger

    origins = os.environ.get("AML_CORS_ORIGINS", "")
    if origins:
        logger.info("Enabling CORS for the following origins: %s", origins)
    gate = Gate(spec.host, origins.split(","), answers_cors=script.answers_cors())
    scorer = Scorer(script, _timeout_ms(), observer)
    application = Application(serving.score, gate, Swagger(spec.app_root, script), spec.nonce, raw=script.kind == "raw")
    try:
        started = serving.start(application)
    except OSError:
        started = False
    if not started or not parent.tell({"event": "ready"}):
        _leave(CLOSED_DESCRIPTORS)
    logger.info("Worker with pid %d ready for serving traffic", os.getpid())
    serving.on_closed = lambda: parent.tell({"event": "closed"})
    parent.on_stop(serving.drain)
    while True:
        job = serving.jobs.get()
        if job is None:
            break
        request, future = job
        serving.give(future, scorer.answer(request))
    parent.tell({"event": "drained"})
    return 0


def _leave(code: int) -> None:
    """Ends at once: threads and exit handlers of a script that failed could keep the process for ever."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
    os._exit(code)


def _timeout_ms() -> float:
    try:
        return float(os.environ.get("SCORING_TIMEOUT_MS", DEFAULT_TIMEOUT_MS))
    except ValueError:
        return DEFAULT_TIMEOUT_MS


def _settle(spec: contract.ServiceSpec) -> None:
    """Working directory, import path, shims and log, as the script expects them."""
    # `-m` put the folder the worker was started in first on the path; nothing is to be imported from there.
    if sys.path and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    os.chdir(spec.app_root)
    sys.argv = [spec.entry_script]
    # Our own modules first, then the script's folders come on the path: its file names cannot stand in for ours.
    for name in ("scoredock_runtime.serving", "uvicorn.protocols.http.auto", "uvicorn.lifespan.off"):
        importlib.import_module(name)
    sys.path.insert(0, spec.app_root)
    if spec.source_directory:
        sys.path.append(os.path.join(spec.app_root, spec.source_directory))
    from scoredock_runtime.shims import install

    install()
    worker_log.set_up(spec.app_root, spec.entry_script)
    if sys.stderr is not None:
        faulthandler.enable(file=sys.stderr)
        if sys.platform != "win32":
            # The parent asks a worker whose start takes too long where it is.
            faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=False)


def _sockets(channel_reference: str, listener_reference: str) -> Tuple[socket.socket, socket.socket]:
    if sys.platform == "win32":
        shared = json.loads(sys.stdin.readline())
        channel, listener = [socket.fromshare(base64.b64decode(each)) for each in shared]
        return channel, listener
    found = [socket.socket(fileno=int(reference)) for reference in (channel_reference, listener_reference)]
    for each in found:
        # Programs that the script starts get neither.
        each.set_inheritable(False)
    return found[0], found[1]


class _Parent:
    """The worker's end of the channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._rest = b""
        self._sending = threading.Lock()
        self._stop: Any = None
        self._asked: List[Dict[str, Any]] = []
        self._deciding = threading.Lock()

    def receive_spec(self) -> contract.ServiceSpec:
        """The first message; ends the process when the parent is gone already."""
        while b"\n" not in self._rest:
            data = self._channel.recv(65536)
            if not data:
                os._exit(1)
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return contract.spec_from_json(json.dumps(json.loads(line)["spec"]))

    def listen(self) -> None:
        """From now on the end of the parent is the end of this process and its group."""
        threading.Thread(target=self._listen, name="parent", daemon=True).start()

    def tell(self, message: Dict[str, Any]) -> bool:
        """Whether the message could be sent."""
        with self._sending:
            try:
                self._channel.sendall(json.dumps(message).encode() + b"\n")
            except OSError:
                return False
        return True

    def on_stop(self, drain: Any) -> None:
        """`drain(grace, linger)` is called when the parent says stop, also when it has said so before."""
        with self._deciding:
            self._stop = drain
            asked, self._asked = self._asked, []
        for message in asked:
            self._act(message)

    def _listen(self) -> None:
        while True:
            *lines, self._rest = self._rest.split(b"\n")
            for line in lines:
                self._take(json.loads(line))
            try:
                data = self._channel.recv(65536)
            except OSError:
                return  # the script closed the descriptor; the parent sees that and decides
            if not data:
                processes.end_own_group()
            self._rest += data

    def _take(self, message: Dict[str, Any]) -> None:
        with self._deciding:
            if self._stop is None:
                self._asked.append(message)
                return
        self._act(message)

    def _act(self, message: Dict[str, Any]) -> None:
        if "stop" in message:
            self._stop(float(message["stop"]), float(message.get("linger", 0.0)))
