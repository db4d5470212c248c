"""The one file of a backup: a plain tar that `tar` unpacks and `sha256sum -c scoredock-digests.txt` checks.

scoredock-backup.json      first: format, workspace, counts
store.sqlite3              a consistent copy of the store
manifests/… blobs/… services/… and what parts carry: runs/… compute/… rules/…
scoredock-digests.txt      last: a line of `sha256sum` for each file before it

Written and read as a stream. The reader takes regular files and folders by names that the writer writes, and nothing
else.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.blobs.source import open_flags
from scoredock.registry.grammar import printable

FORMAT = 2
"""Of a backup with parts that the registry knows nothing of; one without them is of format 1, as older releases write
and read it."""
FORMAT_WITHOUT_PARTS = 1
_OF_FIRST_FORMAT = "runs/"
"""How the names of files begin that older releases carried as well."""
HEADER = "scoredock-backup.json"
STORE = "store.sqlite3"
DIGESTS = "scoredock-digests.txt"

_BLOCK = 512
_CHUNK = 1 << 20
_LARGEST_HEADER = 1 << 20
_LARGEST_DIGESTS = 1 << 30
_MOST_MEMBERS = 5_000_000
_NAMES = (
    r"store\.sqlite3"
    r"|manifests/(assets/(dataset|environment|image)/)?[0-9a-f]{16}/([1-9][0-9]{0,15}|name)\.json"
    r"|blobs/sha256/[0-9a-f]{2}/[0-9a-f]{64}"
    r"|services/[a-z][-a-z0-9]{1,30}[a-z0-9]/revisions/[1-9][0-9]{0,9}/.+"
)


@dataclass(frozen=True, slots=True)
class BackupMember:
    """One file or folder of a backup."""

    name: str
    size: int
    is_folder: bool = False
    executable: bool = False


class Writer:
    """Writes members one after the other. Raises OSError."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digests: list[str] = []

    def add(self, member: BackupMember, chunks: Iterator[bytes | memoryview]) -> str:
        """A file of exactly `member.size` bytes; what is missing of them is filled with zeros. Gives the digest."""
        self._stream.write(_header(member))
        digest, remaining = hashlib.sha256(), member.size
        for chunk in chunks:
            piece = chunk[:remaining]
            self._stream.write(piece)
            digest.update(piece)
            remaining -= len(piece)
            if not remaining:
                break
        while remaining:
            piece = bytes(min(remaining, _CHUNK))
            self._stream.write(piece)
            digest.update(piece)
            remaining -= len(piece)
        self._stream.write(bytes(-member.size % _BLOCK))
        self._digests.append(f"{digest.hexdigest()}  {member.name}\n")
        return digest.hexdigest()

    def add_bytes(self, name: str, content: bytes) -> None:
        """A small file."""
        self.add(BackupMember(name, len(content)), iter((content,)))

    def add_folder(self, name: str) -> None:
        """A folder; only those without files need be written."""
        self._stream.write(_header(BackupMember(name, 0, is_folder=True)))

    def finish(self) -> None:
        """The list of digests and the end of the archive."""
        content = "".join(self._digests).encode()
        self._stream.write(_header(BackupMember(DIGESTS, len(content))))
        self._stream.write(content)
        self._stream.write(bytes(-len(content) % _BLOCK + 2 * _BLOCK))


def format_of(names: Iterable[str]) -> int:
    """Format number of a backup with these files of parts."""
    return FORMAT_WITHOUT_PARTS if all(name.startswith(_OF_FIRST_FORMAT) for name in names) else FORMAT


def storable_name(name: str) -> bool:
    """True if a file of a service can be part of a backup under its name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return len(name) < 4096 and "\n" not in name and "\\" not in name and "\0" not in name


def _header(member: BackupMember) -> bytes:
    info = tarfile.TarInfo(member.name)
    info.size = member.size
    info.mode = 0o700 if member.is_folder or member.executable else 0o600
    info.type = tarfile.DIRTYPE if member.is_folder else tarfile.REGTYPE
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


class BackupReader:
    """Reads members one after the other, and refuses what the writer does not write.

    Raises ScoredockError backup-invalid with the place, backup-newer, cancelled.
    """

    header: dict[str, Any]

    def __init__(self, path: Path, cancel: CancelToken, parts: Iterable[str] = ()) -> None:
        """Opens the file and reads its head; `parts` are expressions of names that files have besides those of models
        and services. Raises file-not-found, file-unreadable as well."""
        self._names = re.compile("|".join((_NAMES, *parts)), re.DOTALL)
        self._path = path
        self._cancel = cancel
        self._stream = _open(path)
        self._at = 0
        self._member = l10n.t("its head")
        self._digests: dict[str, str] = {}
        try:
            self.header = self._head()
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> BackupReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()

    def members(self) -> Iterator[BackupMember]:
        """Each after the one before was read with `read_into` (folders have nothing to read); the digests of all are
        compared with the list at the end.
        """
        while True:
            member = self._next()
            self._member = member.name
            if member.name == DIGESTS:
                self._finish(member)
                return
            name = member.name
            if not self._names.fullmatch(name) or name in self._digests or not storable_name(name):
                raise self._invalid(
                    l10n.t("it contains {member}, which is not part of a backup", member=printable(name))
                )
            if any(part in ("", ".", "..") for part in name.split("/")) or (os.name == "nt" and ":" in name):
                raise self._invalid(
                    l10n.t("it contains {member}, which leads out of the workspace", member=printable(name))
                )
            if len(self._digests) > _MOST_MEMBERS:
                raise self._invalid(l10n.t("it contains more files than a workspace can have"))
            if member.is_folder and not name.startswith("services/"):
                raise self._invalid(
                    l10n.t("it contains the folder {member}, which is not part of a backup", member=printable(name))
                )
            yield member
            if not member.is_folder and name not in self._digests:
                raise RuntimeError("the member before was not read")

    def read_into(self, member: BackupMember, write: Callable[[memoryview], None]) -> str:
        """Hand over the bytes of a member piece by piece; gives their digest."""
        digest, remaining = hashlib.sha256(), member.size
        while remaining:
            self._cancel.raise_if_cancelled()
            piece = self._read(min(remaining, _CHUNK))
            digest.update(piece)
            write(memoryview(piece))
            remaining -= len(piece)
        self._read(-member.size % _BLOCK)
        self._digests[member.name] = digest.hexdigest()
        return digest.hexdigest()

    # ------------------------------------------------------------------------------------------ inside

    def _head(self) -> dict[str, Any]:
        try:
            first = self._next()
        except ScoredockError as error:
            if error.code != "backup-invalid":
                raise
            raise self._no_backup() from error
        if first.name != HEADER or first.is_folder or first.size > _LARGEST_HEADER:
            raise self._no_backup()
        pieces: list[bytes] = []
        self.read_into(first, lambda piece: pieces.append(bytes(piece)))
        try:
            document = json.loads(b"".join(pieces))
            format = document["format"]
            if isinstance(format, int) and format > FORMAT:
                raise ScoredockError(
                    "backup-newer",
                    l10n.t(
                        "The backup {path} was written by a newer Scoredock (format {format}, this program "
                        "knows {known}).",
                        path=self._path,
                        format=format,
                        known=FORMAT,
                    ),
                    place=Place(str(self._path)),
                )
            if format not in (FORMAT, FORMAT_WITHOUT_PARTS) or not isinstance(document["workspace"]["name"], str):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self._invalid(l10n.t("its head cannot be understood")) from None
        return dict(document)

    def _next(self) -> BackupMember:
        self._cancel.raise_if_cancelled()
        name, size = "", -1
        while True:
            block = self._read(_BLOCK)
            if not block.strip(b"\0"):
                raise self._invalid(l10n.t("it ends without its list of digests"))
            checksum = block[148:156].strip(b" \0")
            if not checksum.isdigit() or int(checksum, 8) != sum(block[:148]) + 8 * 32 + sum(block[156:]):
                raise self._invalid(l10n.t("a header does not match its checksum"))
            kind = block[156:157]
            length = self._octal(block[124:136])
            if kind == b"x" and not name and length <= _LARGEST_HEADER:
                name, size = self._extended(self._read(length))
                self._read(-length % _BLOCK)
                continue
            if kind not in (b"0", b"5"):
                raise self._invalid(l10n.t("it contains something that is neither a file nor a folder"))
            if not name:
                name = block[:100].split(b"\0", 1)[0].decode("utf-8", "replace")
                prefix = block[345:500].split(b"\0", 1)[0].decode("utf-8", "replace")
                name = f"{prefix}/{name}" if prefix else name
            folder = kind == b"5"
            return BackupMember(
                name.rstrip("/") if folder else name,
                0 if folder else (length if size < 0 else size),
                folder,
                bool(self._octal(block[100:108]) & 0o100),
            )

    def _extended(self, content: bytes) -> tuple[str, int]:
        name, size, at = "", -1, 0
        while at < len(content):
            space = content.find(b" ", at, at + 12)
            digits = content[at:space] if space > at else b""
            line = content[at : at + int(digits)] if digits.isdigit() else b""
            key, equals, value = line[len(digits) + 1 : -1].partition(b"=")
            if not equals or line[-1:] != b"\n" or len(line) != int(digits):
                raise self._invalid(l10n.t("an extended header cannot be understood"))
            if key == b"path":
                name = value.decode("utf-8", "replace")
            elif key == b"size" and value.isdigit() and len(value) < 19:
                size = int(value)
            at += len(line)
        return name, size

    def _octal(self, field: bytes) -> int:
        digits = field.strip(b" \0")
        if digits.strip(b"01234567"):
            raise self._invalid(l10n.t("a header has no number where one is required"))
        return int(digits, 8) if digits else 0

    def _finish(self, member: BackupMember) -> None:
        if member.is_folder or member.size > _LARGEST_DIGESTS:
            raise self._invalid(l10n.t("its list of digests is not valid"))
        listed_digests: dict[str, str] = {}
        content = b"".join(self._pieces(member.size))
        for line in content.decode("utf-8", "replace").splitlines():
            digest, _, name = line.partition("  ")
            listed_digests[name] = digest
        for name, digest in self._digests.items():
            if listed_digests.pop(name, "") != digest:
                self._member = name
                raise self._invalid(l10n.t("its bytes do not match the digest that the backup names"))
        if listed_digests:
            raise self._invalid(l10n.t("{member} is missing", member=printable(next(iter(listed_digests)))))
        self._read(-member.size % _BLOCK)
        if self._read(2 * _BLOCK).strip(b"\0"):
            raise self._invalid(l10n.t("something follows after its end"))

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._read(min(size, _CHUNK))
            size -= len(piece)
            yield piece

    def _read(self, count: int) -> bytes:
        """Exactly so many bytes."""
        pieces = []
        while count:
            try:
                piece = self._stream.read(count)
            except OSError as error:
                raise self._invalid(l10n.t("it cannot be read: {reason}", reason=error.strerror)) from error
            if not piece:
                raise self._invalid(l10n.t("it ends early"))
            self._at += len(piece)
            count -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _invalid(self, what: str) -> ScoredockError:
        return ScoredockError(
            "backup-invalid",
            l10n.t(
                "The backup {path} is damaged: {what} (byte {at:,}, {member}).",
                path=self._path,
                what=what,
                at=self._at,
                member=printable(self._member),
            ),
            place=Place(str(self._path)),
            details={"byte": str(self._at), "member": self._member},
        )

    def _no_backup(self) -> ScoredockError:
        return ScoredockError(
            "backup-invalid",
            l10n.t("{path} is not a backup of Scoredock.", path=self._path),
            l10n.t("Choose a file that backup wrote."),
            Place(str(self._path)),
        )


def _open(path: Path) -> BinaryIO:
    """Links are not followed and pipes not waited for."""
    try:
        descriptor = os.open(path, open_flags())
    except FileNotFoundError as error:
        raise ScoredockError(
            "file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(str(path))
        ) from error
    except OSError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror),
            l10n.t("Check the path and the permissions."),
            Place(str(path)),
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} is not a regular file.", path=path),
            l10n.t("Choose a file that backup wrote."),
            Place(str(path)),
        )
    return open(descriptor, "rb", buffering=_CHUNK)  # noqa: PTH123 (a descriptor)
