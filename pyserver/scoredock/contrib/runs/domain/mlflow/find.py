"""Finds tracking stores and opens one: those in the open folders, and those that a person named."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scoredock import l10n, threads
from scoredock.contrib.runs.domain.mlflow.connection import split_address
from scoredock.contrib.runs.domain.mlflow.folder_store import FolderStore
from scoredock.contrib.runs.domain.mlflow.records import StoreKind, TrackingStore
from scoredock.contrib.runs.domain.mlflow.server_store import ServerStore
from scoredock.contrib.runs.domain.mlflow.sqlite_store import SqliteStore, is_mlflow_database
from scoredock.contrib.runs.domain.mlflow.workspace_store import WorkspaceStore
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.grammar import printable

FOLDER = "mlruns"
_DATABASES = ("mlflow.db", "mlruns.db")
_MOST_FILES = 50
"""Database files of other names that are looked into, of one folder."""
_LOOK_PATIENCE = 0.2
"""Of a server that is only looked at: a second to connect, four to answer."""


@dataclass(frozen=True, slots=True)
class FoundStore:
    """A store that may be asked for, readable or not."""

    uri: str
    """Absolute path or http address."""
    title: str
    kind: StoreKind
    problem: str = ""
    """Why it cannot be read, as a sentence."""


def find_stores(folders: Sequence[Path], named: Sequence[str]) -> list[FoundStore]:
    """Stores directly in the folders, then those named. Looks at names only: see `look`."""
    stores: dict[str, FoundStore] = {}
    for folder in folders:
        prefix = f"{folder.name}/" if len(folders) > 1 else ""
        for path in _in_folder(folder):
            kind: StoreKind = "folder" if path.name == FOLDER else "sqlite"
            stores.setdefault(str(path), FoundStore(str(path), prefix + path.name, kind))
    for text in named:
        if text.strip():
            store = named_store(text.strip(), folders[0] if folders else Path.cwd())
            stores.setdefault(store.uri, store)
    return list(stores.values())


def named_store(text: str, base: Path) -> FoundStore:
    """Store that a person named by an address, a path, or a URI as MLflow takes it. Never raises; `problem` says what
    is wrong.
    """
    scheme, separator, rest = text.partition(":")
    scheme = scheme.lower() if separator and len(scheme) > 1 and "/" not in scheme and "\\" not in scheme else ""
    # What stands before an @ may be a password.
    shown_uri = printable(text) if "@" not in text else printable(f"{scheme}://…")
    try:
        if scheme in ("http", "https"):
            address = split_address(text)
            return FoundStore(address, urlsplit(address).netloc + urlsplit(address).path, "server")
        if scheme == "sqlite":
            path = rest.partition("?")[0]
            if not path.startswith("///"):
                raise ScoredockError("run-store-unknown", l10n.t("{uri} is not sqlite:///path.", uri=shown_uri))
            return _at(path[3:], base, "sqlite")
        if scheme == "file":
            parts = urlsplit(text)
            if parts.netloc not in ("", "localhost"):
                raise ScoredockError(
                    "run-store-unknown", l10n.t("{uri} is a folder on another machine.", uri=shown_uri)
                )
            return _at(unquote(parts.path), base, None)
        if scheme:
            raise ScoredockError(
                "run-store-unsupported",
                l10n.t("Scoredock does not support tracking stores such as {uri}.", uri=shown_uri),
            )
        return _at(text, base, None)
    except (ScoredockError, ValueError) as error:
        problem = (
            error.message
            if isinstance(error, ScoredockError)
            else l10n.t("{uri} is not a tracking store.", uri=shown_uri)
        )
        kind: StoreKind = "server" if scheme.startswith("http") else "folder"
        return FoundStore(shown_uri.strip("'"), shown_uri.strip("'"), kind, problem)


def look(stores: Sequence[FoundStore], cancel: CancelToken) -> list[FoundStore]:
    """The stores, each with what is wrong with it; servers are asked side by side and answer soon or count as not
    there.
    """
    looked = list(stores)

    def ask(index: int) -> None:
        store = looked[index]
        try:
            with contextlib.closing(open_store(store, cancel, patience=_LOOK_PATIENCE)) as opened:
                opened.check()
        except ScoredockError as error:
            looked[index] = replace(store, problem=error.message)

    def fail(index: int, fault: BaseException) -> None:
        looked[index] = replace(looked[index], problem=repr(fault))

    asking = []
    for index, store in enumerate(looked):
        if store.problem:
            continue
        if store.kind == "server":
            asking.append(threads.start(ask, index, name="mlflow-look", at_fault=partial(fail, index)))
        else:
            ask(index)
    for thread in asking:
        thread.join()
    cancel.raise_if_cancelled()
    return looked


def open_store(store: FoundStore, cancel: CancelToken, *, patience: float = 1.0) -> TrackingStore:
    """Ready to be read; nothing is looked at yet. Raises run-store-unknown for one with a problem of its address."""
    if store.problem:
        raise ScoredockError("run-store-unknown", store.problem)
    if store.kind == "server":
        return ServerStore(store.uri, cancel, patience=patience)
    if store.kind == "workspace":
        return WorkspaceStore(Path(store.uri), cancel)
    if store.kind == "sqlite":
        return SqliteStore(Path(store.uri), cancel)
    return FolderStore(Path(store.uri), cancel)


def _at(path: str, base: Path, kind: StoreKind | None) -> FoundStore:
    if not path or "\0" in path:
        raise ScoredockError("run-store-unknown", l10n.t("{path} is not a path.", path=printable(path)))
    place = Path(os.path.abspath(base / os.path.expanduser(path)))  # noqa: PTH100, PTH111 (links and nobody's home stay as they are)
    is_file = os.path.isfile(place)  # noqa: PTH113 (answers False where Path raises)
    return FoundStore(str(place), place.name or str(place), kind or ("sqlite" if is_file else "folder"))


def _in_folder(folder: Path) -> list[Path]:
    if folder.name == FOLDER and _holds_experiments(folder):
        return [folder]
    paths = []
    inner = folder / FOLDER
    # MLflow with a database keeps nothing but artifacts in a folder of this name.
    if os.path.isdir(inner) and _holds_experiments(inner):  # noqa: PTH112 (a name that is too long is not an error)
        paths.append(inner)
    try:
        with os.scandir(folder) as entries:
            files = [
                entry.name for entry in entries if entry.name.endswith(".db") and entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return paths
    others = sorted(name for name in files if name not in _DATABASES)[:_MOST_FILES]
    paths += [folder / name for name in _DATABASES if name in files]
    return paths + [folder / name for name in others if is_mlflow_database(folder / name)]


def _holds_experiments(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(
                entry.is_dir(follow_symlinks=False) and os.path.lexists(Path(entry.path, "meta.yaml"))
                for entry in entries
            )
    except OSError:
        return True  # it is there and cannot be read, which is worth a sentence
