"""Results that workers wrote, one file for each mini-batch, and the output that is made of them in the order of the
input.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from scoredock.contrib.batch.domain.work.journal import BatchFailure, BatchSuccess
from scoredock.data_folder import make_private
from scoredock.temporary.fresh_files import FreshFile

_A_FOLDER = 1000
"""Files of one folder: many more make every file system slow."""
_BLOCK = 1 << 20


class Results:
    """The folder of them. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, index: int) -> Path:
        """Path of a mini-batch's result; its folder is made if it is missing."""
        folder = self._folder / f"{index // _A_FOLDER:06d}"
        if index % _A_FOLDER == 0 or not folder.is_dir():
            make_private(folder)
        return folder / f"{index:09d}"

    def matches(self, record: BatchSuccess) -> bool:
        """True if the file is the one that the record is about."""
        if not record.size:
            return True
        try:
            with self.path(record.index).open("rb") as stream:
                checksum = size = 0
                while block := stream.read(_BLOCK):
                    checksum, size = zlib.crc32(block, checksum), size + len(block)
        except OSError:
            return False
        return (size, checksum) == (record.size, record.sum)

    def assemble(self, indexes: Iterable[int], target: Path, header: bytes | None = None) -> None:
        """Writes the results in this order; `target` is replaced in one step, once all of it is on the disk.

        Mini-batches without a file are left out: they returned nothing. With a header it comes first, and the first
        line of each of them stays away.
        """
        with output_file(target) as temporary, temporary.open("wb") as stream:
            stream.write(header or b"")
            for index in indexes:
                with contextlib.suppress(FileNotFoundError), self.path(index).open("rb") as part:
                    if header is not None:
                        part.readline()
                    shutil.copyfileobj(part, stream, _BLOCK)


@contextlib.contextmanager
def output_file(target: Path) -> Iterator[Path]:
    """Path to write to; the file becomes `target` in one step after the block, once it is on the disk.
    Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with FreshFile.beside(target) as fresh:
        yield fresh.path
        fresh.publish(target)


def write_quarantine(path: Path, failed: Iterable[BatchFailure]) -> int:
    """Writes one JSON document a line for each mini-batch that failed, with its inputs and its error; without any, no
    file. Returns how many.
    """
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    count = 0
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            for each in failed:
                stream.write(json.dumps(asdict(each), ensure_ascii=False) + "\n")
                count += 1
            stream.flush()
            os.fsync(stream.fileno())
        if count:
            temporary.replace(path)
        else:
            path.unlink(missing_ok=True)
    finally:
        temporary.unlink(missing_ok=True)
    return count
