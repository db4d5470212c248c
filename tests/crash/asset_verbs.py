"""What victims do with datasets, environments and images, one verb each; and what a workspace then holds of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.assets import assets, datasets
from scoredock.registry.assets import environments as environment_records
from scoredock.registry.store import asset_rows

from crash.template import Say

State = tuple[tuple[object, ...], ...]


def stock(workspace: Path) -> None:
    """Two versions of a dataset, the first in the trash, and an environment."""
    registry = Registry(workspace)
    for number in range(2):
        datasets.register(registry.assets, _rows(workspace, f"row {number}\n"), "rows")
    registry.assets.delete("dataset", "rows:1")
    environment_records.register(registry.assets, "mine", clone="AzureML-Minimal", tags={"old": "x"})
    (registry.blobs.scratch / "left behind").write_bytes(b"x")
    (registry.blobs.scratch / "left behind").chmod(0o600)
    registry.store.close()


def _rows(workspace: Path, text: str) -> Path:
    path = workspace.parent / "rows.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _register(workspace: Path) -> None:
    path = workspace.parent / "new.txt"
    path.write_text("one\ntwo\n")
    datasets.register(Registry(workspace).assets, path, "rows", tags={"a": "b"})


def _environment(workspace: Path) -> None:
    environment_records.register(Registry(workspace).assets, "other", clone="AzureML-Tutorial")


def _update(workspace: Path) -> None:
    Registry(workspace).assets.update(
        "environment",
        "mine",
        description="new",
        set_tags={"a": "b"},
        remove_tags=["old"],
    )


def _delete(workspace: Path) -> None:
    Registry(workspace).assets.delete("environment", "mine:1")


def _restore(workspace: Path) -> None:
    Registry(workspace).assets.restore("dataset", "rows:1")


def _collect(workspace: Path) -> None:
    Registry(workspace).collect_garbage(0, trash_seconds=0)


VERBS: dict[str, Callable[[Path], None]] = {
    "register a dataset": _register,
    "register an environment": _environment,
    "update": _update,
    "delete": _delete,
    "restore": _restore,
    "gc": _collect,
}


def perform(say: Say, verb: str, workspace: str, bug: str = "") -> None:
    """One verb in this process; with a bug planted in the program, for the test of the test."""
    if bug == "rows before bytes":
        # The row is committed while its bytes are still in a scratch file.
        assets.Blobs.add = lambda self, source, tick, cancel: _promised(source)  # type: ignore[method-assign]
        assets.Blobs.holds = lambda self, file: True  # type: ignore[method-assign]
    if bug == "two transactions":
        _in_two_transactions()
    try:
        VERBS[verb](Path(workspace))
    except ScoredockError as error:
        say(f"refused {error.code} {error.message!r}")
        return
    say("done")


def _promised(source: assets.SourceFile) -> assets.ModelFile:
    import hashlib

    content = source.path.read_bytes()
    return assets.ModelFile(source.stored, len(content), hashlib.sha256(content).hexdigest())


def _in_two_transactions() -> None:
    change = asset_rows.change

    def halves(connection: asset_rows.sqlite3.Connection, record: assets.AssetRecord) -> None:
        connection.execute("UPDATE assets SET description = ?", (record.description,))
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        change(connection, record)

    asset_rows.change = halves


def state(workspace: Path) -> State:
    """Everything of every record, and the last number of every name."""
    registry = Registry(workspace)
    with closing(registry.store):
        with registry.store.read() as connection:
            names = tuple(tuple(row) for row in connection.execute("SELECT kind, name, last_version FROM asset_names"))
        held = tuple(
            (
                each.kind,
                each.id,
                each.description,
                tuple(each.tags.items()),
                each.deleted is None,
                _text(registry, each),
            )
            for each in registry.assets.records(include_deleted=True)
        )
    return tuple(sorted(names)) + held


def _text(registry: Registry, record: assets.AssetRecord) -> str:
    try:
        return "".join(registry.assets.text(record, file) for file in record.files)
    except ScoredockError as error:
        return f"damaged: {error.code}"


def warm() -> None:
    """Everything that is imported or cached on first use."""
    for act in VERBS.values():
        with tempfile.TemporaryDirectory() as folder:
            workspace = Path(folder) / "home" / "workspaces" / "one"
            workspace.parent.mkdir(parents=True)
            stock(workspace)
            (workspace / "reserve").unlink(missing_ok=True)
            act(workspace)
            state(workspace)
