"""Versioned records beside the models: datasets, environments and images of one workspace."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import grammar
from scoredock.registry.account import user
from scoredock.registry.assets import names as asset_names
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.source import SourceFile
from scoredock.registry.kept_revisions import users_text, way_out
from scoredock.registry.manifests.manifests import Manifests
from scoredock.registry.records import AssetRecord, ModelFile
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.change_notes import note_asset
from scoredock.registry.store.durable import create_held, make_folder, write_all
from scoredock.registry.store.faults import storing
from scoredock.registry.store.store import Store

Used = Mapping[tuple[str, str], list[str]]


class Assets:
    """Safe to use from several threads and processes. Every refusal is a ScoredockError."""

    def __init__(self, store: Store, blobs: Blobs, manifests: Manifests) -> None:
        self.store = store
        self.blobs = blobs
        self.manifests = manifests

    # ------------------------------------------------------------------------------------------ find

    def records(
        self, kind: str = "", *, name: str = "", latest: bool = False, include_deleted: bool = False
    ) -> list[AssetRecord]:
        """Records by kind and name, newest first; `latest` keeps the newest live version of each name."""
        if kind:
            asset_names.require_kind(kind)
        conditions = ["1"] if include_deleted else ["a.deleted IS NULL"]
        values: list[object] = []
        for column, value in (("kind", kind), ("name", name)):
            if value:
                conditions.append(f"a.{column} = ?")
                values.append(value)
        if latest:
            conditions.append(
                "a.version = (SELECT max(b.version) FROM assets b"
                " WHERE b.kind = a.kind AND b.name = a.name AND b.deleted IS NULL)"
            )
        with self.store.read() as connection:
            return asset_rows.select(connection, " AND ".join(conditions), values)

    def get(self, kind: str, reference: str) -> AssetRecord:
        """Record of `name:version`, or of the newest live version of `name`. Raises asset-not-found."""
        asset_names.require_kind(kind)
        name, version = asset_names.parse_reference(kind, reference)
        with self.store.read() as connection:
            record = asset_rows.one(connection, kind, name, version)
        if record is None:
            raise _missing(kind, reference)
        if record.deleted is not None:
            raise ScoredockError(
                "asset-not-found",
                l10n.t("The {kind} {id} is in the trash.", kind=asset_names.kind_text(kind), id=record.id),
                l10n.t("Restore {id}, then use it again.", id=record.id),
            )
        return record

    def numbers(self, kind: str) -> list[tuple[str, int]]:
        """Name and version of every live record of a kind, in order."""
        with self.store.read() as connection:
            found = connection.execute(
                "SELECT name, version FROM assets WHERE kind = ? AND deleted IS NULL ORDER BY name, version", (kind,)
            ).fetchall()
        return [(row[0], row[1]) for row in found]

    def images_with(self, model: str) -> list[str]:
        """Images outside the trash that name a model (`name:version`)."""
        with self.store.read() as connection:
            return asset_rows.images_with(connection, model)

    def used_by(self) -> Used:
        """(kind, `name:version`) → names of the models, services and images that use it."""
        with self.store.read() as connection:
            return asset_rows.users(connection)

    # ------------------------------------------------------------------------------------------ register

    def add(
        self,
        kind: str,
        name: str,
        content: Mapping[str, object] | Callable[[], Mapping[str, object]],
        files: Mapping[str, Iterable[bytes]],
        *,
        description: str = "",
        tags: Mapping[str, str] | None = None,
        unless_same: bool = False,
        numbered: Callable[[int], Mapping[str, object]] | None = None,
        cancel: CancelToken | None = None,
    ) -> AssetRecord:
        """The next version of a name; when it returns, its files and its row survive a power cut.

        `files` gives the bytes of each path, in pieces; `content` may be asked for once they were read. With
        `unless_same` the newest live version is given back when it says the same already; description and tags that are
        given are set on it. `numbered` adds to the content what depends on the number. Raises asset-name-invalid,
        model-tags-invalid, model-text-invalid, disk-full, workspace-read-only, store-busy, io-failed, cancelled.
        """
        self.require(kind, name, description, tags or {})
        token = cancel or CancelToken()
        with contextlib.ExitStack() as held:
            # The scratch files stay until the row is written: garbage may be collected before the store is locked.
            scratch_files = [
                held.enter_context(self._scratch(path, pieces, token)) for path, pieces in sorted(files.items())
            ]
            stored = tuple(self.blobs.add(each, lambda _: None, token) for each in scratch_files)
            content_fields = dict(content() if callable(content) else content)
            draft = AssetRecord(
                kind, name, 0, description, dict(tags or {}), time.time(), user(), content_fields, stored
            )
            token.raise_if_cancelled()
            with self.store.write() as connection:
                newest = asset_rows.one(connection, kind, name, None)
                if unless_same and newest is not None and (newest.content, newest.files) == (content_fields, stored):
                    updated_record = replace(
                        newest,
                        description=description or newest.description,
                        tags=_labels({**newest.tags, **(tags or {})}),
                    )
                    if updated_record != newest:
                        self._change(connection, updated_record)
                    return updated_record
                for source, file in zip(scratch_files, stored, strict=True):
                    if not self.blobs.holds(file):
                        self.blobs.add(source, lambda _: None, token)
                version = asset_rows.next_version(connection, kind, name)
                content_of_it = {**content_fields, **(numbered(version) if numbered is not None else {})}
                record = replace(draft, version=version, content=content_of_it)
                with storing(self.manifests.root):
                    self.manifests.write(record)
                asset_rows.insert(connection, record)
                note_asset(connection, "registered", record)
        self.manifests.settle(name, record.version, kind)
        self.store.keep_reserve()
        return record

    def require(self, kind: str, name: str, description: str, tags: Mapping[str, str]) -> None:
        """Raises what `add` raises before it reads or writes anything."""
        asset_names.require_kind(kind)
        asset_names.require_name(kind, name)
        grammar.require_description(description)
        grammar.require_labels(tags, l10n.t("Tags"))
        self.store.require_writable()

    @contextlib.contextmanager
    def _scratch(self, path: str, pieces: Iterable[bytes], cancel: CancelToken) -> Iterator[SourceFile]:
        folder = self.blobs.scratch
        with storing(folder):
            make_folder(folder)
            fresh = folder / f"asset-{os.getpid()}-{secrets.token_hex(6)}"
            descriptor = create_held(fresh)
        try:
            for piece in pieces:
                cancel.raise_if_cancelled()
                with storing(fresh, len(piece)):
                    write_all(descriptor, piece)
            status = os.fstat(descriptor)
            yield SourceFile(
                path=fresh,
                stored=path,
                size=status.st_size,
                modified=status.st_mtime_ns,
                identity=(status.st_dev, status.st_ino),
            )
        finally:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                fresh.unlink()

    # ------------------------------------------------------------------------------------------ change

    def update(
        self,
        kind: str,
        reference: str,
        *,
        description: str | None = None,
        set_tags: Mapping[str, str] | None = None,
        remove_tags: Sequence[str] = (),
    ) -> AssetRecord:
        """Change description and tags; the rest never changes. Removing a tag that is not there is no error."""
        grammar.require_labels(set_tags or {}, l10n.t("Tags"))
        if description is not None:
            grammar.require_description(description)
        id = self.get(kind, reference).id
        with self.store.write() as connection:
            record = self._live(connection, kind, id)
            kept = {key: value for key, value in record.tags.items() if key not in set(remove_tags)}
            changed = replace(
                record,
                description=record.description if description is None else description,
                tags=_labels({**kept, **(set_tags or {})}),
            )
            self._change(connection, changed)
            note_asset(connection, "updated", changed)
            return changed

    def amend(
        self, kind: str, reference: str, change: Callable[[Mapping[str, object]], Mapping[str, object]]
    ) -> AssetRecord:
        """Add to the content of a version what came to pass later, such as where an image was pushed. `change` gets the
        content as it is under the lock. Raises asset-not-found, and as `add` for a store that cannot be written."""
        id = self.get(kind, reference).id
        with self.store.write() as connection:
            record = self._live(connection, kind, id)
            amended = replace(record, content=dict(change(record.content)))
            if amended != record:
                self._change(connection, amended)
                note_asset(connection, "updated", amended)
            return amended

    def delete(self, kind: str, reference: str) -> AssetRecord:
        """Move a version to the trash. Raises asset-in-use with the list of what uses it. Works on a full disk."""
        id = self.get(kind, reference).id
        with self.store.write_when_full() as connection:
            record = self._live(connection, kind, id)
            _require_unused(connection, record)
            gone = replace(record, deleted=rows.deletion_time(connection))
            self._change(connection, gone, may_lag=True)
            note_asset(connection, "deleted", gone)
            return gone

    def restore(self, kind: str, reference: str) -> AssetRecord:
        """Take a version out of the trash. Raises asset-not-deleted when it is live, asset-not-found."""
        asset_names.require_kind(kind)
        name, version = asset_names.parse_reference(kind, reference)
        if version is None:
            raise ScoredockError(
                "asset-not-found",
                l10n.t("{reference} names no version.", reference=grammar.printable(reference)),
                l10n.t("Write it as name:version."),
            )
        with self.store.write() as connection:
            record = asset_rows.one(connection, kind, name, version)
            if record is None:
                raise _missing(kind, reference)
            if record.deleted is None:
                raise ScoredockError(
                    "asset-not-deleted",
                    l10n.t(
                        "The {kind} {reference} is not in the trash.",
                        kind=asset_names.kind_text(kind),
                        reference=reference,
                    ),
                )
            back = replace(record, deleted=None)
            self._change(connection, back)
            note_asset(connection, "restored", back)
            return back

    # ------------------------------------------------------------------------------------------ bytes

    def path(self, record: AssetRecord, file: ModelFile) -> Path:
        """Path of the bytes of a file. Nobody may write there. Raises model-damaged when they are gone."""
        if not self.blobs.holds(file):
            raise self.damaged(record, file)
        return self.blobs.path(file.sha256)

    def text(self, record: AssetRecord, file: ModelFile) -> str:
        """A small text file as a whole. Raises model-damaged."""
        try:
            return self.path(record, file).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise self.damaged(record, file) from error

    def damaged(self, record: AssetRecord, file: ModelFile) -> ScoredockError:
        """The error that says that stored bytes are gone or are no longer what was stored."""
        path = self.blobs.path(file.sha256)
        return ScoredockError(
            "model-damaged",
            l10n.t(
                "The stored bytes of {path} of the {kind} {id} no longer exist or are damaged.",
                path=file.path,
                kind=asset_names.kind_text(record.kind),
                id=record.id,
            ),
            l10n.t("Register the {kind} again from its source.", kind=asset_names.kind_text(record.kind)),
            place=Place(str(path)),
        )

    def _change(self, connection: sqlite3.Connection, record: AssetRecord, *, may_lag: bool = False) -> None:
        """Row and manifest; on a full disk the manifest of a change that frees space may lag behind."""
        asset_rows.change(connection, record)
        self.manifests.record(connection, record.name, record.version, record.kind, may_lag=may_lag)

    def _live(self, connection: sqlite3.Connection, kind: str, id: str) -> AssetRecord:
        """The version as it is under the write lock."""
        name, version = asset_names.parse_reference(kind, id)
        record = asset_rows.one(connection, kind, name, version)
        if record is None or record.deleted is not None:
            raise ScoredockError(
                "asset-not-found",
                l10n.t("The {kind} {id} was deleted meanwhile.", kind=asset_names.kind_text(kind), id=id),
                asset_names.list_step(kind),
            )
        return record


def _require_unused(connection: sqlite3.Connection, record: AssetRecord) -> None:
    nouns = asset_rows.users_by_noun(connection).get((record.kind, record.id), {})
    if nouns:
        revisions_by_service = asset_rows.kept_revisions_using(connection, record.kind, record.id)
        users = [
            l10n.t(
                "{kind} {names}", kind=asset_names.kind_text(noun), names=users_text(user_names, revisions_by_service)
            )
            for noun, user_names in nouns.items()
        ]
        raise ScoredockError(
            "asset-in-use",
            l10n.t(
                "The {kind} {id} is used by: {users}.",
                kind=asset_names.kind_text(record.kind),
                id=record.id,
                users=", ".join(users),
            ),
            way_out(nouns["service"], revisions_by_service) if list(nouns) == ["service"] else "",
            details={f"{noun}s": sorted(names) for noun, names in nouns.items()},
        )


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    grammar.require_labels(labels, l10n.t("Tags"))
    return dict(labels)


def _missing(kind: str, reference: str) -> ScoredockError:
    return ScoredockError(
        "asset-not-found",
        l10n.t("The workspace has no {kind} {reference}.", kind=asset_names.kind_text(kind), reference=reference),
        asset_names.list_step(kind),
    )
