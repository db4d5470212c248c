"""Random histories of a registry, and all that a person can see of it: for tests that lose something and want it
back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.store import rows

NAMES = ("a", "A", "model.v1")
CONTENTS = (b"", b"one", b"two" * 1000)

_NAME = st.sampled_from(NAMES)
_VERSION = st.integers(1, 4)
_LABELS = st.dictionaries(st.sampled_from(["stage", "Étage ☃"]), st.sampled_from(["", "x", "y=\nz"]), max_size=2)

STEPS = st.one_of(
    st.tuples(st.just("register"), _NAME, st.sampled_from(CONTENTS), _LABELS, _LABELS),
    st.tuples(st.just("register"), _NAME, st.sampled_from(CONTENTS), _LABELS, _LABELS),
    st.tuples(st.just("folder"), _NAME, st.sampled_from(CONTENTS)),
    st.tuples(st.just("update"), _NAME, _VERSION, _LABELS),
    st.tuples(st.just("delete"), _NAME, _VERSION),
    st.tuples(st.just("restore"), _NAME, _VERSION),
    st.tuples(st.just("purge"), _NAME, _VERSION),
    st.tuples(st.just("alias"), _NAME, _VERSION, st.sampled_from(["champion", "staging"])),
    st.tuples(st.just("unalias"), _NAME, st.sampled_from(["champion", "staging"])),
    st.tuples(st.just("return"), _NAME, st.sampled_from(["champion", "staging"])),
    st.tuples(st.just("favourite"), _NAME, st.booleans()),
    st.tuples(st.just("collect"), st.booleans()),
    st.tuples(st.just("dataset"), st.sampled_from(["rows", "Rows"])),
    st.tuples(st.just("drop"), st.sampled_from(["rows", "Rows"]), _VERSION),
)
HISTORIES = st.lists(STEPS, min_size=4, max_size=25)


def play(registry: Registry, source: Path, history: list[tuple[Any, ...]]) -> None:
    """Do what the history says; what is refused is not part of it."""
    for verb, *given in history:
        try:
            _VERBS[verb](registry, source, *given)
        except ScoredockError as error:
            if not error.code.endswith(("-not-found", "-deleted", "-immutable", "-in-use", "-exists")):
                raise


def _register(registry: Registry, source: Path, name: str, content: bytes, tags: Any, properties: Any) -> None:
    path = source / "weights.bin"
    path.write_bytes(content)
    registry.register([path], name, tags=tags, properties=properties, description="über\n" + name)


def _folder(registry: Registry, source: Path, name: str, content: bytes) -> None:
    folder = source / "net"
    (folder / "deep" / "empty").mkdir(parents=True, exist_ok=True)
    (folder / "weights.bin").write_bytes(content)
    (folder / "läbels.txt").write_bytes(b"a\nb\n")
    registry.register([folder], name, framework="Onnx", framework_version="1.2")


def _dataset(registry: Registry, source: Path, name: str) -> None:
    from scoredock.registry.assets import datasets

    path = source / "rows.jsonl"
    path.write_text('{"data": [1]}\n{"data": [2]}\n')
    datasets.register(registry.assets, path, name)


_VERBS: dict[str, Any] = {
    "register": _register,
    "folder": _folder,
    "update": lambda r, s, name, version, tags: r.update(f"{name}:{version}", description="new", set_tags=tags),
    "delete": lambda r, s, name, version: r.delete(f"{name}:{version}"),
    "restore": lambda r, s, name, version: r.restore(f"{name}:{version}"),
    "purge": lambda r, s, name, version: r.changes.purge([f"{name}:{version}"]),
    "alias": lambda r, s, name, version, alias: r.changes.alias(f"{name}:{version}", alias),
    "unalias": lambda r, s, name, alias: r.changes.remove_alias(name, alias),
    "return": lambda r, s, name, alias: r.changes.return_alias(name, alias),
    "favourite": lambda r, s, name, on: r.changes.favourite(name, on),
    "collect": lambda r, s, purge: r.collect_garbage(0, trash_seconds=0 if purge else 3600),
    "dataset": _dataset,
    "drop": lambda r, s, name, version: r.assets.delete("dataset", f"{name}:{version}"),
}


def everything(registry: Registry) -> dict[str, Any]:
    """All that is acknowledged: versions with their trash, bytes, names, aliases and their history, favourites,
    records."""
    with registry.store.read() as connection:
        models = [rows.complete(connection, each) for each in rows.summaries(connection, "1")]

        def asked(query: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.execute(query)]

        found = {
            "models": models,
            "names": asked("SELECT name, last_version FROM models ORDER BY 1"),
            "aliases": asked("SELECT name, alias, version FROM model_aliases ORDER BY 1, 2"),
            "moves": [
                asked(
                    f"SELECT alias, version, previous, changed, changed_by, kind FROM alias_history WHERE name = '{n}'"
                    " ORDER BY id"
                )
                for n in NAMES
            ],
            "favourites": asked("SELECT name FROM favourites ORDER BY 1"),
            "asset names": asked("SELECT kind, name, last_version FROM asset_names ORDER BY 1, 2"),
        }
    found["assets"] = registry.assets.records(include_deleted=True)
    held = {file.sha256 for model in models for file in model.files}
    held |= {file.sha256 for record in found["assets"] for file in record.files}
    found["bytes"] = {digest: registry.blob(digest).read_bytes() for digest in held}
    return found
