"""A part of a graph as run events of OpenLineage: each thing that was made is a run that has ended. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from scoredock.lineage.graph import Graph, LineagePart, Thing

PRODUCER = "https://scoredock.io/lineage"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "documentation": "https://openlineage.io/spec/facets/1-0-0/DocumentationJobFacet.json",
    "sourceCodeLocation": "https://openlineage.io/spec/facets/1-0-0/SourceCodeLocationJobFacet.json",
    "version": "https://openlineage.io/spec/facets/1-0-0/DatasetVersionDatasetFacet.json",
    "scoredock_files": f"{PRODUCER}/FilesDatasetFacet.json",
    "scoredock_origin": f"{PRODUCER}/OriginRunFacet.json",
}
_DOERS = {
    "run": "experiment",
    "model": "register",
    "dataset": "register",
    "environment": "register",
    "image": "build",
    "revision": "deploy",
    "batch": "batch",
    "drift": "compare",
}
"""Kinds that are made by something, and what that is called."""
_SPACE = uuid.UUID("6f0d6f0e-6a0b-5a0e-9a53-3c1b6de21d5c")
"""For ids that are the same whenever the events are written."""


def run_events(part: LineagePart, graph: Graph, namespace: str) -> list[dict[str, Any]]:
    """In the order of time. `namespace` names the workspace."""
    sources: dict[str, list[Thing]] = {}
    for edge in part.edges:
        source = graph.thing(edge.source)
        if source is not None:
            sources.setdefault(edge.target, []).append(source)
    things = sorted((part.thing, *part.before, *part.after), key=lambda each: (each.created, each.id))
    return [
        _event(each, sources.get(each.id, []), namespace)
        for each in things
        if each.kind in _DOERS and each.state != "missing"
    ]


def _event(thing: Thing, sources: list[Thing], namespace: str) -> dict[str, Any]:
    doer = thing.facts.get("experiment", "") if thing.kind == "run" else ""
    name = f"{_DOERS[thing.kind]}/{doer or thing.name}"
    run_id = str(uuid.uuid5(_SPACE, f"{namespace}/{thing.id}"))
    job: dict[str, Any] = {"namespace": namespace, "name": name, "facets": _job_facets(thing)}
    return {
        "eventType": "FAIL" if thing.state in ("Failed", "FAILED") else "COMPLETE",
        "eventTime": datetime.fromtimestamp(thing.created, timezone.utc).isoformat(),
        "run": {"runId": run_id, "facets": _run_facets(thing)},
        "job": job,
        "inputs": [_dataset(each, namespace) for each in sources],
        "outputs": [_dataset(thing, namespace)],
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
    }


def _dataset(thing: Thing, namespace: str) -> dict[str, Any]:
    facets: dict[str, Any] = {}
    base, _, version = thing.name.rpartition(":")
    if base and thing.kind in ("model", "dataset", "environment", "image"):
        facets["version"] = _facet("version", {"datasetVersion": version})
    if thing.files:
        files = [{"path": each.path, "sha256": each.sha256, "size": each.size} for each in thing.files]
        facets["scoredock_files"] = _facet("scoredock_files", {"files": files})
    return {"namespace": namespace, "name": f"{thing.kind}/{thing.name}", "facets": facets}


def _run_facets(thing: Thing) -> dict[str, Any]:
    content = {name: value for name, value in {"by": thing.by, **thing.facts}.items() if value}
    return {"scoredock_origin": _facet("scoredock_origin", content)} if content else {}


def _job_facets(thing: Thing) -> dict[str, Any]:
    if not thing.commit:
        return {}
    place = {"type": "git", "url": f"git:{thing.commit}", "version": thing.commit}
    if thing.branch:
        place["branch"] = thing.branch
    return {"sourceCodeLocation": _facet("sourceCodeLocation", place)}


def _facet(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": _FACETS[kind], **content}
