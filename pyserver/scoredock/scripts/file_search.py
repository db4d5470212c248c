"""The files that `check` looks at: those that were named, and in folders all that may be ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import FileEncoding, FileText, file_text
from scoredock.formats.signs import ENVIRONMENT_MARKS, SHOWN_FOLDERS, SKIPPED_FOLDERS
from scoredock.late_dataclass import dataclass

SIZE_LIMIT = 2_000_000
"""Bytes of a file that is read to be checked."""
NOTEBOOK_LIMIT = 20_000_000
"""The same for notebooks, which carry their pictures."""
FILES_LIMIT = 1_000_000
"""No project holds more; a circle of mounted folders might."""
_SUFFIXES = (".py", ".ipynb", ".json", ".yml", ".yaml", ".txt", ".in", ".sh", ".bash", ".zsh", ".ps1", ".cmd", ".bat")
_NAMES = ("pyproject.toml",)
_LARGEST_RECORD = 10_000_000
_OF_A_COPY = 40
"""Python files from which on a folder with the name of a well-known package is a copy of it, and no module of the
person's that happens to be called so."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at."""

    path: Path
    named: bool
    """By the person; one that was found in a folder is passed over when it cannot be read."""


def candidates(
    paths: Iterable[Path],
    left_out: Callable[[Path], bool] = lambda _: False,
    installed: Callable[[Path], None] = lambda _: None,
) -> Iterator[Candidate]:
    """Each file once, folders in order of names. `left_out` is asked for files and folders below the paths;
    `installed` gets each folder of a package that lies there as installers leave it, and that is not looked into.

    Raises file-not-found.
    """
    listed_paths: set[Path] = set()
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 (answers False where Path raises)
            found: Iterable[Candidate] = (Candidate(each, False) for each in _walk(path, left_out, installed))
        elif os.path.lexists(path):
            found = (Candidate(path, True),)
        else:
            raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=path), place=Place(str(path)))
        for count, candidate in enumerate(found):
            if count >= FILES_LIMIT:
                break
            if candidate.path not in listed_paths:
                listed_paths.add(candidate.path)
                yield candidate


def read(candidate: Candidate) -> FileText | None:
    """Text with its line ends as they are, without a byte order mark, and how it was read; None if it is passed over.

    Raises file-unreadable, file-too-large for files that were named.
    """
    path = candidate.path
    limit = NOTEBOOK_LIMIT if path.suffix.lower() == ".ipynb" else SIZE_LIMIT
    try:
        if not path.is_file():
            raise OSError(l10n.t("it is not a regular file"))
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            if candidate.named:
                raise ScoredockError(
                    "file-too-large",
                    l10n.t("{path} is larger than {limit} MB.", path=path, limit=limit // 1000000),
                    _clear_outputs(path),
                    place=Place(str(path)),
                )
            return FileText("", FileEncoding(problem="size")) if limit == NOTEBOOK_LIMIT else None
        return file_text(content, path.name)
    except OSError as error:
        if candidate.named:
            raise ScoredockError(
                "file-unreadable",
                l10n.t("{path} cannot be read: {error}.", path=path, error=error),
                place=Place(str(path)),
            ) from error
        return None


def _clear_outputs(path: Path) -> str:
    """Advice to clear a notebook that is too large; empty for another file."""
    if path.suffix.lower() != ".ipynb":
        return ""
    command = "jupyter nbconvert --clear-output --inplace"
    return l10n.t("Remove its outputs: `{command} {path}`.", command=command, path=path.name)


def files_below(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files by the end of their names, in order; none of environments, caches and hidden folders."""
    for current, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_foreign(current, name))
        yield from (Path(current) / name for name in sorted(names) if name.lower().endswith(suffixes))


def _walk(folder: Path, left_out: Callable[[Path], bool], installed: Callable[[Path], None]) -> Iterator[Path]:
    for current, folders, names in os.walk(folder):
        above = Path(current)
        listed = _listed(above, folders)
        folders[:] = sorted(name for name in folders if not _is_foreign(current, name) and not left_out(above / name))
        packages = [name for name in folders if name in listed or _is_copy(above / name)]
        for name in packages:
            installed(above / name)
            folders.remove(name)
        for name in sorted(names):
            folded = name.lower()
            is_ours = (folded.endswith(_SUFFIXES) or folded in _NAMES) and name not in listed
            if is_ours and not left_out(above / name):
                yield above / name


def _listed(folder: Path, names: Iterable[str]) -> frozenset[str]:
    """Names that installers put into a folder, by the lists that they leave beside it."""
    tops: set[str] = set()
    for name in names:
        if name.endswith(".dist-info"):
            with contextlib.suppress(OSError), (folder / name / "RECORD").open("rb") as stream:
                lines = stream.read(_LARGEST_RECORD).decode("utf-8", "replace").splitlines()
                tops.update(line.partition(",")[0].partition("/")[0] for line in lines)
    return frozenset(tops - {"..", ""})


def _is_copy(folder: Path) -> bool:
    """True if a folder is a well-known package, copied without the list of its installer."""
    if not (folder / "__init__.py").is_file():
        return False
    from scoredock.checks.packages.import_names import providers

    if not providers(folder.name):
        return False
    count = 0
    for _, _, names in os.walk(folder):
        count += sum(name.endswith(".py") for name in names)
        if count >= _OF_A_COPY:
            return True
    return False


def _is_foreign(parent: str, name: str) -> bool:
    """Environments, caches and hidden folders other than .azureml and .github hold nothing a person wrote for us."""
    if name in SKIPPED_FOLDERS or name.endswith((".egg-info", ".dist-info")):
        return True
    if name.startswith("."):
        return name not in SHOWN_FOLDERS
    folder = os.path.join(parent, name)  # noqa: PTH118 (called for every folder)
    return any(os.path.exists(os.path.join(folder, mark)) for mark in ENVIRONMENT_MARKS)  # noqa: PTH110, PTH118
