"""Names for completion in a shell: quickly, without a word of what cannot be read, and without making anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scoredock.context import Context
from scoredock.features.contribution import contribution_of

_MOST = 1_000
"""Names that a shell is given; with more of them a person types another letter."""
_NAMES = {
    "model": "SELECT DISTINCT name FROM model_versions WHERE deleted IS NULL AND substr(name, 1, ?) = ? LIMIT ?",
    "service": "SELECT name FROM services WHERE substr(name, 1, ?) = ? LIMIT ?",
    "endpoint": "SELECT name FROM endpoints WHERE substr(name, 1, ?) = ? LIMIT ?",
}
_OF_ASSETS = "SELECT DISTINCT name FROM assets WHERE kind = ? AND deleted IS NULL AND substr(name, 1, ?) = ? LIMIT ?"
_VERSIONS = "SELECT version FROM model_versions WHERE name = ? AND deleted IS NULL ORDER BY version DESC LIMIT ?"
_VERSIONS_OF_ASSETS = (
    "SELECT version FROM assets WHERE kind = ? AND name = ? AND deleted IS NULL ORDER BY version DESC LIMIT ?"
)
_ASSETS = ("dataset", "environment", "image")


def _computes(workspace: Path) -> list[str]:
    from scoredock.registry.assets.compute_files import ComputeFiles

    return ComputeFiles(workspace).names()


_OF_FOLDERS = {"compute": _computes}
"""Kinds of which each thing is a file or folder of the workspace."""


def names(kinds: Sequence[str], prefix: str, context: Context) -> list[str]:
    """Names of these kinds that begin with `prefix`; `NAME:VERSION` behind a colon, and where several kinds are meant
    `KIND:NAME`. Raises whatever reading raises."""
    if not context.home.is_dir():
        return []  # nothing was ever registered, and asking must not begin with it
    kind, _, begun = prefix.partition(":")
    if kind in kinds and len(kinds) > 1:
        return [f"{kind}:{name}" for name in _of_kind(kind, begun, context)]
    return list(dict.fromkeys(name for kind in kinds for name in _of_kind(kind, prefix, context)))


def _of_kind(kind: str, prefix: str, context: Context) -> list[str]:
    if kind in _OF_FOLDERS:
        return [name for name in _OF_FOLDERS[kind](context.current().path) if name.startswith(prefix)]
    if kind == "workspace":
        return [each for info in context.workspaces.list() for each in dict.fromkeys((info.id, info.name))]
    if kind not in _NAMES and kind not in _ASSETS:
        return [name for name in contribution_of(kind).names(context.current().path) if name.startswith(prefix)]
    name, colon, _ = prefix.partition(":")
    of_asset = (kind,) if kind in _ASSETS else ()
    with context.workspaces.open(context.current().id).store.read() as connection:
        if colon and kind in ("model", *_ASSETS):
            statement = _VERSIONS_OF_ASSETS if of_asset else _VERSIONS
            rows = connection.execute(statement, (*of_asset, name, _MOST))
            return [f"{name}:{version}" for (version,) in rows]
        statement = _OF_ASSETS if of_asset else _NAMES[kind]
        return sorted(name for (name,) in connection.execute(statement, (*of_asset, len(prefix), prefix, _MOST)))
