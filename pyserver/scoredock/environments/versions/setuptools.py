"""setuptools as environments of conda have it: packages of their time import `pkg_resources` and do not say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scoredock.environments.pip import locks
from scoredock.run import Completed

SETUPTOOLS = "setuptools<81"
"""The versions that still have `pkg_resources`. Every environment of conda's has them, whatever its file lists."""
MODULES_OF_SETUPTOOLS = ("pkg_resources", "setuptools")
_FIRST_WITHOUT = (3, 12)
"""The first Python that brings none into its virtual environments."""
_OURS = re.compile(r"\bsetuptools\S*<81\b")
"""Where a refusal speaks of it."""


def compile_with_setuptools(
    requirements: tuple[str, ...],
    present: Sequence[str],
    python: tuple[int, int],
    answer: Callable[[tuple[str, ...]], Completed],
) -> Completed:
    """Answer of the resolver to these lines and setuptools, where that is due and goes with them.

    What is pinned or needed by others comes before it, and so does what can be had: an index need not have it. The
    runtime alone, which is here without asking an index, needs none.
    """
    is_due = python < _FIRST_WITHOUT and len(requirements) > len(locks.options(requirements))
    if not is_due or any(line.startswith("setuptools==") for line in present):
        return answer(requirements)
    completed = answer((*requirements, SETUPTOOLS))
    if completed.returncode != 0 and _OURS.search(completed.stderr):
        return answer(requirements)
    return completed
