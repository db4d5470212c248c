"""The one door to threads of the server and the command line: none of them ends by an exception that nobody sees.

Each is logged and counted here, and what becomes of the thread is said where it is started: `again` for loops, whose
next turn needs nothing of the last one; `end_process` for threads without which the server is of no use, so that the
editor starts another one; `logged` for work that whoever looks next begins anew; and a function of one's own where
somebody waits for the work.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

_log = logging.getLogger(__name__)

THREAD_ENDED = 84
"""Exit code of a process one of whose threads could not go on."""
_PAUSE, _LONGEST_PAUSE = 0.05, 30.0
"""Seconds before work is begun again, twice as many each time, and at most."""
_GOOD_SECONDS = 60.0
"""Of work that then fails for the first time."""

AtFault = Callable[[BaseException], object]
"""Called in the thread with what it raised; True begins its work again."""

faults: Counter[str] = Counter()
"""How often threads of a name have raised."""


def again(fault: BaseException) -> bool:  # noqa: ARG001
    """The work is begun again after a pause."""
    return True


def logged(fault: BaseException) -> None:
    """Nobody waits for this work."""


def end_process(fault: BaseException) -> None:  # noqa: ARG001
    """This process ends; who started it begins another one."""
    os._exit(THREAD_ENDED)


def start(work: Callable[..., object], *arguments: Any, name: str, at_fault: AtFault) -> threading.Thread:
    """A thread that ends with its process at the latest."""
    thread = threading.Thread(target=_run, args=(work, arguments, name, at_fault), name=name, daemon=True)
    thread.start()
    return thread


def call_later(seconds: float, call: Callable[[], object], *, name: str, at_fault: AtFault) -> Callable[[], None]:
    """`call` in a thread of its own, unless what this gives is called before."""
    called_off = threading.Event()

    def wait() -> None:
        if not called_off.wait(seconds):
            call()

    start(wait, name=name, at_fault=at_fault)
    return called_off.set


def pool(workers: int, name: str) -> ThreadPoolExecutor:
    """Threads for many pieces of work: whoever asked for one gets what it raises, by its future."""
    return ThreadPoolExecutor(workers, thread_name_prefix=name)


def note_fault_of(name: str) -> Callable[[Future[Any]], None]:
    """Function that notes the fault of a piece of work that nobody waits for any more."""

    def note_it(future: Future[Any]) -> None:
        fault = None if future.cancelled() else future.exception()
        if fault is not None:
            note(name, fault)

    return note_it


def note(name: str, fault: BaseException) -> None:
    """Counts it, and logs it with its traceback."""
    faults[name] += 1
    _log.error("the thread %s raised an exception (number %d of it)", name, faults[name], exc_info=fault)


def _run(work: Callable[..., object], arguments: Any, name: str, at_fault: AtFault) -> None:
    pause = _PAUSE
    while True:
        start_time = time.monotonic()
        try:
            work(*arguments)
            return
        except BaseException as fault:  # whatever ends a thread is an end that somebody has to see
            note(name, fault)
            if at_fault(fault) is not True:
                return
        pause = _PAUSE if time.monotonic() - start_time > _GOOD_SECONDS else min(2 * pause, _LONGEST_PAUSE)
        time.sleep(pause)
