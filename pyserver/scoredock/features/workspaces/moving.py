"""Move of what a folder has in another workspace to the one that its configuration names.

Copies come first, what is there twice is the same, and what is left behind is removed last: whoever is killed on the
way calls the same again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.features.contribution import contributions
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.assets.compute_files import ComputeFiles
from scoredock.registry.blobs.source import SourceFile
from scoredock.registry.manifests.forms import NameManifest
from scoredock.registry.manifests.manifests import name_of_rows
from scoredock.registry.records import ModelVersion
from scoredock.registry.store import asset_rows, rows
from scoredock.registry.store.faults import storing
from scoredock.registry.upkeep.rebuild import put_name
from scoredock.services.compute_targets import ComputeTargets
from scoredock.services.deployments import Deployments
from scoredock.services.folders import service_folder
from scoredock.services.ledger import ServiceRows
from scoredock.services.lifecycle.adoption import REVISION_FILE, adopt
from scoredock.state_table import is_at_rest
from scoredock.workspace import DEFAULT_ID
from scoredock.workspace_config import config_folder

_FILES = 5_000
"""Files of a folder that are compared with those of models."""
_OTHERS = {".git", "node_modules", "__pycache__", ".venv", "venv"}


@dataclass(frozen=True, slots=True)
class Belongings:
    """Services and models of a folder in a workspace."""

    services: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Names."""


@dataclass(slots=True)
class Moved:
    """Names that were moved, and conflicts of those that were not."""

    services: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    conflicts: list[tuple[str, str]] = field(default_factory=list)
    """Name → the sort of reason: `service-exists`, `model-exists`, `compute-exists`, `endpoint`."""


def move_folder(
    params: messages.WorkspaceMoveParams, context: Context, operation: Operation
) -> messages.WorkspaceMoved:
    """Moves what of a folder lies in one workspace into another one; the same the other way round takes it back.

    Raises workspace-not-found, request-invalid where both are the same.
    """
    folder = absolute(params.folder)
    place = context.meaning().source
    if place is not None and place.is_file() and config_folder(place) in (folder, *folder.parents):
        folder = config_folder(place)
    source, target = context.workspace(params.source or DEFAULT_ID), context.workspace(params.target)
    if source.id == target.id:
        raise ScoredockError(
            "request-invalid",
            l10n.t("There is nothing to move from the workspace {name} to itself.", name=source.name),
            l10n.t("Name two workspaces with --from and --to."),
        )
    here, there = context.deployments(source.id), context.deployments(target.id)
    found = belongings(here, folder)
    if params.dry_run:
        return messages.WorkspaceMoved(source.name, target.name, list(found.services), list(found.models), [])
    there.registry.store.require_writable()
    outcome = move(here, there, found, operation.progress, operation.cancel)
    reasons = {
        "model-exists": l10n.t("{target} has other versions of the model", target=target.name),
        "service-exists": l10n.t("{target} has a service of this name", target=target.name),
        "compute-exists": l10n.t("{target} has another compute target of its name", target=target.name),
        "endpoint": l10n.t("it is a version of an endpoint"),
    }
    left = [f"{name}: {reasons[reason]}" for name, reason in outcome.conflicts]
    return messages.WorkspaceMoved(source.name, target.name, outcome.services, outcome.models, left)


def names_there(registry: Registry) -> dict[str, set[str]]:
    """Kind of thing, as arguments of commands declare it, → all names of the workspace, those in the trash too."""
    with registry.store.read() as connection:
        names_by_kind = {
            kind: {row[0] for row in connection.execute(f"SELECT name FROM {table}")}  # noqa: S608 (fixed names)
            for kind, table in (("service", "services"), ("endpoint", "endpoints"), ("model", "models"))
        }
        for kind, name in connection.execute("SELECT kind, name FROM asset_names"):
            names_by_kind.setdefault(kind, set()).add(name)
    names_by_kind["compute"] = set(ComputeFiles(registry.folder).names())
    names_by_kind.update({each.noun: set(each.names(registry.folder)) for each in contributions()})
    return names_by_kind


def names_of_folder(source: Deployments, folder: Path) -> dict[str, set[str]]:
    """The same of what is the folder's: services and models as `belongings` tells, those in the trash too, what they
    work with, endpoints of these services, assets whose files lie there, and what contributions say is the folder's.
    A compute target is of no folder."""
    services = [known for known in source.ledger.all() if _is_of(known, folder)]
    files = set(_files(folder))
    names_by_kind: dict[str, set[str]] = defaultdict(set)
    names_by_kind["service"] = {known.service.name for known in services}
    names_by_kind["model"] = {each.partition(":")[0] for known in services for each in _models(known)}
    names_by_kind["compute"] = names_there(source.registry)["compute"]
    with source.registry.store.read() as connection:
        for kind, name, path, size in connection.execute(
            "SELECT 'model', name, path, size FROM model_files UNION ALL"
            " SELECT kind, name, path, size FROM asset_files LIMIT 100000"
        ):
            if (path.rpartition("/")[2], size) in files:
                names_by_kind[kind].add(name)
        _add_assets(connection, names_by_kind, {name for name, _ in files})
    names_by_kind["endpoint"] = {name for name, versions in _endpoints(source) if versions & names_by_kind["service"]}
    for each in contributions():
        names_by_kind[each.noun] = set(each.names_of_folder(source.registry.folder, folder, names_by_kind["service"]))
    return names_by_kind


def _add_assets(connection: sqlite3.Connection, names_by_kind: dict[str, set[str]], files: set[str]) -> None:
    """Datasets made of one of the files, images of models that were found, and assets that these and services use."""
    for kind, name, content in connection.execute("SELECT kind, name, content FROM assets LIMIT 100000"):
        document = json.loads(content)
        if document.get("source") in files or _names_of(document.get("models") or ()) & names_by_kind["model"]:
            names_by_kind[kind].add(name)
    # Images use environments, and come after what services and models use.
    for _ in range(2):
        for (kind, id), users in asset_rows.users_by_noun(connection, trash=True).items():
            if any(_names_of(ids) & names_by_kind[noun] for noun, ids in users.items()):
                names_by_kind[kind].add(id.partition(":")[0])


def _names_of(ids: Iterable[str]) -> set[str]:
    return {each.partition(":")[0] for each in ids}


def belongings(source: Deployments, folder: Path) -> Belongings:
    """Services whose files lie in the folder, models that these serve, and models whose files lie there."""
    services = [known for known in source.ledger.all() if _is_of(known, folder)]
    names = {each.partition(":")[0] for known in services for each in _models(known)}
    return Belongings(
        tuple(known.service.name for known in services),
        tuple(sorted(names | _names_of_files(source.registry, folder))),
    )


def _is_of(service_rows: ServiceRows, folder: Path) -> bool:
    if service_rows.current is None:
        return False
    request, spec = service_rows.current.request, service_rows.current.spec
    paths = [request.entry_script, request.inference_config, request.model_path]
    if spec is not None:
        paths += [str(spec.script.path), str(spec.script.source_directory or "")]
    return any(path and Path(path).is_relative_to(folder) for path in paths)


def _models(service_rows: ServiceRows) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for revision in service_rows.revisions for each in revision.models))


def _names_of_files(registry: Registry, folder: Path) -> set[str]:
    """Models with a file of that name and size in the folder."""
    with registry.store.read() as connection:
        stored = connection.execute(
            "SELECT f.name, f.path, f.size FROM model_files f JOIN model_versions v ON v.name = f.name AND"
            " v.version = f.version WHERE v.deleted IS NULL LIMIT 100000"
        ).fetchall()
    if not stored:
        return set()
    files = set(_files(folder))
    return {row[0] for row in stored if (row[1].rpartition("/")[2], row[2]) in files}


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _OTHERS]
        for name in names:
            count += 1
            if count > _FILES:
                return
            with contextlib.suppress(OSError):
                yield name, Path(root, name).stat().st_size


def move(
    source: Deployments, target: Deployments, belongings: Belongings, progress: Progress, cancel: CancelToken
) -> Moved:
    """Moves services and models; running services run again afterwards, on their ports.

    What the target has under the same name stays where it is. Raises what copying, stopping and starting raise.
    """
    moved = Moved()
    endpoints = _of_endpoints(source)
    target_services = {service_rows.service.name: service_rows for service_rows in target.ledger.all()}
    for name in belongings.models:
        if _copy_model(source.registry, target.registry, name, progress, cancel):
            moved.models.append(name)
        else:
            moved.conflicts.append((name, "model-exists"))
    blocked = {name for name, _ in moved.conflicts}
    for name in belongings.services:
        service_rows = source.ledger.require(name)
        there = target_services.get(name)
        if name in endpoints:
            moved.conflicts.append((name, "endpoint"))
        elif blocked & {each.partition(":")[0] for each in _models(service_rows)}:
            moved.conflicts.append((name, "model-exists"))
        elif there is not None and (there.service.created != service_rows.service.created or there.service.handle):
            moved.conflicts.append((name, "service-exists"))
        elif not _carry_compute(source, target, service_rows):
            moved.conflicts.append((name, "compute-exists"))
        else:
            _move_service(source, target, service_rows, progress, cancel)
            moved.services.append(name)
    _delete_models(source.registry, moved.models)
    return moved


def _delete_models(registry: Registry, names: Iterable[str]) -> None:
    for name in names:
        for version in _versions(registry, name)[0].values():
            if version.deleted is None:
                with contextlib.suppress(ScoredockError):  # in use by a service of another folder
                    registry.delete(version.id)


def _of_endpoints(source: Deployments) -> set[str]:
    return {each for name, versions in _endpoints(source) for each in (name, *versions)}


def _endpoints(source: Deployments) -> Iterator[tuple[str, set[str]]]:
    """Each with the services of its versions."""
    with source.registry.store.read() as connection:
        found = connection.execute("SELECT name, content FROM endpoints").fetchall()
    for name, content in found:
        services: set[str] = set()
        with contextlib.suppress(ValueError, AttributeError):
            services = {str(each.get("service", "")) for each in json.loads(content).get("versions", [])}
        yield name, services


# ------------------------------------------------------------------------------------------ models


def _copy_model(source: Registry, target: Registry, name: str, progress: Progress, cancel: CancelToken) -> bool:
    """All live versions under their numbers, with aliases; False where the target has another version of the name."""
    ours, name_row = _versions(source, name)
    live = {number: version for number, version in ours.items() if version.deleted is None}
    theirs, _ = _versions(target, name)
    if any(number not in live or live[number].files != there.files for number, there in theirs.items()):
        return False
    for number, version in live.items():
        there = theirs.get(number)
        if there is None:
            progress.report(l10n.t("Moving {name}", name=version.id))
            _copy_version(source, target, version, cancel)
        elif there.deleted is not None:
            target.restore(there.id)
    if name_row is not None:
        with target.store.write() as connection:
            put_name(connection, name_row, set(live))
            target.manifests.record_name(connection, name)
    return True


def _versions(registry: Registry, name: str) -> tuple[dict[int, ModelVersion], NameManifest | None]:
    """All versions of a name by their numbers, those in the trash too, and what is kept of the name."""
    with registry.store.read() as connection:
        versions = [rows.complete(connection, each) for each in rows.summaries(connection, "v.name = ?", (name,))]
        return {each.version: each for each in versions}, name_of_rows(connection, name)


def _copy_version(source: Registry, target: Registry, version: ModelVersion, cancel: CancelToken) -> None:
    with target.blobs.intake(cancel) as intake:
        for file in version.files:
            path = source.blobs.path(file.sha256)
            status = path.stat()
            identity = (status.st_dev, status.st_ino)
            intake.add(SourceFile(path, file.path, file.size, status.st_mtime_ns, identity), lambda _: None)
    with target.store.write() as connection, storing(target.manifests.root):
        target.manifests.write(version)
        rows.insert(connection, version)
    target.manifests.settle(version.name, version.version)


# ------------------------------------------------------------------------------------------ services


def _carry_compute(source: Deployments, target: Deployments, service_rows: ServiceRows) -> bool:
    """The compute target that a service runs on is attached there as well; False where that is another one."""
    name = service_rows.current.request.compute if service_rows.current is not None else ""
    attached = ComputeTargets(source.registry).get_any(name) if name else None
    if attached is None:
        return True
    targets = ComputeTargets(target.registry)
    there = targets.get_any(name)
    if there is None:
        targets.attach(attached)
    return there in (None, attached)


def _move_service(
    source: Deployments, target: Deployments, service_rows: ServiceRows, progress: Progress, cancel: CancelToken
) -> None:
    name = service_rows.service.name
    runs = not is_at_rest(source.service(name).state)
    if runs:
        source.stop(name)
    old, new = service_folder(source.registry.folder, name), service_folder(target.registry.folder, name)
    if target.ledger.one(name) is not None:
        target.delete(name)
    with storing(new):
        make_private(new.parent)
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(old, new, symlinks=True)
        notes = source.registry.folder / "sdk" / name
        if notes.is_dir():
            make_private(target.registry.folder / "sdk")
            shutil.copytree(notes, target.registry.folder / "sdk" / name, dirs_exist_ok=True)
        for file in new.glob(f"revisions/*/{REVISION_FILE}"):
            text = file.read_text("utf-8")
            before, after = (json.dumps(str(each.registry.folder))[1:-1] for each in (source, target))
            file.write_text(text.replace(before, after), "utf-8")
    with target.registry.store.write() as connection:
        adopt(connection, target.registry.folder, None, fresh=False)
        connection.execute("UPDATE services SET created = ? WHERE name = ?", (service_rows.service.created, name))
    source.delete(name)
    if runs:
        target.start(name, progress, cancel)
