"""Content by its digest below `blobs/sha256/`, as an OCI layout has it: whole or not there, whoever writes it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from scoredock.data_folder import age
from scoredock.oci.content import LARGEST_DOCUMENT, Descriptor, Malformed, descriptor_of, digest_of, require_digest
from scoredock.oci.durable_files import make_folder, open_plain, storing
from scoredock.temporary.fresh_files import FreshFile, sweep

OCTETS: Final = "application/octet-stream"
_MODE: Final = 0o644
"""What layouts of others have: an engine of another account may read it."""


class ContentWriter:
    """Takes content, and hashes it on the way. `descriptor` is there when the block has ended."""

    def __init__(self, fresh: FreshFile, folder: Path, expected: Descriptor | None, media_type: str) -> None:
        self._fresh = fresh
        self._folder = folder
        self._expected = expected
        self._media_type = media_type
        self._digest = hashlib.sha256()
        self._size = 0

    @property
    def descriptor(self) -> Descriptor:
        """Descriptor of what was written so far, or the expected one if there is one."""
        if self._expected is not None:
            return self._expected
        return Descriptor(self._media_type, f"sha256:{self._digest.hexdigest()}", self._size)

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Raises Malformed for more bytes than were expected, ScoredockError `disk-full`, `io-failed`."""
        self._size += len(block)
        if self._expected is not None and self._size > self._expected.size:
            raise Malformed(f"the content of {self._expected.digest} has more than {self._expected.size} bytes")
        self._digest.update(block)
        with storing(self._folder):
            self._fresh.write(block)

    def require_expected(self) -> None:
        """Raises Malformed."""
        if self._expected is None:
            return
        if self._size != self._expected.size:
            raise Malformed(
                f"the content of {self._expected.digest} has {self._size} bytes instead of {self._expected.size}"
            )
        if (digest := f"sha256:{self._digest.hexdigest()}") != self._expected.digest:
            raise Malformed(f"the content of {self._expected.digest} has the digest {digest}")


class ContentStore:
    """Content below one folder. Any number of processes may read, write and sweep at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "blobs" / "sha256"

    def path(self, digest: str) -> Path:
        """Path of content, which need not exist. Raises Malformed for what is not a digest."""
        require_digest(digest)
        return self._folder / digest.partition(":")[2]

    def has(self, descriptor: Descriptor) -> bool:
        """True if content of this digest and size is there; its bytes are not read. Raises Malformed."""
        try:
            with self.open(descriptor.digest) as stream:
                return os.fstat(stream.fileno()).st_size == descriptor.size
        except (FileNotFoundError, NotADirectoryError):
            return False

    def open(self, digest: str) -> BinaryIO:
        """The bytes as they lie there, unchecked. Raises FileNotFoundError, another OSError, and Malformed for what is
        no regular file of this store: links are not followed."""
        path = self.path(digest)
        for folder in (self._folder.parent, self._folder):
            if folder.is_symlink():
                raise Malformed(f"the folder `{folder.name}` of the layout is a link")
        return open_plain(path)

    def read(self, descriptor: Descriptor) -> bytes:
        """A document, checked. Raises Malformed for one that is missing, too large or not what the descriptor says."""
        if descriptor.size > LARGEST_DOCUMENT:
            raise Malformed(f"the document {descriptor.digest} has {descriptor.size} bytes")
        try:
            with self.open(descriptor.digest) as stream:
                content = stream.read(descriptor.size + 1)
        except (FileNotFoundError, NotADirectoryError):
            raise Malformed(f"the content of {descriptor.digest} is missing") from None
        if len(content) != descriptor.size or digest_of(content) != descriptor.digest:
            raise Malformed(f"the stored bytes of {descriptor.digest} do not match their digest")
        return content

    def put(self, content: bytes, media_type: str) -> Descriptor:
        """Store content that is at hand. Raises ScoredockError `disk-full`, `io-failed`."""
        descriptor = descriptor_of(media_type, content)
        with self.writing(descriptor) as writer:
            writer.write(content)
        return descriptor

    @contextlib.contextmanager
    def writing(self, expected: Descriptor | None, media_type: str = OCTETS) -> Iterator[ContentWriter]:
        """Block with a writer of content that comes in pieces. When the block of `with` has ended, it and its name are
        on the disk; after any error there is nothing.

        What is there already is written anew, which heals damaged bytes. `media_type` is that of the writer's
        descriptor where none is expected. Raises Malformed for bytes that are not the expected ones, ScoredockError
        `disk-full`, `io-failed`.
        """
        with storing(self._folder):
            make_folder(self._folder)
            fresh = FreshFile(self._folder)
        with fresh:
            writer = ContentWriter(fresh, self._folder, expected, media_type)
            yield writer
            writer.require_expected()
            with storing(self._folder):
                self._publish(fresh, writer.descriptor)

    def _publish(self, fresh: FreshFile, descriptor: Descriptor) -> None:
        try:
            fresh.publish(self.path(descriptor.digest), mode=_MODE)
        except PermissionError:
            # Windows does not replace a file that somebody reads, who then has the same bytes.
            if os.name != "nt" or not self.has(descriptor):
                raise

    def touch(self, digest: str) -> None:
        """Content is in use again: `collect` counts its age from now on. Raises Malformed; does nothing for what is
        missing."""
        with contextlib.suppress(OSError):
            os.utime(self.path(digest), follow_symlinks=os.utime not in os.supports_follow_symlinks)

    def sweep(self) -> int:
        """Remove what killed writers left; how many files that were. Raises ScoredockError `io-failed`."""
        with storing(self._folder):
            return sweep(self._folder) if self._folder.is_dir() else 0

    def count(self) -> int:
        """Number of the pieces of content. Raises ScoredockError `io-failed`."""
        with storing(self._folder):
            return sum(1 for _ in self._folder.iterdir()) if self._folder.is_dir() else 0

    def unneeded(self, keep: Collection[str], older_than: float) -> Iterator[Path]:
        """Content whose digest is not in `keep` and that was written or touched at least `older_than` seconds ago, so
        that what another process has just put there stays. Raises ScoredockError `io-failed`."""
        with storing(self._folder):
            for path in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
                with contextlib.suppress(FileNotFoundError, Malformed):
                    digest = f"sha256:{path.name}"
                    require_digest(digest)
                    if digest not in keep and age(path) >= older_than:
                        yield path

    def collect(self, keep: Collection[str], older_than: float) -> int:
        """Remove that; the bytes that this freed. Raises ScoredockError `io-failed`."""
        self.sweep()
        freed_bytes = 0
        for path in self.unneeded(keep, older_than):
            with storing(self._folder), contextlib.suppress(FileNotFoundError):
                size = path.lstat().st_size
                path.unlink()
                freed_bytes += size
        return freed_bytes
