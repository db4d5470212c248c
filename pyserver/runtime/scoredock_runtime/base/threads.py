"""The one door to threads of the runtime: none of them ends by an exception that nobody sees.

What becomes of it is said where a thread is started. It is `again` for loops, whose next turn needs nothing of the last
one; `end_process` for threads without which a process is of no use, so that its parent starts another one; and a
function of one's own for work that somebody waits for, or whose end means something.
"""

import errno
import sys
import threading
import time
import traceback
from os import _exit as _end_process_with
from typing import Any, Callable, Dict

THREAD_ENDED = 84
"""Exit code of a process one of whose threads could not go on."""
_PAUSE, _LONGEST_PAUSE = 0.05, 30.0
"""Seconds before work is begun again, twice as many each time, and at most."""
_GOOD_SECONDS = 60.0
"""Of work that then fails for the first time."""

AtFault = Callable[[BaseException], object]
"""Called in the thread with what it raised; True begins its work again."""

faults: Dict[str, int] = {}
"""How often threads of a name have raised."""
# As they are before a script comes, which may put others in their places.
_Thread, _sleep, _clock = threading.Thread, time.sleep, time.monotonic


def _to_stderr(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")


report: Callable[[str], object] = _to_stderr
"""Takes the report of a fault: writes it to the log, as soon as there is one."""


def report_to(take: Callable[[str], object]) -> None:
    """Faults of threads are reported to `take` from now on."""
    global report
    report = take


def again(fault: BaseException) -> bool:  # noqa: ARG001
    """The work is begun again after a pause."""
    return True


def end_process(fault: BaseException) -> None:  # noqa: ARG001
    """Ends this process, which its parent replaces."""
    _end_process_with(THREAD_ENDED)


def start(work: Callable[..., object], *arguments: Any, name: str, at_fault: AtFault) -> threading.Thread:
    """A thread that ends with its process at the latest. Raises OSError where the system gives no further one."""
    thread = _Thread(target=run, args=(work, arguments, name, at_fault), name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as fault:
        raise OSError(errno.EAGAIN, str(fault)) from fault
    return thread


def call_later(seconds: float, call: Callable[[], object], *, name: str, at_fault: AtFault) -> Callable[[], None]:
    """`call` in a thread of its own, unless what this gives is called before."""
    called_off = threading.Event()

    def wait() -> None:
        if not called_off.wait(seconds):
            call()

    start(wait, name=name, at_fault=at_fault)
    return called_off.set


def run(work: Callable[..., object], arguments: Any, name: str, at_fault: AtFault) -> None:
    """Run the work of such a thread, again after each fault for which `at_fault` returns True."""
    pause = _PAUSE
    while True:
        start_time = _clock()
        try:
            work(*arguments)
            return
        except BaseException as fault:  # whatever ends a thread is an end that somebody has to see
            note(name, fault)
            if at_fault(fault) is not True:
                return
        pause = _PAUSE if _clock() - start_time > _GOOD_SECONDS else min(2 * pause, _LONGEST_PAUSE)
        _sleep(pause)


def note(name: str, fault: BaseException) -> None:
    """Counts it, and tells it with its traceback."""
    faults[name] = faults.get(name, 0) + 1
    lines = "".join(traceback.format_exception(type(fault), fault, fault.__traceback__)).rstrip()
    try:
        report(f"The thread “{name}” of Scoredock raised an exception (number {faults[name]} of it):\n{lines}")
    except Exception:
        _to_stderr(lines)
