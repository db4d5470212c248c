"""One version of a model by what a person calls it: `name`, `name:version` or `name@alias`."""

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
    parsed_reference = parse_reference(reference)
    summary = rows.summary(connection, parsed_reference.name, _number(connection, parsed_reference))
    if summary is None:
        raise ModelNotFound(
            l10n.t("The workspace has no model {asked}.", asked=parsed_reference), _newest(connection, parsed_reference)
        )
    if summary.deleted is not None:
        raise ModelNotFound(
            l10n.t(
                "The alias {alias} of {name} points to {id}, which is in the trash.",
                alias=printable(parsed_reference.alias),
                name=parsed_reference.name,
                id=summary.id,
            )
            if parsed_reference.alias
            else l10n.t("The model {id} is in the trash.", id=summary.id),
            l10n.t("Restore {id}, then use it again.", id=summary.id),
        )
    return summary


def _newest(connection: sqlite3.Connection, parsed_reference: Reference) -> str:
    """Which version there is in the place of one that there is not; empty where there is none."""
    number = _number(connection, Reference(parsed_reference.name)) if parsed_reference.version is not None else 0
    newest = f"{parsed_reference.name}:{number}"
    return l10n.t("Versions are counted here, and the newest is {newest}.", newest=newest) if number else ""


def any(connection: sqlite3.Connection, reference: str) -> ModelSummary:
    """The version that `name:version` says, in the trash or not. Raises model-not-found."""
    parsed_reference = parse_reference(reference)
    if parsed_reference.version is None:
        raise ModelNotFound(
            l10n.t("{reference} names no version.", reference=printable(reference)), l10n.t("Write it as name:version.")
        )
    summary = rows.summary(connection, parsed_reference.name, parsed_reference.version)
    if summary is None:
        raise ModelNotFound(
            l10n.t("The workspace has no model {asked}, nor is it in the trash.", asked=parsed_reference)
        )
    return summary


def _number(connection: sqlite3.Connection, parsed_reference: Reference) -> int:
    """0 when there is none."""
    if parsed_reference.version is not None:
        return parsed_reference.version
    if parsed_reference.alias:
        version = aliases.pointed_to(connection, parsed_reference.name, parsed_reference.alias)
        if version is None:
            raise ScoredockError(
                "alias-not-found",
                l10n.t(
                    "The model {name} has no alias {alias}.",
                    name=parsed_reference.name,
                    alias=printable(parsed_reference.alias),
                ),
            )
        return version
    newest = connection.execute(
        "SELECT max(version) FROM model_versions WHERE name = ? AND deleted IS NULL", (parsed_reference.name,)
    ).fetchone()[0]
    return newest or 0
