"""Reads the bytes of a source, which may change, grow, vanish or be something else by the time it is opened."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from scoredock.registry.blobs.source import SourceFile, Stream, changed, open_flags, unreadable


class OpenSource:
    """An open source. Every error is a ScoredockError about it."""

    def __init__(self, source: SourceFile, descriptor: int, stream: Stream | None) -> None:
        self._source = source
        self._stream = stream
        self._left = source.size
        self.descriptor = descriptor
        """Of a file on the disk, else -1."""

    def fill(self, buffer: bytearray) -> int:
        """Read until the buffer is full or the source at its end; gives the number of bytes.

        Raises model-path-changed for a source that has more bytes than it said: it may never end.
        """
        view = memoryview(buffer)
        count = 0
        while count < len(view):
            got = self._read(view[count:])
            if got == 0:
                break
            count += got
        self._left -= count
        if self._left < 0:
            raise changed(self._source.label)
        return count

    def _read(self, view: memoryview) -> int:
        if self._stream is not None:
            return self._stream.readinto(view) or 0
        try:
            return read_into(self.descriptor, view)
        except OSError as error:
            raise unreadable(error, self._source.path) from error

    def finish(self) -> None:
        """Everything was read. Raises model-path-changed when it was not what had been looked at."""
        if self._left != 0:
            raise changed(self._source.label)
        self.require_unchanged()

    def require_unchanged(self) -> None:
        """Raises model-path-changed when the file on the disk was written to since it was looked at."""
        if self.descriptor >= 0:
            after = os.fstat(self.descriptor)
            if (after.st_size, after.st_mtime_ns) != (self._source.size, self._source.modified):
                raise changed(self._source.label)


@contextlib.contextmanager
def opened(source: SourceFile) -> Iterator[OpenSource]:
    """The source from its start, if it is still the regular file that was looked at."""
    if source.opener is not None:
        with source.opener() as stream:
            yield OpenSource(source, -1, stream)
        return
    try:
        descriptor = os.open(source.path, open_flags())
    except OSError as error:
        raise unreadable(error, source.path) from error
    try:
        status = os.fstat(descriptor)
        if (status.st_dev, status.st_ino) != source.identity and os.name != "nt":
            raise changed(source.label)
        reading = OpenSource(source, descriptor, None)
        reading.require_unchanged()
        yield reading
    finally:
        os.close(descriptor)


def read_into(descriptor: int, view: memoryview) -> int:
    """Raises OSError."""
    if hasattr(os, "readv"):
        return os.readv(descriptor, [view])
    chunk = os.read(descriptor, len(view))
    view[: len(chunk)] = chunk
    return len(chunk)
