"""The files of a batch job: listed once, in one order, and written down, so that a million of them need no memory."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.deploy_options import BatchInputFormat
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken

_SUFFIXES: dict[BatchInputFormat, tuple[str, ...]] = {"files": (), "csv": (".csv",), "parquet": (".parquet",)}
"""Of the files that count in a folder; what is named itself may end in anything."""
_EVERY = 1024
"""Files between two looks whether the work was cancelled."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was when the job began, or was resumed."""

    path: str
    size: int
    changed: int
    """Time of its last change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class InputTotals:
    """Numbers of files and bytes of an input."""

    files: int
    bytes: int


def suffixes_of(kind: BatchInputFormat) -> tuple[str, ...]:
    """Endings of the files that count in a folder, in small letters; none where all do."""
    return _SUFFIXES[kind]


def write_listing(inputs: Sequence[str], kind: BatchInputFormat, listing: Path, cancel: CancelToken) -> InputTotals:
    """Writes the files of paths, folders and patterns (`*`, `?`, `**`) in their order, each once; within a folder by
    name.

    Raises ScoredockError `batch-input-missing`, `batch-input-empty`, `cancelled`, and OSError for the listing.
    """
    marks: set[bytes] | None = set() if len(inputs) > 1 else None
    count = total = 0
    listing.touch(mode=0o600)
    with listing.open("wb") as stream:
        for file in _files(inputs, kind):
            if marks is not None:
                mark = hashlib.blake2b(os.fsencode(file.path), digest_size=16).digest()
                if mark in marks:
                    continue
                marks.add(mark)
            stream.write(_line(file))
            count, total = count + 1, total + file.size
            if count % _EVERY == 0:
                cancel.raise_if_cancelled()
        stream.flush()
        os.fsync(stream.fileno())
    if not count:
        raise ScoredockError(
            "batch-input-empty",
            l10n.t("There is no file in the input {inputs}.", inputs=", ".join(inputs)[:400]),
            place=Place(inputs[0]) if inputs else None,
        )
    return InputTotals(count, total)


def renew_listing(listing: Path, cancel: CancelToken) -> int:
    """Takes files as they are now, for a job of files that goes on: what was mended meanwhile is read then. Those that
    have vanished stay as they were, and the order with them. How many have changed; `listing` is replaced in one step.

    Raises ScoredockError `cancelled`, and OSError for the listing.
    """
    renewed = listing.with_name(f".{listing.name}-{secrets.token_hex(4)}")
    changed = 0
    try:
        renewed.touch(mode=0o600)
        with renewed.open("wb") as stream:
            for number, (_, file) in enumerate(read_listing(listing)):
                now = _now(file)
                changed += now != file
                stream.write(_line(now))
                if number % _EVERY == 0:
                    cancel.raise_if_cancelled()
            stream.flush()
            os.fsync(stream.fileno())
        if changed:
            renewed.replace(listing)
    finally:
        renewed.unlink(missing_ok=True)
    return changed


def _now(file: InputFile) -> InputFile:
    try:
        facts = os.stat(file.path)  # noqa: PTH116
    except OSError:
        return file
    return InputFile(file.path, facts.st_size, facts.st_mtime_ns)


def read_listing(listing: Path, offset: int = 0) -> Iterator[tuple[int, InputFile]]:
    """Yields each file with the offset at which its line begins, from `offset` on. Raises OSError."""
    with listing.open("rb") as stream:
        stream.seek(offset)
        for line in stream:
            size, changed, path = line[:-1].split(b" ", 2)
            plain = path.replace(b"\\n", b"\n").replace(b"\\b", b"\\") if b"\\" in path else path
            yield offset, InputFile(os.fsdecode(plain), int(size), int(changed))
            offset += len(line)


def problem_of(file: InputFile) -> str:
    """Reason why a file is no longer what it was when the job began; empty while it is."""
    try:
        now = os.stat(file.path)  # noqa: PTH116 (a million of them)
    except OSError as error:
        return l10n.t("{path} cannot be read: {reason}.", path=file.path, reason=error.strerror or str(error))
    if (now.st_size, now.st_mtime_ns) != (file.size, file.changed):
        return l10n.t("{path} has changed since the job began.", path=file.path)
    return ""


def _line(file: InputFile) -> bytes:
    path = os.fsencode(file.path)
    if b"\\" in path or b"\n" in path:
        path = path.replace(b"\\", b"\\b").replace(b"\n", b"\\n")
    return b"%d %d %s\n" % (file.size, file.changed, path)


def _files(inputs: Sequence[str], kind: BatchInputFormat) -> Iterator[InputFile]:
    for each in inputs:
        if os.path.isdir(each):  # noqa: PTH112 (answers False where Path raises)
            yield from _in_folder(each, _SUFFIXES[kind])
        elif os.path.isfile(each):  # noqa: PTH113
            yield _stat(each)
        elif glob.has_magic(each):
            for path in sorted(glob.iglob(each, recursive=True)):  # noqa: PTH207 (Path.glob takes no absolute pattern)
                if os.path.isfile(path):  # noqa: PTH113
                    yield _stat(path)
        else:
            raise ScoredockError(
                "batch-input-missing", l10n.t("The input {path} does not exist.", path=each), place=Place(each)
            )


def _in_folder(folder: str, suffixes: tuple[str, ...]) -> Iterator[InputFile]:
    """By their whole paths, as a sorted list of them would be; folders behind links are not entered."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name for entry in entries)
    except OSError as error:
        raise _unreadable(folder, error) from None
    for name in names:
        path = os.path.join(folder, name)  # noqa: PTH118 (a million of them)
        if name.endswith("/"):
            yield from _in_folder(path[:-1], suffixes)
        elif (not suffixes or name.lower().endswith(suffixes)) and os.path.isfile(path):  # noqa: PTH113
            yield _stat(path)


def _stat(path: str) -> InputFile:
    try:
        facts = os.stat(path)  # noqa: PTH116
    except OSError as error:
        raise _unreadable(path, error) from None
    return InputFile(path, facts.st_size, facts.st_mtime_ns)


def _unreadable(path: str, error: OSError) -> ScoredockError:
    return ScoredockError(
        "batch-input-missing",
        l10n.t("The input {path} cannot be read: {reason}.", path=path, reason=error.strerror or str(error)),
        place=Place(path),
    )
