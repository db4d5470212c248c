"""A version of MLflow's registry into the workspace, once: its files, what is said of it, and where it came from."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.connection import TrackingConnection, environment
from scoredock.contrib.runs.domain.mlflow.model_registration import Wish, register
from scoredock.contrib.runs.domain.mlflow.records import RunRecord
from scoredock.contrib.runs.domain.mlflow.registered_models import (
    DIGEST_TAG,
    RegisteredModels,
    RegistryVersion,
    parse_reference,
)
from scoredock.contrib.runs.domain.mlflow.server_store import ServerStore
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.grammar import fit_name
from scoredock.registry.models.registration import NewModel

STORE, REFERENCE = "mlflow.store", "mlflow.model"
"""Properties of a version that came from a registry."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A version here of one in a registry."""

    model: ModelVersion
    version: RegistryVersion
    is_new: bool


def bring(
    address: str, reference: str, new: NewModel, registry: Registry, watch: tuple[Progress, CancelToken]
) -> Brought:
    """The version here that has what the registry has: the one that came before, or a new one.

    Raises ScoredockError `mlflow-reference-invalid`, `mlflow-model-missing`, `mlflow-source-unsupported`, and what
    reading a run and registering raise.
    """
    progress, cancel = watch
    parsed = parse_reference(reference)
    with contextlib.closing(TrackingConnection(address, cancel, environment())) as connection:
        models = RegisteredModels(connection)
        progress.report(l10n.t("Looking at {address}", address=connection.address))
        version = models.version(parsed)
        name = new.name or fit_name(version.name) or "model"
        id = version_here(registry, name, connection.address, version)
        if id:
            return Brought(registry.model(id), version, False)
        with contextlib.closing(ServerStore(connection.address, cancel)) as store:
            wish = Wish(version.run_id, _path(store, version))
            properties = {**new.properties, STORE: connection.address, REFERENCE: version.reference}
            tags = {key: value for key, value in version.tags.items() if not key.startswith(("mlflow.", "scoredock."))}
            complete = replace(
                new,
                name=name,
                description=new.description or version.description,
                tags={**tags, **new.tags},
                properties=properties,
            )
            return Brought(register(store, wish, complete, registry, progress, cancel), version, True)


def version_here(registry: Registry, name: str, address: str, version: RegistryVersion) -> str:
    """`name:version` that came from it, or that it was pushed from; empty for none."""
    for each in registry.models(name=name):
        came = (each.properties.get(STORE), each.properties.get(REFERENCE)) == (address, version.reference)
        if came or (version.tags.get(DIGEST_TAG) == each.digest):
            return each.id
    return ""


def _path(store: ServerStore, version: RegistryVersion) -> str:
    """Path of a version's files in its run. Raises ScoredockError `mlflow-source-unsupported`."""
    source = version.source
    if version.run_id:
        if source.startswith("models:/"):
            return source.removeprefix("models:/").strip("/")
        if source.startswith("runs:/"):
            run_id, _, path = source.removeprefix("runs:/").partition("/")
            if run_id == version.run_id and path:
                return path
        path = _below(store.run(version.run_id), source)
        if path:
            return path
    raise ScoredockError(
        "mlflow-source-unsupported",
        l10n.t("The files of {reference} are not those of a run of the server.", reference=version.reference),
    )


def _below(run: RunRecord, source: str) -> str:
    """The part of an artifact's address that is below its run, however both are written."""
    one, other = _plain(run.artifact_uri), _plain(source)
    return other[len(one) + 1 :] if other.startswith(f"{one}/") else ""


def _plain(uri: str) -> str:
    parts = urlsplit(uri)
    return unquote(parts.path).strip("/") if parts.scheme in ("mlflow-artifacts", "file", "") else uri.strip("/")
