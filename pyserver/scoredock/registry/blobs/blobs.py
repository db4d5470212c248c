"""The bytes of models, each stored once under its SHA-256, written so that a crash leaves whole blobs or none."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.blobs.hashing import Hasher
from scoredock.registry.blobs.intake import Intake, Like
from scoredock.registry.blobs.source import SourceFile, open_flags
from scoredock.registry.records import ModelFile
from scoredock.registry.store.durable import FILE_MODE, create_file, write_all
from scoredock.registry.store.faults import storing

DIGEST = re.compile(r"[0-9a-f]{64}")
LARGEST_TEXT = 4 << 20
"""Bytes of a text that is shown; editors take more, people do not."""
_BEGINNING = 8_192


class Blobs:
    """The folders `blobs/` and `tmp/` of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "blobs" / "sha256"
        self.scratch = folder / "tmp"

    def path(self, digest: str) -> Path:
        """Path of the blob with a digest, which need not exist. Raises ValueError for what is not a digest."""
        if not DIGEST.fullmatch(digest):
            raise ValueError(f"not a SHA-256: {digest!r}")
        return self.root / digest[:2] / digest

    def holds(self, file: ModelFile) -> bool:
        """True if a blob of the right size is there; its bytes are not read."""
        try:
            return self.path(file.sha256).stat().st_size == file.size
        except OSError:
            return False

    def intake(self, cancel: CancelToken, like: Like = lambda _: ()) -> Intake:
        """Intake of many files at once; `like` names known blobs of a size, which are compared first."""
        return Intake(self.path, self.scratch, cancel, like)

    def add(self, source: SourceFile, tick: Callable[[int], None], cancel: CancelToken) -> ModelFile:
        """Take one file in. When this returns, the blob and its name are on the disk."""
        with self.intake(cancel) as intake:
            return intake.add(source, tick)

    def read(
        self, file: ModelFile, write: Callable[[memoryview], object], tick: Callable[[int], None], cancel: CancelToken
    ) -> None:
        """Hand on the bytes of a blob piece by piece, checking them on the way. Raises model-damaged, at the end at the
        latest: what was written must be thrown away then.
        """
        blob = self.path(file.sha256)
        try:
            stream = blob.open("rb", buffering=0)
        except OSError as error:
            raise damaged(
                file,
                blob,
                l10n.t("no longer exist")
                if isinstance(error, FileNotFoundError)
                else l10n.t("cannot be read: {reason}", reason=error.strerror),
            ) from error
        with stream, Hasher() as hasher:
            while True:
                cancel.raise_if_cancelled()
                buffer = hasher.buffer()
                try:
                    count = stream.readinto(buffer)
                except OSError as error:
                    raise damaged(file, blob, l10n.t("cannot be read: {reason}", reason=error.strerror)) from error
                if not count:
                    break
                write(hasher.feed(buffer, count))
                tick(count)
            if hasher.digest() != file.sha256:
                raise damaged(file, blob, l10n.t("no longer match their digest"))

    def copy_out(
        self, file: ModelFile, target: Path, tick: Callable[[int], None], cancel: CancelToken, mode: int = FILE_MODE
    ) -> None:
        """Copy a blob to a new file. Raises model-damaged and the errors of storing, and leaves no file then."""
        with storing(target, file.size):
            output = create_file(target, mode)

        def write(view: memoryview) -> None:
            with storing(target, file.size):
                write_all(output, view)

        try:
            self.read(file, write, tick, cancel)
        except BaseException:
            with contextlib.suppress(OSError):
                target.unlink()
            raise
        finally:
            os.close(output)

    def all(self) -> Iterator[Path]:
        """Every file in the blob folders, also those that are not blobs of ours."""
        if not self.root.is_dir():
            return
        for shard in sorted(self.root.iterdir()):
            if shard.is_dir():
                yield from sorted(shard.iterdir())
            else:
                yield shard


def damaged(file: ModelFile, blob: Path, what: str) -> ScoredockError:
    return ScoredockError(
        "model-damaged",
        l10n.t("The stored bytes of {path} ({blob}) {what}.", path=file.path, blob=blob, what=what),
        place=Place(str(blob)),
    )


def whole_text(blobs: Blobs, file: ModelFile) -> str | None:
    """A file as text, for people to read and compare; None when it is too long or not UTF-8. Raises model-damaged."""
    if file.size > LARGEST_TEXT:
        return None
    content = _content(blobs, file, LARGEST_TEXT + 1)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise damaged(file, blobs.path(file.sha256), l10n.t("no longer match their digest"))
    return _decoded(content, whole=True)


def looks_like_text(blobs: Blobs, file: ModelFile) -> bool:
    """True if it begins like a text that `whole_text` would give. Raises model-damaged."""
    return (
        file.size <= LARGEST_TEXT
        and _decoded(_content(blobs, file, _BEGINNING), whole=file.size <= _BEGINNING) is not None
    )


def _decoded(content: bytes, *, whole: bool) -> str | None:
    if b"\0" in content:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content, final=whole)
    except UnicodeDecodeError:
        return None


def _content(blobs: Blobs, file: ModelFile, most: int) -> bytes:
    path = blobs.path(file.sha256)
    try:
        with open(os.open(path, open_flags()), "rb") as stream:  # noqa: PTH123 (a descriptor)
            return stream.read(most)
    except FileNotFoundError:
        raise damaged(file, path, l10n.t("no longer exist")) from None
    except OSError as error:
        raise damaged(file, path, l10n.t("cannot be read: {reason}", reason=error.strerror)) from error
