"""A warm process that forks victims, so that a run costs milliseconds and not the start of an interpreter.

    with Template() as template:
        victim = template.fork("crash.verbs:perform", str(workspace), "delete")
        victim.go()
        lines, status = victim.end()

The template has imported everything that a victim needs and has neither threads nor database connections. A victim
waits for `go`, runs one function and tells what it did line by line through a pipe, which outlives it: what a victim
said before it was killed is known.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

BROKEN = 70
"""How a victim ends that met an error it did not expect; the traceback is the last it says."""
_LONGEST = 1 << 16
_PR_SET_PTRACER = 0x59616D61
_ANY = ctypes.c_ulong(-1)

Say = Callable[[str], None]


class Template:
    """One warm process. Safe to use from several threads."""

    def __init__(self, warm: str = "crash.verbs:warm") -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-B", __file__, str(theirs.fileno()), warm],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=environment,
            )
        self._control.settimeout(60)
        if self._control.recv(_LONGEST) != b"warm":
            raise AssertionError("the template could not be warmed; what it met is above")

    def __enter__(self) -> Template:
        return self

    def __exit__(self, *exception: object) -> None:
        self._control.close()
        self._process.wait(30)

    def fork(self, function: str, *arguments: object) -> Victim:
        """A victim that waits to run `module:function(say, *arguments)`; arguments are what JSON can carry."""
        reading, told = os.pipe()
        waiting, start = os.pipe()
        try:
            with self._lock:
                message = json.dumps({"run": function, "arguments": arguments}).encode()
                socket.send_fds(self._control, [message], [told, waiting])
                pid = int(self._control.recv(_LONGEST))
        finally:
            os.close(told)
            os.close(waiting)
        return Victim(self, pid, reading, start)

    def wait(self, pid: int) -> int:
        """The status of a victim that has ended; as `os.waitstatus_to_exitcode`."""
        with self._lock:
            self._control.send(json.dumps({"wait": pid}).encode())
            return int(self._control.recv(_LONGEST))


class Victim:
    """One forked process. Its process id is its own until `end` returned."""

    def __init__(self, template: Template, pid: int, reading: int, start: int) -> None:
        self.pid = pid
        self._template = template
        self._reading = reading
        self._start = start
        self._said = b""

    def go(self) -> None:
        os.write(self._start, b"!")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def heard(self) -> list[str]:
        """Everything said so far, as whole lines, without waiting."""
        os.set_blocking(self._reading, False)
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._reading, _LONGEST):
                self._said += chunk
        return self._lines()

    def end(self) -> tuple[list[str], int]:
        """Waits for the end; gives the whole lines that were said, and the exit code (minus the signal's number)."""
        os.set_blocking(self._reading, True)
        while chunk := os.read(self._reading, _LONGEST):
            self._said += chunk
        os.close(self._reading)
        os.close(self._start)
        return self._lines(), self._template.wait(self.pid)

    def _lines(self) -> list[str]:
        return [line.decode() for line in self._said.split(b"\n")[:-1]]


# ---------------------------------------------------------------------------------------------- inside the template


def _function(name: str) -> Callable[..., None]:
    module, _, attribute = name.partition(":")
    found: Callable[..., None] = getattr(importlib.import_module(module), attribute)
    return found


def _warm(name: str) -> None:
    """Import what `name` needs, found out in a child so that nothing but modules stays."""
    function = _function(name)
    reading, told = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        try:
            function()
            os.write(told, " ".join(sys.modules).encode())
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    os.close(told)
    with os.fdopen(reading) as names:
        needed = names.read().split()
    os.wait()
    if not needed:
        sys.exit("the warm-up failed")
    for module in needed:
        with contextlib.suppress(ImportError):  # names that modules made up for themselves
            importlib.import_module(module)


def _become_victim(function: Callable[..., None], arguments: list[object], told: int, waiting: int) -> None:
    def say(text: str) -> None:
        os.write(told, f"{text}\n".encode())

    code = 0
    try:
        with contextlib.suppress(OSError, AttributeError):
            # Where only descendants may be traced, this one may be traced by anybody.
            ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
        select.select([waiting], [], [])  # and no read, which would be counted or failed with those of the work
        function(say, *arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else BROKEN
    except BaseException:
        code = BROKEN
        say(f"broken {traceback.format_exc()!r}")
    os._exit(code)


def _serve(control: socket.socket) -> None:
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _LONGEST, 2)
        if not message:
            return
        order = json.loads(message)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            control.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        function = _function(order["run"])
        pid = os.fork()
        if pid == 0:
            control.close()
            _become_victim(function, order["arguments"], *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(str(pid).encode())


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    _warm(sys.argv[2])
    _control = socket.socket(fileno=int(sys.argv[1]))
    _control.send(b"warm")
    _serve(_control)
