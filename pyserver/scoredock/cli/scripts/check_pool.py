"""Checks many files in several processes. Only where a process can be copied as it is: others take longer to start."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scoredock.context import Operation
from scoredock.run import copies_of_this_process
from scoredock.scripts.checked_files import CheckedFile, FileChecker
from scoredock.scripts.file_search import Candidate, candidates, read

FEWEST = 100
"""Files from which on a second process saves more than it costs."""
_MOST = 8
_CHUNK = 8
_checker: list[FileChecker] = []
"""Of this process, before it is copied."""


def checked(
    paths: Sequence[Path], checker: FileChecker, operation: Operation, *, in_process: bool = False
) -> Iterator[CheckedFile]:
    """Checked files in the order of `FileChecker.of`. With `in_process` no copies are made: a store is open already,
    which no copy may use."""
    files = list(candidates(paths, checker.left_out, checker.installed.append))
    workers = min(_MOST, _processors(), len(files) // (FEWEST // 2))
    if in_process or len(files) < FEWEST or workers < 2 or not sys.platform.startswith("linux"):
        yield from checker.of(files, operation)
        return
    _checker[:] = [checker]
    with copies_of_this_process(workers) as pool:
        try:
            # Named files may be refused, with an error that belongs to this process.
            answers = pool.map(_check, [None if each.named else each for each in files], chunksize=_CHUNK)
            for candidate, answer in zip(files, answers, strict=True):
                operation.cancel.raise_if_cancelled()
                if candidate.named:
                    yield from checker.of([candidate], operation)
                elif answer is not None:
                    yield answer
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _check(candidate: Candidate | None) -> CheckedFile | None:
    return None if candidate is None else _checker[0].file(candidate.path, read(candidate))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
