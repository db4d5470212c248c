"""One version by what a person calls it."""

from __future__ import annotations

import sqlite3

from scoredock import l10n
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.registry.grammar import Reference, parse_reference, printable
from scoredock.registry.records import ModelSummary
from scoredock.registry.store import aliases, rows


def live(connection: sqlite3.Connection, reference: str) -> ModelSummary:
    """The version that `name:version` or `name@alias` says, or the newest live one of `name`.

    Raises model-not-found, also for what lies in the trash, and alias-not-found.
    """
    asked = parse_reference(reference)
    found = rows.summary(connection, asked.name, _number(connection, asked))
    if found is None:
        raise ModelNotFound(l10n.t("The workspace has no model {asked}.", asked=asked))
    if found.deleted is not None:
        raise ModelNotFound(
            l10n.t(
                "The alias {alias} of {name} points to {id}, which is in the trash.",
                alias=printable(asked.alias),
                name=asked.name,
                id=found.id,
            )
            if asked.alias
            else l10n.t("The model {id} is in the trash.", id=found.id),
            l10n.t("Restore {id}, then use it again.", id=found.id),
        )
    return found


def any(connection: sqlite3.Connection, reference: str) -> ModelSummary:
    """The version that `name:version` says, in the trash or not. Raises model-not-found."""
    asked = parse_reference(reference)
    if asked.version is None:
        raise ModelNotFound(
            l10n.t("{reference} names no version.", reference=printable(reference)), l10n.t("Write it as name:version.")
        )
    found = rows.summary(connection, asked.name, asked.version)
    if found is None:
        raise ModelNotFound(l10n.t("The workspace has no model {asked}, nor is it in the trash.", asked=asked))
    return found


def _number(connection: sqlite3.Connection, asked: Reference) -> int:
    """0 when there is none."""
    if asked.version is not None:
        return asked.version
    if asked.alias:
        version = aliases.pointed_to(connection, asked.name, asked.alias)
        if version is None:
            raise ScoredockError(
                "alias-not-found",
                l10n.t("The model {name} has no alias {alias}.", name=asked.name, alias=printable(asked.alias)),
            )
        return version
    newest = connection.execute(
        "SELECT max(version) FROM model_versions WHERE name = ? AND deleted IS NULL", (asked.name,)
    ).fetchone()[0]
    return newest or 0
