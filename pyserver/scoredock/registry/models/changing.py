"""Changing what may change of a version: metadata, trash, aliases, favourites, consent. Each change is one transaction.

The manifests are brought in step as its last step, so that what is answered survives the loss of the store.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from scoredock import l10n
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry import grammar
from scoredock.registry.account import user
from scoredock.registry.kept_revisions import users_text, way_out
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.models import lookup
from scoredock.registry.models.pickle_upkeep import consent_of
from scoredock.registry.models.registration import dataset_id, require_resources
from scoredock.registry.records import AliasMove, ModelSummary, ModelVersion, Resources
from scoredock.registry.store import aliases, asset_rows, rows
from scoredock.registry.store.change_notes import note_model
from scoredock.registry.store.store import Store


@dataclass(frozen=True, slots=True)
class ModelUpdate:
    """Changes of a model version; None leaves a field as it is."""

    description: str | None = None
    set_tags: Mapping[str, str] = field(default_factory=dict)
    remove_tags: Sequence[str] = ()
    add_properties: Mapping[str, str] = field(default_factory=dict)
    resources: Resources | None = None
    sample_input_dataset: str | None = None
    """`name:version`, `name` for the newest, or empty for none."""
    sample_output_dataset: str | None = None


class Changes:
    """The changing verbs of one workspace."""

    def __init__(self, store: Store, manifests: Manifests) -> None:
        self._store = store
        self._manifests = manifests

    # ------------------------------------------------------------------------------------------ metadata

    def update(self, reference: str, change: ModelUpdate) -> ModelVersion:
        """Raises model-property-immutable, model-tags-invalid, model-text-invalid, model-resources-invalid,
        model-not-found, asset-not-found.
        """
        grammar.require_labels(change.set_tags, l10n.t("Tags"))
        grammar.require_labels(change.add_properties, l10n.t("Properties"))
        if change.description is not None:
            grammar.require_description(change.description)
        if change.resources is not None:
            require_resources(change.resources)
        with self._store.write() as connection:
            model = rows.complete(connection, lookup.live(connection, reference))
            _require_addable(model, change)
            if change.description is not None:
                _set(connection, model, "description", change.description)
            rows.put_labels(connection, model, change.set_tags, change.add_properties, change.remove_tags)
            self._put_details(connection, model, change)
            self._manifests.record(connection, model.name, model.version)
            changed = self._complete(connection, model)
            note_model(connection, "model.updated", changed)
            return changed

    def _put_details(self, connection: sqlite3.Connection, model: ModelVersion, change: ModelUpdate) -> None:
        metadata = model.metadata
        if change.resources is not None:
            metadata = replace(metadata, resources=change.resources)
        if change.sample_input_dataset is not None:
            metadata = replace(metadata, sample_input_dataset=_dataset(connection, change.sample_input_dataset))
        if change.sample_output_dataset is not None:
            metadata = replace(metadata, sample_output_dataset=_dataset(connection, change.sample_output_dataset))
        if metadata != model.metadata:
            _set(connection, model, "details", rows.metadata_to_json(metadata))

    def consent(self, reference: str, *, withdraw: bool) -> ModelVersion:
        """Allow a version with known-bad names or Python code to be deployed, or not any more. Recorded with all of
        them.

        Raises consent-needless for a version without them, model-not-found.
        """
        with self._store.write() as connection:
            model = rows.complete(connection, lookup.live(connection, reference))
            if withdraw == (not model.consent) and (withdraw or consent_of(model) is not None):
                return model
            if not withdraw and not model.metadata.pickle.needing_consent:
                raise ScoredockError(
                    "consent-needless",
                    l10n.t(
                        "{id} contains no known-bad names and no Python code, so there is nothing to allow.",
                        id=model.id,
                    ),
                )
            given = {"by": user(), "time": time.time(), "names": list(model.metadata.pickle.needing_consent)}
            _set(connection, model, "consent", "" if withdraw else json.dumps(given, ensure_ascii=False))
            note_model(connection, "model.consentWithdrawn" if withdraw else "model.consented", model)
            self._manifests.record(connection, model.name, model.version)
            return self._complete(connection, model)

    # ------------------------------------------------------------------------------------------ trash

    def delete(self, reference: str) -> ModelVersion:
        """Into the trash, with its aliases. Works on a full disk. Raises model-in-use, model-not-found."""
        with self._store.write_when_full() as connection:
            model = lookup.live(connection, reference)
            _require_unused(connection, model)
            _set(connection, model, "deleted", rows.deletion_time(connection))
            note_model(connection, "model.deleted", model)
            self._manifests.record(connection, model.name, model.version, may_lag=True)
            return self._complete(connection, model)

    def restore(self, reference: str) -> ModelVersion:
        """Out of the trash. Raises model-not-deleted when it is live, model-not-found."""
        with self._store.write() as connection:
            model = lookup.any(connection, reference)
            _require_deleted(model)
            _set(connection, model, "deleted", None)
            note_model(connection, "model.restored", model)
            self._manifests.record(connection, model.name, model.version)
            return self._complete(connection, model)

    def purge(self, references: Sequence[str]) -> list[str]:
        """Remove versions from the trash for ever; all of them but those in use when none is named. Gives their ids.

        Their bytes are left to `collect_garbage`, as other versions may need them. Raises model-not-deleted,
        model-in-use, model-not-found, and changes nothing then. Works on a full disk.
        """
        with self._store.write_when_full() as connection:
            if references:
                purged_models = list(
                    {each.id: each for each in (lookup.any(connection, each) for each in references)}.values()
                )
                for model in purged_models:
                    _require_deleted(model)
                    _require_unused(connection, model)
            else:
                used = rows.services_using(connection)
                purged_models = [
                    each for each in rows.summaries(connection, "v.deleted IS NOT NULL") if each.id not in used
                ]
            for model in purged_models:
                rows.purge(connection, model)
                note_model(connection, "model.purged", model)
            for name in {model.name for model in purged_models}:
                self._manifests.record_name(connection, name, may_lag=True)
        for model in purged_models:
            with contextlib.suppress(OSError):  # they are gone for certain; what is left of them goes with the garbage
                self._manifests.remove(model.name, model.version)
        return [model.id for model in purged_models]

    # ------------------------------------------------------------------------------------------ names

    def alias(self, reference: str, alias: str) -> ModelVersion:
        """Point an alias to a version, from wherever it pointed. Raises alias-invalid, model-not-found."""
        grammar.require_alias(alias)
        with self._store.write() as connection:
            model = lookup.live(connection, reference)
            if aliases.move(connection, model.name, alias, model.version) is not None:
                self._manifests.record_name(connection, model.name)
            return self._complete(connection, model)

    def remove_alias(self, name: str, alias: str) -> ModelVersion:
        """Take an alias away; gives the version it pointed to, in the trash or not. Raises alias-not-found."""
        name = grammar.parse_reference(name).name
        with self._store.write() as connection:
            version = aliases.pointed_to(connection, name, alias)
            model = None if version is None else rows.summary(connection, name, version)
            if model is None:
                raise ScoredockError(
                    "alias-not-found",
                    l10n.t("The model {name} has no alias {alias}.", name=name, alias=grammar.printable(alias)),
                )
            aliases.move(connection, name, alias, None)
            self._manifests.record_name(connection, name)
            return self._complete(connection, model)

    def return_alias(self, name: str, alias: str) -> AliasMove:
        """Undo the newest move of an alias that was not undone yet. Raises alias-not-found, model-not-found."""
        name = grammar.parse_reference(name).name
        with self._store.write() as connection:
            move = aliases.step_back(connection, name, alias)
            self._manifests.record_name(connection, name)
            return move

    def favourite(self, name: str, favourite: bool) -> None:
        """Put a name first in lists, or not any more. Raises model-not-found."""
        name = grammar.parse_reference(name).name
        with self._store.write() as connection:
            if connection.execute("SELECT 1 FROM models WHERE name = ?", (name,)).fetchone() is None:
                raise ModelNotFound(l10n.t("The workspace has no model {name}.", name=name))
            marked = connection.execute("SELECT 1 FROM favourites WHERE name = ?", (name,)).fetchone() is not None
            if marked != favourite:
                verb = (
                    "INSERT INTO favourites(name) VALUES(?)" if favourite else "DELETE FROM favourites WHERE name = ?"
                )
                connection.execute(verb, (name,))
                self._manifests.record_name(connection, name)

    def _complete(self, connection: sqlite3.Connection, model: ModelSummary) -> ModelVersion:
        found = rows.version(connection, model.name, model.version)
        if found is None:  # not under the write lock that is held
            raise ModelNotFound(l10n.t("The model {id} was removed meanwhile.", id=model.id))
        return found


def _set(connection: sqlite3.Connection, model: ModelSummary, column: str, value: object) -> None:
    connection.execute(
        f"UPDATE model_versions SET {column} = ? WHERE name = ? AND version = ?",  # noqa: S608 (fixed text)
        (value, model.name, model.version),
    )


def _require_addable(model: ModelVersion, change: ModelUpdate) -> None:
    fixed = sorted(key for key in change.add_properties if key in model.properties)
    if fixed:
        raise ScoredockError(
            "model-property-immutable",
            l10n.t("These properties of {id} are set already: {fixed}.", id=model.id, fixed=", ".join(fixed)),
            details={"keys": fixed},
        )
    removed = set(change.remove_tags)
    kept = {key: value for key, value in model.tags.items() if key not in removed}
    grammar.require_labels({**kept, **change.set_tags}, l10n.t("Tags"))
    grammar.require_labels({**model.properties, **change.add_properties}, l10n.t("Properties"))


def _require_deleted(model: ModelSummary) -> None:
    if model.deleted is None:
        raise ScoredockError("model-not-deleted", l10n.t("The model {id} is not in the trash.", id=model.id))


def _require_unused(connection: sqlite3.Connection, model: ModelSummary) -> None:
    services = rows.services_using(connection).get(model.id, [])
    if services:
        revisions_by_service = rows.kept_revisions_using(connection, model.name, model.version)
        users = users_text(services, revisions_by_service)
        raise ScoredockError(
            "model-in-use",
            l10n.t("The model {id} is used by the service {services}.", id=model.id, services=users)
            if len(services) == 1
            else l10n.t("The model {id} is used by the services {services}.", id=model.id, services=users),
            way_out(services, revisions_by_service),
            details={"services": services},
        )
    images = asset_rows.images_with(connection, model.id)
    if images:  # as v1 has it: what an image is said to hold stays
        raise ScoredockError(
            "model-in-use",
            l10n.t("The model {id} is in the image {images}.", id=model.id, images=images[0])
            if len(images) == 1
            else l10n.t("The model {id} is in the images {images}.", id=model.id, images=", ".join(images)),
            details={"images": images},
        )


def _dataset(connection: sqlite3.Connection, reference: str) -> str:
    return dataset_id(connection, reference) if reference else ""
