"""The files of a person that go into a service: which they are, and what they hold, without reading twice what
stayed."""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.images.ignoring import Ignored, ignored
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.services.entry_script import MAIN_SCRIPT, SCHEMA_FILE, EntryScript

if TYPE_CHECKING:
    from scoredock.services.request import DeploySettings

_BLOCK = 1 << 20
_LARGEST_CONFIGURATION = 1 << 20
_SETTLED_NANOSECONDS = 2_000_000_000
"""A file that was changed less than this before it was read is read again the next time: file systems count time in
steps of up to two seconds, so a second change might not show."""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A folder or a file that goes into a service."""

    name: str
    """Relative to the root of the application, forward slashes."""
    path: Path
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class FileState:
    """State of a file of the person's when it was read."""

    size: int
    modified: int
    """Nanoseconds since the epoch, as the staged copy has it, too."""
    changed: int
    """When anything of it changed, nanoseconds; 0 when that was too short before the reading to be relied on."""
    executable: bool
    digest: str

    @classmethod
    def of(cls, status: os.stat_result, digest: str, now: int) -> FileState:
        """`now`: nanoseconds since the epoch before it was read."""
        settled = now - max(status.st_mtime_ns, status.st_ctime_ns) > _SETTLED_NANOSECONDS
        executable = bool(status.st_mode & stat.S_IXUSR)
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns if settled else 0, executable, digest)

    def holds(self, status: os.stat_result) -> bool:
        """True if the file certainly is as it was, by its status alone."""
        stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return self.changed != 0 and (self.size, self.modified, self.changed) == stamp


def content_of(files: Mapping[str, FileState]) -> str:
    """Digest of names, bytes and executable bits: equal when a service would get the same."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{files[name].digest}{'x' if files[name].executable else '-'}\n".encode())
    return digest.hexdigest()[:32]


class SourceTree:
    """The script alone, or its source directory: links are followed to what they name, within limits."""

    def __init__(
        self, script: EntryScript, own: Collection[Path], settings: DeploySettings, cancel: CancelToken
    ) -> None:
        """`own`: folders of ours, which never go into a service."""
        self.left_out: set[str] = set()
        self.links_left_out: dict[str, str] = {}
        """Links that lead out of the source directory or to what may hold secrets, by name in it, and where to."""
        self.secrets_left_out: dict[str, str] = {}
        """Configurations that hold a secret, by name in the source directory, and where it stands."""
        self._script = script
        self._own = {os.path.realpath(path) for path in own}
        self._settings = settings
        self._cancel = cancel
        self._files = 0
        self._bytes = 0
        self._roots: list[Path] = []
        """The source directory, and what it may link to."""
        self._ignored = Ignored(())

    def entries(self) -> Iterator[SourceEntry]:
        """Each folder before what lies in it, names in order.

        Raises ScoredockError `file-not-found`, `file-unreadable`, `source-too-large`, `cancelled`.
        """
        folder = self._script.source_directory
        if folder is None:
            for name in dict.fromkeys((self._script.path.name, MAIN_SCRIPT)):
                yield SourceEntry(name, self._script.path)
            schema = self._script.path.with_name(SCHEMA_FILE)
            if schema.is_file():
                yield SourceEntry(SCHEMA_FILE, schema)
            return
        if not folder.is_dir():
            raise ScoredockError(
                "file-not-found",
                l10n.t("The source directory {folder} does not exist.", folder=folder),
                place=Place(str(folder)),
            )
        self._roots = [Path(os.path.realpath(folder))]
        self._ignored = ignored(folder)
        yield from self._folder(folder, PurePosixPath(folder.name), (str(self._roots[0]),))

    def look(self, before: Mapping[str, FileState]) -> dict[str, FileState]:
        """States of the files now, by name; those certainly as in `before` are not read. Raises as `entries`."""
        found: dict[str, FileState] = {}
        for entry in self.entries():
            if not entry.is_folder:
                known = before.get(entry.name)
                found[entry.name] = state_of(entry.path, known, self._cancel)
        return found

    def _folder(self, source: Path, name: PurePosixPath, above: tuple[str, ...]) -> Iterator[SourceEntry]:
        from scoredock.formats.signs import NEVER_DEPLOYED  # a look at services has no use for it

        self._cancel.raise_if_cancelled()
        yield SourceEntry(str(name), source, is_folder=True)
        try:
            entries = sorted(os.scandir(source), key=lambda entry: entry.name)
        except FileNotFoundError:
            raise vanished(source) from None
        except OSError as error:
            raise ScoredockError(
                "file-unreadable",
                l10n.t("This account is not allowed to read {source}.", source=source),
                place=Place(str(source)),
            ) from error
        for entry in entries:
            path = Path(entry.path)
            if entry.name in NEVER_DEPLOYED:
                self.left_out.add(entry.name)
            elif entry.is_symlink() and not self._follows(path):
                self.links_left_out[str((name / entry.name).relative_to(name.parts[0]))] = os.path.realpath(path)
            elif entry.is_dir():
                real = os.path.realpath(path)
                if real in above or real in self._own or is_environment(path):
                    self.left_out.add(entry.name)
                else:
                    yield from self._folder(path, name / entry.name, (*above, real))
            elif entry.is_file():
                if self._is_left_out_as_secret(path, name / entry.name):
                    continue
                self._count(_size(entry))
                yield SourceEntry(str(name / entry.name), path)
            else:
                self.left_out.add(entry.name)  # a socket, a device, a link to nothing

    def _follows(self, link: Path) -> bool:
        """True if what a link names goes into the service under the link's name.

        That it is a secret shows in its own name, which an image is filtered by, so a link must not give it another.
        """
        if not link.exists() or link == self._script.path:
            return True  # the one is reported as what it is, the other was named by the person
        real = Path(os.path.realpath(link))
        if self._made_by_us() and Path(os.path.realpath(link.parent)).is_relative_to(self._roots[0]):
            self._roots.append(real)  # the model that the person has named
            return True
        for root in self._roots:
            if real.is_relative_to(root):
                return not self._ignored.holds_secret(PurePosixPath(real.relative_to(root).as_posix()))
        path = PurePosixPath(real.as_posix().removeprefix(real.anchor))
        return self._settings.follow_links and not self._ignored.holds_secret(path)

    def _is_left_out_as_secret(self, path: Path, name: PurePosixPath) -> bool:
        """Configurations with a secret are read where they lie, and the service has no use for them."""
        within = name.relative_to(name.parts[0])
        where = secret_of(path)
        if not where or self._ignored.takes_along(within):
            return False
        self.secrets_left_out[str(within)] = where
        return True

    def _made_by_us(self) -> bool:
        """True if the source directory was written for a model without a script of its own: it links to the model."""
        return any(self._roots[0].is_relative_to(own) for own in self._own)

    def _count(self, size: int) -> None:
        self._files += 1
        self._bytes += size
        if self._files > self._settings.most_files or self._bytes > self._settings.most_bytes:
            limit = (
                l10n.t("{count:,} files", count=self._settings.most_files)
                if self._files > self._settings.most_files
                else l10n.t("{size:g} GB", size=self._settings.most_bytes / 1e9)
            )
            folder = self._script.source_directory
            raise ScoredockError(
                "source-too-large",
                l10n.t("The source directory {folder} holds more than {limit}.", folder=folder, limit=limit),
                place=Place(str(folder)),
            )


def is_environment(folder: Path) -> bool:
    """True if a folder is an environment of Python, which is made anew for the service."""
    from scoredock.formats.signs import ENVIRONMENT_MARKS

    return any((folder / mark).exists() for mark in ENVIRONMENT_MARKS)


def secret_of(path: Path) -> str:
    """Description of a secret in a configuration file, with its line; empty if there is none, for other files, and for
    one that cannot be read (reported later)."""
    from scoredock.formats.secret_values import SUFFIXES

    if not path.name.lower().endswith(SUFFIXES):
        return ""
    try:
        status = path.stat()
        if status.st_size > _LARGEST_CONFIGURATION:
            return ""
        return _secret_within(str(path), status.st_mtime_ns, status.st_ctime_ns, status.st_size)
    except OSError:
        return ""


@functools.lru_cache(maxsize=4096)
def _secret_within(path: str, _modified: int, _changed: int, _size: int) -> str:
    """Read once for as long as the file does not change: a watched folder is looked at again and again."""
    from scoredock.formats.secret_values import secret_in

    return secret_in(path, Path(path).read_text("utf-8", "replace"))


def state_of(path: Path, former_state: FileState | None, cancel: CancelToken) -> FileState:
    """Present state of a file. Raises ScoredockError `file-not-found`, `file-unreadable`, `cancelled`."""
    try:
        if former_state is not None and former_state.holds(path.stat()):
            return former_state
        now = time.time_ns()
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ScoredockError(
                    "file-unreadable", l10n.t("{path} is not a regular file.", path=path), place=Place(str(path))
                )
            while block := stream.read(_BLOCK):
                cancel.raise_if_cancelled()
                digest.update(block)
    except FileNotFoundError:
        raise vanished(path) from None
    except OSError as error:
        raise unreadable(path) from error
    return FileState.of(status, digest.hexdigest(), now)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        raise vanished(Path(entry.path)) from None


def vanished(source: Path) -> ScoredockError:
    """Error for a path that disappeared since it was planned: half a folder must not be deployed."""
    return ScoredockError(
        "file-not-found",
        l10n.t("{source} disappeared while it was being copied.", source=source),
        l10n.t("Deploy again when the folder is complete; nothing of it was started."),
        Place(str(source)),
    )


def unreadable(source: Path) -> ScoredockError:
    return ScoredockError(
        "file-unreadable",
        l10n.t("This account is not allowed to read {source}.", source=source),
        place=Place(str(source)),
    )
