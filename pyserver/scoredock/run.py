"""Starts operating-system processes: the only module that does.

Commands are lists of arguments, never shell text; the executable is resolved before the start and never looked up in
the working directory. Output is handed on line by line while both pipes are drained; standard input is closed. Cancel
and time-out end the whole tree, not only the first process, and so does the end of this process, however it comes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import threads
from scoredock.late_dataclass import dataclass
from scoredock.processes import LINE_BYTES, Drain, Survivor, WholeLines, end_with, family, is_childless
from scoredock.progress import CancelToken

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    import psutil

Piped = subprocess.Popen[bytes]
_STDOUT_BYTES = 16_000_000
_DRAIN_SECONDS = 2.0

_LEAKS = (
    "PYTHON",
    "VIRTUAL_ENV",
    "CONDA_",
    "__PYVENV_LAUNCHER__",
    "VSCODE_",
    "ELECTRON_",
    "NODE_OPTIONS",
    "SCOREDOCK_",
    "PIP_",
    # By which the runners of pipelines find what a job has left behind: a service that it has deployed stays.
    "RUNNER_TRACKING_ID",
    "VSTS_PROCESS_LOOKUP_ID",
)
"""Prefixes of variables that belong to this process or its editor and would change what a child does."""


# fmt: off
_OF_THE_MACHINE = frozenset(
    (
        # Who and where one is
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP",
        # Libraries and processors
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
        # The way to the network
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        # Windows
        "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "USERPROFILE",
        "HOMEDRIVE", "HOMEPATH", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432",
        "COMMONPROGRAMFILES", "OS", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "PROCESSOR_IDENTIFIER",
        "USERNAME", "USERDOMAIN", "COMPUTERNAME",
    )
)
# fmt: on
_OF_THE_MACHINE_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "OMP_", "KMP_", "MKL_", "OPENBLAS_")
_OF_SIGN_INS_PREFIXES = ("AWS_", "AZURE_", "AAD_", "ARM_", "GOOGLE_", "CLOUDSDK_", "OCI_", "IBMCLOUD_", "KUBE", "XDG_")
# fmt: off
_OF_SIGN_INS = frozenset((
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "KRB5CCNAME", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK",
))
# fmt: on
"""Where a sign-in keeps what it has: a keyring, an agent; and the way to it, with a password as well."""
_PROXIES = frozenset(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"))


class TimedOut(Exception):
    """The process did not end in time and was killed with its whole tree."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A process that ended by itself."""

    returncode: int
    stdout: str
    """What it wrote to standard output, up to 16 MB."""
    stderr: str
    """The last 400 lines of its standard error."""


def child_environment(extra: Mapping[str, str] | None = None, *, drop: Sequence[str] = ()) -> dict[str, str]:
    """The environment for a child: ours without what belongs to our own interpreter and editor, plus `extra`."""
    prefixes = (*_LEAKS, *drop)
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(prefixes)}
    kept.update(extra or {})
    return kept


def service_environment(names: Sequence[str] = ()) -> dict[str, str]:
    """Variables of our own environment for a service on this machine: those that describe the machine, and those with
    these names. Editors and shells hold tokens that no script of a model needs; a proxy with a password in it is one of
    them.
    """
    wanted = frozenset(names)
    return {
        name: value
        for name, value in os.environ.items()
        if name in wanted or (_tells_of_the_machine(name.upper()) and not (name.upper() in _PROXIES and "@" in value))
    }


def program_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Variables for a program that runs because somebody wrote it down: a receiver, a condition, a retraining, a step
    of a pipeline. As a service, with our settings: who started this process, and with which tokens, is nothing to it.
    """
    from scoredock.settings import SETTINGS, WHEELHOUSE

    names = [setting.variable for setting in SETTINGS if setting.variable.startswith("SCOREDOCK_")]
    return {**service_environment([*names, WHEELHOUSE]), **extra}


def login_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Variables for a program that signs in at a cluster: those that describe the machine, and those of the clouds' own
    sign-ins."""
    names = [name for name in os.environ if name in _OF_SIGN_INS or name.startswith(_OF_SIGN_INS_PREFIXES)]
    return {**service_environment(names), **extra}


def _tells_of_the_machine(name: str) -> bool:
    return name in _OF_THE_MACHINE or name.startswith(_OF_THE_MACHINE_PREFIXES)


def resolve_executable(name: str) -> str:
    """The absolute path of a program. Raises FileNotFoundError; a bare name is looked up on PATH only."""
    if os.sep in name or (os.altsep and os.altsep in name):
        if Path(name).is_file():
            return str(Path(name).absolute())
        raise FileNotFoundError(name)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        # An empty or relative entry would mean the working directory, which may be somebody else's.
        if folder and Path(folder).is_absolute() and (found := shutil.which(name, path=folder)):
            return found
    raise FileNotFoundError(name)


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
    on_line: Callable[[str], None] | WholeLines | None = None,
) -> Completed:
    """Run a program to its end and return how it ended; a non-zero exit code is not an error here.

    `timeout` is in seconds. Raises FileNotFoundError or PermissionError when it cannot be started, `TimedOut`, and
    ScoredockError `cancelled`; in the last two cases no process of it is left.
    """
    token = cancel or CancelToken()
    token.raise_if_cancelled()
    if os.name == "posix":
        _survivor.begin()
    process = subprocess.Popen(
        [resolve_executable(argv[0]), *argv[1:]],
        cwd=cwd,
        env=dict(env) if env is not None else child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=os.name == "posix",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0,
    )
    out, err = Drain(process.stdout, on_line, _STDOUT_BYTES), Drain(process.stderr, on_line, _STDOUT_BYTES)
    finished = threading.Event()

    def stop() -> None:
        if not finished.is_set():
            kill_tree(process.pid)

    token.on_cancel(stop)
    late = threading.Event()

    def stop_late() -> None:
        late.set()
        stop()

    try:
        # `wait(timeout)` of POSIX looks at ever longer intervals; what starts a service would wait for the next look.
        with ends_with_us(process.pid), _alarm(timeout, stop_late):
            process.wait()
    except BaseException:
        kill_tree(process.pid)
        process.wait()
        raise
    finally:
        finished.set()
        # A descendant that went to the background may hold the pipes open for ever; its output is not ours to wait for.
        deadline = time.monotonic() + _DRAIN_SECONDS
        for drain in (out, err):
            drain.finish(deadline)
    if late.is_set():
        raise TimedOut(f"{argv[0]} did not end within {timeout:g} s")
    token.raise_if_cancelled()
    return Completed(process.returncode, out.text(), "\n".join(err.tail))


@contextlib.contextmanager
def ends_with_us(leader: int | str) -> Iterator[None]:
    """Whatever is in the group of processes that this one leads, or has `NAME=value` in its environment, ends at once
    should this process be killed during the block. POSIX only."""
    if os.name == "posix":
        _survivor.watch(leader)
    try:
        yield
    finally:
        if os.name == "posix":
            _survivor.release(leader)


@contextlib.contextmanager
def _alarm(seconds: float | None, ring: Callable[[], None]) -> Iterator[None]:
    """Calls `ring` in a thread of its own when the block takes longer; None is not a limit."""
    if seconds is None:
        yield
        return
    call_off = threads.call_later(seconds, ring, name="alarm", at_fault=threads.again)
    try:
        yield
    finally:
        call_off()


def become(argv: Sequence[str], env: Mapping[str, str]) -> int:  # noqa: RET503 (execve does not come back)
    """This process is that program from now on, with its terminal and its signals; on Windows it waits for it and
    gives its exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform == "win32":
        return subprocess.call(list(argv), env=dict(env))
    os.execve(argv[0], list(argv), dict(env))  # noqa: S606 (no shell is wanted)


@contextlib.contextmanager
def tethered(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], grace: float) -> Iterator[Tethered]:
    """A program that runs while the block does, silent but for its standard error.

    Its standard input is a pipe that ends with the block, or with this process however that ends: the sign for the
    program to end by itself. What has not ended `grace` seconds later is killed with its whole tree. Raises
    FileNotFoundError or PermissionError when it cannot be started.
    """
    process = subprocess.Popen(
        [resolve_executable(argv[0]), *argv[1:]],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=os.name == "posix",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0,
    )
    errors = Drain(process.stderr, None, LINE_BYTES)
    try:
        yield Tethered(process, errors)
    finally:
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            kill_tree(process.pid)
            process.wait()
        errors.finish(time.monotonic() + _DRAIN_SECONDS)


class Tethered:
    """A running program of `tethered`."""

    def __init__(self, process: subprocess.Popen[bytes], errors: Drain) -> None:
        self.pid = process.pid
        self._process = process
        self._errors = errors

    def ended(self) -> bool:
        return self._process.poll() is not None

    def complaint(self) -> str:
        """The last line of its standard error."""
        return self._errors.tail[-1] if self._errors.tail else ""

    def kill(self) -> None:
        """Ends it at once, with all it started; from any thread."""
        if not self.ended():
            kill_tree(self.pid)


def start_apart(argv: Sequence[str]) -> None:
    """A program of Windows that outlives this process and its editor; elsewhere programs go to the background by
    themselves. Raises OSError."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    null = subprocess.DEVNULL
    subprocess.Popen(list(argv), env=child_environment(), stdin=null, stdout=null, stderr=null, creationflags=flags)


def start_piped(argv: Sequence[str], cwd: Path, env: Mapping[str, str], fds: Sequence[int] = ()) -> Piped:
    """A program with pipes for all it reads and writes, and the descriptors `fds`. Raises OSError."""
    pipe, apart = subprocess.PIPE, os.name == "posix"
    return subprocess.Popen(
        list(argv), cwd=cwd, env=dict(env), stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=fds, start_new_session=apart
    )


_survivor = Survivor(lambda words: start_piped(words, Path("/"), child_environment()))


class Conversation:
    """A program that is asked through its standard input and answers through its standard output.

    It ends with its input, which is this process's end as well. Raises FileNotFoundError or PermissionError when it
    cannot be started.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [resolve_executable(argv[0]), *argv[1:]],
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0,
        )

    def ask(self, data: bytes, size: int, pause: float) -> Iterator[bytes]:
        """Parts of the answer of `size` bytes as they come.

        Raises TimedOut when nothing comes for `pause` seconds, and EOFError when it has ended by itself; either way it
        is no longer there afterwards.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        late = threading.Event()

        def stop() -> None:
            late.set()
            kill_tree(self._process.pid)

        try:
            with _alarm(pause, stop):
                if stdin is not None and data:
                    stdin.write(data)
                    stdin.flush()
            while size > 0 and stdout is not None:
                with _alarm(pause, stop):
                    part = os.read(stdout.fileno(), size)
                if not part:
                    break
                size -= len(part)
                yield part
        except OSError:
            size = max(size, 1)  # a pipe whose other end is gone
        finally:
            if size > 0:
                self.end()
        if late.is_set():
            raise TimedOut(f"no answer within {pause:g} s")
        if size > 0:
            raise EOFError

    def end(self) -> None:
        """Ends it at once; safe to call twice."""
        if self._process.poll() is None:
            kill_tree(self._process.pid)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def copies_of_this_process(count: int) -> ProcessPoolExecutor:
    """Workers that hold all that is in memory now; Linux only, and only before this process has threads.

    Ctrl-C is for the process that gives the work out, which then shuts the pool down.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(count, multiprocessing.get_context("fork"), _begin_copy, (os.getpid(),))


def _begin_copy(original: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(original)


def kill_tree(pid: int) -> None:
    """End a process and all its descendants at once; what has ended already is passed over."""
    victims = [] if is_childless(pid) else family(pid)
    if os.name == "posix":
        # Only when it leads its own group, as everything started here does: else this would be our own group.
        with contextlib.suppress(OSError):
            leads = os.getpgid(pid) == pid
            (os.killpg if leads else os.kill)(pid, 9)
    for end in victims:
        end()


def end_process(process: psutil.Process, grace: float) -> None:
    """Ask a process to end, wait up to `grace` seconds, then kill it with all its descendants."""
    import psutil

    with contextlib.suppress(psutil.Error):
        family = [process, *process.children(recursive=True)]
        if grace > 0:
            process.terminate()
            wait_ended(process, grace)
        for member in family:
            with contextlib.suppress(psutil.Error):
                member.kill()
        for member in family:
            wait_ended(member, 5)


def wait_ended(process: psutil.Process, timeout: float) -> bool:
    """Wait up to `timeout` seconds for a process that need not be our child; whether it has ended.

    One that nobody has reaped yet has ended: its memory and ports are free, and some inits reap but once a second.
    """
    import psutil

    deadline = time.monotonic() + timeout
    pause = 0.001
    while True:
        try:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.Error:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(0.05, pause * 1.5)
