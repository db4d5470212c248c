"""Writes an export: whole or not at all, and never over what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.exports.domain.subject import ExportFiles
from scoredock.errors import Place, ScoredockError
from scoredock.packaging.folder import require_new_or_empty
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFile, FreshFolder, sweep_quietly


def require_new_file(target: Path) -> None:
    """Raises ScoredockError `package-target-not-empty`, and where its folder is missing."""
    if target.exists() or target.is_symlink():
        raise ScoredockError(
            "package-target-not-empty",
            l10n.t("{target} already exists.", target=target),
            l10n.t("Choose another file."),
            place=Place(str(target)),
        )
    if not target.parent.is_dir():
        raise ScoredockError(
            "file-not-found",
            l10n.t("The folder {folder} does not exist.", folder=target.parent),
            place=Place(str(target)),
        )


def require_target(target: Path, *, is_folder: bool) -> None:
    """Checks the target before anything is made, and removes what killed exports left beside it. Raises as
    `require_new_file` and `require_new_or_empty`.
    """
    sweep_quietly(target.parent)
    if is_folder:
        require_new_or_empty(target)
    else:
        require_new_file(target)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place when the block ends well; else nothing of it stays.

    Raises ScoredockError `disk-full` and its like, and as `require_new_or_empty`.
    """
    require_new_or_empty(target)
    with storing(target), FreshFolder.beside(target) as fresh:
        yield fresh.path
        fresh.publish(target)


def write_file(target: Path, text: str) -> None:
    """Raises as `require_new_file`, ScoredockError `disk-full` and its like."""
    require_new_file(target)
    with storing(target), FreshFile.beside(target) as fresh:
        fresh.write(text.encode())
        try:
            fresh.publish(target, replaces=False)
        except FileExistsError:
            require_new_file(target)
            raise


def put(files: ExportFiles, folder: Path) -> None:
    """Writes the files into a folder that is ours. Raises OSError."""
    for name, text in files.texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
        path.chmod(0o755 if name in files.executables else 0o644)
