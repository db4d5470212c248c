"""The template process: forks workers that have the interpreter, the runtime and the script's packages loaded already.

It holds no code of the person's: only this runtime, and the packages from site-packages that a first worker has named.
It has one thread, so a fork of it is whole. A fork lasts a few milliseconds, where a start from scratch pays for the
interpreter and every import again. Linux only (see template_process.py for the side of the parent).

Messages over a SOCK_SEQPACKET socket. To it: `fork`, with the sockets and pipes of the worker as descriptors, and
`import`. From it: `started` (with the folders of packages), `forked`, `failed`, `imported`.

All forks share what is drawn once when an interpreter starts: the seed of str hashes and the layout of memory.
Generators of random numbers are seeded anew.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.util
import io
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from typing import Any, Dict, List, NoReturn, Sequence

from scoredock_runtime.base import processes
from scoredock_runtime.contract_variables import MARKER
from scoredock_runtime.template import process_marks

WORKER_MODULES = (
    "scoredock_runtime.worker.worker",
    "scoredock_runtime.worker.http_service",
    "scoredock_runtime.worker.script",
    "scoredock_runtime.script_process.debugger",
    "scoredock_runtime.fast_json.json_loads",
    "scoredock_runtime.shims",
)
"""What every worker of a service imports; the first has the `work` that is its life."""

LARGEST_MESSAGE = 1 << 20

UNSAFE = frozenset(
    [
        "tensorflow",
        "jax",
        "jaxlib",
        "torch",
        "pyspark",
        "py4j",
        "grpc",
        "cupy",
        "cudf",
        "cuml",
        "numba",
        "pycuda",
        "onnxruntime",
        "polars",
        "ray",
        "dask",
        "distributed",
        "mxnet",
        "paddle",
        "tensorrt",
        "triton",
        "vllm",
        "xgboost",
        "lightgbm",
    ]
)
"""Packages that may hold threads or devices once imported, which a fork would take along broken, or that nobody has
measured. They are imported by each worker itself, and a template that has come by one is given up."""

_FORK_SAFE_THREADS = frozenset(["jemalloc_bg_thd"])
"""Names of threads that libraries do without in a fork. jemalloc's only gives memory back, and jemalloc turns it off
in a child (jemalloc#2125); it comes with pyarrow, which pandas 3 imports."""

_SETTLE_SECONDS = 0.3
_OUTPUT_KEPT = 64 * 1024


def main(channel_number: str, work: str = "") -> int:
    """The template as a program of its own: another interpreter than the parent's, or a later one. `work` is the
    module whose `work` is the life of its forks, where they are no workers of a service."""
    channel = socket.socket(fileno=int(channel_number))
    channel.set_inheritable(False)
    Template(channel, (work,) if work else WORKER_MODULES).serve()


def live_forked(channel: socket.socket, environment: Dict[str, str], folder: str) -> NoReturn:
    """The life of a template that was forked from the parent before that had any thread."""
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        _close_all_but([0, 1, 2, channel.fileno()])
        os.chdir(folder)
        if sys.path and not getattr(sys.flags, "safe_path", False):
            sys.path[0] = folder
        marker = f"{MARKER}={environment[MARKER]}"
        process_marks.set_environment(environment)
        process_marks.show(["scoredock template"], marker)
        Template(channel, WORKER_MODULES).serve()
    finally:
        os._exit(1)


class Template:
    """Its parent's end of `channel` is the last thing that keeps it alive."""

    def __init__(self, channel: socket.socket, modules: Sequence[str]) -> None:
        """`modules` are what each fork needs; the first has its `work`."""
        self._channel = channel
        self._modules = modules
        self._parent = os.getppid()
        self._set_by_imports: Dict[str, str] = {}
        """Environment variables that packages set when they were imported."""
        self._printed = b""
        """What they printed meanwhile; each worker prints it as if it had imported them itself."""

    def serve(self) -> NoReturn:
        """Never returns; ends the process when the parent is gone."""
        processes.signal_when_parent_dies(signal.SIGKILL if sys.platform != "win32" else 9)
        if os.getppid() != self._parent:
            os._exit(0)
        # A Ctrl-C in a terminal is the parent's affair.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _make_streams()
        # What is imported stays; looking through it again and again would only delay the first worker.
        gc.disable()
        for name in self._modules:
            importlib.import_module(name)
        gc.freeze()
        gc.enable()
        self._tell({"event": "started", "packages": package_folders()})
        while True:
            data, descriptors, _flags, _address = socket.recv_fds(self._channel, LARGEST_MESSAGE, 16)
            if not data:
                os._exit(0)
            message = json.loads(data)
            if "fork" in message:
                self._fork(message, descriptors)
            elif "import" in message:
                self._import(message["import"])

    def _tell(self, message: Dict[str, Any]) -> None:
        try:
            self._channel.send(json.dumps(message).encode())
        except OSError:
            os._exit(0)

    # Workers

    def _fork(self, request: Dict[str, Any], descriptors: List[int]) -> None:
        """Twice: the process between ends, so that the worker becomes a child of the parent, who is a subreaper."""
        reading, writing = os.pipe()
        try:
            between = os.fork()
            if between == 0:
                os.close(reading)
                self._between(request, descriptors, writing)
            os.close(writing)
            writing = -1
            reply = os.read(reading, 32)
            os.waitpid(between, 0)
        except OSError:
            reply = b""
        finally:
            for descriptor in [reading, *([] if writing < 0 else [writing]), *descriptors]:
                os.close(descriptor)
        self._tell({"event": "forked", "pid": int(reply)} if reply else {"event": "failed"})

    def _between(self, request: Dict[str, Any], descriptors: List[int], writing: int) -> NoReturn:
        try:
            worker = os.fork()
            if worker:
                os.write(writing, str(worker).encode())
                os._exit(0)
            os.close(writing)
            self._channel.close()
            request["work"] = self._modules[0]
            _become_worker(request, descriptors, self._set_by_imports, self._printed)
        finally:
            os._exit(1)

    # Packages

    def _import(self, names: List[str]) -> None:
        """Imports what it can and tells what it has now, or why this process is of no use any more."""
        start = time.monotonic()
        before = dict(os.environ)
        output = os.memfd_create("imports") if hasattr(os, "memfd_create") else os.open(os.devnull, os.O_RDWR)
        handlers = _signal_handlers()
        gc.disable()
        with _output_to(output):
            why = _import_each(names)
        os.lseek(output, 0, os.SEEK_SET)
        self._printed += os.read(output, _OUTPUT_KEPT)
        os.close(output)
        self._set_by_imports.update({key: value for key, value in os.environ.items() if before.get(key) != value})
        if not why and _signal_handlers() != handlers:
            why = "a package handles signals"
        why = why or _unsafe_import() or _threads_that_stay()
        # The few objects that imports leave behind cost less memory than a search for them costs time: a fifth of what
        # importing pandas takes.
        gc.freeze()
        gc.enable()
        self._tell({"event": "imported", "seconds": time.monotonic() - start, "refused": why})


def _import_each(names: List[str]) -> str:
    """Why it must be given up, or nothing."""
    folders = package_folders()
    importable: Dict[str, bool] = {}
    for name in names:
        top = name.partition(".")[0]
        if name in sys.modules:
            continue
        if top not in importable:
            importable[top] = top not in UNSAFE and _lies_in(top, folders)
        if not importable[top]:
            continue
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            # Modules that a package makes up while it runs cannot be imported by name.
            continue
        except BaseException as fault:  # a package may raise anything while it is imported
            return f"{name} could not be imported: {type(fault).__name__}"
    return ""


def _lies_in(top: str, folders: List[str]) -> bool:
    """True if the package is one that was installed, not the person's own and not a stand-in of ours."""
    if top == "scoredock_runtime":
        return False
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return False
    if spec is None:
        return False
    places = list(spec.submodule_search_locations or []) or ([spec.origin] if spec.origin else [])
    return any(place.startswith(os.path.join(folder, "")) for place in places for folder in folders)


def package_folders() -> List[str]:
    """Folders where packages of this interpreter are installed."""
    return [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]


def _unsafe_import() -> str:
    found = sorted(UNSAFE & set(sys.modules))
    return f"{found[0]} came with it" if found else ""


def _threads_that_stay() -> str:
    """Threads that a fork would leave behind, found by a fork: libraries that know of forks (OpenBLAS) end theirs."""
    if threading.active_count() > 1:
        return "a package runs threads"
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    until = time.monotonic() + _SETTLE_SECONDS
    while _threads_of_libraries():
        if time.monotonic() > until:
            return "a library runs threads"
        time.sleep(0.005)
    return ""


def _threads_of_libraries() -> bool:
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open(f"/proc/self/task/{thread}/comm", encoding="ascii") as name:
            if int(thread) != os.getpid() and name.read().strip() not in _FORK_SAFE_THREADS:
                return True
    return False


def _signal_handlers() -> List[Any]:
    return [signal.getsignal(number) for number in sorted(signal.valid_signals())]


@contextlib.contextmanager
def _output_to(descriptor: int) -> Any:
    copies = [os.dup(1), os.dup(2)]
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        for standard, old in zip((1, 2), copies):
            os.dup2(old, standard)
            os.close(old)


# In the worker


def _become_worker(request: Dict[str, Any], descriptors: List[int], also: Dict[str, str], printed: bytes) -> NoReturn:
    code = 1
    try:
        os.setsid()
        stdout, stderr, channel, *listeners = descriptors
        null = os.open(os.devnull, os.O_RDWR)
        for standard, descriptor in ((0, null), (1, stdout), (2, stderr)):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        for descriptor in (channel, *listeners):
            # Programs that the script starts get neither.
            os.set_inheritable(descriptor, False)
        _usual_signals()
        environment: Dict[str, str] = request["environment"]
        process_marks.set_environment({**also, **environment})
        process_marks.show(["scoredock worker", str(request["fork"])], f"{MARKER}={environment[MARKER]}")
        os.chdir(request["folder"])
        if os.environ.get("PYTHONUNBUFFERED"):
            sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
        _reseed()
        sys.dont_write_bytecode = bool(request.get("no_bytecode") or os.environ.get("PYTHONDONTWRITEBYTECODE"))
        if printed:
            os.write(2, printed)
        work = importlib.import_module(request["work"]).work
        sockets = [socket.socket(fileno=descriptor) for descriptor in (channel, *listeners)]
        code = work(sockets[0], sockets[1:])
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except BaseException:  # the end of the process: printed, and its exit code set
        traceback.print_exc()
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Ends as an interpreter does: the script's threads and exit handlers first."""
    for last in (getattr(threading, "_shutdown", None), getattr(atexit, "_run_exitfuncs", None)):
        try:
            if last is not None:
                last()
        except BaseException:  # exit handlers of the script may raise anything
            traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the script may have put anything there
            stream.flush()
    os._exit(code)


def _usual_signals() -> None:
    """Set the signals that an interpreter starts with; this process was set up as a template."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _make_streams() -> None:
    """Standard streams as an interpreter makes them for pipes, which is what they will be in workers. Packages that are
    imported here (handlers of logging) may keep these very objects."""
    reading, writing = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    for name, number, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
        # They learn once, now, that a pipe cannot be wound back.
        os.dup2(writing, number)
        binary = open(number, "wb", -1, closefd=False)  # noqa: SIM115 (it is the process's own stream)
        stream = io.TextIOWrapper(binary, "utf-8", errors, line_buffering=name == "stderr")
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
        os.dup2(null, number)
    for descriptor in (reading, writing, null):
        os.close(descriptor)


def _reseed() -> None:
    """The standard library's generator seeds itself after a fork; NumPy's global one does not."""
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _close_all_but(descriptors: List[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in descriptors:
            with contextlib.suppress(OSError):
                os.close(int(name))
