"""What workers wrote, one file for each mini-batch, and the output that is made of them in the order of the input."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zlib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from scoredock.batch.journal import BatchFailure, BatchSuccess
from scoredock.data_folder import make_private

_A_FOLDER = 1000
"""Files of one folder: many more make every file system slow."""
_BLOCK = 1 << 20


class Results:
    """The folder of them. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, index: int) -> Path:
        """Of a mini-batch; its folder is made where it is missing."""
        folder = self._folder / f"{index // _A_FOLDER:06d}"
        if index % _A_FOLDER == 0 or not folder.is_dir():
            make_private(folder)
        return folder / f"{index:09d}"

    def matches(self, record: BatchSuccess) -> bool:
        """Whether the file is the one that the record is about."""
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

    def assemble(self, indexes: Iterable[int], target: Path) -> int:
        """Writes the results in this order; `target` is replaced in one step, once all of it is on the disk. Its bytes.

        Mini-batches without a file are left out: they returned nothing.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
        try:
            with temporary.open("wb") as stream:
                for index in indexes:
                    try:
                        with self.path(index).open("rb") as part:
                            shutil.copyfileobj(part, stream, _BLOCK)
                    except FileNotFoundError:
                        continue
                size = stream.tell()
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(target.parent)
        return size

    def remove(self) -> None:
        """All of them, once the output is there."""
        shutil.rmtree(self._folder, ignore_errors=True)


def write_quarantine(path: Path, failed: Iterable[BatchFailure]) -> int:
    """One JSON document a line for each mini-batch that failed, with its inputs and its error; none, no file."""
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


def sync_folder(folder: Path) -> None:
    """A rename in it lasts; where a system cannot do that, nothing happens."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
