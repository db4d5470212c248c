"""Bounds on time that hold on a slow and busy machine, too: what a bound is stretched by is measured when it is missed.

The long run judges time. At the gate a bound only tells a hang: what must be quick is shown there by what comes first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from depth import LONG

START_SECONDS = 0.03
"""What a start of the interpreter and 200,000 turns of a loop take together on an idle machine of today."""
IN_COMPANY = 3.0
"""In CI other tests run beside this one."""
HANG = 30.0
"""So many times the bound is a hang, on any machine."""


def slowness() -> float:
    """How many times slower this machine is just now than an idle one of today, 1.0 at least."""
    begun = time.perf_counter()
    for _ in range(3):
        subprocess.run([sys.executable, "-I", "-S", "-c", "for n in range(200_000): pass"], check=True)
    return max(1.0, (time.perf_counter() - begun) / 3 / START_SECONDS)


def within(taken: float, bound: float) -> bool:
    """Whether what took `taken` would have taken less than `bound`, in the same unit, on an idle machine of today; at
    the gate, whether it was not a hang."""
    if taken < bound:
        return True
    if not LONG:
        return taken < HANG * bound
    return taken < bound * max(patience(1.0), 1.5 * slowness())


def patience(seconds: float) -> float:
    """Seconds to wait for what would come within `seconds` on a machine of today that does nothing else."""
    return seconds * (IN_COMPANY if os.environ.get("CI", "").lower() == "true" else 1.0)
