"""The output folder: written beside its place, and there as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.context import Operation
from scoredock.contrib.migration.domain.report import Copied, WrittenDocument
from scoredock.errors import Place, ScoredockError
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFolder


def require_free(folder: Path) -> None:
    """Raises ScoredockError `migration-target-not-empty` where something lies there."""
    try:
        is_free = not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir()))
    except OSError:
        is_free = False
    if not is_free:
        raise ScoredockError(
            "migration-target-not-empty",
            l10n.t("{target} already has other files.", target=folder),
            place=Place(str(folder)),
        )


def write(folder: Path, documents: Sequence[WrittenDocument], copies: Sequence[Copied], operation: Operation) -> None:
    """Writes everything below a folder beside it, which then takes its place.

    Raises ScoredockError `migration-target-not-empty`, `file-unreadable`, `disk-full`, `io-failed`,
    `workspace-read-only`, `cancelled`; nothing is left then.
    """
    require_free(folder)
    with storing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = FreshFolder.beside(folder)
    with fresh:
        with storing(folder):
            for document in documents:
                _document(fresh.path / document.path, document.text)
        for number, copied in enumerate(copies):
            operation.cancel.raise_if_cancelled()
            operation.progress.report(
                l10n.t("Copying {path}", path=copied.path), percentage=100 * number // len(copies)
            )
            _copy(copied, fresh.path / copied.path)
        # Somebody may have written there meanwhile.
        require_free(folder)
        with storing(folder):
            fresh.publish(folder)


def _document(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def _copy(copied: Copied, target: Path) -> None:
    source = Path(copied.place)
    try:
        with source.open("rb") as stream, storing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as output:
                shutil.copyfileobj(stream, output, 1 << 20)
    except OSError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} cannot be read: {reason}.", path=source, reason=error.strerror or type(error).__name__),
            place=Place(str(source)),
        ) from None
