"""Model files out of the registry: below a service's folder, or where the person wants to have them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.meter import Meter
from scoredock.registry.records import ModelFile, ModelVersion
from scoredock.registry.store.durable import make_folder
from scoredock.registry.store.faults import storing
from scoredock.temporary.fresh_files import FreshFile, sweep_quietly


def place_of(stored: str, target: Path) -> Path:
    """Path below `target` for a stored path. Looked at again here, whatever was checked when it was registered."""
    parts = stored.split("/")
    if any(
        part in ("", ".", "..")
        or "\\" in part
        or "\0" in part
        or Path(part).is_absolute()
        or (os.name == "nt" and ":" in part)
        for part in parts
    ):
        raise ScoredockError(
            "model-damaged", l10n.t("The stored path {stored!r} of a model leads elsewhere.", stored=stored)
        )
    return target.joinpath(*parts)


def write_file(blobs: Blobs, file: ModelFile, target: Path, tick: Callable[[int], None], cancel: CancelToken) -> Path:
    """Copy one file below `target`, where it must not be yet."""
    path = place_of(file.path, target)
    with storing(path, file.size):
        make_folder(path.parent)
    blobs.copy_out(file, path, tick, cancel)
    return path


def download(
    blobs: Blobs, model: ModelVersion, target: Path, overwrite: bool, progress: Progress, cancel: CancelToken
) -> Path:
    """All files and empty folders of a version below `target`; each file is complete or not there.

    Gives their common path.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 (resolve() would follow links)
    places = [place_of(file.path, target) for file in model.files]
    folders = [place_of(folder, target) for folder in model.folders]
    for place in places:
        _require_free(place, target, overwrite)
    for folder in folders:
        _require_folder(folder, target)
    meter = Meter(_downloading, len(places), model.size, progress)
    for folder in {target, *(place.parent for place in places)}:
        sweep_quietly(folder)
    for file, place in zip(model.files, places, strict=True):
        meter.next(file.path)
        with storing(place, file.size):
            place.parent.mkdir(parents=True, exist_ok=True)
            with FreshFile(place.parent) as fresh:
                blobs.read(file, fresh.write, meter.tick, cancel)
                _require_free(place, target, overwrite)
                fresh.publish(place)
    for folder in folders:
        _require_folder(folder, target)
        with storing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    return Path(os.path.commonpath([*places, *folders]))


def _require_free(place: Path, target: Path, overwrite: bool) -> None:
    """Nothing of the person's is overwritten unasked, and no link below `target` is followed."""
    _require_folder(place.parent, target)
    mode = _mode(place)
    if mode is None or (overwrite and stat.S_ISREG(mode)):
        return
    fix = "" if stat.S_ISREG(mode) else l10n.t("Choose another folder.")
    raise ScoredockError(
        "model-file-exists", l10n.t("{place} already exists.", place=place), fix, place=Place(str(place))
    )


def _require_folder(place: Path, target: Path) -> None:
    """Every part of `place` below `target` is a folder or not there yet."""
    folder = target
    for part in place.relative_to(target).parts:
        folder /= part
        mode = _mode(folder)
        if mode is not None and not stat.S_ISDIR(mode):
            raise ScoredockError(
                "model-file-exists",
                l10n.t("{folder} cannot be used: it is not a folder.", folder=folder),
                l10n.t("Choose another folder."),
                place=Place(str(folder)),
            )


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        with storing(path):
            raise error


def _downloading(label: str) -> str:
    return l10n.t("Downloading {name}", name=label)
