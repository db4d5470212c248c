"""Writes an export: whole or not at all, and never over what is there."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.packaging.exports.subject import ExportFiles
from scoredock.packaging.folder import require_new_or_empty
from scoredock.registry.store.faults import storing


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
    """Before anything is made. Raises as `require_new_file` and `require_new_or_empty`."""
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
    temporary = target.parent / f".{target.name}.partial-{secrets.token_hex(4)}"
    try:
        with storing(target):
            temporary.mkdir()
            yield temporary
            if target.exists():
                target.rmdir()
            temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_file(target: Path, text: str) -> None:
    """Raises as `require_new_file`, ScoredockError `disk-full` and its like."""
    require_new_file(target)
    temporary = target.parent / f".{target.name}.partial-{secrets.token_hex(4)}"
    try:
        with storing(target):
            temporary.write_text(text, "utf-8", newline="\n")
            # A link, as a rename would take the place of a file that came to be meanwhile.
            _placed(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def put(files: ExportFiles, folder: Path) -> None:
    """Into a folder that is ours. Raises OSError."""
    for name, text in files.texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
        path.chmod(0o755 if name in files.executables else 0o644)


def _placed(temporary: Path, target: Path) -> None:
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        require_new_file(target)
    except (OSError, NotImplementedError):  # a file system without links
        require_new_file(target)
        temporary.replace(target)
