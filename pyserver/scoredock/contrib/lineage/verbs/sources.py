"""A workspace as a graph of things: its store, its runs, its batch jobs and its comparisons. Nothing is changed."""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from scoredock.contrib.lineage.domain.graph import FileFact, Graph, Kind, Thing
from scoredock.features.contribution import contributions
from scoredock.registry import Registry
from scoredock.registry.records import AssetRecord, ModelMetadata, ModelSummary
from scoredock.registry.store import rows
from scoredock.services.endpoints.rows import EndpointRows
from scoredock.services.ledger import Ledger, ServiceRows
from scoredock.services.revision import Revision

_MOST_FILES = 200
_ASSETS: Mapping[str, Kind] = {"dataset": "dataset", "environment": "environment", "image": "image"}


def workspace_graph(registry: Registry) -> Graph:
    """Graph of a workspace's things; what cannot be read is left out."""
    graph = Graph()
    with registry.store.read() as connection:
        files = _files(connection)
        for model in rows.summaries(connection, "1"):
            _add_model(graph, model, _metadata(connection, model), files.get((model.name, model.version), ()))
    for asset in registry.assets.records(include_deleted=True):
        _add_asset(graph, asset)
    for each in Ledger(registry.store).all():
        _add_service(graph, each)
    for row in EndpointRows(registry.store).all():
        graph.add(Thing("endpoint", row.endpoint.name, row.created))
        for version in row.endpoint.versions:
            graph.connect(("service", version.service), ("endpoint", row.endpoint.name))
    _add_contributions(graph, registry.folder)
    return graph


def things_with(graph: Graph, path: Path, sha256: str) -> list[Thing]:
    """Things that have a file with these bytes, or that were made of the file at this path; the file itself if a
    service or a job runs it or reads it.
    """
    places = {str(path), os.path.realpath(path)}
    by_version = [each for each in (graph.thing(f"data:{place}") for place in sorted(places)) if each is not None]
    for thing in graph.things():
        has_bytes = sha256 and any(each.sha256 == sha256 for each in thing.files)
        if has_bytes or thing.facts.get("source") in places:
            by_version.append(thing)
    return by_version


def _files(connection: sqlite3.Connection) -> dict[tuple[str, int], tuple[FileFact, ...]]:
    by_version: dict[tuple[str, int], list[FileFact]] = defaultdict(list)
    for row in connection.execute(
        "SELECT name, version, path, sha256, size FROM model_files ORDER BY name, version, path"
    ):
        several = by_version[row[0], row[1]]
        if len(several) < _MOST_FILES:
            several.append(FileFact(row[2], row[3], row[4]))
    return {key: tuple(several) for key, several in by_version.items()}


def _metadata(connection: sqlite3.Connection, model: ModelSummary) -> ModelMetadata:
    row = connection.execute(
        "SELECT details FROM model_versions WHERE name = ? AND version = ?", (model.name, model.version)
    ).fetchone()
    try:
        return rows.metadata_from_json(row[0])
    except (ValueError, KeyError, TypeError):
        return ModelMetadata()


def _add_model(graph: Graph, model: ModelSummary, metadata: ModelMetadata, files: tuple[FileFact, ...]) -> None:
    source = metadata.source
    facts = {"digest": model.digest, "framework": " ".join(filter(None, (model.framework, model.framework_version)))}
    if model.aliases:
        facts["aliases"] = ", ".join(model.aliases)
    graph.add(
        Thing(
            "model",
            model.id,
            model.created,
            model.created_by,
            source.commit if source else "",
            source.branch if source else "",
            source.dirty if source else None,
            "deleted" if model.deleted is not None else "",
            files,
            facts,
        )
    )
    datasets = (*(each for _, each in metadata.datasets), metadata.sample_input_dataset, metadata.sample_output_dataset)
    training = [each for scenario, each in metadata.datasets if scenario.casefold() == "training"]
    run = model.run_id
    if run and metadata.run is not None and graph.thing(f"run:{run}") is None:
        facts = {"experiment": metadata.run.experiment, "name": metadata.run.run_name, "store": metadata.run.store}
        graph.add(Thing("run", run, state="", facts=facts))
    graph.connect(("run", run), ("model", model.id))
    for dataset in dict.fromkeys(filter(None, datasets)):
        # What it was trained on went into the run, where there is one.
        target: tuple[Kind, str] = ("run", run) if run and dataset in training else ("model", model.id)
        graph.connect(("dataset", dataset), target)


def _add_asset(graph: Graph, asset: AssetRecord) -> None:
    kind = _ASSETS[asset.kind]
    files = tuple(FileFact(each.path, each.sha256, each.size) for each in asset.files[:_MOST_FILES])
    state = "deleted" if asset.deleted is not None else ""
    facts = {"source": str(asset.content.get("source") or "")}
    graph.add(Thing(kind, asset.id, asset.created, asset.created_by, state=state, files=files, facts=facts))
    if kind == "image":
        models = asset.content.get("models")
        for model in models if isinstance(models, (list, tuple)) else ():
            graph.connect(("model", str(model)), ("image", asset.id))
        graph.connect(("environment", str(asset.content.get("environment") or "")), ("image", asset.id))


def _add_service(graph: Graph, rows_of_it: ServiceRows) -> None:
    service = rows_of_it.service
    facts = {"revision": str(service.active_revision or ""), "engine": service.engine}
    graph.add(Thing("service", service.name, service.created, state=service.state, facts=facts))
    for revision in rows_of_it.revisions:
        _add_revision(graph, revision, is_active=revision.number == service.active_revision)


def _add_revision(graph: Graph, revision: Revision, *, is_active: bool) -> None:
    name = f"{revision.service}/{revision.number}"
    origin, spec = revision.origin, revision.spec
    source = origin.source
    script = _script_of(revision)
    facts = {
        "change": origin.verb,
        "of": str(origin.of or ""),
        "entryScript": script,
        "environment": spec.environment.display_name if spec is not None else "",
    }
    state = "Failed" if origin.failed else "serving" if is_active else ""
    graph.add(
        Thing(
            "revision",
            name,
            revision.created,
            origin.by,
            source.commit if source else "",
            source.branch if source else "",
            source.dirty if source else None,
            state,
            facts=facts,
        )
    )
    for model in revision.models:
        graph.connect(("model", model), ("revision", name))
    if spec is not None:
        graph.connect(("environment", spec.registered_environment), ("revision", name))
    graph.connect(("image", revision.request.image), ("revision", name))
    graph.connect(("data", script), ("revision", name))
    graph.add(Thing("data", script))
    graph.connect(("revision", name), ("service", revision.service))


def _script_of(revision: Revision) -> str:
    """Path of the person's script, also if an inference configuration names it; empty for one that was made here."""
    request, spec = revision.request, revision.spec
    is_named = request.inference_config and not request.entry_script and spec is not None
    return str(spec.script.path) if is_named and spec is not None else request.entry_script


def _add_contributions(graph: Graph, workspace: Path) -> None:
    for contribution in contributions():
        kind = cast("Kind", contribution.noun)
        for fact in contribution.lineage(workspace):
            files = tuple(FileFact(*each) for each in fact.files)
            thing = Thing(
                kind, fact.name, fact.created, state=fact.state, files=files, facts=fact.facts, ended=fact.ended
            )
            graph.add(thing)
            for source in fact.sources:
                graph.connect(_end(graph, source), (kind, fact.name))
            for output in fact.outputs:
                graph.connect((kind, fact.name), _end(graph, output))


def _end(graph: Graph, reference: str) -> tuple[Kind, str]:
    """End of a connection as kind and name; data that is not registered becomes a thing."""
    kind, _, name = reference.partition(":")
    if kind == "data":
        graph.add(Thing("data", name))
    return cast("Kind", kind), name
