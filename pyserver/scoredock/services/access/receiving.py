"""The body of a response as it comes: the beginning in memory, a long one in a file, only so much of an endless one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from scoredock.data_folder import make_private
from scoredock.late_dataclass import dataclass

MOST_BYTES = 256_000_000
"""Of one response; what comes behind them is not received."""


@dataclass(frozen=True, slots=True)
class ReceivedBody:
    body: bytes
    """All of it, or the beginning where there is a file."""
    size: int
    is_cut: bool
    file: Path | None


class BodyReceiver:
    """Receiver of a response body, which stays in memory without a file. A file that cannot be written costs what does
    not fit there."""

    def __init__(self, file: Path | None = None, *, in_memory: int = MOST_BYTES) -> None:
        self._path = file
        self._in_memory = in_memory if file is not None else MOST_BYTES
        self._parts: list[bytes] = []
        self._kept = 0
        self._size = 0
        self._is_cut = False
        self._file: BinaryIO | None = None
        self._is_broken = False

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Called once, before the first part."""

    def take(self, part: bytes) -> bool:
        """True if there may be more."""
        self._is_cut = self._size + len(part) > MOST_BYTES
        part = part[: MOST_BYTES - self._size]
        self._keep(part)
        self._size += len(part)
        return not self._is_cut

    def break_off(self) -> None:
        """Called once where nothing more comes, though there should."""

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self._size

    def received(self) -> ReceivedBody:
        """Body received so far; closes the receiver, and may be called after `close`."""
        self.close()
        whole = self._kept == self._size
        file = None if whole or self._is_broken else self._path
        return ReceivedBody(b"".join(self._parts), self._size, self._is_cut or (not whole and file is None), file)

    def close(self) -> None:
        """Closes the file. Raises nothing."""
        opened, self._file = self._file, None
        if opened is not None:
            try:
                opened.close()
            except OSError:
                self._is_broken = True

    def _keep(self, part: bytes) -> None:
        room = self._in_memory - self._kept
        if self._file is None and len(part) <= room:
            self._parts.append(part)
            self._kept += len(part)
            return
        if self._is_broken:
            return
        try:
            self._written(part)
        except OSError:
            self._is_broken = True
            self.close()

    def _written(self, part: bytes) -> None:
        if self._file is None and self._path is not None:
            make_private(self._path.parent)
            _make_room(self._path.parent)
            self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
            for kept in self._parts:
                self._file.write(kept)
        if self._file is not None:
            self._file.write(part)


def _make_room(folder: Path) -> None:
    """Only the newest responses are kept."""
    with contextlib.suppress(OSError):
        files = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in files[_MOST_FILES - 1 :]:
            old.unlink()


_MOST_FILES = 3
