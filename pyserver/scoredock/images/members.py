"""Members of a layer: files from wherever they are, as a stream whose bytes depend on nothing but their content."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress

_BLOCK = 1 << 20
_PROGRAM = b"\x7fELF"
"""What programs and libraries of Linux begin with."""


@dataclass(frozen=True, slots=True)
class LayerMember:
    """One file, folder or link of a layer."""

    path: str
    """In the image, without the leading slash."""
    content: Path | bytes | None = None
    """The file that holds the bytes here, the bytes themselves, or None for a folder or link."""
    size: int = 0
    mode: int = 0o644
    owner: int = 0
    """User and group id."""
    link: str = ""
    """What a symbolic link names."""
    digest: str = ""
    """Hex SHA-256 that the bytes must have, when it is known."""


def folder(path: str, *, mode: int = 0o755, owner: int = 0) -> LayerMember:
    return LayerMember(path, mode=mode, owner=owner)


def text(path: str, content: str, *, mode: int = 0o644, owner: int = 0) -> LayerMember:
    held = content.encode()
    return LayerMember(path, held, len(held), mode, owner)


def mode_of(path: Path) -> int:
    """The mode of a file in an image: 0755 for a program, which shows by how it begins. What the disk says of it does
    not count, since Windows and shared folders keep no modes. Raises OSError."""
    with path.open("rb") as stream:
        beginning = stream.read(len(_PROGRAM))
    return 0o755 if beginning == _PROGRAM or beginning.startswith(b"#!") else 0o644


def with_folders(members: Iterable[LayerMember], below: str = "", *, owner: int = 0) -> list[LayerMember]:
    """The members with every folder above them, from `below` on: none is then made by chance, with the time of now."""
    by_path: dict[str, LayerMember] = {}
    for member in members:
        for parent in reversed(PurePosixPath(member.path).parents):
            name = str(parent)
            if name != "." and name not in by_path and (not below or name == below or name.startswith(f"{below}/")):
                by_path[name] = folder(name, owner=owner)
        by_path[member.path] = member
    return list(by_path.values())


def stream(members: Iterable[LayerMember], cancel: CancelToken) -> Iterator[bytes]:
    """A tar of the members, sorted by path, without times; reads each file as its turn comes.

    Raises ScoredockError `model-damaged` for bytes that do not match their digest, `file-unreadable` for a file that
    changed or went, `cancelled`.
    """
    for member in sorted(members, key=lambda each: each.path):
        cancel.raise_if_cancelled()
        yield _header(member)
        if member.content is None:
            continue
        if isinstance(member.content, bytes):
            yield member.content
        else:
            yield from _file(member, member.content, cancel)
        if rest := member.size % tarfile.BLOCKSIZE:
            yield bytes(tarfile.BLOCKSIZE - rest)
    yield bytes(2 * tarfile.BLOCKSIZE)


def stream_with_progress(
    members: Sequence[LayerMember], step: str, progress: Progress, cancel: CancelToken
) -> Iterator[bytes]:
    """The same, which tells the step, and of a large one how many bytes are through."""
    size = sum(member.size for member in members)
    byte_count, percent, flow = 0, -1, Flow()
    progress.report(step)
    for block in stream(members, cancel):
        yield block
        byte_count += len(block)
        if (now := min(100, 100 * byte_count // max(1, size))) > percent and size > 10_000_000:
            percent = now
            progress.report(PartOfStep(step, flow.amounts(byte_count, size)), percent)


def digest_of(members: Iterable[LayerMember]) -> str:
    """Hex SHA-256 of names, modes, owners and bytes; files with a known digest are not read."""
    digest = hashlib.sha256()
    for member in sorted(members, key=lambda each: each.path):
        if isinstance(member.content, bytes):
            content = hashlib.sha256(member.content).hexdigest()
        elif member.content is not None:
            content = member.digest or _digest(member.content)
        else:
            content = member.link or "/"
        digest.update(f"{member.path}\0{member.mode:o}\0{member.owner}\0{content}\n".encode())
    return digest.hexdigest()


def _header(member: LayerMember) -> bytes:
    info = tarfile.TarInfo(member.path)
    info.mode, info.uid, info.gid = member.mode, member.owner, member.owner
    if member.link:
        info.type, info.linkname = tarfile.SYMTYPE, member.link
    elif member.content is None:
        info.type = tarfile.DIRTYPE
    else:
        info.size = member.size
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _file(member: LayerMember, path: Path, cancel: CancelToken) -> Iterator[bytes]:
    digest = hashlib.sha256() if member.digest else None
    remaining_bytes = member.size
    try:
        with path.open("rb") as source:
            while remaining_bytes and (block := source.read(min(_BLOCK, remaining_bytes))):
                cancel.raise_if_cancelled()
                remaining_bytes -= len(block)
                if digest is not None:
                    digest.update(block)
                yield block
    except OSError as error:
        raise _changed(path, error.strerror or l10n.t("it no longer exists")) from None
    if remaining_bytes:
        raise _changed(path, l10n.t("it became shorter while it was read"))
    if digest is not None and digest.hexdigest() != member.digest:
        raise ScoredockError(
            "model-damaged",
            l10n.t("The stored bytes of {path} do not match their digest.", path=member.path),
            place=Place(str(path)),
        )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as source:
            digest = hashlib.sha256()
            while block := source.read(_BLOCK):
                digest.update(block)
            return digest.hexdigest()
    except OSError as error:
        raise _changed(path, error.strerror or l10n.t("it no longer exists")) from None


def _changed(path: Path, why: str) -> ScoredockError:
    return ScoredockError(
        "file-unreadable",
        l10n.t("{path} could not be added to the image: {error}.", path=path, error=why),
        l10n.t("Try again."),
        place=Place(str(path)),
    )
