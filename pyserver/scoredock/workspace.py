"""Which workspace a folder means, and the workspaces of this machine: one folder each below the data folder.

<home>/workspaces/<id>/workspace.json     who it is; written last, so a folder without it is no workspace
<home>/workspaces/<id>/forgotten          hides it
<home>/selections.json                    folder → id, chosen by hand
<home>/workspaces.lock                    held while any of these is written
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.engine_table import ENGINES
from scoredock.errors import Place, ScoredockError
from scoredock.registry import Registry
from scoredock.registry.grammar import printable
from scoredock.registry.store.durable import FILE_MODE, create_held, flush_folder, make_folder, replace_file, unheld
from scoredock.registry.store.faults import storing
from scoredock.registry.upkeep.emptiness import SCRATCH, held_if_empty
from scoredock.workspace_config import NAME, PLAIN, WorkspaceConfig, config_folder, find_config, read_config

__all__ = ["FolderWorkspace", "WorkspaceConfig", "WorkspaceInfo", "Workspaces", "find_config", "read_config"]

DEFAULT_ID = "local"
"""What may stand for ACI and AKS."""
_LOCK_SECONDS = 10.0
_MAKING = ".restoring-"
"""Begins the name of a folder that is being filled; no workspace's name begins with a dot."""
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows keeps for devices; a workspace may be carried there."""


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """A workspace of this machine."""

    id: str
    """Name of its folder; never changes."""
    name: str
    path: Path
    is_default: bool
    subscription_id: str
    resource_group: str
    config_path: str
    """The configuration it was connected by, or empty."""
    created: float
    """Seconds since the epoch."""
    forgotten: bool = False
    engine: str = ""
    """What stands for ACI and AKS: `process` or `docker`; empty while nobody has chosen."""
    exists: bool = True
    """False for one that only a configuration names: it reads as empty, and the first change creates it."""

    @property
    def identity(self) -> tuple[str, str, str] | None:
        """Of the workspace in Azure that it stands for, or None for one that was made here."""
        if not self.subscription_id:
            return None
        return self.subscription_id.casefold(), self.resource_group.casefold(), self.name.casefold()


@dataclass(frozen=True, slots=True)
class FolderWorkspace:
    """Which workspace a folder means, and why."""

    info: WorkspaceInfo
    reason: Literal["choice", "config", "default"]
    source: Path | None = None
    """The folder that it was chosen for, or the configuration that names it, or could not be read."""
    problem: ScoredockError | None = None
    """Why the nearest configuration names none; `info` is the default workspace then."""


Infos = list[WorkspaceInfo]
Configs = list[WorkspaceConfig]
"""Named out here, as `Workspaces.list` hides the builtin inside the class."""


_ABOUT = """This folder holds your Scoredock workspaces: registered models, environments and services.

Removing the VS Code extension or the `scoredock` program leaves it alone; installing them again finds everything.
The files of a model are below workspaces/<name>/blobs, named by their SHA-256; the manifests folder beside it says
which model and version each belongs to. Stop all services before you delete or move this folder.
"""


class Workspaces:
    """Everything below one data folder. Cheap to construct, safe to use from several threads and processes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._folder = home / "workspaces"
        self._selections = home / "selections.json"
        self._mutex = threading.RLock()
        self._is_locked = False
        """Whether the thread that holds the mutex has the lock as well."""
        self._registries: dict[str, Registry] = {}
        self._named: dict[str, WorkspaceConfig] = {}
        """Id → the configuration that names a workspace which is not there yet, or is hidden."""
        self._first_changes: dict[str, WorkspaceConfig] = {}
        """The same of those that a change which has not ended yet made on its way."""
        self._changes_under_way = 0

    # ------------------------------------------------------------------------------------------ which there are

    def list(self) -> Infos:
        """The default one first (made when it is not there yet), then by name; forgotten ones are left out."""
        default = self._default()
        others = [info for info in self._all() if not info.is_default and not info.forgotten]
        return [default, *sorted(others, key=lambda info: (info.name.casefold(), info.id))]

    def get(self, id_or_name: str) -> WorkspaceInfo:
        """By id, else by name; a forgotten one only by its id. One that a folder has named (`meaning`) counts, too.

        Raises workspace-not-found.
        """
        if id_or_name == DEFAULT_ID:
            return self._default()
        there = self._all()
        everything = there + self._awaited({info.id for info in there})
        for info in everything:
            if info.id == id_or_name:
                return info
        named = [info for info in everything if info.name.casefold() == id_or_name.casefold() and not info.forgotten]
        if len(named) > 1:
            ids = sorted(info.id for info in named)
            raise ScoredockError(
                "workspace-not-found",
                l10n.t(
                    "{count} workspaces are called {id_or_name}: {ids}.",
                    count=len(ids),
                    id_or_name=printable(id_or_name),
                    ids=", ".join(ids),
                ),
                l10n.t("Name one of these ids."),
                details={"ids": ids},
            )
        if not named:
            raise ScoredockError(
                "workspace-not-found", l10n.t("There is no workspace {id_or_name}.", id_or_name=printable(id_or_name))
            )
        return named[0]

    def resolve(self, folder: Path | None) -> WorkspaceInfo:
        """The workspace of `meaning`."""
        return self.meaning(folder).info

    def meaning(self, folder: Path | None) -> FolderWorkspace:
        """Which workspace a folder means, at every door: upwards from it, the first folder that one was chosen for or
        that has a configuration decides, the choice before the configuration; the default where there is neither.

        What a configuration names need not be there: see `of_config`. A configuration that is not valid means the
        default, with its `problem`; whoever changes something there refuses it (`Context.active`).
        """
        if folder is None:
            return FolderWorkspace(self._default(), "default")
        start = _absolute(folder)
        chosen = self._read_selections()
        there = {info.id: info for info in self._all() if not info.forgotten} if chosen else {}
        config = find_config(start)
        nearest = config_folder(config) if config is not None else None
        for place in (start, *start.parents):
            info = there.get(chosen.get(_selection_key(place), ""))
            if info is not None:
                return FolderWorkspace(info, "choice", place)
            if place == nearest:
                break
        if config is None:
            return FolderWorkspace(self._default(), "default")
        try:
            return FolderWorkspace(self.of_config(read_config(config)), "config", config)
        except ScoredockError as problem:
            return FolderWorkspace(self._default(), "default", config, problem)

    def of_config(self, config: WorkspaceConfig) -> WorkspaceInfo:
        """The workspace that a configuration names: of its identity, else one of its name that was made here.

        One that is not there, or is hidden, is given all the same: it can be read, and its first change creates it or
        brings it back.
        """
        info = self._match(config) or self._new(config)
        if not info.exists or info.forgotten:
            with self._mutex:
                self._named[info.id] = config
        return info

    def named_by(self, config: Path) -> WorkspaceInfo:
        """As `of_config`, of a file, or of a folder that is searched upwards. Raises workspace-config-missing,
        workspace-config-invalid."""
        return self.of_config(_config_at(config))

    def _match(self, config: WorkspaceConfig) -> WorkspaceInfo | None:
        everything = self._all()
        for info in everything:
            if info.identity == config.identity:
                return info
        if not config.subscription_id and config.workspace_name.casefold() == DEFAULT_ID:
            return self._default()
        for info in everything:
            if (
                info.identity is None
                and not info.is_default
                and info.name.casefold() == config.workspace_name.casefold()
            ):
                return info
        return None

    def _new(self, config: WorkspaceConfig) -> WorkspaceInfo:
        id = self._free_id(config)
        return WorkspaceInfo(
            id,
            config.workspace_name,
            self._folder / id,
            False,
            config.subscription_id,
            config.resource_group,
            str(config.path) if config.path != Path() else "",
            0.0,
            exists=False,
        )

    def _awaited(self, there: set[str]) -> Infos:
        """Those that configurations name and that are not there yet."""
        with self._mutex:
            return [self._new(config) for id, config in self._named.items() if id not in there]

    def _create_named(self, config: WorkspaceConfig) -> WorkspaceInfo:
        """The workspace of a configuration, there and shown from now on."""
        with self._locked():
            info = self._match(config) or self._new(config)
            if not info.exists:
                info = self._write(replace(info, created=time.time(), exists=True))
            elif info.identity is None and config.subscription_id and not info.is_default:
                info = self._write(
                    replace(
                        info,
                        name=config.workspace_name,
                        subscription_id=config.subscription_id,
                        resource_group=config.resource_group,
                        config_path=str(config.path) if config.path != Path() else info.config_path,
                    )
                )
            self._remember(info)
        with self._mutex:
            self._named.pop(info.id, None)
        return self.get(info.id)

    def _before_change(self, config: WorkspaceConfig) -> None:
        with self._locked():
            is_new = self._match(config) is None
            info = self._create_named(config)
        if is_new:
            with self._mutex:
                self._first_changes[info.id] = config

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """The time of whatever may change something. A workspace that only a configuration named, and that still holds
        nothing when the last change has ended, is none again: the change failed, or found nothing to do."""
        with self._mutex:
            self._changes_under_way += 1
        try:
            yield
        finally:
            with self._mutex:
                self._changes_under_way -= 1
                made = {} if self._changes_under_way else self._first_changes
                if made:
                    self._first_changes = {}
            for id, config in made.items():
                # What the change itself says is worth more than that an empty workspace stays.
                with contextlib.suppress(ScoredockError, OSError):
                    self._take_back(id, config)

    def _take_back(self, id: str, config: WorkspaceConfig) -> None:
        """Removes a workspace that holds nothing; reads and first changes are then as if it had never been there."""
        folder = self._folder / id
        with self._locked(), held_if_empty(folder) as empty:
            if not empty or any((folder / SCRATCH).glob("*")):
                return  # what is in `tmp` may be another process's, which is about to change it
            (folder / "workspace.json").unlink()
            shutil.rmtree(folder, ignore_errors=True)
        with self._mutex:
            self._named[id] = config
            registry = self._registries.get(id)
        if registry is not None:
            registry.store.await_change(functools.partial(self._before_change, config))

    def _create_if_absent(self, info: WorkspaceInfo) -> WorkspaceInfo:
        """Created, if only a configuration names it so far."""
        config = self._named.get(info.id)
        return self._create_named(config) if config is not None else info

    def offers(self, folders: Sequence[Path]) -> Configs:
        """Configurations found in or above folders whose workspace is not connected; each workspace once."""
        offers: dict[tuple[str, str, str], WorkspaceConfig] = {}
        for folder in folders:
            found = find_config(folder)
            if found is None:
                continue
            with contextlib.suppress(ScoredockError):
                config = read_config(found)
                info = self._match(config)
                if info is None or info.forgotten:
                    offers.setdefault(config.identity, config)
        return [*offers.values()]

    def open(self, id: str) -> Registry:
        """The registry of a workspace, the same one each time. Raises workspace-not-found, and what opening raises."""
        info = self.get(id)
        with self._mutex:
            registry = self._registries.get(info.id)
            if registry is None or not (registry.store.is_away or os.path.exists(registry.store.path)):  # noqa: PTH110 (raises nothing)
                # Made anew when the folder was deleted under a running program; refused when only the store is gone.
                config = self._named.get(info.id)
                before = functools.partial(self._before_change, config) if config is not None else None
                registry = self._registries[info.id] = Registry(info.path, before_change=before)
            return registry

    def close(self, id: str) -> None:
        """Let go of an opened registry; the next `open` looks anew."""
        with self._mutex:
            registry = self._registries.pop(id, None)
        if registry is not None:
            registry.store.close()

    # ------------------------------------------------------------------------------------------ changing them

    def create(self, name: str, subscription_id: str = "", resource_group: str = "") -> WorkspaceInfo:
        """Make an empty workspace, which stands for one in Azure where subscription and resource group are given.

        Raises workspace-name-invalid, workspace-config-invalid, workspace-exists.
        """
        require_name(name)
        meant = _named(name, subscription_id, resource_group) if subscription_id and resource_group else None
        with self._locked():
            for info in self._all():
                if self._is_another(info, name, meant):
                    continue
                fix = (
                    l10n.t(
                        "It was removed from the list. Choose another name, or bring it back with"
                        " `scoredock workspace use {id}`.",
                        id=info.id,
                    )
                    if info.forgotten
                    else ""
                )
                raise ScoredockError(
                    "workspace-exists",
                    l10n.t("The workspace {id} already exists.", id=info.id),
                    fix,
                )
            if meant is not None:
                return self._write(replace(self._new(meant), created=time.time()))
            return self._write(WorkspaceInfo(name, name, self._folder / name, False, "", "", "", time.time()))

    @staticmethod
    def _is_another(info: WorkspaceInfo, name: str, meant: WorkspaceConfig | None) -> bool:
        """Whether a new workspace may have this name beside it: those of several subscriptions may share one."""
        if meant is not None and info.identity is not None:
            return info.identity != meant.identity
        return name.casefold() not in (info.id.casefold(), info.name.casefold(), DEFAULT_ID)

    def named(self, name: str, subscription_id: str, resource_group: str, folder: Path | None) -> WorkspaceInfo:
        """What a name means to somebody who works in `folder`, with as much of its identity as is given.

        It is what a config.json there or above opens or makes when it agrees; else a workspace of this machine; else,
        where the identity is whole, the one that a config.json of that identity would make.
        Raises workspace-not-found, workspace-name-invalid, workspace-config-invalid.
        """
        wanted = (subscription_id.casefold(), resource_group.casefold(), name.casefold())
        found = find_config(folder) if folder is not None else None
        with contextlib.suppress(ScoredockError):
            config = read_config(found) if found is not None else None
            if config is not None and _agree(config.identity, wanted):
                return self.connect(config.path)
        known = [info for info in self.list() if name.casefold() in (info.id.casefold(), info.name.casefold())]
        fitting = [info for info in known if info.identity is None or _agree(info.identity, wanted)]
        exact = [info for info in fitting if info.identity == wanted]
        if len(exact or fitting) > 1:
            return self.get(name)  # raises, and names them
        if exact or fitting:
            return (exact or fitting)[0]
        if not all(wanted):
            raise ScoredockError(
                "workspace-not-found", l10n.t("There is no workspace {id_or_name}.", id_or_name=printable(name))
            )
        return self._create_named(_named(name, subscription_id, resource_group))

    def name_for(self, name: str, told: Mapping[str, Any]) -> str:
        """What a restored workspace would be called: `name`, or what its backup tells, with `-restored` where that is
        taken by one that holds something.

        Raises workspace-name-invalid, workspace-exists.
        """
        taken = {text.casefold() for info in self._all() for text in (info.id, info.name)} | {DEFAULT_ID}
        with contextlib.suppress(FileNotFoundError):
            taken |= {entry.name.casefold() for entry in self._folder.iterdir()}
        if not name and (place := self._place_for(told)) is not None:
            with held_if_empty(place.path) as empty:
                if empty:
                    return place.name
        if name:
            require_name(name)
            if name.casefold() in taken:
                raise ScoredockError(
                    "workspace-exists",
                    l10n.t("A workspace {name} already exists.", name=name),
                    l10n.t("Choose another name."),
                )
            return name
        first = str(told["name"])
        if not NAME.fullmatch(first) or first.casefold() in _RESERVED:
            raise ScoredockError(
                "workspace-name-invalid",
                l10n.t("{name} is not a valid workspace name.", name=printable(first)),
                l10n.t("Give a name."),
            )
        more = (
            f"{first[: 33 - len(end)]}{end}" for end in ("-restored", *(f"-restored-{n}" for n in range(2, 10_000)))
        )
        return next(each for each in (first, *more) if each.casefold() not in taken)

    def take_in(self, fill: Callable[[Path], Mapping[str, Any]], name: str) -> WorkspaceInfo:
        """A workspace from what `fill` puts into the folder that it is given; it tells name and identity. It is a new
        one, or takes the place of one of its name that holds nothing.

        The workspace is there as a whole or not at all. Raises workspace-name-invalid, workspace-exists, and what
        `fill` raises.
        """
        with storing(self._folder):
            make_folder(self._folder)
            self._sweep()
            nonce = secrets.token_hex(6)
            folder = self._folder / f"{_MAKING}{nonce}"
            held = folder.with_name(f"{folder.name}.lock")
            descriptor = create_held(held)
        try:
            told = fill(folder)
            with self._locked(), storing(folder):
                if not name and (taken := self._in_place(folder, told)) is not None:
                    return taken
                chosen = self.name_for(name, told)
                info = self._identified(chosen, told)
                self._write(replace(info, path=folder))
                folder.rename(info.path)
                flush_folder(self._folder)
            return info
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(_former(folder), ignore_errors=True)
            os.close(descriptor)
            with contextlib.suppress(OSError):
                held.unlink()

    def _place_for(self, told: Mapping[str, Any]) -> WorkspaceInfo | None:
        """The workspace of that name, whatever it holds; the default one need not be there yet."""
        named = [each for each in self._all() if each.name == told["name"] and not each.forgotten]
        if not named and told["name"] == DEFAULT_ID and not os.path.lexists(self._folder / DEFAULT_ID):
            return WorkspaceInfo(DEFAULT_ID, DEFAULT_ID, self._folder / DEFAULT_ID, True, "", "", "", time.time())
        return named[0] if len(named) == 1 else None

    def _in_place(self, folder: Path, told: Mapping[str, Any]) -> WorkspaceInfo | None:
        """In place of the one of that name when it holds nothing; a kill in between loses that nothing."""
        place = self._place_for(told)
        if place is None:
            return None
        self.close(place.id)
        with held_if_empty(place.path) as empty:
            if not empty:
                return None
            self._write(replace(place, path=folder))
            with contextlib.suppress(FileNotFoundError):
                place.path.rename(_former(folder))
            folder.rename(place.path)
        flush_folder(self._folder)
        return place

    def _identified(self, name: str, told: Mapping[str, Any]) -> WorkspaceInfo:
        """It stands for the workspace in Azure that its backup names, when no other one here does."""
        info = WorkspaceInfo(
            name,
            name,
            self._folder / name,
            False,
            str(told.get("subscriptionId") or ""),
            str(told.get("resourceGroup") or ""),
            "",
            time.time(),
        )
        if name != told["name"] or any(each.identity == info.identity for each in self._all()):
            return replace(info, subscription_id="", resource_group="")
        return info

    def _sweep(self) -> None:
        """What killed restores left."""
        for held in self._folder.glob(f"{_MAKING}*.lock"):
            with unheld(held) as free:
                if free:
                    shutil.rmtree(held.with_suffix(""), ignore_errors=True)
                    shutil.rmtree(_former(held.with_suffix("")), ignore_errors=True)
                    held.unlink(missing_ok=True)

    def connect(self, config: Path, folder: Path | None = None) -> WorkspaceInfo:
        """The workspace of a configuration file, made when there is none; connecting again changes nothing but
        un-forgets it. `config` may be a folder to search upwards from. With `folder` it is chosen for that folder, too.

        Raises workspace-config-missing, workspace-config-invalid.
        """
        info = self._create_named(_config_at(config))
        return self.use(info.id, folder) if folder is not None else self.get(info.id)

    def use(self, id: str, folder: Path) -> WorkspaceInfo:
        """Choose a workspace (by id or name) for a folder and what is below it; brings back a forgotten one."""
        info = self._create_if_absent(self.get(id))
        with self._locked():
            self._remember(info)
            chosen = self._read_selections()
            chosen[_selection_key(_absolute(folder))] = info.id
            self._save(self._selections, chosen)
        return self.get(info.id)

    def choose_engine(self, id: str, engine: str) -> WorkspaceInfo:
        """Decide what services for ACI and AKS run with. Raises workspace-not-found."""
        with self._locked():
            return self._write(replace(self._create_if_absent(self.get(id)), engine=engine))

    def forget(self, id: str) -> Path:
        """Hide a workspace; its folder stays and is returned. Raises workspace-is-default, workspace-not-found."""
        info = self.get(id)
        if info.is_default:
            raise ScoredockError("workspace-is-default", l10n.t("The default workspace cannot be forgotten."))
        if not info.exists:
            raise ScoredockError(
                "workspace-not-found", l10n.t("There is no workspace {id_or_name}.", id_or_name=printable(id))
            )
        with self._locked(), storing(info.path):
            replace_file(info.path / "forgotten", b"")
            chosen = {folder: chosen for folder, chosen in self._read_selections().items() if chosen != info.id}
            self._save(self._selections, chosen)
        self.close(info.id)
        return info.path

    # ------------------------------------------------------------------------------------------ on disk

    def _default(self) -> WorkspaceInfo:
        path = self._folder / DEFAULT_ID
        info = _read_info(path)
        if info is None:
            with self._locked():
                info = _read_info(path) or self._write(
                    WorkspaceInfo(DEFAULT_ID, DEFAULT_ID, path, True, "", "", "", time.time())
                )
        return info

    def _all(self) -> Infos:
        try:
            names = sorted(entry.name for entry in self._folder.iterdir() if not entry.name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ScoredockError(
                "io-failed",
                l10n.t("{folder} cannot be read: {strerror}.", folder=self._folder, strerror=error.strerror),
                place=Place(str(self._folder)),
            ) from error
        return [info for info in (_read_info(self._folder / name) for name in names) if info is not None]

    def _free_id(self, config: WorkspaceConfig) -> str:
        digest = hashlib.sha256("\n".join(config.identity).encode()).hexdigest()
        name = config.workspace_name.lower()
        # A workspace made by hand may have the very name; a few more digits settle it.
        return next(
            id
            for id in (f"{name}-{digest[:length]}" for length in range(8, 65))
            if not (self._folder / id / "workspace.json").exists()
        )

    def _write(self, info: WorkspaceInfo) -> WorkspaceInfo:
        with storing(info.path):
            make_folder(info.path)
        self._save(
            info.path / "workspace.json",
            {
                "format": 1,
                "name": info.name,
                "subscriptionId": info.subscription_id,
                "resourceGroup": info.resource_group,
                "configPath": info.config_path,
                "created": info.created,
                **({"engine": info.engine} if info.engine else {}),
            },
        )
        return info

    def _remember(self, info: WorkspaceInfo) -> None:
        with storing(info.path):
            (info.path / "forgotten").unlink(missing_ok=True)

    def _read_selections(self) -> dict[str, str]:
        """Folder → id. What cannot be read counts as nothing chosen: it is a convenience, and is written anew."""
        try:
            raw = json.loads(self._selections.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return {key: value for key, value in raw.items() if isinstance(value, str)} if isinstance(raw, dict) else {}

    def _save(self, path: Path, content: object) -> None:
        with storing(path):
            replace_file(path, json.dumps(content, ensure_ascii=True, indent=1).encode())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time over all processes; it may be taken again by the thread that holds it. The kernel frees
        the lock of one that died."""
        with self._mutex, storing(self.home):
            if self._is_locked:
                yield
                return
            make_folder(self._folder)
            if not (about := self.home / "README.txt").exists():
                replace_file(about, _ABOUT.encode())
            # An object for each time: a copy of this process may use none that was made before.
            lock = FileLock(self.home / "workspaces.lock", timeout=_LOCK_SECONDS, mode=FILE_MODE)
            try:
                lock.acquire()
            except Timeout as error:
                raise ScoredockError(
                    "store-busy", l10n.t("Another process is changing the workspaces in {home}.", home=self.home)
                ) from error
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False
                lock.release()


def require_name(name: str) -> None:
    """Raises workspace-name-invalid for what cannot be the name of a new workspace."""
    if not NAME.fullmatch(name) or name.casefold() in _RESERVED:
        raise ScoredockError(
            "workspace-name-invalid", l10n.t("{name} is not a valid workspace name.", name=printable(name))
        )


def _named(name: str, subscription_id: str, resource_group: str) -> WorkspaceConfig:
    """An identity that no file tells. Raises workspace-name-invalid, workspace-config-invalid."""
    require_name(name)
    for key, value in (("subscription_id", subscription_id), ("resource_group", resource_group)):
        if not PLAIN.fullmatch(value):
            raise ScoredockError(
                "workspace-config-invalid",
                l10n.t("{value} is not a valid {key}.", value=printable(value), key=key),
                l10n.t("Give the {key} as the Azure portal shows it.", key=key),
            )
    return WorkspaceConfig(subscription_id, resource_group, name, Path())


def _agree(identity: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether one whole identity is what is wanted, as far as that is said."""
    return all(not asked or known == asked for known, asked in zip(identity, wanted, strict=True))


def _former(folder: Path) -> Path:
    """Where what a restored workspace replaces lies until it is removed."""
    return folder.with_name(f"{folder.name}-former")


def _read_info(path: Path) -> WorkspaceInfo | None:
    """The workspace in a folder, or None when there is none (yet), or when what says so cannot be read."""
    try:
        raw = json.loads((path / "workspace.json").read_text(encoding="utf-8"))
        return WorkspaceInfo(
            id=path.name,
            name=str(raw["name"]),
            path=path,
            is_default=path.name == DEFAULT_ID,
            subscription_id=str(raw["subscriptionId"]),
            resource_group=str(raw["resourceGroup"]),
            config_path=str(raw["configPath"]),
            created=float(raw["created"]),
            forgotten=path.name != DEFAULT_ID and (path / "forgotten").exists(),
            engine=engine if (engine := raw.get("engine")) in ENGINES else "",
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _config_at(place: Path) -> WorkspaceConfig:
    """Raises workspace-config-missing, workspace-config-invalid."""
    path = _absolute(place)
    if not os.path.isdir(path):  # noqa: PTH112 (answers False where Path raises)
        return read_config(path)
    found = find_config(path)
    if found is None:
        raise ScoredockError(
            "workspace-config-missing",
            l10n.t("There is no workspace configuration in or above {path}.", path=path),
            place=Place(str(path)),
        )
    return read_config(found)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)


def _selection_key(folder: Path) -> str:
    """Folders are told apart as this system does: Windows without regard to case."""
    return os.path.normcase(os.path.realpath(folder))
