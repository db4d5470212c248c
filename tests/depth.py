"""How deep this run goes: as every change is tested, or as the long run does.

The gate (`npm test`) and the long run (`npm run test:long`) run the same tests. What differs is how often a test
repeats itself, from which seed it draws, and which tests marked `long` take part.
"""

from __future__ import annotations

import contextlib
import os

LONG = os.environ.get("SCOREDOCK_TEST_DEPTH") == "long"
"""Whether this is the long run."""

SEED = int(os.environ.get("SCOREDOCK_TEST_SEED") or 0)
"""Where generated material begins: 0 at the gate, another number in each long run, which prints it. Setting it repeats
a run."""


def rounds(*, gate: int, long: int, name: str = "") -> int:
    """How often a test repeats itself; the environment variable `name`, where one is given, says otherwise."""
    asked = os.environ.get(name) if name else None
    return int(asked) if asked else (long if LONG else gate)


def limit_memory(megabytes: int) -> None:
    """Ends this process with MemoryError, not the machine, when it asks for more; for `preexec_fn` and generated
    programs.

    Only where the system knows such a limit; elsewhere the time-out of whoever started the process is what holds.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):  # macOS has the call and refuses it
        import resource

        most = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
