"""Looks at the files and folders below given paths without opening one. Nothing here can block."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.blobs.source import Limits, Source, SourceBuilder, SourceFile, require_name, unreadable
from scoredock.registry.grammar import printable


def survey(
    paths: Sequence[Path],
    limits: Limits,
    cancel: CancelToken,
    forbidden: Path | None = None,
    children: Sequence[str] = (),
) -> Source:
    """Every file and every empty folder, in a fixed order.

    A file is stored under its own name, a folder as its whole tree below its own name, several paths each under its own
    name. `children` keeps only these files and folders inside the one folder in `paths`. `forbidden` (the workspace)
    must not lie below a path. Raises model-path-missing, -unreadable, -unsupported, -empty, -clash, model-too-large.
    """
    if not paths:
        raise ScoredockError("model-path-missing", l10n.t("No path to register was given."))
    builder = SourceBuilder(limits, str(paths[0]))
    folders = 0
    for given_path in paths:
        root = Path(os.path.abspath(given_path))  # noqa: PTH100 (resolve() would follow links)
        builder.label = str(root)
        status = _look(root)
        if not root.name:
            raise _refused(root, l10n.t("a whole disk"), l10n.t("Register the folder that holds the model."))
        require_name(root.name, str(root.parent))
        builder.add_root(root.name, root)
        if stat.S_ISDIR(status.st_mode):
            folders += 1
            if forbidden is not None and _contains(root, forbidden):
                raise _refused(
                    root,
                    l10n.t("the folder that holds this workspace itself"),
                    l10n.t("Register the folder that holds the model."),
                )
        for path, stored in _starts(root, paths, children):
            for entry in _below(path, stored, cancel):
                if isinstance(entry, SourceFile):
                    builder.add(entry)
                else:
                    builder.add_folder(entry, entry)
    return builder.source(is_folder=folders > 0 or len(paths) > 1)


def child_parts(child: str) -> tuple[str, ...]:
    """The parts of a path inside a folder. Raises model-path-unsupported for one that may lead elsewhere."""
    parts = PurePosixPath(child).parts
    if not parts or child.startswith("/") or ".." in parts or "\\" in child or "\0" in child or ":" in parts[0][:2]:
        raise ScoredockError(
            "model-path-unsupported",
            l10n.t("The child path {child} is not inside the folder.", child=printable(child)),
            l10n.t("Give it relative to the folder, with forward slashes."),
        )
    return parts


def _starts(root: Path, paths: Sequence[Path], children: Sequence[str]) -> list[tuple[Path, str]]:
    """Where to look, and what the place is called in the model."""
    if not children:
        return [(root, root.name)]
    if len(paths) != 1 or not root.is_dir():
        raise ScoredockError(
            "model-path-unsupported",
            l10n.t("Child paths choose from one folder, and that was not given."),
            l10n.t("Give one folder, or leave the child paths out."),
            place=Place(str(root)),
        )
    children_parts = sorted({child_parts(child) for child in children})
    starts = []
    for parts in children_parts:
        path = root
        for part in parts:
            path /= part
            try:
                _look(path)
            except ScoredockError as error:
                if error.code != "model-path-missing":
                    raise
                raise ScoredockError(
                    "model-path-missing",
                    l10n.t(
                        "The child path {path} does not exist in {root}.",
                        path=printable("/".join(parts)),
                        root=printable(str(root)),
                    ),
                    place=Place(str(path)),
                ) from error
        if not any(parts[: len(above)] == above for above in children_parts if above != parts):
            starts.append((path, "/".join((root.name, *parts))))  # else a folder that is taken whole holds it
    return starts


def _below(root: Path, name: str, cancel: CancelToken) -> Iterator[SourceFile | str]:
    """Depth first, names in order of code points; an empty folder as its stored path. Links are refused: no loops."""
    waiting = [(root, name)]
    while waiting:
        path, stored = waiting.pop()
        cancel.raise_if_cancelled()
        status = _look(path)
        if stat.S_ISREG(status.st_mode):
            yield SourceFile(path, stored, status.st_size, status.st_mtime_ns, (status.st_dev, status.st_ino))
            continue
        below = []
        try:
            with os.scandir(path) as entries:
                for count, entry in enumerate(entries):
                    if count % 1000 == 999:
                        cancel.raise_if_cancelled()
                    require_name(entry.name, str(path))
                    below.append(entry.name)
        except OSError as error:
            raise unreadable(error, path) from error
        if not below:
            yield stored
        # A folder of a million names costs their names only; they are looked at one by one, up to the limit.
        waiting.extend((path / entry_name, f"{stored}/{entry_name}") for entry_name in sorted(below, reverse=True))


def _look(path: Path) -> os.stat_result:
    try:
        status = path.lstat()
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError):
            raise ScoredockError(
                "model-path-missing", l10n.t("{path} is not a path.", path=printable(str(path)))
            ) from error
        raise unreadable(error, path) from error
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise _special(path, status)
    return status


def _special(path: Path, status: os.stat_result) -> ScoredockError:
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        return _refused(path, l10n.t("a symbolic link"), l10n.t("Register the file or folder that it points to."))
    for matches, what in (
        (stat.S_ISFIFO, l10n.t("a named pipe")),
        (stat.S_ISSOCK, l10n.t("a socket")),
        (stat.S_ISCHR, l10n.t("a device")),
        (stat.S_ISBLK, l10n.t("a device")),
    ):
        if matches(mode):
            return _refused(path, what, "")
    return _refused(path, l10n.t("neither a regular file nor a folder"), "")


def _refused(path: Path, what: str, fix: str) -> ScoredockError:
    return ScoredockError(
        "model-path-unsupported",
        l10n.t("{path} is {what}, which cannot be registered.", path=path, what=what),
        fix,
        place=Place(str(path)),
    )


def _contains(folder: Path, inner: Path) -> bool:
    return folder.resolve() in inner.resolve().parents
