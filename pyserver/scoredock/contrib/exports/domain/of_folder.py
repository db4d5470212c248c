"""A packaged folder as each kind of export that is made of its files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scoredock.contrib.exports.domain.packaged_folder import PackagedFolder, packaged_folder
from scoredock.contrib.exports.domain.run_script import run_folder
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject
from scoredock.contrib.exports.domain.systemd import systemd_folder
from scoredock.contrib.exports.domain.writing import put
from scoredock.packaging.folder import write
from scoredock.packaging.sums import SUMS, summed, sums_text
from scoredock.progress import CancelToken


def copy_folder(source: Path, target: Path) -> None:
    """Copies a packaged folder as it is. Raises OSError."""
    shutil.copytree(source, target, dirs_exist_ok=True)


def add_start(kind: str, folder: Path, subject: ExportSubject, cancel: CancelToken) -> ExportFiles:
    """`run.sh`, with the units beside it for those. Raises ScoredockError `package-not-portable`,
    `package-kind-wrong`, `package-export-invalid`, `cancelled`, and OSError."""
    facts = packaged_folder(folder)
    subject = replace(subject, hints=replace(subject.hints, keys=facts.keys))
    files = _MAKERS[kind](facts, subject)
    add(files, folder, cancel)
    return files


def add(files: ExportFiles, folder: Path, cancel: CancelToken) -> None:
    """Adds further files, which the checksums of the folder then name, too. Raises OSError, ScoredockError
    `cancelled`.
    """
    put(files, folder)
    write(folder / SUMS, sums_text(summed(folder, cancel)))


def _run(folder: PackagedFolder, subject: ExportSubject) -> ExportFiles:
    return run_folder(folder, subject.origin, subject.variables)


_MAKERS: dict[str, Callable[[PackagedFolder, ExportSubject], ExportFiles]] = {"run.sh": _run, "systemd": systemd_folder}
