"""Chooses things of a list by patterns, with what they need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from scoredock import l10n
from scoredock.contrib.azure.domain.account import KINDS
from scoredock.errors import ScoredockError

Item = Mapping[str, Any]
ALL = tuple(f"{kind}:*" for kind in KINDS if kind != "run")
"""What `--all` means: runs are chosen by name or by `run:*`."""
NEWEST = "latest"


def kinds_of(patterns: Iterable[str]) -> list[str]:
    """The kinds that have to be listed for these patterns; services and endpoints need models and environments.

    Raises ScoredockError `azure-choice-invalid`.
    """
    named = {_kind(pattern) for pattern in patterns}
    if any(kind == "service" or kind.endswith("-endpoint") for kind in named):
        named |= {"model", "environment"}
    return [kind for kind in KINDS if kind in named]


def choose(items: Sequence[Item], patterns: Sequence[str]) -> list[Item]:
    """The items that a pattern means, and what they require, in the order in which they are fetched.

    Raises ScoredockError `azure-choice-invalid` for a pattern that means none; all of a kind may be none beside others.
    """
    keys: set[str] = set()
    for pattern in patterns:
        matches = _matches(items, pattern)
        if not matches and not (pattern in ALL and len(patterns) > 1):
            raise ScoredockError(
                "azure-choice-invalid", l10n.t("Nothing in the workspace matches “{pattern}”.", pattern=pattern)
            )
        keys.update(matches)
    if not keys:
        raise ScoredockError("azure-choice-invalid", l10n.t("The workspace has nothing of that."))
    for item in items:
        if item["key"] in keys:
            keys.update(item["requires"])
    order = {kind: place for place, kind in enumerate(KINDS)}
    return sorted((item for item in items if item["key"] in keys), key=lambda item: order[item["kind"]])


def absent(items: Sequence[Item]) -> list[str]:
    """Keys that items require and that are not among them."""
    keys = {item["key"] for item in items}
    return sorted({each for item in items for each in item["requires"]} - keys)


def required(key: str) -> Item:
    """The item of a key that no list had, as an archived version."""
    kind, name, version = key.split(":", 2)
    facts = {"created": "", "archived": False, "title": "", "type": "", "requires": []}
    return {"key": key, "kind": kind, "name": name, "version": version, **facts}


def _matches(items: Sequence[Item], pattern: str) -> list[str]:
    kind, _, rest = pattern.partition(":")
    _kind(pattern)
    name, separator, version = rest.partition(":")
    of_name = [item for item in items if item["kind"] == kind and fnmatchcase(item["name"], name)]
    if not separator:
        return [item["key"] for item in of_name]
    if version == NEWEST:
        newest = {item["name"]: item["key"] for item in of_name if not item["archived"]}
        return list(newest.values())
    return [item["key"] for item in of_name if fnmatchcase(item["version"], version)]


def _kind(pattern: str) -> str:
    kind, separator, name = pattern.partition(":")
    if kind not in KINDS or not separator or not name:
        raise ScoredockError(
            "azure-choice-invalid",
            l10n.t(
                "“{pattern}” is not KIND:NAME or KIND:NAME:VERSION with one of the kinds {kinds}.",
                pattern=pattern,
                kinds=", ".join(KINDS),
            ),
        )
    return kind
