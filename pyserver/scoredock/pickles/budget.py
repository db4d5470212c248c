"""Budget of one look into the pickles of a version, what it may read, unpack and take, and what a reader says when that
is spent."""

from __future__ import annotations

import time
from dataclasses import field

from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken

CHECK_EVERY = 4096
"""Opcodes between two looks at the clock."""


class NotRead(Exception):
    """The rest of a file cannot be followed; the message is a clause that says why."""


class Damaged(NotRead):
    """Error for bytes that are not a pickle, or none any more."""


@dataclass(slots=True)
class Budget:
    """Shared by all files of one version. What is beyond it gets a note, so that it never counts as looked at."""

    seconds: float = 60.0
    opcodes: int = 40_000_000
    unpacked: int = 64 << 30
    """Bytes that compressed files may come to."""
    entries: int = 200_000
    """Entries of archives."""
    cancel: CancelToken | None = None
    _start_time: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Raises `cancelled`."""
        if self.cancel is not None:
            self.cancel.raise_if_cancelled()

    def spend_opcodes(self, count: int) -> None:
        """Raises NotRead when opcodes or time are used up, `cancelled`."""
        self.opcodes -= count
        if self.opcodes < 0:
            raise NotRead("it holds more steps than are followed")
        self.spend_time()

    def spend_unpacked(self, count: int) -> None:
        """Raises NotRead when bytes or time are used up, `cancelled`."""
        self.unpacked -= count
        if self.unpacked < 0:
            raise NotRead("it unpacks to more bytes than are followed")
        self.spend_time()

    def spend_entry(self) -> None:
        """Raises NotRead when too many entries of archives were met, `cancelled`."""
        self.entries -= 1
        if self.entries < 0:
            raise NotRead("its archives hold more entries than are looked at")
        self.spend_time()

    def spend_time(self) -> None:
        """Raises NotRead when the time is used up, `cancelled`."""
        self.check()
        if time.monotonic() - self._start_time > self.seconds:
            raise NotRead(f"looking at the files of this version took more than {self.seconds:g} seconds")
