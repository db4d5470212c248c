"""Workers as their driver sees them: started or forked, given mini-batches, ended.

On Linux they are forked from a template that has imported the packages of the script (`scoredock_runtime/template`), so
that the second one costs no second import. Elsewhere, and where a package holds threads, each is started.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from scoredock import threads
from scoredock.contrib.batch.domain.work.jobs import APP_ROOT, LOGS, JobFolder, JobRecord
from scoredock.contrib.batch.domain.work.plan import MiniBatch
from scoredock.contrib.batch.domain.work.worker_log import WorkerLog
from scoredock.deploy_options import BatchInputFormat
from scoredock.late_dataclass import dataclass
from scoredock.run import kill_tree, service_environment, start_piped
from scoredock_runtime.contract_variables import MARKER

Events = queue.SimpleQueue[tuple["Worker", dict[str, Any] | None]]
"""What workers say; None is the end of one."""

_WORK = "scoredock_runtime.batch.forked"
"""The module that has the life of a forked worker."""
_START_SECONDS, _IMPORT_SECONDS, _FORK_SECONDS = 60.0, 300.0, 10.0
_END_SECONDS = 10.0
_SUBREAPER = 36
_IS_LINUX = sys.platform == "linux"


@dataclass(frozen=True)
class WorkerInterpreter:
    """Interpreters, variables and folder of workers."""

    python: str
    script_python: str
    """Empty where the script runs in the same one."""
    variables: Mapping[str, str]
    folder: Path
    """Of the job: marks its processes, and is their first working directory."""

    def environment(self, what: str) -> dict[str, str]:
        return {**self.variables, MARKER: f"{self.folder}#{os.getpid()}.{what}"}


class Worker:
    """Worker that is one process. Started and ended by the driver's main thread; two threads of its own read what it
    writes.
    """

    def __init__(self, number: int, pid: int, streams: tuple[IO[bytes], IO[bytes]], log: WorkerLog) -> None:
        """`streams`: what it reads, and what it writes."""
        self.number = number
        self.pid = pid
        self.log = log
        self.is_there = True
        """Not before a machine was found for one that runs elsewhere."""
        self.is_ready = False
        self.batch: MiniBatch | None = None
        self.since = time.monotonic()
        """Of what it does now."""
        self.is_running = False
        """In run(), and not before it."""
        self.killed_for = ""
        """`timeout` or `end`, where this process ended it."""
        self.returncode: int | None = None
        self._writing, self._reading = streams

    def listen(self, events: Events, output: IO[bytes]) -> None:
        """Begins to pass its messages to `events`, and its output to its log."""
        threads.start(self._listen, events, name="batch-worker", at_fault=lambda _: events.put((self, None)))
        threads.start(self.log.drain, output, name="batch-output", at_fault=threads.logged)

    def _listen(self, events: Events) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in self._reading:
                events.put((self, json.loads(line)))
        events.put((self, None))

    def tell(self, message: Mapping[str, Any]) -> None:
        """Sends a message; a worker that is gone says so by its end. Never raises."""
        with contextlib.suppress(OSError, ValueError):
            self._writing.write(json.dumps(message).encode() + b"\n")
            self._writing.flush()

    def give(self, batch: MiniBatch, message: Mapping[str, Any]) -> None:
        """Gives it a mini-batch, for which it calls run()."""
        self.batch, self.since, self.is_running = batch, time.monotonic(), False
        self.tell({"run": message})

    def kill(self, reason: str) -> None:
        """Ends the worker with all that it started."""
        self.killed_for = self.killed_for or reason
        if self.returncode is None:
            kill_tree(self.pid)

    def reap(self) -> None:
        """Sets the exit code after its end; it is below zero for a signal."""
        if self.returncode is not None:
            return
        deadline = time.monotonic() + _END_SECONDS
        while not self._ended():
            if time.monotonic() > deadline:
                kill_tree(self.pid)  # it closed its channel and goes on
                deadline = time.monotonic() + _END_SECONDS
            time.sleep(0.002)
        for stream in (self._writing, self._reading):
            with contextlib.suppress(OSError):
                stream.close()

    def _ended(self) -> bool:
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            self.returncode = -1
            return True
        if pid:
            self.returncode = os.waitstatus_to_exitcode(status)
        return bool(pid)

    @property
    def is_lost(self) -> bool:
        """True if nobody knows how it ended, as its machine is away."""
        return False

    def usage(self) -> tuple[int, float]:
        """Bytes of memory, and seconds of processor time."""
        return _usage_of(self.pid)

    def ending(self) -> str:
        """Text of how it ended: `signal SIGSEGV`, `exit code 3`."""
        code = self.returncode or 0
        if code >= 0:
            return f"exit code {code}"
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
        return f"signal {-code}"


def run_message(batch: MiniBatch, kind: BatchInputFormat, result: Path) -> dict[str, Any]:
    """Message that gives a worker a mini-batch; `result` is the file that it writes."""
    return {
        "index": batch.index,
        "kind": kind,
        "files": [file.path for file in batch.files],
        "start": batch.start,
        "end": batch.end,
        "head": batch.head,
        "keys": [list(each) for each in batch.keys],
        "result": str(result),
    }


def start(interpreter: WorkerInterpreter, number: int, log: WorkerLog, events: Events) -> Worker:
    """Raises OSError."""
    words = [interpreter.python, "-m", "scoredock_runtime", "batch"]
    if interpreter.script_python:
        words.append(interpreter.script_python)
    process = start_piped(words, interpreter.folder, interpreter.environment(str(number)))
    process.returncode = 0  # it is reaped by its number here, as forks are
    worker = Worker(number, process.pid, (_pipe(process.stdin), _pipe(process.stdout)), log)
    worker.listen(events, _pipe(process.stderr))
    return worker


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("A pipe is missing.")
    return stream


class Template:
    """The process that workers are forked from. Raises OSError where it cannot be had, and is of no use then."""

    def __init__(self, interpreter: WorkerInterpreter, modules: Sequence[str]) -> None:
        """`modules` are imported before the first fork, as far as they are installed and can be shared."""
        self._interpreter = interpreter
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            process = start_piped(
                [interpreter.python, "-m", "scoredock_runtime", "template", str(theirs.fileno()), _WORK],
                interpreter.folder,
                interpreter.environment("template"),
                (theirs.fileno(),),
            )
            self.pid = process.pid
            process.returncode = 0
            self._pipes = (process.stdin, process.stdout, process.stderr)
        except BaseException:
            self._channel.close()
            raise
        finally:
            theirs.close()
        try:
            self._answer(_START_SECONDS)
            self._channel.send(json.dumps({"import": list(modules)}).encode())
            if self._answer(_IMPORT_SECONDS).get("refused"):
                raise OSError("A package cannot be shared by workers.")
        except BaseException:
            self.end()
            raise

    def fork(self, number: int, log: WorkerLog, events: Events) -> Worker:
        """Raises OSError."""
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        request = {
            "fork": number,
            "environment": self._interpreter.environment(str(number)),
            "folder": str(self._interpreter.folder),
        }
        try:
            # A copy for its standard error: the template closes each that it was given.
            socket.send_fds(self._channel, [json.dumps(request).encode()], [writing, writing, theirs.fileno()])
            pid = int(self._answer(_FORK_SECONDS).get("pid", 0))
            if not pid:
                raise OSError("The template forked nothing.")
        except BaseException:
            os.close(reading)
            ours.close()
            raise
        finally:
            os.close(writing)
            theirs.close()
        streams = (ours.makefile("wb"), ours.makefile("rb"))
        ours.close()
        worker = Worker(number, pid, streams, log)
        worker.listen(events, os.fdopen(reading, "rb"))
        return worker

    def end(self) -> None:
        """Ends the template at once; workers stay."""
        kill_tree(self.pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        self._channel.close()
        for pipe in self._pipes:
            if pipe is not None:
                pipe.close()

    def _answer(self, seconds: float) -> dict[str, Any]:
        self._channel.settimeout(seconds)
        data = self._channel.recv(1 << 20)
        if not data:
            raise OSError("The template has ended.")
        return dict(json.loads(data))


def can_fork(interpreter: WorkerInterpreter) -> bool:
    """True if this system hands descriptors over and adopts what others forked; this process does so from now on."""
    if sys.platform != "linux" or interpreter.script_python:
        return False
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0) == 0)
    return False


def interpreter_of(job: JobRecord, folder: JobFolder) -> WorkerInterpreter:
    """Interpreters, variables and folder for the workers of a job."""
    root = folder.of(APP_ROOT)
    variables = {
        **service_environment(),
        **job.variables,
        "AML_APP_ROOT": str(root),
        "AZUREML_MODEL_DIR": str(root / job.model_dir),
        "AZUREML_ENTRY_SCRIPT": job.entry_script,
        "PWD": str(root),
    }
    return WorkerInterpreter(job.python, job.script_python, variables, folder.path)


def start_message(job: JobRecord, folder: JobFolder) -> dict[str, Any]:
    """First message to a worker."""
    root = folder.of(APP_ROOT)
    return {
        "app_root": str(root),
        "entry_script": job.entry_script,
        "source": str(root / job.source) if job.source else "",
        "arguments": list(job.configuration.arguments),
        "level": job.configuration.logging_level,
        "output": job.output,
        "logs": str(folder.of(LOGS)),
        "form": job.configuration.output_format if job.configuration.output_action == "append_row" else "",
    }


def _usage_of(pid: int) -> tuple[int, float]:
    """Bytes of memory, and seconds of processor time; 0 of one that has ended. Linux goes without psutil: to import it
    takes as long as scoring some thousand rows."""
    if _IS_LINUX:
        return _usage_on_linux(pid)
    import psutil

    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return process.memory_info().rss, round(times.user + times.system, 2)
    except psutil.Error:
        return 0, 0.0


def _usage_on_linux(pid: int) -> tuple[int, float]:
    """From proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        user, system, pages = (int(fields[number]) for number in (11, 12, 21))
    except (OSError, ValueError, IndexError):
        return 0, 0.0
    return pages * os.sysconf("SC_PAGE_SIZE"), round((user + system) / os.sysconf("SC_CLK_TCK"), 2)
