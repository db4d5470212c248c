"""Workspaces made of a backup: a new one, or in place of one of the same name that holds nothing."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry.grammar import printable
from scoredock.registry.store.durable import create_held, flush_folder, make_folder, unheld
from scoredock.registry.store.faults import storing
from scoredock.registry.upkeep.emptiness import held_if_empty
from scoredock.workspace.folders import DEFAULT_ID, WorkspaceFolders, WorkspaceInfo, new_info
from scoredock.workspace_config import NAME

_MAKING = ".restoring-"
"""Begins the name of a folder that is being filled; no workspace's name begins with a dot."""
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows keeps for devices; a workspace may be carried there."""


class BackupIntake:
    """Fills folders of workspaces from backups."""

    def __init__(self, folders: WorkspaceFolders, close: Callable[[str], None]) -> None:
        """`close` lets go of what is open of the workspace with an id."""
        self._folders = folders
        self._close = close

    def name_for(self, name: str, identity: Mapping[str, Any]) -> str:
        """Name of a restored workspace: `name`, or the one in its backup, with `-restored` if a workspace that holds
        something has that name.

        Raises workspace-name-invalid, workspace-exists.
        """
        names = {text.casefold() for info in self._folders.all() for text in (info.id, info.name)} | {DEFAULT_ID}
        with contextlib.suppress(FileNotFoundError):
            names |= {entry.name.casefold() for entry in self._folders.folder.iterdir()}
        if not name and (place := self._place_for(identity)) is not None:
            with held_if_empty(place.path) as empty:
                if empty:
                    return place.name
        if name:
            require_name(name)
            if name.casefold() in names:
                raise ScoredockError(
                    "workspace-exists",
                    l10n.t("A workspace {name} already exists.", name=name),
                    l10n.t("Choose another name."),
                )
            return name
        first = str(identity["name"])
        require_name(first, l10n.t("Give a name."))
        more = (
            f"{first[: 33 - len(end)]}{end}" for end in ("-restored", *(f"-restored-{n}" for n in range(2, 10_000)))
        )
        return next(each for each in (first, *more) if each.casefold() not in names)

    def take_in(self, fill: Callable[[Path], Mapping[str, Any]], name: str) -> WorkspaceInfo:
        """A workspace from what `fill` puts into the folder that it is given; it gives name and identity. It is a new
        one, or takes the place of one of its name that holds nothing.

        The workspace is there as a whole or not at all. Raises workspace-name-invalid, workspace-exists, and what
        `fill` raises.
        """
        with storing(self._folders.folder):
            make_folder(self._folders.folder)
            self._sweep()
            folder = self._folders.folder / f"{_MAKING}{secrets.token_hex(6)}"
            lock = folder.with_name(f"{folder.name}.lock")
            descriptor = create_held(lock)
        try:
            identity = fill(folder)
            with self._folders.locked(), storing(folder):
                if not name and (replaced := self._in_place(folder, identity)) is not None:
                    return replaced
                info = self._identified(self.name_for(name, identity), identity)
                self._folders.write(replace(info, path=folder))
                folder.rename(info.path)
                flush_folder(self._folders.folder)
            return info
        finally:
            _remove(folder)
            os.close(descriptor)
            with contextlib.suppress(OSError):
                lock.unlink()

    def _place_for(self, identity: Mapping[str, Any]) -> WorkspaceInfo | None:
        """The workspace of that name, whatever it holds; the default one need not be there yet."""
        named = [each for each in self._folders.all() if each.name == identity["name"] and not each.forgotten]
        if not named and identity["name"] == DEFAULT_ID and not os.path.lexists(self._folders.folder / DEFAULT_ID):
            return new_info(self._folders.folder / DEFAULT_ID, is_default=True)
        return named[0] if len(named) == 1 else None

    def _in_place(self, folder: Path, identity: Mapping[str, Any]) -> WorkspaceInfo | None:
        """In place of the one of that name when it holds nothing; a kill in between loses that nothing."""
        place = self._place_for(identity)
        if place is None:
            return None
        self._close(place.id)
        with held_if_empty(place.path) as empty:
            if not empty:
                return None
            self._folders.write(replace(place, path=folder))
            with contextlib.suppress(FileNotFoundError):
                place.path.rename(_former(folder))
            folder.rename(place.path)
        flush_folder(self._folders.folder)
        return place

    def _identified(self, name: str, identity: Mapping[str, Any]) -> WorkspaceInfo:
        """It stands for the workspace in Azure that its backup names, when no other one here does."""
        plain = new_info(self._folders.folder / name)
        subscription, group = str(identity.get("subscriptionId") or ""), str(identity.get("resourceGroup") or "")
        info = replace(plain, subscription_id=subscription, resource_group=group)
        is_free = name == identity["name"] and all(each.identity != info.identity for each in self._folders.all())
        return info if is_free else plain

    def _sweep(self) -> None:
        """Removes what killed restores left."""
        for lock in self._folders.folder.glob(f"{_MAKING}*.lock"):
            with unheld(lock) as free:
                if free:
                    _remove(lock.with_suffix(""))
                    lock.unlink(missing_ok=True)


def require_name(name: str, fix: str = "") -> None:
    """Raises workspace-name-invalid for what cannot be the name of a new workspace."""
    if not NAME.fullmatch(name) or name.casefold() in _RESERVED:
        raise ScoredockError(
            "workspace-name-invalid", l10n.t("{name} is not a valid workspace name.", name=printable(name)), fix
        )


def _former(folder: Path) -> Path:
    """Folder of what a restored workspace replaces, until it is removed."""
    return folder.with_name(f"{folder.name}-former")


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(_former(folder), ignore_errors=True)
