"""`az ml datastore …`: the datastores of a workspace, folders of it that scripts of the SDK use as well."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.analysis.rule import enumeration
from scoredock.contrib.az.lines.desk import Desk
from scoredock.data_folder import make_private
from scoredock.errors import Place, ScoredockError

_FOLDERS = {
    "workspaceblobstore": "sdk-files",
    "workspacefilestore": "sdk-file-share",
    "workspaceartifactstore": "sdk-artifacts",
    "workspaceworkingdirectory": "sdk-working-directory",
}
"""Name of each that every workspace has → folder of the workspace."""
_STAND_INS = "sdk-datastores"
"""Folder of the workspace with those that scripts of the SDK have registered."""
_CHOICE = "sdk/.datastores/notes.json"
"""Where scripts of the SDK keep which one is the default, and those that they have registered."""


def list_datastores(desk: Desk) -> Any:
    """Datastores that every workspace has, and those that scripts have registered."""
    return [_record(desk, name) for name in _folders(desk)]


def show(desk: Desk) -> Any:
    """Datastore of the name, or the default one. Raises ScoredockError `asset-not-found` for another name."""
    name = desk.options.text("--name") or _default(desk)
    if name not in _folders(desk):
        raise ScoredockError(
            "asset-not-found",
            l10n.t(
                "The workspace has no datastore {name}: there are {only} only.",
                name=name,
                only=enumeration(list(_folders(desk)), "and"),
            ),
            l10n.t("Use `{command}`.", command=f"-n {_default(desk)}"),
        )
    return _record(desk, name)


def set_default(desk: Desk) -> Any:
    """Scripts of the SDK get it from now on as well. Raises ScoredockError `asset-not-found`."""
    name = show(desk)["name"]
    path = desk.context.registry("").folder / _CHOICE
    make_private(path.parent)
    path.write_text(json.dumps({**_notes(desk), "default": name}), "utf-8")
    return _record(desk, name)


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


def _notes(desk: Desk) -> Mapping[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        notes = json.loads((desk.context.registry("").folder / _CHOICE).read_text("utf-8"))
        return notes if isinstance(notes, dict) else {}
    return {}


def _folders(desk: Desk) -> Mapping[str, str]:
    registered = _notes(desk).get("registered")
    return {**_FOLDERS, **{name: f"{_STAND_INS}/{name}" for name in registered or ()}}


def _default(desk: Desk) -> str:
    name = str(_notes(desk).get("default"))
    return name if name in _folders(desk) else next(iter(_FOLDERS))


def _record(desk: Desk, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "datastoreType": "Local",
        "isDefault": name == _default(desk),
        "path": str(desk.context.registry("").folder / _folders(desk)[name]),
    }
