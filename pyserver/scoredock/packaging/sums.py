"""Checksums of a package: a file that `sha256sum --check` reads, and digests that tell whether two packages are
equal."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken

SUMS = "SHA256SUMS"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Summed:
    """One file of a package."""

    path: str
    """Below the root, forward slashes."""
    sha256: str
    size: int
    executable: bool


def summed(root: Path, cancel: CancelToken, digests: Mapping[str, str] | None = None) -> list[Summed]:
    """All files below a folder by path, SHA256SUMS left out. Those with one of `digests` (by path) are not read.

    Raises OSError, ScoredockError `cancelled`.
    """
    digests = digests or {}
    files = []
    for path in sorted(root.rglob("*"), key=lambda each: each.relative_to(root).as_posix()):
        name = path.relative_to(root).as_posix()
        if path.is_file() and name != SUMS:
            status = path.stat()
            cancel.raise_if_cancelled()
            files.append(
                Summed(name, digests.get(name) or sha256_of(path), status.st_size, bool(status.st_mode & 0o100))
            )
    return files


def sums_text(files: Iterable[Summed]) -> str:
    """Lines as `sha256sum` prints them; names with line ends or backslashes are escaped as it does."""
    return "".join(_line(file) for file in files)


def _line(file: Summed) -> str:
    escaped = file.path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == file.path else chr(92)}{file.sha256}  {escaped}\n"


def context_digest(files: Iterable[Summed], leaving_out: Collection[str] = ()) -> str:
    """Hex SHA-256 over names, executable bits and bytes: equal where images are made from the same."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda each: each.path):
        if file.path not in leaving_out:
            mode = "755" if file.executable else "644"
            digest.update(f"{mode} {file.sha256} {file.path}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
