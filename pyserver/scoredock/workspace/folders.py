"""The workspaces of the data folder as files, which one process at a time writes.

<home>/workspaces/<id>/workspace.json     who it is; written last, so a folder without it is not a workspace
<home>/workspaces/<id>/forgotten          hides it
<home>/selections.json                    folder → id, chosen by hand
<home>/workspaces.lock                    held while any of these is written
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.data_folder import refusal_at, require_owner
from scoredock.engine_table import ENGINES
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.store.durable import FILE_MODE, make_folder, replace_file
from scoredock.registry.store.faults import storing

DEFAULT_ID = "local"
"""What may stand for ACI and AKS."""
_LOCK_SECONDS = 10.0
_ABOUT = """This folder holds your Scoredock workspaces: registered models, environments and services.

Removing the VS Code extension or the `scoredock` program leaves it alone; installing them again finds everything.
The files of a model are below workspaces/<name>/blobs, named by their SHA-256; the manifests folder beside it says
which model and version each belongs to. Stop all services before you delete or move this folder.
"""


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
    """False for one that only a configuration names, and for the default one where it cannot be made: it reads as
    empty, and the first change creates it."""

    @property
    def identity(self) -> tuple[str, str, str] | None:
        """Subscription, resource group and name in Azure, in lower case, or None for a workspace that was made here."""
        if not self.subscription_id:
            return None
        return self.subscription_id.casefold(), self.resource_group.casefold(), self.name.casefold()


class WorkspaceFolders:
    """Reads and writes them. Safe to use from several threads and processes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "workspaces"
        self._selections = home / "selections.json"
        self._mutex = threading.RLock()
        self._is_locked = False
        """Whether the thread that holds the mutex has the lock as well."""

    def default(self) -> WorkspaceInfo:
        """The default workspace, made when it is not there yet. Where that cannot be, it is one that is not there, and
        reads as empty: who only reads need not be able to write here."""
        info = _read_info(self.folder / DEFAULT_ID)
        if info is None:
            try:
                info = self.make_default()
            except ScoredockError:
                info = replace(new_info(self.folder / DEFAULT_ID, is_default=True), created=0.0, exists=False)
        return info

    def make_default(self) -> WorkspaceInfo:
        """The default workspace, there from now on. Raises what says why it cannot be."""
        path = self.folder / DEFAULT_ID
        with self.locked():
            return _read_info(path) or self.write(new_info(path, is_default=True))

    def require_readable(self, path: Path) -> None:
        """Raises workspace-not-yours or workspace-read-only where nobody can say what there is."""
        for folder in (self.folder, path):
            with storing(folder), contextlib.suppress(FileNotFoundError, NotADirectoryError):
                next(folder.iterdir(), None)

    def all(self) -> list[WorkspaceInfo]:
        """Workspaces that are there, the forgotten ones as well. Raises io-failed."""
        try:
            names = sorted(entry.name for entry in self.folder.iterdir() if not entry.name.startswith("."))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise refusal_at(self.folder) or ScoredockError(
                "io-failed",
                l10n.t("{folder} cannot be read: {strerror}.", folder=self.folder, strerror=error.strerror),
                place=Place(str(self.folder)),
            ) from error
        return [info for info in (_read_info(self.folder / name) for name in names) if info is not None]

    def write(self, info: WorkspaceInfo) -> WorkspaceInfo:
        """Makes or changes a workspace, in the folder that `info` names."""
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

    def show(self, info: WorkspaceInfo) -> None:
        """Brings a forgotten workspace back."""
        with storing(info.path):
            (info.path / "forgotten").unlink(missing_ok=True)

    def selections(self) -> dict[str, str]:
        """Folder → id. What cannot be read counts as nothing chosen: it is a convenience, and is written anew."""
        try:
            raw = json.loads(self._selections.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return {key: value for key, value in raw.items() if isinstance(value, str)} if isinstance(raw, dict) else {}

    def select(self, selections: dict[str, str]) -> None:
        """Writes what is chosen for folders."""
        self._save(self._selections, selections)

    def _save(self, path: Path, content: object) -> None:
        with storing(path):
            replace_file(path, json.dumps(content, ensure_ascii=True, indent=1).encode())

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One writer at a time over all processes; it may be taken again by the thread that holds it. The kernel frees
        the lock of one that died."""
        with self._mutex, storing(self.home):
            if self._is_locked:
                yield
                return
            require_owner(self.home)
            make_folder(self.folder)
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


def new_info(path: Path, *, is_default: bool = False) -> WorkspaceInfo:
    """A workspace in this folder that begins now and stands for none in Azure."""
    return WorkspaceInfo(path.name, path.name, path, is_default, "", "", "", time.time())


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
