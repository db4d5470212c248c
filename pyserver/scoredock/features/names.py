"""Names for completion in a shell: quickly, without a word of what cannot be read, and without making anything."""

from __future__ import annotations

from scoredock.features.context import Context

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


def names(kind: str, prefix: str, context: Context) -> list[str]:
    """Names of a kind that begin with `begun`; `NAME:VERSION` behind a colon. Raises whatever reading raises."""
    if not context.home.is_dir():
        return []  # nothing was ever registered, and asking must not begin with it
    if kind == "workspace":
        return [each for info in context.workspaces.list() for each in dict.fromkeys((info.id, info.name))]
    if kind == "drift":
        from scoredock.drift.monitors import monitor_names

        return [each for each in monitor_names(context.current().path) if each.startswith(prefix)]
    if kind == "event":
        from scoredock.events.subscriptions import Receivers

        return [each.name for each in Receivers(context.current().path).all() if each.name.startswith(prefix)]
    if kind not in _NAMES and kind not in _ASSETS:
        return []
    name, colon, _ = prefix.partition(":")
    of_asset = (kind,) if kind in _ASSETS else ()
    with context.workspaces.open(context.current().id).store.read() as connection:
        if colon and kind in ("model", *_ASSETS):
            statement = _VERSIONS_OF_ASSETS if of_asset else _VERSIONS
            rows = connection.execute(statement, (*of_asset, name, _MOST))
            return [f"{name}:{version}" for (version,) in rows]
        statement = _OF_ASSETS if of_asset else _NAMES[kind]
        return sorted(name for (name,) in connection.execute(statement, (*of_asset, len(prefix), prefix, _MOST)))
