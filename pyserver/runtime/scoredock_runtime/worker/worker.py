"""A worker: imports the script, calls init(), serves. Started by its parent only (see worker_process.py)."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import faulthandler
import importlib
import json
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Set, Tuple

from scoredock_runtime import contract
from scoredock_runtime.base import processes, threads, worker_log
from scoredock_runtime.base.diagnosis import CLOSED_DESCRIPTORS
from scoredock_runtime.base.limits import with_limit
from scoredock_runtime.base.locks import SharedLock
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.contract_variables import number_fault
from scoredock_runtime.http.large_messages import keep_one_heap
from scoredock_runtime.script_process.entry_script import keep_loaded

if TYPE_CHECKING:
    from scoredock_runtime.http.messages import RequestHandler
    from scoredock_runtime.worker.http_service import HttpService
    from scoredock_runtime.worker.remote_script import RemoteScript, ScriptProcess
    from scoredock_runtime.worker.script import Script, ScriptFailed

_dumps, _loads = json.dumps, json.loads
"""As they were before the script came."""

SCRIPT_FAILED_EXIT = 3
"""The exit code that a failing script has in Azure's inference server, too."""


def main(channel_reference: str, listener_references: str) -> int:
    """The exit code of the worker. The references are numbers of descriptors, those of listeners with commas."""
    channel, listeners = _sockets(channel_reference, listener_references)
    return work(channel, listeners)


def work(channel: socket.socket, listeners: List[socket.socket]) -> int:
    """The whole life of a worker, given its sockets; its exit code."""
    parent = ParentChannel(channel)
    first = parent.receive_first()
    spec = contract.spec_from_json(json.dumps(first["spec"]))
    if sys.platform != "win32":
        # While the parent lives nobody else ends a worker this way, and without it nothing of the script's may stay.
        signal.signal(signal.SIGTERM, _end)
        _let_forked_be_terminated()
        processes.signal_when_parent_dies(signal.SIGTERM)
    keep_one_heap()
    parent.listen()
    if spec.routes is not None:
        from scoredock_runtime.router.work import route

        return route(parent, spec, first, listeners)
    _settle(spec)
    from scoredock_runtime.worker.http_service import HttpService
    from scoredock_runtime.worker.script import ScriptFailed, traceback_text  # now: a script may break imports

    observer = _observer(spec)
    parent.tell({"event": "hello"})
    own = os.getpid()
    try:
        _require_usable(spec)
        _configure_log(spec)
        http = HttpService(spec, listeners, str(first.get("folder", "")), int(first.get("number", 0)))
        http.connect(parent)
        if first.get("early"):
            http.listen()
        modules, scorer, processes_of_script = _scorer(spec, parent, http, observer)
    except ScriptFailed as fault:
        if os.getpid() != own:
            os._exit(1)
        fault.failure = dataclasses.replace(fault.failure, message=with_limit(fault.failure.message, spec.limit_names))
        _report_failure(parent, fault, "" if fault.fault is None else traceback_text(fault.fault, spec.app_root))
        _leave(SCRIPT_FAILED_EXIT)
        return SCRIPT_FAILED_EXIT
    try:
        if not first.get("early"):
            http.prepare()
        if not first.get("early") and not first.get("late"):
            http.listen()
    except OSError:
        _leave(CLOSED_DESCRIPTORS)
    if not parent.tell({"event": "ready", "modules": modules}):
        _leave(CLOSED_DESCRIPTORS)
    logger.info("Scoring timeout is set to %d", http.timeout_ms)
    logger.info("Worker with pid %d ready for serving traffic", os.getpid())
    http.server.work(scorer)
    _end_service(http, parent, processes_of_script)
    return 0


def _end_service(http: HttpService, parent: ParentChannel, processes_of_script: List[ScriptProcess]) -> None:
    """In order, once no request comes any more."""
    for each in processes_of_script:
        each.finish()
    http.end()
    parent.tell({"event": "drained"})
    for each in processes_of_script:
        each.end()


def _scorer(
    spec: contract.ServiceSpec, parent: ParentChannel, http: HttpService, observer: Any
) -> Tuple[List[str], RequestHandler, List[ScriptProcess]]:
    """Packages that the template may import, the handler that answers requests, and the process of a script with a
    Python of its own. Raises ScriptFailed."""
    if spec.script_python:
        remote = _load_remotely(spec, parent, http)
        return [], http.script_is_remote(remote), [remote.process]
    modules, script = _load(spec, parent, observer)
    return modules, http.script_is_there(script, observer), []


def _load(spec: contract.ServiceSpec, parent: ParentChannel, observer: Any) -> Tuple[List[str], Script]:
    """Packages that the script has imported, and the script after its init(). Raises ScriptFailed."""
    from scoredock_runtime.script_process.debugger import wait_for_editor
    from scoredock_runtime.script_process.entry_script import Unusable
    from scoredock_runtime.worker.script import failed, load

    own = os.getpid()
    try:
        wait_for_editor(os.environ, lambda: parent.tell({"event": "debugging"}))
    except Unusable as fault:
        raise failed(fault) from None
    before = set(sys.modules)
    script = load(spec.app_root, spec.entry_script)
    if observer is not None:
        observer.passed(contract.TRIED_INIT)
    script.init()
    if os.getpid() != own:
        os._exit(0)  # a child that import or init() forked and that came back: there is one worker
    if observer is not None:
        observer.passed(contract.TRIED_RUN)
    keep_loaded()
    modules = _third_party(before)
    _warn_of_debuggability()
    return modules, script


def _warn_of_debuggability() -> None:
    if "AML_DBG_MODEL_INFO" in os.environ or "AML_DBG_RESOURCE_INFO" in os.environ:
        logger.warning(
            "The debuggability features have been removed. If you have a use case for them please reach out to us."
        )


def _load_remotely(spec: contract.ServiceSpec, parent: ParentChannel, http: HttpService) -> RemoteScript:
    """The script in a process of its own Python, after its init(). Raises ScriptFailed."""
    from scoredock_runtime.worker.remote_script import RemoteScript, ScriptProcess, refuse_what_is_absent, start_fields

    refuse_what_is_absent(spec, os.environ)
    process = ScriptProcess(spec, os.environ)
    parent.tell({"event": "script", "pid": process.pid})
    if sys.platform != "win32":
        # The parent asks where a start hangs: the script knows.
        signal.signal(signal.SIGUSR1, lambda *_: os.kill(process.pid, signal.SIGUSR1))
    logger.info("The script runs in Python %s (%s)", process.version, spec.script_python)
    http.serve_log_of(process)
    process.on_debugging = lambda: parent.tell({"event": "debugging"})
    script = RemoteScript(process, spec, start_fields(spec, http.data_place()))
    script.init()
    process.watch()
    keep_loaded()
    _warn_of_debuggability()
    return script


def _report_failure(parent: ParentChannel, fault: ScriptFailed, traceback: str) -> None:
    """The script cannot serve: in the log, and to the parent."""
    of_init = fault.failure.cause in (contract.INIT_FAILED, contract.INIT_EXITED)
    logger.error("%s", "User's init function failed" if of_init else fault.failure.message)
    if fault.fault is not None:
        logger.error("Encountered Exception: %s", traceback)
    if of_init:
        worker_log.show_model_folder(os.environ.get("AZUREML_MODEL_DIR", ""))
    parent.tell({"event": "failed", "failure": json.loads(contract.to_json(fault.failure))})


def _end(*_: Any) -> None:
    processes.end_own_group()


def _let_forked_be_terminated() -> None:
    """Let what the script forks end by SIGTERM as everywhere else: multiprocessing ends its pools so.

    Blocked meanwhile, as the new process forgets a signal that comes before its Python has begun.
    """

    def block() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))

    def unblock() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))

    def in_child() -> None:
        if signal.getsignal(signal.SIGTERM) is _end:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        unblock()

    os.register_at_fork(before=block, after_in_parent=unblock, after_in_child=in_child)


def _configure_log(spec: contract.ServiceSpec) -> None:
    """Raises ScriptFailed when a `logging.json` cannot be used."""
    from scoredock_runtime.worker.script import ScriptFailed

    threads.report_to(worker_log.logger.error)
    try:
        worker_log.set_up(spec.app_root, spec.entry_script, beside_script=bool(spec.script_python))
    except worker_log.BadLoggingFile as fault:
        if spec.script_python:
            # It may name what only the script's Python has; there it is a failure.
            logger.warning("Lines of Scoredock itself look as ever: %s", fault)
            return
        raise ScriptFailed(contract.Failure(contract.SCRIPT_INVALID, str(fault)), fault.__cause__) from None


def _observer(spec: contract.ServiceSpec) -> Any:
    """Only for a script that is being tried; None for every service."""
    if not os.environ.get(contract.OBSERVE_VARIABLE):
        return None
    from scoredock_runtime.worker.observer import begin

    return begin(os.environ, spec.app_root)


def _third_party(earlier_modules: Set[str]) -> List[str]:
    """The modules of packages that script and init() have imported, in the order of their import; the person's own are
    not among them."""
    installed: Dict[str, bool] = {}
    names = []
    for name in list(sys.modules):
        top = name.partition(".")[0]
        if name in earlier_modules or top.startswith("_") or top == "scoredock_runtime":
            continue
        if top not in installed:
            file = getattr(sys.modules.get(top), "__file__", None) or ""
            installed[top] = bool({"site-packages", "dist-packages"} & set(file.split(os.sep)))
        if installed[top]:
            names.append(name)
    return names


def _leave(code: int) -> None:
    """Ends at once: threads and exit handlers of a script that failed could keep the process for ever."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the script may have put anything there
            stream.flush()
    os._exit(code)


def _require_usable(spec: contract.ServiceSpec) -> None:
    """Goes to the folder of the application. Raises ScriptFailed where that is not possible, and for variables that no
    service starts with."""
    from scoredock_runtime.worker.script import ScriptFailed

    try:
        os.chdir(spec.root)
    except OSError as error:
        sentence = f"The folder of the application, {spec.root}, cannot be entered: {error.strerror or error}."
        raise ScriptFailed(contract.Failure(contract.SCRIPT_INVALID, sentence)) from None
    sentence = number_fault(os.environ)
    if sentence:
        raise ScriptFailed(contract.Failure(contract.VARIABLE_INVALID, sentence))


def _settle(spec: contract.ServiceSpec) -> None:
    """Import path, shims and log, as the script expects them."""
    # `-m` put the folder the worker was started in first on the path; nothing is to be imported from there.
    if sys.path and not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
    sys.argv = [spec.entry_script]
    for name in (
        "scoredock_runtime.worker.http_service",
        "scoredock_runtime.worker.script",
        "scoredock_runtime.script_process.debugger",
    ):
        importlib.import_module(name)
    from scoredock_runtime import schema
    from scoredock_runtime.fast_json.json_loads import install as install_json_loads
    from scoredock_runtime.shims import install

    install()
    worker_log.log_to_stdout()
    if sys.stderr is not None:
        faulthandler.enable(file=sys.stderr)
    if spec.script_python:
        return  # the rest is for whoever imports the script
    # Last, as in v1: an installed package wins over a file of the script's folder.
    sys.path += spec.import_path
    if os.environ.get(contract.FAST_JSON_VARIABLE, "").strip().lower() != "off":
        install_json_loads()
    schema.strict = spec.strict
    if sys.stderr is not None and sys.platform != "win32":
        # The parent asks a worker whose start takes too long where it is.
        faulthandler.register(signal.SIGUSR1, file=sys.stderr, all_threads=False)


def _sockets(channel_reference: str, listener_references: str) -> Tuple[socket.socket, List[socket.socket]]:
    if sys.platform == "win32":
        shared = json.loads(sys.stdin.readline())
        channel, *listeners = [socket.fromshare(base64.b64decode(each)) for each in shared]
        return channel, listeners
    references = [channel_reference, *listener_references.split(",")]
    found = [socket.socket(fileno=int(reference)) for reference in references]
    for each in found:
        # Programs that the script starts get none of them.
        each.set_inheritable(False)
    return found[0], found[1:]


class ParentChannel:
    """The worker's end of the channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._rest = b""
        self._sending = SharedLock()
        self._take_up: Optional[Callable[[Dict[str, Any]], object]] = None
        self._asked: List[Dict[str, Any]] = []
        self._deciding = threading.Lock()

    def receive_first(self) -> Dict[str, Any]:
        """The first message; ends the process when the parent is gone already."""
        while b"\n" not in self._rest:
            data = self._channel.recv(65536)
            if not data:
                os._exit(1)
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        document = json.loads(line)
        return document if isinstance(document, dict) else {}

    def listen(self) -> None:
        """Listens to the parent from now on: its end is the end of this process and its group."""
        threads.start(self._listen, name="parent", at_fault=threads.end_process)

    def tell(self, message: Dict[str, Any]) -> bool:
        """True if the message could be sent."""
        with self._sending.lock:
            try:
                self._channel.sendall(_dumps(message).encode() + b"\n")
            except OSError:
                return False
        return True

    def on_message(self, act: Callable[[Dict[str, Any]], object]) -> None:
        """`act` is called with each message of the parent, also with those that have come already."""
        with self._deciding:
            self._take_up = act
            asked, self._asked = self._asked, []
        for message in asked:
            act(message)

    def _listen(self) -> None:
        while True:
            *lines, self._rest = self._rest.split(b"\n")
            for line in lines:
                self._take(_loads(line))
            try:
                data = self._channel.recv(65536)
            except OSError:
                return  # the script closed the descriptor; the parent sees that and decides
            if not data:
                processes.end_own_group()
            self._rest += data

    def _take(self, message: Dict[str, Any]) -> None:
        with self._deciding:
            if self._take_up is None:
                self._asked.append(message)
                return
        self._take_up(message)
