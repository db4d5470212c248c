"""The methods of upkeep for test_methods: verify, repair, collect, back up, restore."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _made(world: Any, name: str) -> Any:
    """A workspace of its own with one model."""
    made = world.ask("scoredock/workspace/create", {"name": name})
    world.ask(
        "scoredock/model/register",
        {"paths": [str(world.project / "weights.bin")], "name": "kept", "workspaceId": made.id},
    )
    return made


def workspace_verify(world: Any) -> None:
    made = _made(world, "verified")
    found = world.ask("scoredock/workspace/verify", {"id": made.id, "deep": True})
    assert (found.problems, found.versions, found.files, found.bytes, found.deep) == ([], 1, 1, 4, True)
    assert not world.ask("scoredock/workspace/verify", {"id": made.id}).deep
    (Path(made.path) / "store.sqlite3").unlink()
    found = world.ask("scoredock/workspace/verify", {"id": made.id})
    assert [(problem.subject, problem.repairable) for problem in found.problems] == [(made.path, True)]
    error = world.client.error("scoredock/model/list", {"workspaceId": made.id})
    assert (error["data"]["code"], "scoredock workspace repair" in error["data"]["fix"]) == ("workspace-damaged", True)
    assert world.ask("scoredock/workspace/repair", {"id": made.id}).left == []


def workspace_repair(world: Any) -> None:
    made = _made(world, "repaired")
    assert (world.ask("scoredock/workspace/repair", {"id": made.id}).done) == []
    (Path(made.path) / "store.sqlite3").write_bytes(b"what was there before is gone")
    assert world.ask("scoredock/workspace/show", {"id": made.id}).read_only
    found = world.ask("scoredock/workspace/repair", {"id": made.id})
    assert (len(found.done), found.left) == (2, [])
    shown = world.ask("scoredock/workspace/show", {"id": made.id})
    assert (shown.read_only, shown.models) == ("", 1), shown
    assert world.ask("scoredock/model/show", {"id": "kept:1", "workspaceId": made.id}).model.id == "kept:1"


def workspace_collect(world: Any) -> None:
    made = _made(world, "collected")
    (Path(made.path) / "tmp" / "left").write_bytes(b"1234")
    found = world.ask("scoredock/workspace/collect", {"id": made.id})
    assert (found.files, found.bytes, found.purged, found.kept) == (0, 0, [], "")
    found = world.ask("scoredock/workspace/collect", {"id": made.id, "graceSeconds": 0})
    assert (found.files, found.bytes) == (1, 4)


def workspace_backup(world: Any) -> None:
    target = world.project.parent / "methods.tar"
    done = world.ask("scoredock/workspace/backup", {"target": str(target), "id": "local", "overwrite": True})
    assert (done.path, done.size, done.left_out) == (str(target), target.stat().st_size, [])
    assert done.versions >= 1
    assert tarfile.is_tarfile(target)


def workspace_restore(world: Any) -> None:
    made = _made(world, "packed")
    target = world.project.parent / "packed.tar"
    world.ask("scoredock/workspace/backup", {"target": str(target), "id": made.id})
    again = world.ask("scoredock/workspace/restore", {"path": str(target), "name": "unpacked"})
    assert (again.name, again.models, again.is_active) == ("unpacked", 1, False)
    assert world.ask("scoredock/workspace/verify", {"id": again.id, "deep": True}).problems == []


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/workspace/verify": workspace_verify,
    "scoredock/workspace/repair": workspace_repair,
    "scoredock/workspace/collect": workspace_collect,
    "scoredock/workspace/backup": workspace_backup,
    "scoredock/workspace/restore": workspace_restore,
}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/workspace/verify", {"id": "nobody"}, "workspace-not-found"),
    ("scoredock/workspace/repair", {"id": "../local"}, "workspace-not-found"),
    ("scoredock/workspace/collect", {"id": "nobody"}, "workspace-not-found"),
    ("scoredock/workspace/collect", {"graceSeconds": -1}, "request-invalid"),
    ("scoredock/workspace/backup", {"target": "/nowhere/b.tar"}, "backup-target-invalid"),
    ("scoredock/workspace/backup", {"target": "/etc/passwd"}, "backup-exists"),
    ("scoredock/workspace/backup", {"target": "/dev/null", "overwrite": True}, "backup-target-invalid"),
    ("scoredock/workspace/backup", {"target": "a\0b"}, "text-invalid"),
    ("scoredock/workspace/restore", {"path": "/nowhere/b.tar"}, "file-not-found"),
    ("scoredock/workspace/restore", {"path": "/dev/zero"}, "file-unreadable"),
    ("scoredock/workspace/restore", {"path": "/etc/passwd", "name": "../x"}, "backup-invalid"),
]
