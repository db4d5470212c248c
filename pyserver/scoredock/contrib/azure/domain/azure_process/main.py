"""`main(JOB)`: lists what a workspace of Azure ML has, or fetches what is chosen of it into a folder.

The job is a JSON file. What happens is said on standard output, a JSON object for each line. Standard input is a pipe:
its first line is what an earlier sign-in left, and it ends with whoever started this, as does this process then; on
Linux it is killed with that, whatever it is at.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import threading
from typing import Any, Dict, Iterator

from .faults import fault_of

_PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""


class Events:
    """Lines of standard output, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()

    def tell(self, event: str, **more: Any) -> None:
        """Writes one event."""
        line = json.dumps(dict(more, event=event))
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


def main(path: str) -> None:
    """Does the job of the file."""
    with open(path, encoding="utf-8") as stream:
        job = json.load(stream)
    _die_with(int(job["starter"]))
    memory = sys.stdin.buffer.readline().decode("utf-8").strip()
    events = Events(_own_output())
    threading.Thread(target=_end_with, args=(sys.stdin,), daemon=True).start()
    with _failures_to(events):
        _do(job, events, memory)
    os._exit(0)  # threads of the client library would be waited for


def _do(job: Dict[str, Any], events: Events, memory: str) -> None:
    from .account import ShelfAccount

    account = ShelfAccount(job, events.tell, memory)
    if job["task"] == "list":
        from .listing import listed

        for item in listed(account, job, events.tell):
            events.tell("item", item=item)
    else:
        from .fetching import Fetching

        _lock_folder(job["folder"])
        Fetching(account, job, events.tell).fetch_all()
    events.tell("end")


def _lock_folder(folder: str) -> None:
    """For as long as this process lives; waits for one of an earlier pull, whose starter was killed just now."""
    with contextlib.suppress(ImportError):  # Windows has no such locks
        fcntl = importlib.import_module("fcntl")
        lock = os.open(os.path.join(folder, "process.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)


@contextlib.contextmanager
def _failures_to(events: Events) -> Iterator[None]:
    try:
        yield
    except BaseException as error:  # said to whoever started this, and the process ends
        fault = fault_of(error)
        events.tell("stopped", code=fault.code, message=fault.message)


def _die_with(starter: int) -> None:
    """The client library is imported for seconds, in which nothing of Python may have its turn."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError, OSError, AttributeError):
        importlib.import_module("ctypes").CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != starter:  # it ended before
        os._exit(3)


def _own_output() -> int:
    """The standard output for events alone: what libraries print goes nowhere, as a secret may be in it."""
    own = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    return own


def _end_with(stream: Any) -> None:
    with contextlib.suppress(OSError, ValueError):
        stream.buffer.read()
    os._exit(3)
