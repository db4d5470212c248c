"""The first process of a container: it starts the parent of the service again, once, when the kernel has ended it."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any, Callable, Dict, Tuple

from scoredock_runtime import contract
from scoredock_runtime.base import limits

AGAIN_SECONDS = 600.0
"""A parent that is killed a second time within so long stays away."""

Cause = Tuple[str, str]
"""As `contract.Exhaustion` has it; empty texts for a first start."""


def guarded(serve: Callable[[Cause], int], names: Dict[str, str], restarts: Callable[[], int]) -> int:
    """The exit code of the last parent. `serve` is the life of one, in a child of this process; `names` are those of
    the limits of the container; `restarts` are those that the status tells of. Only before this process has a second
    thread."""
    groups = limits.ControlGroups()
    cause: Cause = ("", "")
    restarted = 0.0
    while True:
        expected = groups.kills() - restarts()
        parent = _Parent(serve, cause)
        code = parent.wait()
        if code != -signal.SIGKILL or parent.is_to_end:
            return code if code >= 0 else 128 - code
        now = time.monotonic()
        cause = _cause_of(groups, names, is_memory=groups.kills() - restarts() > expected)
        if restarted and now - restarted < AGAIN_SECONDS:
            return _give_up(cause)
        restarted = now
        limits.remove_files_in_memory(names)


class _Parent:
    """A parent in a child of this process, which gets the signals that this one gets."""

    def __init__(self, serve: Callable[[Cause], int], cause: Cause) -> None:
        self.is_to_end = False
        self._pid = 0
        signals = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
        before = {each: signal.signal(each, self._pass_on) for each in signals}
        self._pid = os.fork()
        if self._pid == 0:
            for each, handler in before.items():
                signal.signal(each, handler)
            # Not through the frames of this process: what they clean up is its own.
            try:
                code = serve(cause)
            except KeyboardInterrupt:
                code = 130
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _pass_on(self, number: int, _: Any) -> None:
        self.is_to_end = True
        if self._pid:
            os.kill(self._pid, number)

    def wait(self) -> int:
        """Its exit code, below zero for a signal."""
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status)


def _cause_of(groups: limits.ControlGroups, names: Dict[str, str], *, is_memory: bool) -> Cause:
    if is_memory:
        return contract.OUT_OF_MEMORY, limits.out_of_memory(groups, names)
    return contract.SERVICE_CRASHED, "The parent process of the service was killed (SIGKILL)."


def _give_up(cause: Cause) -> int:
    code, sentence = cause
    minutes = AGAIN_SECONDS / 60
    message = f"{contract.ENDED_TWICE} {minutes:g} minutes. The last time: {sentence}"
    print(message, contract.failure_line(contract.Failure(code, message)), sep="\n", file=sys.stderr, flush=True)
    return 128 + signal.SIGKILL
