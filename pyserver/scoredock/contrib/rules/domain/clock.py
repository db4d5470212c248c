"""Clock of a canary: how long a share has lasted, whatever the clock on the wall does."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache

from scoredock.late_dataclass import dataclass
from scoredock.processes import boot


@dataclass(frozen=True, kw_only=True)
class CanaryClock:
    """Time that a share has lasted: seconds that were lived through in one boot of the machine, so that a clock that is
    set and a machine that was off do not count.
    """

    elapsed: float = 0.0
    boot: str = ""
    mark: float = 0.0
    """Of the clock since that boot, when `elapsed` was last written."""


@cache
def _own() -> str:
    """Mark of this process if nothing tells the boot: only what this process lives through counts."""
    return f"process-{time.monotonic_ns()}"


def began() -> CanaryClock:
    """A clock that starts now."""
    return CanaryClock(boot=boot() or _own(), mark=time.monotonic())


def advanced(clock: CanaryClock) -> CanaryClock:
    """The clock with the time that has passed since it was last looked at, in the same boot of the machine."""
    now, here = time.monotonic(), boot() or _own()
    passed = max(0.0, now - clock.mark) if clock.boot == here else 0.0
    return replace(clock, elapsed=clock.elapsed + passed, boot=here, mark=now)
