"""Limits for code that reads whatever a generator or a stranger wrote: it ends with an error, and takes nothing else
along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

MEGABYTES = 6_000
"""Of addresses, far more than any test here needs: what asks for more is a mistake, and gets MemoryError."""


@contextmanager
def bounded_memory(megabytes: int = MEGABYTES) -> Iterator[None]:
    """This process, and what it starts, gets no more than this while the block runs.

    Only where the system knows such a limit; what comes after is free again.
    """
    try:
        import resource
    except ImportError:
        yield
        return
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes * 1024 * 1024
    bounds = [each for each in (wanted, before, most) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds), most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))
