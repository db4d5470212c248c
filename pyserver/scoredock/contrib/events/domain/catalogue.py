"""Makes events of records of the audit log: their types, what they say, and who wants them. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timezone
from typing import Any

from scoredock.contrib.events.options import EventChoice
from scoredock.late_dataclass import dataclass
from scoredock.registry.audit.chain import AuditRecord

AZURE = "Microsoft.MachineLearningServices."
OWN = "io.scoredock."
TEST = f"{OWN}event.test"
_TYPES = {
    "model.registered": f"{AZURE}ModelRegistered",
    "service.deployed": f"{AZURE}ModelDeployed",
    "drift.detected": f"{AZURE}DatasetDriftDetected",
    "run.started": f"{AZURE}RunStatusChanged",
    "run.finished": f"{AZURE}RunStatusChanged",
}
_FIELDS = {
    f"{AZURE}ModelRegistered": ("modelName", "modelVersion", "modelTags", "modelProperties"),
    f"{AZURE}ModelDeployed": ("serviceName", "serviceComputeType", "modelIds", "serviceTags", "serviceProperties"),
    f"{AZURE}DatasetDriftDetected": (
        "dataDriftId",
        "dataDriftName",
        "runId",
        "baseDatasetId",
        "targetDatasetId",
        "driftCoefficient",
        "startTime",
        "endTime",
    ),
    f"{AZURE}RunCompleted": ("experimentId", "experimentName", "runId", "runType", "runTags", "runProperties"),
    f"{AZURE}RunStatusChanged": (
        "experimentId",
        "experimentName",
        "runId",
        "runType",
        "runTags",
        "runProperties",
        "runStatus",
    ),
}
"""What Azure's published schema has, and nothing else: receivers of theirs may refuse more."""
_TEXTS = ("modelVersion",)
"""Numbers here, texts there."""


@dataclass(frozen=True, slots=True)
class WorkspaceEvent:
    """Event for a receiver: one thing that happened."""

    seq: int
    id: str
    """The same whenever it is sent."""
    type: str
    what: str
    """As the audit log names it."""
    subject: str
    thing: str
    """The same as the log has it: Azure's schema calls a service an endpoint."""
    time: str
    """ISO 8601 in UTC."""
    data: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """All that the log says of it, for spans."""


def is_wanted(event: WorkspaceEvent, choice: EventChoice) -> bool:
    """True if the choice has an event. Names of types are compared without regard to case. A service is also found as
    the endpoint that it is in Azure."""
    begin, end = choice.subject_begins_with, choice.subject_ends_with
    subjects = (event.subject, _azure_subject(event.thing))
    if not any(each.startswith(begin) and each.endswith(end) for each in subjects):
        return False
    return not choice.types or any(_is_type(event, each) for each in choice.types)


def names_of(types: Sequence[str]) -> list[str]:
    """Names among `types` that no event ever has."""
    names = [*(_TYPES.values()), f"{AZURE}RunCompleted", TEST, *(f"{OWN}{what}" for what in WHATS), *WHATS]
    names += [each.removeprefix(AZURE) for each in names]
    return [each for each in types if not any(_matches(name, each) for name in names)]


WHATS = (
    "model.registered",
    "model.updated",
    "model.aliased",
    "model.consented",
    "model.consentWithdrawn",
    "model.deleted",
    "model.restored",
    "model.purged",
    "model.downloaded",
    "model.exported",
    *(
        f"{kind}.{verb}"
        for kind in ("dataset", "environment", "image")
        for verb in ("registered", "updated", "deleted", "restored", "purged")
    ),
    "service.deployed",
    "service.updated",
    "service.rolledBack",
    "service.stateChanged",
    "service.addressChanged",
    "service.deleted",
    "endpoint.created",
    "endpoint.updated",
    "endpoint.trafficChanged",
    "endpoint.deleted",
    "drift.detected",
    "batch.finished",
    "run.started",
    "run.finished",
)
"""All that the audit log tells of a workspace."""


def event_of(record: AuditRecord) -> WorkspaceEvent | None:
    """None for a record that is about the log or about events themselves, of which nobody hears."""
    if record.what.startswith(("audit.", "event.")):
        return None
    kind = _type_of(record)
    facts = {**record.data, "by": record.by, "door": record.door, "commit": record.commit}
    names = _FIELDS.get(kind)
    if names is None:
        data: dict[str, Any] = dict(facts)
    else:
        data = {name: facts.get(name) for name in names}
        data |= {name: str(data[name]) for name in _TEXTS if data.get(name) is not None}
        if isinstance(data.get("modelIds"), (list, tuple)):
            data["modelIds"] = ",".join(data["modelIds"])
    subject = record.subject if names is None else _azure_subject(record.subject)
    time = moment(record.time)
    return WorkspaceEvent(record.seq, _id(record), kind, record.what, subject, record.subject, time, data, facts)


def test_event(workspace: str, number: str, time: float) -> WorkspaceEvent:
    """Event that `event test` sends."""
    data = {"workspace": workspace, "message": "This event was sent by `scoredock event test`."}
    subject = f"workspaces/{workspace}"
    return WorkspaceEvent(0, number, TEST, "event.test", subject, subject, moment(time), data)


def moment(seconds: float) -> str:
    """A time for receivers; that of the epoch for what no calendar has, as only a log that was edited says."""
    try:
        time = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        time = datetime.fromtimestamp(0, timezone.utc)
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _azure_subject(subject: str) -> str:
    return f"endpoints/{subject.removeprefix('services/')}" if subject.startswith("services/") else subject


def _type_of(record: AuditRecord) -> str:
    if record.what == "run.finished" and record.data.get("runStatus") == "Completed":
        return f"{AZURE}RunCompleted"
    return _TYPES.get(record.what) or f"{OWN}{record.what}"


def _id(record: AuditRecord) -> str:
    """Id of an event from the digest, which no other record has."""
    text = record.digest[:32]
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _is_type(event: WorkspaceEvent, pattern: str) -> bool:
    names = (event.type, event.type.removeprefix(AZURE).removeprefix(OWN), event.what)
    return any(_matches(name, pattern) for name in names)


def _matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name.casefold(), pattern.casefold())
