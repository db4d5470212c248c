"""Looks at the files and folders below given paths without opening one. Nothing here can block."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.blobs.source import Limits, Source, SourceBuilder, SourceFile, require_name, unreadable
from scoredock.registry.grammar import printable


@dataclass(frozen=True, slots=True)
class _PathStep:
    """A file or folder that is there, with what a link there leads to in its place."""

    path: Path
    """As it was named; behind a link all the same."""
    real: Path
    status: os.stat_result
    above: tuple[Path, ...] = ()
    """Real folders that hold the links on the way here."""

    @classmethod
    def at(cls, path: Path, above: tuple[Path, ...] = ()) -> _PathStep:
        """Raises model-path-missing, -unreadable, -unsupported: also for links to nothing, in a circle and to
        secrets."""
        try:
            status = path.lstat()
        except (OSError, ValueError) as error:
            if isinstance(error, ValueError):
                raise ScoredockError(
                    "model-path-missing", l10n.t("{path} is not a path.", path=printable(str(path)))
                ) from error
            raise unreadable(error, path) from error
        if stat.S_ISLNK(status.st_mode):
            return cls._behind(path, above)
        _require_plain(path, status)
        return cls(path, path, status, above)

    @classmethod
    def _behind(cls, link: Path, above: tuple[Path, ...]) -> _PathStep:
        folder, real = Path(os.path.realpath(link.parent)), Path(os.path.realpath(link))
        above = (*above, folder)
        try:
            status = real.lstat()
        except OSError as error:
            raise _refused(
                link, l10n.t("a symbolic link to {target}, which does not exist or cannot be read", target=real)
            ) from error
        if stat.S_ISLNK(status.st_mode) or any(each.is_relative_to(real) for each in above):
            raise _refused(link, l10n.t("a symbolic link that leads back to itself"))
        from scoredock.formats.secrets import names_secret_file

        if names_secret_file(real):
            # What says by its name that it is a secret stays out of packages, and must not get another name here.
            what = l10n.t("a symbolic link to {target}, which may hold secrets", target=real)
            raise _refused(link, what, l10n.t("Register a copy if it belongs to the model."))
        _require_plain(link, status)
        return cls(link, real, status, above)

    def child(self, name: str) -> _PathStep:
        return _PathStep.at(self.path / name, self.above)


def survey(
    paths: Sequence[Path],
    limits: Limits,
    cancel: CancelToken,
    forbidden: Path | None = None,
    children: Sequence[str] = (),
) -> Source:
    """Every file and every empty folder, in a fixed order; links count as what they lead to.

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
        step = _PathStep.at(root)
        if not root.name:
            raise _refused(root, l10n.t("a whole disk"), l10n.t("Register the folder that holds the model."))
        require_name(root.name, str(root.parent))
        builder.add_root(root.name, root)
        folders += stat.S_ISDIR(step.status.st_mode)
        for start, stored in _starts(step, paths, children):
            for entry in _below(start, stored, forbidden, builder.left_out, cancel):
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


def _starts(root: _PathStep, paths: Sequence[Path], children: Sequence[str]) -> list[tuple[_PathStep, str]]:
    """Places to look at, and the name of each in the model."""
    name = root.path.name
    if not children:
        return [(root, name)]
    if len(paths) != 1 or not stat.S_ISDIR(root.status.st_mode):
        raise ScoredockError(
            "model-path-unsupported",
            l10n.t("Child paths choose from one folder, and that was not given."),
            l10n.t("Give one folder, or leave the child paths out."),
            place=Place(str(root.path)),
        )
    children_parts = sorted({child_parts(child) for child in children})
    starts = []
    for parts in children_parts:
        step = root
        for part in parts:
            try:
                step = step.child(part)
            except ScoredockError as error:
                if error.code != "model-path-missing":
                    raise
                raise ScoredockError(
                    "model-path-missing",
                    l10n.t(
                        "The child path {path} does not exist in {root}.",
                        path=printable("/".join(parts)),
                        root=printable(str(root.path)),
                    ),
                    place=Place(str(step.path / part)),
                ) from error
        if not any(parts[: len(above)] == above for above in children_parts if above != parts):
            starts.append((step, "/".join((name, *parts))))  # else a folder that is taken whole holds it
    return starts


def _below(
    start: _PathStep, name: str, forbidden: Path | None, left_out: set[str], cancel: CancelToken
) -> Iterator[SourceFile | str]:
    """Depth first, names in order of code points; an empty folder as its stored path. What packages leave out of a
    folder as well goes into `left_out`."""
    from scoredock.formats.signs import ENVIRONMENT_MARKS, NEVER_DEPLOYED

    waiting = [(start, "", name)]
    while waiting:
        folder, inner, stored = waiting.pop()
        cancel.raise_if_cancelled()
        step = folder.child(inner) if inner else folder
        status = step.status
        if stat.S_ISREG(status.st_mode):
            origin = str(step.path) if step.real != step.path else ""
            identity = (status.st_dev, status.st_ino)
            yield SourceFile(step.real, stored, status.st_size, status.st_mtime_ns, identity, origin=origin)
            continue
        if forbidden is not None and (step is start or step.real != step.path) and _contains(step.real, forbidden):
            what = l10n.t("the folder that holds this workspace itself")
            raise _refused(step.path, what, l10n.t("Register the folder that holds the model."))
        below = []
        try:
            with os.scandir(step.path) as entries:
                for count, entry in enumerate(entries):
                    if count % 1000 == 999:
                        cancel.raise_if_cancelled()
                    require_name(entry.name, str(step.path))
                    if entry.name in NEVER_DEPLOYED:
                        left_out.add(entry.name)
                    else:
                        below.append(entry.name)
        except OSError as error:
            raise unreadable(error, step.path) from error
        if step is not start and any(each in below for each in ENVIRONMENT_MARKS):
            left_out.add(step.path.name)
            continue
        if not below:
            yield stored
        # A folder of a million names costs their names only; they are looked at one by one, up to the limit.
        waiting.extend((step, entry_name, f"{stored}/{entry_name}") for entry_name in sorted(below, reverse=True))


def _require_plain(path: Path, status: os.stat_result) -> None:
    """Raises model-path-unsupported for what is neither a file nor a folder."""
    mode = status.st_mode
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return
    for matches, what in (
        (stat.S_ISFIFO, l10n.t("a named pipe")),
        (stat.S_ISSOCK, l10n.t("a socket")),
        (stat.S_ISCHR, l10n.t("a device")),
        (stat.S_ISBLK, l10n.t("a device")),
    ):
        if matches(mode):
            raise _refused(path, what)
    raise _refused(path, l10n.t("neither a regular file nor a folder"))


def _refused(path: Path, what: str, fix: str = "") -> ScoredockError:
    return ScoredockError(
        "model-path-unsupported",
        l10n.t("{path} cannot be registered: it is {what}.", path=path, what=what),
        fix,
        place=Place(str(path)),
    )


def _contains(folder: Path, inner: Path) -> bool:
    return folder.resolve() in inner.resolve().parents
