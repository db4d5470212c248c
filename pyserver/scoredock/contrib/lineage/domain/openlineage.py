"""A part of a graph as run events of OpenLineage: each thing that was made is a run that began and has ended. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from scoredock.contrib.lineage.domain.graph import Graph, LineagePart, Thing

PRODUCER = "https://scoredock.io/lineage"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_SPEC = "https://openlineage.io/spec/facets"
_FACETS = {
    "sourceCodeLocation": f"{_SPEC}/1-0-1/SourceCodeLocationJobFacet.json#/$defs/SourceCodeLocationJobFacet",
    "version": f"{_SPEC}/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
    "scoredock_files": f"{PRODUCER}/1-0-0/ScoredockFilesDatasetFacet.json#/$defs/ScoredockFilesDatasetFacet",
    "scoredock_origin": f"{PRODUCER}/1-0-0/ScoredockOriginRunFacet.json#/$defs/ScoredockOriginRunFacet",
}
_ENDS = {"Failed": "FAIL", "FAILED": "FAIL", "NotResponding": "FAIL", "Canceled": "ABORT", "KILLED": "ABORT"}
"""Of states of runs, batch jobs and revisions; any other one has ended well, unless it goes on."""
_GOES_ON = {"Queued", "Running", "RUNNING", "SCHEDULED", "Pausing", "Paused", "Interrupted"}
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
    """Events of runs in the order of time: a start, and an end where there is one. `namespace` names the workspace."""
    sources: dict[str, list[Thing]] = {}
    first_use: dict[str, float] = {}
    """Of what says no time of its own: when something was made of it."""
    for edge in part.edges:
        source, target = graph.thing(edge.source), graph.thing(edge.target)
        if source is not None:
            sources.setdefault(edge.target, []).append(source)
            if target is not None and target.created:
                first_use[source.id] = min(first_use.get(source.id, target.created), target.created)
    events: list[tuple[float, str, dict[str, Any]]] = []
    for each in (part.thing, *part.before, *part.after):
        start = each.created or first_use.get(each.id, 0.0)
        if each.kind not in _DOERS or each.state == "missing" or not start:
            continue
        of_it = sources.get(each.id, [])
        events.append((start, each.id, _event("START", start, each, of_it, namespace)))
        if each.state not in _GOES_ON:
            end = max(start, each.ended)
            events.append((end, each.id, _event(_ENDS.get(each.state, "COMPLETE"), end, each, of_it, namespace)))
    return [event for _, _, event in sorted(events, key=lambda one: one[:2])]


def _event(kind: str, time: float, thing: Thing, sources: list[Thing], namespace: str) -> dict[str, Any]:
    doer = thing.facts.get("experiment", "") if thing.kind == "run" else ""
    name = f"{_DOERS[thing.kind]}/{doer or thing.name}"
    run_id = str(uuid.uuid5(_SPACE, f"{namespace}/{thing.id}"))
    job: dict[str, Any] = {"namespace": namespace, "name": name, "facets": _job_facets(thing)}
    return {
        "eventType": kind,
        "eventTime": datetime.fromtimestamp(time, timezone.utc).isoformat(),
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
