"""What a registration will read: the files below the given paths, looked at but not opened. Nothing here can block."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.grammar import file_name_problem, path_clash_key, shown

_KINDS = (
    (stat.S_ISLNK, "a symbolic link", "Register the file or folder that it points to."),
    (stat.S_ISFIFO, "a named pipe", ""),
    (stat.S_ISSOCK, "a socket", ""),
    (stat.S_ISCHR, "a device", ""),
    (stat.S_ISBLK, "a device", ""),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large one version may be."""

    files: int = 10_000
    bytes: int = 1 << 40


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to read."""

    path: Path
    stored: str
    """Its path in the model, forward slashes."""
    size: int
    modified: int
    """Nanoseconds."""
    identity: tuple[int, int]
    """Device and file number."""


@dataclass(frozen=True, slots=True)
class Source:
    """Everything one registration reads."""

    files: tuple[SourceFile, ...]
    is_folder: bool
    size: int


def survey(paths: Sequence[Path], limits: Limits, cancel: CancelToken, forbidden: Path | None = None) -> Source:
    """Looks at every file without opening one, in a fixed order.

    A file is stored under its own name, a folder as its whole tree below its own name, several paths each under its own
    name. `forbidden` (the workspace) must not lie below a path. Raises model-path-missing, -unreadable, -unsupported,
    -empty, -clash, model-too-large.
    """
    if not paths:
        raise ScoredockError("model-path-missing", "No path to register was given.")
    found: list[SourceFile] = []
    distinct = _Distinct()
    size = 0
    folders = 0
    for given in paths:
        root = Path(os.path.abspath(given))  # noqa: PTH100 (resolve() would follow links)
        status = _look(root)
        name = root.name
        if not name:
            raise _refused(root, "a whole disk", "Register the folder that holds the model.")
        _require_name(root, name)
        distinct.add_root(root, name)
        if stat.S_ISDIR(status.st_mode):
            folders += 1
            if forbidden is not None and _contains(root, forbidden):
                raise _refused(
                    root, "the folder that holds this workspace itself", "Register the folder that holds the model."
                )
        for file in _files(root, name, cancel):
            size += file.size
            if len(found) >= limits.files:
                raise ScoredockError(
                    "model-too-large",
                    f"{root} holds more than {limits.files:,} files, which is the most a model version may have.",
                    "Register a folder with fewer files, or pack them.",
                    place=Place(str(root)),
                )
            if size > limits.bytes:
                raise ScoredockError(
                    "model-too-large",
                    f"{root} holds more than {limits.bytes:,} bytes, which is the most a model version may have.",
                    "Register fewer files.",
                    place=Place(str(root)),
                )
            distinct.add(file)
            found.append(file)
    if not found:
        raise ScoredockError("model-path-empty", f"{paths[0]} holds no files.", place=Place(str(paths[0])))
    return Source(tuple(found), is_folder=folders > 0 or len(paths) > 1, size=size)


def _files(root: Path, name: str, cancel: CancelToken) -> Iterator[SourceFile]:
    """Depth first, names in order of code points; links are refused, so there are no loops."""
    waiting = [(root, name)]
    while waiting:
        path, stored = waiting.pop()
        cancel.raise_if_cancelled()
        status = _look(path)
        if stat.S_ISREG(status.st_mode):
            yield SourceFile(path, stored, status.st_size, status.st_mtime_ns, (status.st_dev, status.st_ino))
        else:
            below = []
            try:
                with os.scandir(path) as entries:
                    for count, entry in enumerate(entries):
                        if count % 1000 == 999:
                            cancel.raise_if_cancelled()
                        _require_name(path / entry.name, entry.name)
                        below.append(entry.name)
            except OSError as error:
                raise unreadable(error, path) from error
            # A folder of a million names costs their names only; they are looked at one by one, up to the limit.
            waiting.extend((path / entry_name, f"{stored}/{entry_name}") for entry_name in sorted(below, reverse=True))


def _look(path: Path) -> os.stat_result:
    try:
        status = path.lstat()
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError):
            raise ScoredockError("model-path-missing", f"{shown(str(path))} is not a path.") from error
        raise unreadable(error, path) from error
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise _special(path, status)
    return status


def unreadable(error: OSError, path: Path) -> ScoredockError:
    """What an error while looking at or reading a source means."""
    place = Place(str(path))
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ScoredockError("model-path-missing", f"The path {shown(str(path))} does not exist.", place=place)
    return ScoredockError("model-path-unreadable", f"{shown(str(path))} cannot be read: {error.strerror}.", place=place)


def changed(path: Path) -> ScoredockError:
    return ScoredockError("model-path-changed", f"{path} changed while it was being read.", place=Place(str(path)))


def _special(path: Path, status: os.stat_result) -> ScoredockError:
    for matches, what, fix in _KINDS:
        if matches(status.st_mode):
            return _refused(path, what, fix)
    return _refused(path, "neither a regular file nor a folder", "")


def _refused(path: Path, what: str, fix: str) -> ScoredockError:
    return ScoredockError(
        "model-path-unsupported", f"{path} is {what}, which cannot be registered.", fix, place=Place(str(path))
    )


def _require_name(path: Path, name: str) -> None:
    problem = file_name_problem(name)
    if problem:
        raise ScoredockError(
            "model-path-unsupported",
            f"{shown(name)} in {shown(str(path.parent))} cannot be registered: {problem}.",
            "Rename it, then register again.",
            place=Place(str(path.parent)),
        )


class _Distinct:
    """Refuses names that some file system would take for one; folders count as well (`A/x` and `a/y`)."""

    def __init__(self) -> None:
        self._spelling: dict[str, str] = {}
        self._known: set[str] = set()

    def add_root(self, root: Path, name: str) -> None:
        if path_clash_key(name) in self._spelling:
            raise _clash(name, self._spelling[path_clash_key(name)], root)

    def add(self, file: SourceFile) -> None:
        stored = file.stored
        while stored and stored not in self._known:
            self._known.add(stored)
            spelling = self._spelling.setdefault(path_clash_key(stored), stored)
            if spelling != stored:
                raise _clash(stored, spelling, file.path)
            stored = stored.rpartition("/")[0]


def _clash(stored: str, other: str, path: Path) -> ScoredockError:
    differ = "twice" if stored == other else f"and {shown(other)}, which differ only in case or Unicode form"
    return ScoredockError("model-path-clash", f"The model would hold {shown(stored)} {differ}.", place=Place(str(path)))


def _contains(folder: Path, inner: Path) -> bool:
    return folder.resolve() in inner.resolve().parents
