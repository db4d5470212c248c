"""`az ml datastore …`: the one datastore of a workspace, a folder of it that scripts of the SDK use as well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.cli.az.desk import Desk
from scoredock.errors import Place, ScoredockError

NAME = "workspaceblobstore"


def list_datastores(desk: Desk) -> Any:
    """The one there is."""
    return [_record(desk)]


def show(desk: Desk) -> Any:
    """The one there is. Raises ScoredockError `asset-not-found` for another name."""
    name = desk.options.text("--name")
    if name not in ("", NAME):
        raise ScoredockError(
            "asset-not-found",
            l10n.t("The workspace has no datastore {name}: there is {only} only.", name=name, only=NAME),
            l10n.t("Use `{command}`.", command=f"-n {NAME}"),
        )
    return _record(desk)


def upload(desk: Desk) -> Any:
    """Copies a folder or file there. Raises ScoredockError `file-not-found`, `io-failed`."""
    source, target = Path(desk.options.path("--src-path")), Path(show(desk)["path"])
    below = Path(os.path.normpath(f"/{desk.options.text('--target-path')}")).relative_to("/")
    files = [source] if source.is_file() else [each for each in sorted(source.rglob("*")) if each.is_file()]
    root = source.parent if source.is_file() else source
    return _copied(desk, source, {each: target / below / each.relative_to(root) for each in files})


def download(desk: Desk) -> Any:
    """Copies the files whose path begins with a text. Raises ScoredockError `file-not-found`, `io-failed`."""
    source, target = Path(show(desk)["path"]), Path(desk.options.path("--target-path"))
    paths = {each: each.relative_to(source) for each in sorted(source.rglob("*")) if each.is_file()}
    prefix = desk.options.text("--prefix").strip("/")
    return _copied(
        desk,
        source / prefix,
        {file: target / path for file, path in paths.items() if path.as_posix().startswith(prefix)},
    )


def _copied(desk: Desk, source: Path, places: Mapping[Path, Path]) -> dict[str, Any]:
    if not places:
        raise ScoredockError(
            "file-not-found", l10n.t("{path} does not exist or has no files.", path=source), place=Place(str(source))
        )
    copied = 0
    for file, place in places.items():
        try:
            if desk.options.is_set("--overwrite") or not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, place)
                copied += 1
        except OSError as error:
            raise ScoredockError(
                "io-failed",
                l10n.t("{path} could not be written: {error}.", path=place, error=error.strerror),
                place=Place(str(place)),
            ) from error
    return {"source": str(source), "files": copied}


def _record(desk: Desk) -> dict[str, Any]:
    return {
        "name": NAME,
        "datastoreType": "Local",
        "isDefault": True,
        "path": str(desk.context.registry("").folder / "sdk-files"),
    }
