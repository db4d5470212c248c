"""Verbs of lineage and of the audit log: what was made of what, and who changed it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.lineage import messages
from scoredock.contrib.lineage.domain.graph import KINDS, Edge, Graph, LineagePart, Thing
from scoredock.contrib.lineage.domain.openlineage import run_events
from scoredock.contrib.lineage.verbs.sources import things_with, workspace_graph
from scoredock.errors import Place, ScoredockError
from scoredock.registry import Registry
from scoredock.registry.audit import following
from scoredock.registry.audit.chain import AuditRecord
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.store.faults import storing
from scoredock.registry.topic import workspace_topic
from scoredock.temporary.fresh_files import replace_beside
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

_CHUNK = 1 << 20
_MOST_RECORDS = 200
_NUMBERED = ("model", "dataset", "environment", "image")
_GUESSED = ("model", "service", "endpoint", "dataset", "environment", "image", "run", "batch", "drift")
"""Kinds that a name without one may mean."""


@verb(
    "lineage/show",
    progress="Reading lineage",
    errors=("lineage-missing", "lineage-ambiguous"),
    terminal=CliCommand(
        "lineage show",
        "Show what a thing was made of, what was made of it, and who changed it when, from which commit; without a"
        " thing the newest changes.",
        (
            argument(
                "thing",
                help="model, service, endpoint, dataset, environment, image, run, batch job or comparison: its name,"
                " KIND:NAME, or the path of a file",
                names="",
                nargs="?",
                default="",
            ),
            argument(
                "--openlineage", help="write it as run events of OpenLineage, a line each", default="", metavar="FILE"
            ),
            argument("--limit", help="changes that are shown; 20 by default", type=int, default=20, metavar="N"),
            argument(
                "--about",
                help="without a thing: only changes of subjects that have this text in them: models/diabetes",
                default="",
                metavar="TEXT",
            ),
        ),
        (
            "scoredock lineage show diabetes:3",
            "scoredock lineage show service:diabetes-api --openlineage lineage.jsonl",
            "scoredock lineage show model.pkl",
            "scoredock lineage show --about models/diabetes",
        ),
    ),
    editor=(
        EditorCommand(
            "showLineage",
            "Show Lineage",
            "contrib/lineage/lineage",
            icon="git-merge",
            menus=(
                rows("models", "version|group", "1_copy@3", menu="scoredock.model.copy"),
                rows("models", "asset", "2_show@3"),
                rows("models", "run ofWorkspace", "2_show@2"),
                rows("environments", "asset !exportable", "2_show@4"),
                rows("services", "service", "2_look@4", menu="scoredock.service.tools"),
                rows("jobs", "job", "2_show@1"),
            ),
        ),
        EditorCommand("exportLineage", "Export as OpenLineage…", "contrib/lineage/lineage"),
    ),
)
def show(params: messages.LineageShowParams, context: Context, operation: Operation) -> messages.LineageDetails:
    """A name that means several things is refused with what to write instead."""
    registry = context.registry(params.workspace_id)
    _catch_up(registry)
    log = AuditLog(registry.folder)
    if not params.thing:
        records = log.newest(min(max(1, params.limit), _MOST_RECORDS), params.about)
        return messages.LineageDetails(None, [], [], [], list(map(_record, records)), "", log.since())
    graph = workspace_graph(registry)
    part = graph.part(_meant(params.thing, graph, registry).id)
    file = ""
    if params.openlineage:
        file = _write(part, graph, registry, params.openlineage)
    several = _records_of(part.thing, log, min(max(1, params.limit), _MOST_RECORDS))
    return messages.LineageDetails(
        _thing(part.thing),
        [_thing(each) for each in part.before],
        [_thing(each) for each in part.after],
        [_edge(each) for each in part.edges],
        list(map(_record, several)),
        file,
        log.since(),
    )


@verb(
    "lineage/verify",
    progress="Checking audit log",
    terminal=CliCommand(
        "lineage verify",
        "Check that no record of the audit log was edited, removed or cut off. Exits with 1 where one was.",
        (
            argument(
                "--digest",
                help="a digest that this command gave earlier, which must still be that of a record",
                default="",
                metavar="SHA256",
            ),
        ),
        ("scoredock lineage verify",),
    ),
    editor=(
        EditorCommand(
            "showAuditLog",
            "Show Audit Log",
            "contrib/lineage/audit",
            icon="history",
            menus=(rows("workspaces", "workspace", "2_look@1"),),
        ),
        EditorCommand("filterAuditLog", "Filter Audit Log…", "contrib/lineage/audit"),
    ),
)
def verify(params: messages.LineageVerifyParams, context: Context, operation: Operation) -> messages.AuditVerified:
    """Raises nothing for a broken log: what is wrong with it is the answer."""
    registry = context.registry(params.workspace_id)
    report = following.verify(registry.store, params.digest.lower())
    breaks = [messages.AuditBreak(each.segment, each.line, each.seq, each.reason) for each in report.breaks]
    if report.holds is False:
        reason = l10n.t("No record has the digest {digest}: the log was rewritten.", digest=params.digest[:64])
        breaks.append(messages.AuditBreak("", 0, 0, reason))
    return messages.AuditVerified(
        report.records, report.first, report.last, report.digest, breaks, str(AuditLog(registry.folder).folder)
    )


def _catch_up(registry: Registry) -> None:
    """Completes what killed writers left; a workspace that cannot be written is read as it is."""
    if not registry.read_only:
        following.take(registry.store)


# What is meant


def _meant(text: str, graph: Graph, registry: Registry) -> Thing:
    """Raises ScoredockError `lineage-missing`, `lineage-ambiguous`."""
    kind, colon, name = text.partition(":")
    if colon and kind in KINDS:
        several = _of_kind(kind, name, graph, registry)
        if several is None:
            raise _missing(text)
        return several
    things = [each for each in (_of_kind(kind, text, graph, registry) for kind in _GUESSED) if each is not None]
    path = absolute(text)
    if not things and path.is_file():
        things = things_with(graph, path, _digest(path))
        if len(things) > 1:
            # Bytes that were registered again: the newest of them.
            things = sorted(things, key=lambda each: each.created)[-1:]
    if not things:
        raise _missing(text)
    if len(things) > 1:
        names = ", ".join(each.id for each in things)
        raise ScoredockError(
            "lineage-ambiguous",
            l10n.t("“{name}” names several things: {names}.", name=text[:200], names=names),
            l10n.t("Write {id}.", id=things[0].id),
        )
    return things[0]


def _of_kind(kind: str, name: str, graph: Graph, registry: Registry) -> Thing | None:
    if kind == "model" and "@" in name:
        try:
            name = registry.summary(name).id
        except ScoredockError:
            return None
    if kind in _NUMBERED and ":" not in name:
        several = [each for each in graph.things() if each.kind == kind and each.name.rpartition(":")[0] == name]
        live = [each for each in several if not each.state] or several
        return max(live, key=lambda each: int(each.name.rpartition(":")[2]), default=None)
    if kind == "data":
        name = str(absolute(name))
    return graph.thing(f"{kind}:{name}")


def _digest(path: Path) -> str:
    """Empty for what cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()


def _missing(text: str) -> ScoredockError:
    return ScoredockError(
        "lineage-missing", l10n.t("The workspace has nothing that is called “{name}”.", name=text[:200])
    )


# The log


def _records_of(thing: Thing, log: AuditLog, most: int) -> list[AuditRecord]:
    """The newest changes of a thing, newest first."""
    subjects = _subjects(thing)
    several = [each for each in log.read() if each.subject in subjects or _names(each, thing)]
    return several[::-1][:most]


def _subjects(thing: Thing) -> Sequence[str]:
    name = thing.name
    experiment = thing.facts.get("experiment", "")
    return {
        "model": (f"models/{name}", f"models/{name.rpartition(':')[0]}"),
        "revision": (),
        "endpoint": (f"endpoints/{name}",),
        "run": (f"experiments/{experiment}/runs/{name}",),
        "batch": (f"batch/{name}",),
    }.get(thing.kind, (f"{thing.kind}s/{name}",))


def _names(record: AuditRecord, thing: Thing) -> bool:
    """Changes of others that are about it: deployments of a model, comparisons of a dataset."""
    data = record.data
    if thing.kind == "model":
        models = data.get("modelIds") or data.get("models") or ()
        return thing.name in models
    if thing.kind == "revision":
        service, _, number = thing.name.rpartition("/")
        return data.get("serviceName") == service and str(data.get("revision")) == number
    if thing.kind == "drift":
        return data.get("dataDriftName") == thing.name
    return f"{thing.kind}:{thing.name}" in (data.get("baseDatasetId"), data.get("targetDatasetId"))


# As messages


def _write(part: LineagePart, graph: Graph, registry: Registry, path: str) -> str:
    """Raises what storing raises, and ScoredockError for a folder that is not there."""
    target = absolute(path)
    if not target.parent.is_dir():
        raise ScoredockError(
            "file-not-found", l10n.t("There is no folder {path}.", path=target.parent), place=Place(str(target.parent))
        )
    events = run_events(part, graph, f"scoredock:{workspace_topic(registry.folder)}")
    text = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in events)
    with storing(target):
        replace_beside(target, text.encode())
    return str(target)


def _thing(thing: Thing) -> messages.LineageThing:
    return messages.LineageThing(
        id=thing.id,
        kind=thing.kind,
        name=thing.name,
        created=thing.created or None,
        by=thing.by,
        commit=thing.commit,
        branch=thing.branch,
        dirty=thing.dirty,
        state=thing.state,
        files=[messages.LineageFile(each.path, each.sha256, each.size) for each in thing.files],
        facts={name: value for name, value in thing.facts.items() if value},
    )


def _edge(edge: Edge) -> messages.LineageEdge:
    return messages.LineageEdge(edge.source, edge.target)


def _record(record: AuditRecord) -> messages.AuditEntry:
    return messages.AuditEntry(
        seq=record.seq,
        time=record.time,
        what=record.what,
        subject=record.subject,
        by=record.by,
        door=record.door,
        commit=record.commit,
        branch=record.branch,
        detail=detail_of(record),
        digest=record.digest,
    )


def detail_of(record: AuditRecord) -> str:
    """The fact of a change that people look for first."""
    data = record.data
    if record.what == "service.stateChanged":
        return f"{data.get('previousState') or '-'} → {data.get('state')}"
    if record.what == "service.addressChanged":
        return f"{data.get('previousPort')} → {data.get('port')}"
    if record.what == "model.aliased":
        return str(data.get("alias"))
    if record.what == "endpoint.trafficChanged":
        return ", ".join(f"{name} {share}%" for name, share in (data.get("traffic") or {}).items())
    if data.get("revision"):
        return l10n.t("revision {number}", number=data["revision"])
    for name in ("runStatus", "state", "target", "drifted", "count", "reason"):
        value = data.get(name)
        if value:
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return ""
