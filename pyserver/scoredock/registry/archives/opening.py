"""Archives as sources of a registration: their members are read one by one, straight into the workspace.

Nothing is ever unpacked to the disk. Members are regular files and folders only, their names obey the same rules as
names on the disk, and what they unpack to is bounded before it is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.archives.packed import ArchiveMember, invalid
from scoredock.registry.archives.tar_members import tar_members
from scoredock.registry.archives.zip_members import zip_members
from scoredock.registry.blobs.source import Limits, Source, SourceBuilder, SourceFile, open_flags, unreadable
from scoredock.registry.grammar import packed_path, printable

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_FINDER = "__MACOSX"
"""What the Finder of macOS adds beside the files: attributes, in a folder that nobody packed."""


def is_archive(name: str) -> bool:
    """True if a file name is one of an archive that can be unpacked."""
    return name.lower().endswith(SUFFIXES)


def stem(name: str) -> str:
    """The name of an archive without its suffix."""
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


def archive_source(path: Path, limits: Limits, cancel: CancelToken) -> Source:
    """Everything in an archive, stored below its one top folder, or below the archive's stem when there is more.

    Raises model-archive-invalid, model-path-missing, -unreadable, -unsupported, -empty, -clash, model-too-large.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)
    members = [member for member in _members(path, limits, cancel) if member.name.split("/")[0] != _FINDER]
    members = [replace(member, name="/".join(_parts(path, member.name))) for member in members]
    members = [member for member in members if member.name]
    tops = {member.name.split("/")[0] for member in members}
    one_folder = len(tops) == 1 and all("/" in member.name or member.opener is None for member in members)
    return source_of(path, members, limits, "" if one_folder else f"{stem(path.name)}/", is_folder=True)


def source_of(path: Path, members: Iterable[ArchiveMember], limits: Limits, prefix: str, *, is_folder: bool) -> Source:
    """Members with clean names as a source, their names after `prefix`."""
    builder = SourceBuilder(limits, str(path))
    folders: set[str] = set()
    for member in members:
        origin = l10n.t("{member} in {archive}", member=member.name, archive=path)
        if member.opener is None:
            if len(folders) >= limits.files:
                builder.add_folder(member.name, origin)
            folders.add(prefix + member.name)
            continue
        builder.add(SourceFile(path, prefix + member.name, member.size, opener=member.opener, origin=origin))
    inner = {parent for file in builder.files for parent in _parents(file.stored)}
    inner |= {parent for folder in folders for parent in _parents(folder)}
    for folder in sorted(folders - inner):
        builder.add_folder(folder, l10n.t("{member} in {archive}", member=folder, archive=path))
    return builder.source(is_folder)


def members_of(path: Path, limits: Limits, cancel: CancelToken) -> list[ArchiveMember]:
    """Everything in an archive by clean names. Raises as `archive_source`."""
    return [replace(member, name="/".join(_parts(path, member.name))) for member in _members(path, limits, cancel)]


def _members(path: Path, limits: Limits, cancel: CancelToken) -> Iterable[ArchiveMember]:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise invalid(path, l10n.t("is not a regular file"))
        with os.fdopen(os.open(path, open_flags()), "rb") as stream:
            head = stream.read(512)
    except OSError as error:
        raise unreadable(error, path) from error
    except ValueError as error:
        raise ScoredockError(
            "model-path-missing", l10n.t("{path} is not a path.", path=printable(str(path)))
        ) from error
    found = zip_members if head[:4] in (b"PK\x03\x04", b"PK\x05\x06") else tar_members
    return found(path, status, limits, cancel)


def _parts(path: Path, name: str) -> list[str]:
    """The parts of a member's name. Raises model-path-unsupported for a name that may lead elsewhere."""
    parts, problem = packed_path(name)
    if problem:
        raise ScoredockError(
            "model-path-unsupported",
            l10n.t(
                "The archive {archive} contains {member}, which cannot be registered: {problem}.",
                archive=path.name,
                member=printable(name),
                problem=problem,
            ),
            l10n.t("Do not trust an archive with such a name; if it is yours, pack it again."),
            place=Place(str(path)),
        )
    return parts


def _parents(stored: str) -> list[str]:
    parts = stored.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
