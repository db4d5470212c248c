"""The person's files of a package: what a service has, without what `.dockerignore` leaves out and what may hold
secrets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.formats.signs import NEVER_PACKAGED
from scoredock.images.ignoring import FILE, Ignored, ignored, parsed
from scoredock.images.members import mode_of
from scoredock.late_dataclass import dataclass
from scoredock.packaging.package import MODELS, PackageSource
from scoredock.progress import CancelToken

_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A folder or a file; a folder stands before what lies in it."""

    name: PurePosixPath
    """Below the root of the application."""
    path: Path
    is_folder: bool
    size: int = 0
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Code:
    """Files that go into a package besides models and spec."""

    entries: tuple[CodeEntry, ...]
    left_out: tuple[str, ...]
    """Names relative to the source directory; caches are not among them."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on files that differ from the service's."""
        if not self.left_out:
            return ()
        names = ", ".join(self.left_out[:_MOST_NAMES])
        if more := len(self.left_out) - min(_MOST_NAMES, len(self.left_out)):
            names = l10n.t("{names} and {count} more", names=names, count=more)
        return (
            l10n.t(
                "Left out, because {file} excludes it or because it may contain secrets:"
                " {names}. To include a file, add a line such as `{line}` to the {file} of the"
                " source directory.",
                file=FILE,
                names=names,
                line=f"!{self.left_out[0]}",
            ),
        )


def code_of(source: PackageSource, cancel: CancelToken) -> Code:
    """Script and source directory without models, links and caches, in an order that is always the same.

    Raises ScoredockError `package-not-portable` when the entry script is left out, `service-state-invalid` when files
    go meanwhile, `cancelled`, and OSError for what cannot be read.
    """
    folder = source.spec.source_directory
    rules = ignored(source.code / folder) if folder else parsed(())
    walk = _Walk(source.code, folder or "", rules, cancel)
    try:
        entries = tuple(walk.below(source.code))
    except FileNotFoundError as error:
        raise removed_meanwhile(source, error) from None
    script = PurePosixPath(source.spec.entry_script)
    if folder and not any(entry.name == script for entry in entries) and (source.code / script).is_file():
        raise ScoredockError(
            "package-not-portable",
            l10n.t(
                "The {file} of the source directory leaves out the entry script {name}.", file=FILE, name=script.name
            ),
            l10n.t("Add the line `!{script}` at the end of {file}.", script=script.relative_to(folder), file=FILE),
        )
    return Code(entries, tuple(walk.left_out))


def copy_code(code: Code, target: Path, cancel: CancelToken) -> None:
    """Write the files below a new folder, readable by whoever builds the image."""
    target.mkdir()
    for entry in code.entries:
        cancel.raise_if_cancelled()
        place = target / entry.name
        if entry.is_folder:
            place.mkdir()
        else:
            shutil.copyfile(entry.path, place)
            place.chmod(entry.mode)


def removed_meanwhile(source: PackageSource, error: FileNotFoundError) -> ServiceStateInvalid:
    """Error for a file of the service that is removed while it is copied."""
    return ServiceStateInvalid(
        l10n.t(
            "The files of {service} were removed while they were copied ({file}).",
            service=source.service,
            file=error.filename,
        ),
        l10n.t("Package it again. If that fails, deploy it again first."),
    )


class _Walk:
    """One pass over the files of an application."""

    def __init__(self, root: Path, folder: str, rules: Ignored, cancel: CancelToken) -> None:
        self.left_out: list[str] = []
        self._root = root
        self._folder = folder
        self._rules = rules
        self._cancel = cancel

    def below(self, here: Path) -> Iterator[CodeEntry]:
        self._cancel.raise_if_cancelled()
        for each in sorted(os.scandir(here), key=lambda entry: entry.name):
            path = Path(each.path)
            name = PurePosixPath(path.relative_to(self._root).as_posix())
            if each.is_symlink() or each.name in NEVER_PACKAGED or name == PurePosixPath(MODELS):
                continue
            out = self._leaves_out(name)
            if each.is_dir():
                yield from self._folder_of(path, name, out=out)
            elif out:
                self._tell(name)
            elif each.is_file():
                yield CodeEntry(name, path, False, each.stat().st_size, mode_of(path))

    def _folder_of(self, path: Path, name: PurePosixPath, *, out: bool) -> Iterator[CodeEntry]:
        own = CodeEntry(name, path, True)
        if not out:
            yield own
            yield from self.below(path)
            return
        count = len(self.left_out)
        within = tuple(self.below(path)) if self._rules.brings_back else ()
        if within:
            yield own
            yield from within
        else:  # the folder stands for all that lies in it
            del self.left_out[count:]
            self._tell(name)

    def _leaves_out(self, name: PurePosixPath) -> bool:
        inside = bool(self._folder) and name.parts[0] == self._folder and len(name.parts) > 1
        return inside and self._rules.leaves_out(name.relative_to(self._folder))

    def _tell(self, name: PurePosixPath) -> None:
        self.left_out.append(str(name.relative_to(self._folder)))
