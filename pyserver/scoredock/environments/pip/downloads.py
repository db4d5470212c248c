"""Progress of the packages that uv fetches, from the lines that it prints."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.progress import Flow, PartOfStep, Progress

_BEGINS = re.compile(r"Downloading (\S+) \((\d+(?:\.\d+)?)([KMG]?i?B)\)")
_HAS_COME = re.compile(r"\s*Downloaded (\S+)")
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "KB": 10**3, "MB": 10**6, "GB": 10**9}


class Downloads:
    """Takes the lines of one run of uv, and hands them on. uv names those packages that take some time, each when it
    begins and when it is there."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._flow = Flow()
        self._sizes: dict[str, int] = {}
        self._done: set[str] = set()

    def line(self, line: str) -> None:
        """One line of uv."""
        if (found := _BEGINS.match(line)) is not None and found[3] in _BYTES:
            self._sizes[found[1]] = int(float(found[2]) * _BYTES[found[3]])
            self._report()
        elif (found := _HAS_COME.match(line)) is not None and found[1] in self._sizes:
            self._done.add(found[1])
            self._report()
        elif self._sizes and line.startswith("Prepared "):
            self._progress.report(l10n.t("Installing packages"))
        self._progress.output(line)

    def _report(self) -> None:
        size = sum(self._sizes.values())
        done = sum(self._sizes[name] for name in self._done)
        step = l10n.t("Downloading packages")
        self._progress.report(PartOfStep(step, self._flow.amounts(done, size)), min(99, done * 100 // max(1, size)))
