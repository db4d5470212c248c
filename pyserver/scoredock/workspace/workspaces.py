"""Workspaces of this machine, one folder each below the data folder, and the one that a folder means."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import Registry
from scoredock.registry.grammar import printable
from scoredock.registry.store.durable import close_to_others, replace_file
from scoredock.registry.store.faults import storing
from scoredock.registry.upkeep.emptiness import SCRATCH, held_if_empty
from scoredock.workspace.folders import DEFAULT_ID, WorkspaceFolders, WorkspaceInfo, new_info
from scoredock.workspace.intake import BackupIntake, require_name
from scoredock.workspace.left_over import clear_at_opening
from scoredock.workspace_config import PLAIN, WorkspaceConfig, config_folder, find_config, read_config


@dataclass(frozen=True, slots=True)
class FolderWorkspace:
    """Workspace that a folder means, and why."""

    info: WorkspaceInfo
    reason: Literal["choice", "config", "default"]
    source: Path | None = None
    """The folder that it was chosen for, or the configuration that names it, or could not be read."""
    problem: ScoredockError | None = None
    """Why the nearest configuration names none; `info` is the default workspace then."""


Infos = list[WorkspaceInfo]
Configs = list[WorkspaceConfig]
"""Named out here, as `Workspaces.list` hides the builtin inside the class."""


class Workspaces:
    """Everything below one data folder. Cheap to construct, safe to use from several threads and processes."""

    def __init__(self, home: Path) -> None:
        self._folders = WorkspaceFolders(home)
        self.intake = BackupIntake(self._folders, self.close)
        """Workspaces out of backups."""
        self._mutex = threading.RLock()
        self._registries: dict[str, Registry] = {}
        self._named: dict[str, WorkspaceConfig] = {}
        """Id → the configuration that names a workspace which is not there yet, or is hidden."""
        self._first_changes: dict[str, WorkspaceConfig] = {}
        """The same of those that a change which has not ended yet made on its way."""
        self._changes_under_way = 0

    # ------------------------------------------------------------------------------------------ which there are

    def list(self) -> Infos:
        """The default one first (made when it is not there yet), then by name; forgotten ones are left out."""
        default = self._folders.default()
        others = [info for info in self._folders.all() if not info.is_default and not info.forgotten]
        return [default, *sorted(others, key=lambda info: (info.name.casefold(), info.id))]

    def get(self, id_or_name: str) -> WorkspaceInfo:
        """Workspace by id, or else name; a forgotten one only by id. One that a folder has named (`meaning`) counts,
        too.

        Raises workspace-not-found.
        """
        if id_or_name == DEFAULT_ID:
            return self._folders.default()
        there = self._folders.all()
        everything = there + self._awaited({info.id for info in there})
        for info in everything:
            if info.id == id_or_name:
                return info
        named = [info for info in everything if info.name.casefold() == id_or_name.casefold() and not info.forgotten]
        if len(named) > 1:
            ids = sorted(info.id for info in named)
            message = l10n.t(
                "{count} workspaces are called {id_or_name}: {ids}.",
                count=len(ids),
                id_or_name=printable(id_or_name),
                ids=", ".join(ids),
            )
            fix = l10n.t("Name one of these ids.")
            raise ScoredockError("workspace-not-found", message, fix, details={"ids": ids})
        if not named:
            raise _not_found(id_or_name)
        return named[0]

    def resolve(self, folder: Path | None) -> WorkspaceInfo:
        """The workspace of `meaning`."""
        return self.meaning(folder).info

    def meaning(self, folder: Path | None) -> FolderWorkspace:
        """Workspace that a folder means, at every door: upwards from it, the first folder that one was chosen for or
        whose configuration is found (`find_config`) decides, the choice before the configuration; the default where
        there is neither.

        What a configuration names need not be there: see `of_config`. A configuration that is not valid means the
        default, with its `problem`; whoever changes something there refuses it (`Context.active`).
        """
        if folder is None:
            return FolderWorkspace(self._folders.default(), "default")
        start = _absolute(folder)
        selections = self._folders.selections()
        there = {info.id: info for info in self._folders.all() if not info.forgotten} if selections else {}
        config = find_config(start)
        nearest = config_folder(config) if config is not None else None
        for place in (start, *start.parents):
            info = there.get(selections.get(_selection_key(place), ""))
            if info is not None:
                return FolderWorkspace(info, "choice", place)
            if place == nearest:
                break
        if config is None:
            return FolderWorkspace(self._folders.default(), "default")
        try:
            return FolderWorkspace(self.of_config(read_config(config)), "config", config)
        except ScoredockError as problem:
            return FolderWorkspace(self._folders.default(), "default", config, problem)

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
        """Same as `of_config`, for a file, or for a folder that is searched upwards. Raises workspace-config-missing,
        workspace-config-invalid."""
        return self.of_config(_config_at(config))

    def _match(self, config: WorkspaceConfig) -> WorkspaceInfo | None:
        everything = self._folders.all()
        for info in everything:
            if info.identity == config.identity:
                return info
        if not config.subscription_id and config.workspace_name.casefold() == DEFAULT_ID:
            return self._folders.default()
        for info in everything:
            if (
                info.identity is None
                and not info.is_default
                and info.name.casefold() == config.workspace_name.casefold()
            ):
                return info
        return None

    def _new(self, config: WorkspaceConfig) -> WorkspaceInfo:
        return replace(
            _identified(new_info(self._folders.folder / self._free_id(config)), config), created=0.0, exists=False
        )

    def _awaited(self, there: set[str]) -> Infos:
        """Those that configurations name and that are not there yet."""
        with self._mutex:
            return [self._new(config) for id, config in self._named.items() if id not in there]

    def _create_named(self, config: WorkspaceConfig) -> WorkspaceInfo:
        """The workspace of a configuration, there and shown from now on."""
        with self._folders.locked():
            info = self._match(config) or self._new(config)
            if not info.exists:
                info = self._folders.write(replace(info, created=time.time(), exists=True))
            elif info.identity is None and config.subscription_id and not info.is_default:
                info = self._folders.write(_identified(info, config))
            self._folders.show(info)
        with self._mutex:
            self._named.pop(info.id, None)
        return self.get(info.id)

    def _before_change(self, config: WorkspaceConfig) -> None:
        with self._folders.locked():
            is_new = self._match(config) is None
            info = self._create_named(config)
        if is_new:
            with self._mutex:
                self._first_changes[info.id] = config

    def _before_default(self) -> None:
        self._folders.make_default()

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
                new = {} if self._changes_under_way else self._first_changes
                if new:
                    self._first_changes = {}
            for id, config in new.items():
                # What the change itself says is worth more than that an empty workspace stays.
                with contextlib.suppress(ScoredockError, OSError):
                    self._take_back(id, config)

    def _take_back(self, id: str, config: WorkspaceConfig) -> None:
        """Removes a workspace that holds nothing; reads and first changes are then as if it had never been there."""
        folder = self._folders.folder / id
        with self._folders.locked(), held_if_empty(folder) as empty:
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
            path = find_config(folder)
            if path is None:
                continue
            with contextlib.suppress(ScoredockError):
                config = read_config(path)
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
                before: Callable[[], None] | None
                before = functools.partial(self._before_change, config) if config is not None else None
                if info.is_default and not info.exists:
                    self._folders.require_readable(info.path)
                    before = self._before_default
                registry = self._registries[info.id] = Registry(info.path, before_change=before)
                if not registry.read_only:
                    close_to_others(info.path)
                    clear_at_opening(info.path)
            return registry

    def open_registries(self) -> tuple[Registry, ...]:
        """Registries of the workspaces that this program works with."""
        with self._mutex:
            return tuple(self._registries.values())

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
        config = _named(name, subscription_id, resource_group) if subscription_id and resource_group else None
        with self._folders.locked():
            for info in self._folders.all():
                if self._is_another(info, name, config):
                    continue
                fix = l10n.t(
                    "It was removed from the list. Choose another name, or bring it back with"
                    " `scoredock workspace use {id}`.",
                    id=info.id,
                )
                message = l10n.t("The workspace {id} already exists.", id=info.id)
                raise ScoredockError("workspace-exists", message, fix if info.forgotten else "")
            if config is not None:
                return self._folders.write(replace(self._new(config), created=time.time()))
            return self._folders.write(new_info(self._folders.folder / name))

    @staticmethod
    def _is_another(info: WorkspaceInfo, name: str, config: WorkspaceConfig | None) -> bool:
        """True if a new workspace may have this name beside it: those of several subscriptions may share one."""
        if config is not None and info.identity is not None:
            return info.identity != config.identity
        return name.casefold() not in (info.id.casefold(), info.name.casefold(), DEFAULT_ID)

    def named(self, name: str, subscription_id: str, resource_group: str, folder: Path | None) -> WorkspaceInfo:
        """Workspace that a name denotes for somebody who works in `folder`, with as much of its identity as is given.

        It is what a config.json there or above opens or makes when it agrees; else a workspace of this machine; else,
        where the identity is whole, the one that a config.json of that identity would make.
        Raises workspace-not-found, workspace-name-invalid, workspace-config-invalid.
        """
        identity = (subscription_id.casefold(), resource_group.casefold(), name.casefold())
        path = find_config(folder) if folder is not None else None
        with contextlib.suppress(ScoredockError):
            config = read_config(path) if path is not None else None
            if config is not None and _agree(config.identity, identity):
                return self.connect(config.path)
        namesakes = [info for info in self.list() if name.casefold() in (info.id.casefold(), info.name.casefold())]
        fitting = [info for info in namesakes if info.identity is None or _agree(info.identity, identity)]
        matches = [info for info in fitting if info.identity == identity] or fitting
        if len(matches) > 1:
            return self.get(name)  # raises, and names them
        if matches:
            return matches[0]
        if not all(identity):
            raise _not_found(name)
        return self._create_named(_named(name, subscription_id, resource_group))

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
        with self._folders.locked():
            self._folders.show(info)
            key = _selection_key(_absolute(folder))
            self._folders.select({**self._folders.selections(), key: info.id})
        return self.get(info.id)

    def choose_engine(self, id: str, engine: str) -> WorkspaceInfo:
        """Decide what services for ACI and AKS run with. Raises workspace-not-found."""
        with self._folders.locked():
            return self._folders.write(replace(self._create_if_absent(self.get(id)), engine=engine))

    def forget(self, id: str) -> Path:
        """Hide a workspace; its folder stays and is returned. Raises workspace-is-default, workspace-not-found."""
        info = self.get(id)
        if info.is_default:
            raise ScoredockError("workspace-is-default", l10n.t("The default workspace cannot be forgotten."))
        if not info.exists:
            raise _not_found(id)
        with self._folders.locked(), storing(info.path):
            replace_file(info.path / "forgotten", b"")
            selections = self._folders.selections()
            self._folders.select({folder: id for folder, id in selections.items() if id != info.id})
        self.close(info.id)
        return info.path

    def _free_id(self, config: WorkspaceConfig) -> str:
        digest = hashlib.sha256("\n".join(config.identity).encode()).hexdigest()
        name = config.workspace_name.lower()
        # A workspace made by hand may have the very name; a few more digits settle it.
        return next(
            id
            for id in (f"{name}-{digest[:length]}" for length in range(8, 65))
            if not (self._folders.folder / id / "workspace.json").exists()
        )


def _not_found(id_or_name: str) -> ScoredockError:
    message = l10n.t("There is no workspace {id_or_name}.", id_or_name=printable(id_or_name))
    return ScoredockError("workspace-not-found", message)


def _named(name: str, subscription_id: str, resource_group: str) -> WorkspaceConfig:
    """An identity that no file has. Raises workspace-name-invalid, workspace-config-invalid."""
    require_name(name)
    for key, value in (("subscription_id", subscription_id), ("resource_group", resource_group)):
        if not PLAIN.fullmatch(value):
            raise ScoredockError(
                "workspace-config-invalid",
                l10n.t("{value} is not a valid {key}.", value=printable(value), key=key),
                l10n.t("Give the {key} as the Azure portal shows it.", key=key),
            )
    return WorkspaceConfig(subscription_id, resource_group, name, Path())


def _identified(info: WorkspaceInfo, config: WorkspaceConfig) -> WorkspaceInfo:
    """It stands for the workspace in Azure that a configuration names."""
    return replace(
        info,
        name=config.workspace_name,
        subscription_id=config.subscription_id,
        resource_group=config.resource_group,
        config_path=str(config.path) if config.path != Path() else info.config_path,
    )


def _agree(identity: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    """True if one whole identity is what is expected, as far as that is said."""
    return all(part in ("", own) for own, part in zip(identity, expected, strict=True))


def _config_at(place: Path) -> WorkspaceConfig:
    """Raises workspace-config-missing, workspace-config-invalid."""
    path = _absolute(place)
    if not os.path.isdir(path):  # noqa: PTH112 (answers False where Path raises)
        return read_config(path)
    config = find_config(path)
    if config is None:
        raise ScoredockError(
            "workspace-config-missing",
            l10n.t("There is no workspace configuration in or above {path}.", path=path),
            place=Place(str(path)),
        )
    return read_config(config)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)


def _selection_key(folder: Path) -> str:
    """Folders are distinguished as this system does: Windows without regard to case."""
    return os.path.normcase(os.path.realpath(folder))
