"""Programs that begin with their modules loaded: a process for each start, without seconds of imports for each.

`python -m scoredock.cli` and `python -I -m scoredock.server` spend most of a short life on imports. A parent that has
imported them forks one process per start, with the working directory, environment, arguments and pipes that it is told;
from there on it is the program itself. Each language of the environment has a parent of its own. The long run starts
every program in the ordinary way, and so does whatever changes how Python itself begins (`PYTHONPATH`), and every
system but Linux, which tells by a file when a process has ended.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

SDK_SERVER = "scoredock.cli lsp"
PROGRAMS = {
    "scoredock.cli": "scoredock.cli.main",
    SDK_SERVER: "scoredock.cli.main",
    "scoredock.server": "scoredock.server",
    "scoredock_runtime": "scoredock_runtime.__main__",
    "docker_child": "crash.docker_child",
}
"""What can be started, and the module whose `main` it is."""
LIBRARIES = (
    "docker",
    "jsonschema",
    "requests",
    "scoredock.checks.catalogue",
    "scoredock.checks.entry_script",
    "scoredock.clusters.access",
    "scoredock.engines.process.engine",
    "scoredock.images.environment_images",
    "scoredock.pickles.scan",
    "scoredock.registry.formats.recognise",
    "scoredock.registry.models.proposing",
    "scoredock.services.client",
    "scoredock.services.deployments",
    "scoredock.services.endpoints.endpoints",
    "scoredock.services.packaging.image_creation",
    "scoredock.services.planning.plan_request",
)
"""What the programs import when they first need it, and almost every test needs."""
OF_THE_TERMINAL = (
    "scoredock.contrib.az.lines.main",
    "scoredock.contrib.az.lines.models",
    "scoredock.contrib.az.lines.services",
    "scoredock.cli.commands",
    "scoredock.cli.terminal.failures",
)
"""Every command, of which a run imports its own, and what a failure needs."""
OF_THE_SDK = ("scoredock.cli.scripts.lsp", "scoredock.server")
"""What the server of a script of the SDK needs, which is the command line as well."""
OF_A_SERVICE = tuple(
    f"scoredock_runtime.{name}"
    for name in (
        "parent.background",
        "parent.parent_loop",
        "log.log_writer",
        "template.template",
        "worker.worker",
        "worker.http_service",
        "worker.script",
    )
)
"""The same of the parent of a service and of its workers, which are forked from it."""
SERVER_VARIABLE = "SCOREDOCK_TEST_SDK_SERVER"
"""Names the program that scripts of the SDK start as their server, where a test has one for them (`command`)."""
_LENGTH = 8
"""Bytes that say how long the request is."""


# ------------------------------------------------------------------------------------------------ for the tests


def can_start(env: Mapping[str, str]) -> bool:
    """Whether a program with this environment is the same program when it is forked, and forking it saves time."""
    if not _is_same(env):
        return False
    # To load a program for a single start in some language takes as long as that start does.
    language = _language(env)
    _starts[language] += 1
    return language == _language(os.environ) or _starts[language] > 1


def _is_same(env: Mapping[str, str]) -> bool:
    return hasattr(os, "pidfd_open") and _python(env) == _python(os.environ)


def _chosen(env: Mapping[str, str], prefixes: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in env.items() if name.startswith(prefixes))


def _language(env: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """What Python reads as it begins, for its encodings."""
    return _chosen(env, ("LC_", "LANG", "PYTHONUTF8"))


def _python(env: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """What else Python reads as it begins; a forked program opens its streams itself."""
    return _chosen(env, ("PYTHON",)) - _chosen(env, ("PYTHONUTF8", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"))


class Started:
    """One process of the program, with the part of `subprocess.Popen` that tests need."""

    def __init__(
        self,
        program: str,
        words: Sequence[str],
        *,
        cwd: Path | None,
        env: Mapping[str, str],
        stdin: bool = True,
        session: bool = False,
        terminal: int | None = None,
    ) -> None:
        """`session`: in a session of its own, as a terminal has one, so that all of it can be ended with `os.killpg`.

        `terminal`: what it reads from and writes to, instead of pipes.
        """
        ours: list[int] = []
        theirs: list[int] = []
        for number in range(3):
            if terminal is not None or (number == 0 and not stdin):
                theirs.append(os.dup(0 if terminal is None else terminal))
                continue
            reading, writing = os.pipe()
            theirs.append(reading if number == 0 else writing)
            ours.append(writing if number == 0 else reading)
        self.stdin: IO[bytes] | None = os.fdopen(ours.pop(0), "wb") if stdin and terminal is None else None
        self.stdout: IO[bytes] = os.fdopen(ours[0], "rb") if ours else io.BytesIO()
        self.stderr: IO[bytes] = os.fdopen(ours[1], "rb") if ours else io.BytesIO()
        self.returncode: int | None = None
        self._waiting = threading.Lock()
        limit = _memory()[0]
        told = {"words": list(words), "cwd": str(cwd or Path.cwd()), "env": dict(env), "memory": limit}
        asked = json.dumps({**told, "session": session}).encode()
        try:
            self._line = _parent(program, env).connect()
            socket.send_fds(self._line, [len(asked).to_bytes(_LENGTH, "big")], theirs)
            self._line.sendall(asked)
            self.pid = int(self._read_line())
        finally:
            for each in theirs:
                os.close(each)

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._waiting:
            if self.returncode is None:
                ready, _, _ = select.select([self._line], [], [], timeout)
                if not ready:
                    raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
                self.returncode = int(self._read_line())
                self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, given: bytes | None = None, *, timeout: float) -> tuple[bytes, bytes]:
        """All that it writes, once it and whoever has its pipes have ended."""
        written: dict[str, bytes] = {}
        threads = [
            threading.Thread(target=lambda name=name: written.update({name: getattr(self, name).read()}), daemon=True)
            for name in ("stdout", "stderr")
        ]
        for thread in threads:
            thread.start()
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.stdin.write(given or b"")
                self.stdin.close()
        until = time.monotonic() + timeout
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            self.kill()
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        self.wait(max(1.0, until - time.monotonic()))
        self.stdout.close()
        self.stderr.close()
        return written["stdout"], written["stderr"]

    def _read_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            more = self._line.recv(1)
            if not more:
                raise RuntimeError("The process that starts the programs has gone.")
            line += more
        return line


def run(
    program: str, words: Sequence[str], *, cwd: Path, env: Mapping[str, str], given: str | None, timeout: float
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` with text and captured output."""
    started = Started(program, words, cwd=cwd, env=env, stdin=given is not None)
    out, told = started.communicate(None if given is None else given.encode(), timeout=timeout)
    texts = [io.TextIOWrapper(io.BytesIO(each)).read() for each in (out, told)]
    return subprocess.CompletedProcess([program, *words], started.wait(), *texts)


def command(folder: Path, env: Mapping[str, str], loaded: str = "scoredock.cli") -> Path:
    """A program `scoredock` in `folder`, for shells that find it there: the command line, forked for each start.

    Where the forked one would be another program, the folder has none, and the shell finds the ordinary one.
    """
    program = folder / "scoredock"
    if _is_same(env):
        folder.mkdir(parents=True, exist_ok=True)
        parent = _parent(loaded, env)
        program.write_text(_COMMAND.format(python=sys.executable, path=parent.path, length=_LENGTH), encoding="utf-8")
        program.chmod(0o700)
    return program


def server_of_scripts(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Variables for a command line that runs scripts of the SDK: their servers have their modules loaded, too."""
    program = command(folder, env, SDK_SERVER)
    return {SERVER_VARIABLE: str(program)} if program.exists() else {}


_COMMAND = """#!{python} -IS
import json, os, resource, signal, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({path!r})
told = {{"words": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ), "session": False}}
asked = json.dumps({{**told, "memory": resource.getrlimit(resource.RLIMIT_AS)[0]}}).encode()
socket.send_fds(line, [len(asked).to_bytes({length}, "big")], [0, 1, 2])
line.sendall(asked)
answers = line.makefile("r")
pid = int(answers.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(pid, number))
code = int(answers.readline())
sys.stdout.flush()
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""


class _Parent:
    """The process that has imported a program; it ends with this one."""

    def __init__(self, program: str, language: frozenset[tuple[str, str]]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="preloaded-")
        self.path = str(Path(self._folder.name) / "socket")
        isolated = ["-I"] if program == "scoredock.server" else []
        self._process = subprocess.Popen(
            # The last one makes room for the command line of the program, see _become.
            [sys.executable, *isolated, __file__, program, self.path, "-" * 500],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**dict(frozenset(os.environ.items()) - _language(os.environ)), **dict(language)},
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"{program} could not be loaded.")
        atexit.register(self.end)

    def connect(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(self.path)
        return line

    def runs(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()


_parents: dict[tuple[str, frozenset[tuple[str, str]]], _Parent] = {}
_starts: Counter[frozenset[tuple[str, str]]] = Counter()
_starting = threading.Lock()


def _parent(program: str, env: Mapping[str, str]) -> _Parent:
    language = _language(env)
    with _starting:
        found = _parents.get((program, language))
        if found is None or not found.runs():
            found = _parents[program, language] = _Parent(program, language)
        return found


def _memory() -> tuple[int, int]:
    """Limits of this process, which those that it starts have as well (`tests/bounded.py`)."""
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)


# ------------------------------------------------------------------------------------------------ the parent


def _serve(program: str, path: str, _: str) -> None:
    """Forks a process per request; comes back only in that process, as the program. Ends when its own parent is
    gone."""
    module = importlib.import_module(PROGRAMS[program])
    further = {"scoredock.cli": OF_THE_TERMINAL, SDK_SERVER: OF_THE_SDK}.get(program, ())
    for name in OF_A_SERVICE if program == "scoredock_runtime" else (*LIBRARIES, *further):
        importlib.import_module(name)
    if program in ("scoredock.server", SDK_SERVER):
        from scoredock.features.verbs import verbs

        verbs()  # imports every feature, of which a server imports those that it is asked for
    gc.freeze()  # what all share is neither searched nor copied
    line, asked, streams = _forked(path)
    if asked["session"]:
        os.setsid()
    with contextlib.suppress(OSError):
        line.sendall(b"%d\n" % os.getpid())  # by itself, so that whoever reads it finds the session there
    line.close()
    _become(program, asked, streams)
    if program == "scoredock.server":
        os._exit(module.main(asked["words"]))  # as it does itself
    try:
        code = module.main(asked["words"])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    _end(code)


def _forked(path: str) -> tuple[socket.socket, dict[str, Any], list[int]]:
    """Who asked for the process that this has become, for what, and the streams of it."""
    running: dict[int, tuple[int, socket.socket]] = {}
    """Process and who waits for it, by what becomes readable with its end."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select([listener, 0, *running], [], [])
            if 0 in ready:
                os._exit(0)
            for ended in running.keys() & set(ready):
                _tell_end(ended, *running.pop(ended))
            if listener not in ready:
                continue
            line, _ = listener.accept()
            try:
                asked, streams = _receive(line)
            except (OSError, ValueError):  # who asked has gone
                line.close()
                continue
            child = os.fork()
            if child == 0:
                break
            running[os.pidfd_open(child)] = (child, line)
            for each in streams:  # else nobody would ever see the end of a pipe
                os.close(each)
    for ended, (_, waiting) in running.items():
        os.close(ended)
        waiting.close()
    return line, asked, streams


def _end(code: int) -> NoReturn:
    """What the end of an interpreter does, but for taking apart every module, which here means to copy it first."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except ValueError:
            continue  # the program has closed it
        except OSError:
            code = 120  # as Python does
    os._exit(code)


def _tell_end(ended: int, child: int, line: socket.socket) -> None:
    """The exit code of a process."""
    os.close(ended)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    line.close()


def _receive(line: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, streams, _, _ = socket.recv_fds(line, _LENGTH, 3)
    left = int.from_bytes(head, "big")
    body = b""
    while len(body) < left:
        more = line.recv(left - len(body))
        if not more:
            raise ValueError("half a request")
        body += more
    return json.loads(body), streams


def _become(program: str, asked: dict[str, Any], streams: list[int]) -> None:
    """All that a fresh process of the program would have found."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], _memory()[1]))
    encoding = sys.stdout.encoding
    sys.stdin = sys.__stdin__ = open(0, encoding=encoding, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding=encoding, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", 1, encoding, "backslashreplace", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.argv = [program, *asked["words"]]
    if not sys.flags.isolated:
        sys.path[0] = asked["cwd"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    if program == "scoredock.cli" and SERVER_VARIABLE in os.environ:
        from scoredock.contrib.sdk.domain import processes as sdk_scripts

        sdk_scripts.COMMAND_LINE = (os.environ[SERVER_VARIABLE],)
    if program == "scoredock_runtime":  # which is told from others by its command line
        from scoredock_runtime.template import process_marks

        blocks = process_marks.own_blocks()
        if blocks is not None:
            words = [sys.executable, "-m", program, *asked["words"]]
            process_marks._overwrite(blocks[0], b"\0".join(os.fsencode(word) for word in words))


if __name__ == "__main__":
    _serve(*sys.argv[1:])
