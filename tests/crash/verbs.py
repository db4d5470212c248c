"""What victims do to a workspace, one verb each: carried out, then answered by a line `done` or `refused CODE`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scoredock.errors import ScoredockError, WorkspaceDamaged
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.registry.store import store
from scoredock.registry.store.schema import MIGRATIONS
from scoredock.registry.upkeep import backup, repair, restoring
from scoredock.services.lifecycle.adoption import adopt
from scoredock.services.lifecycle.service_backup import CarriedServices
from scoredock.workspace import Workspaces

from crash import planted
from crash.template import Say

Verb = Callable[[Path, Path], object]
"""(workspace, folder of sources)."""


def make_sources(folder: Path) -> None:
    """The files that verbs register."""
    (folder / "tree" / "deep").mkdir(parents=True)
    (folder / "tree" / "empty").mkdir()
    for number in range(3):
        (folder / "tree" / "deep" / f"part{number}.bin").write_bytes(bytes([number]) * 40_000)
    (folder / "lone.bin").write_bytes(b"p" * 200_000)


def stock(workspace: Path, sources: Path) -> None:
    """The workspace that most verbs start from: three versions of `m`, the second in the trash, and a name with one."""
    registry = Registry(workspace)
    for number in range(3):
        part = sources / "tree" / "deep" / f"part{number}.bin"
        registry.register([part], "m", tags={"a": "1", "old": "x"})
    registry.register([sources / "tree"], "other")
    registry.changes.alias("m:1", "champion")
    registry.delete("m:2")
    (registry.blobs.scratch / "left behind").write_bytes(b"x")
    (registry.blobs.scratch / "left behind").chmod(0o600)
    registry.store.close()


def stock_with_trash(workspace: Path, sources: Path) -> None:
    """As `stock`, with a version in the trash whose bytes nobody else needs."""
    stock(workspace, sources)
    registry = Registry(workspace)
    registry.register([sources / "lone.bin"], "m")
    registry.delete("m:4")
    registry.store.close()


def stock_backup(workspace: Path, sources: Path) -> None:
    """No workspace, and a backup of one that was stocked."""
    elsewhere = sources.parent / "elsewhere" / "workspaces" / "one"
    stock(elsewhere, sources)
    _back_up(elsewhere, sources)
    backup_of(elsewhere).rename(sources / "backup")


def stock_without_store(workspace: Path, sources: Path) -> None:
    """The database is gone, all else is there."""
    stock(workspace, sources)
    (workspace / "store.sqlite3").unlink()


def stock_with_damaged_store(workspace: Path, sources: Path) -> None:
    """The database is torn."""
    stock(workspace, sources)
    path = workspace / "store.sqlite3"
    os.truncate(path, path.stat().st_size // 2)


def backup_of(workspace: Path) -> Path:
    """Where the verb `back up` puts it."""
    return workspace.parent.parent / "backup"


def _back_up(workspace: Path, sources: Path) -> None:
    identity = {
        "name": "one",
        "subscriptionId": "",
        "resourceGroup": "",
        "created": 1.0,
    }
    target = backup_of(workspace)
    done = backup.backup(
        workspace,
        identity,
        target,
        CarriedServices(),
        overwrite=True,
        progress=Silent(),
        cancel=CancelToken(),
    )
    if done.left_out:
        # The person is told, and does not take it for a whole one.
        target.unlink()
        raise ScoredockError("model-damaged", done.left_out[0])


def _restore_backup(workspace: Path, sources: Path) -> None:
    restore_into(workspace, sources / "backup")


def restore_into(workspace: Path, path: Path) -> None:
    def fill(folder: Path) -> Mapping[str, Any]:
        done = restoring.restore(path, folder, CarriedServices(), progress=Silent(), cancel=CancelToken())
        told: Mapping[str, Any] = done.header["workspace"]
        return told

    Workspaces(workspace.parent.parent).intake.take_in(fill, workspace.name)


def _repair(workspace: Path, sources: Path) -> None:
    left = repair.repair(workspace, adopt=adopt).problems
    if left:
        raise WorkspaceDamaged(f"This was not repaired: {left[0].message}")


def _register(workspace: Path, sources: Path) -> None:
    Registry(workspace).register([sources / "lone.bin"], "m", tags={"stage": "test"}, description="new")


def _register_tree(workspace: Path, sources: Path) -> None:
    Registry(workspace).register([sources / "tree"], "m", tags={"stage": "test"})


def _delete(workspace: Path, sources: Path) -> None:
    Registry(workspace).delete("m:1")


def _restore(workspace: Path, sources: Path) -> None:
    Registry(workspace).restore("m:2")


def _tag(workspace: Path, sources: Path) -> None:
    Registry(workspace).update(
        "m:1",
        description="new",
        set_tags={"a": "2", "b": "3"},
        remove_tags=["old"],
        add_properties={"p": "q"},
    )


def _alias(workspace: Path, sources: Path) -> None:
    Registry(workspace).changes.alias("m:3", "champion")


def _unalias(workspace: Path, sources: Path) -> None:
    Registry(workspace).changes.remove_alias("m", "champion")


def _favourite(workspace: Path, sources: Path) -> None:
    Registry(workspace).changes.favourite("m", True)


def _purge(workspace: Path, sources: Path) -> None:
    Registry(workspace).changes.purge(["m:2"])


def _collect(workspace: Path, sources: Path) -> None:
    Registry(workspace).collect_garbage(0, trash_seconds=0)


def _open(workspace: Path, sources: Path) -> None:
    Registry(workspace).models()


_STEP = "CREATE TABLE later (x INTEGER NOT NULL) STRICT; INSERT INTO later SELECT version FROM model_versions;"


def _open_further(workspace: Path, sources: Path) -> None:
    """With a program that is one migration further than today's."""
    store.MIGRATIONS = (*MIGRATIONS, _STEP)
    Registry(workspace).models()


VERBS: dict[str, Verb] = {
    "register": _register,
    "register a tree": _register_tree,
    "delete": _delete,
    "restore": _restore,
    "tag": _tag,
    "alias": _alias,
    "remove alias": _unalias,
    "favourite": _favourite,
    "purge": _purge,
    "gc": _collect,
    "back up": _back_up,
    "restore a backup": _restore_backup,
    "repair": _repair,
    "open": _open,
    "open with a later program": _open_further,
}


def perform(say: Say, verb: str, workspace: str, sources: str, bug: str = "", umask: int = 0o022) -> None:
    """One verb in this process."""
    os.umask(umask)
    planted.plant(bug)
    if planted.EARLY:
        say("done")
    try:
        VERBS[verb](Path(workspace), Path(sources))
    except ScoredockError as error:
        say(f"refused {error.code} {error.message!r}")
        return
    say("done")


_STARTS: dict[str, Callable[[Path, Path], None]] = {
    "gc": stock_with_trash,
    "restore a backup": stock_backup,
    "repair": stock_without_store,
}


def warm() -> None:
    """Everything that is imported or cached on first use."""
    with tempfile.TemporaryDirectory() as folder:
        for verb, act in VERBS.items():
            sources = Path(folder) / verb / "sources"
            make_sources(sources)
            workspace = Path(folder) / verb / "home" / "workspaces" / "one"
            _STARTS.get(verb, stock)(workspace, sources)
            (workspace / "reserve").unlink(missing_ok=True)
            if verb != "open with a later program":
                act(workspace, sources)
