"""Subscriptions to the events of a workspace."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from scoredock.contrib.events.options import EventChoice, EventOptions, secret_in
from scoredock.contrib.events.options import EventSchema as EventSchema
from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceTask, option
from scoredock.visible import DATA

EventLook = Literal["good", "waiting", "trouble", "paused"]


_SIGNED_WITH = "file with the secret (whsec_…) that requests are signed with; a new one by default"


@dataclass(frozen=True, kw_only=True)
class EventSubscribeParams(WorkspaceTask, EventOptions):
    """Request to subscribe: one of `url` and `command` is given."""

    command_line: str = ""
    """The same as `command` as one text, as it is typed in a terminal."""
    secret: str = option("--secret-file", default="", help=_SIGNED_WITH, metavar="FILE", read=secret_in)
    """`whsec_…`; empty for a new one, or the one that is there."""
    sign: bool = option("--no-signature", default=True, help="do not sign requests")
    handshake: bool = option(
        "--no-handshake", default=True, help="do not ask the webhook first whether it wants events"
    )
    """Ask the receiver first whether it wants events."""
    patience: float = option(
        "--wait-for-validation",
        default=0.0,
        help="seconds that somebody has for opening the validation URL of Event Grid's schema",
        metavar="SECONDS",
        between=(0, 600),
    )
    """Seconds that somebody has for opening the validation URL."""
    from_start: bool = option("--from-start", default=False, help="tell of what has happened before, too")
    """Also what has happened before."""


@dataclass(frozen=True, kw_only=True)
class EventSubscription(EventChoice):
    """A subscription and how far its receiver is."""

    name: str
    kind: Literal["webhook", "command"]
    target: str
    """The address without secrets, or the command."""
    signed: bool
    created: float
    folder: str
    """Where the program runs; empty for a webhook."""
    waiting: int
    """Events that it has not got yet."""
    delivered: int
    repeated: int
    """Delivered, and marked because they may have arrived before."""
    undelivered: int
    """Put aside, because the receiver did not take them."""
    dropped: int
    """Let go while it was away, because there were too many."""
    last_delivered: float | None
    last_failed: float | None
    last_error: str
    paused: str
    """Why nothing is sent; empty while something is."""
    look: EventLook
    status: str
    """In a few words."""
    error: str = ""
    """Why it cannot be read."""
    needs_url: bool = False
    """It came with a backup, which did not have its whole address: who resumes it gives that."""


@dataclass(frozen=True)
class EventSubscribed:
    """A new subscription, or one that has other settings now."""

    subscription: EventSubscription
    secret: str = field(metadata=DATA)
    """With which requests are signed, said only now; empty where nothing is signed, or where it is not new."""


@dataclass(frozen=True)
class EventListParams(WorkspaceTask):
    """All subscriptions of a workspace."""


@dataclass(frozen=True)
class EventSubscriptions:
    """Subscriptions by name."""

    subscriptions: list[EventSubscription]
    delivering: bool
    """Whether a process delivers at this moment."""


@dataclass(frozen=True)
class EventWaiting:
    """An event that a receiver has not got yet."""

    seq: int
    type: str
    subject: str
    time: str
    attempts: int
    """How often it may have arrived."""


@dataclass(frozen=True)
class EventProblem:
    """An attempt that failed, or an event that was put aside."""

    seq: int
    type: str
    subject: str
    time: float
    reason: str


@dataclass(frozen=True)
class EventDetails:
    """A subscription with what is on its way and what went wrong."""

    subscription: EventSubscription
    waiting: list[EventWaiting]
    """The next ones, in order; not all where there are many."""
    problems: list[EventProblem]
    """The newest attempts that failed, the newest first."""
    undelivered: list[EventProblem]
    """The newest of those that were put aside, the newest first."""
    file: str
    """All of those that were put aside, a line each; empty where there is none."""


@dataclass(frozen=True)
class EventTypesParams:
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class EventType:
    """Type of events that a subscription may ask for."""

    pattern: str
    when: str


@dataclass(frozen=True)
class EventTypes:
    types: list[EventType]


@dataclass(frozen=True)
class EventRef(WorkspaceTask):
    """A subscription."""

    name: str


@dataclass(frozen=True, kw_only=True)
class EventResumeParams(WorkspaceTask):
    """A paused subscription goes on."""

    name: str
    url: str = option(
        "--url", default="", help="the whole address, where a backup could not carry all of it", metavar="URL"
    )
    """Of a webhook; empty for the one that it has."""
    secret: str = option(
        "--secret-file",
        default="",
        help=f"{_SIGNED_WITH}, where a backup could not carry it",
        metavar="FILE",
        read=secret_in,
    )
    """`whsec_…`; empty for the one that is there, or a new one where a backup could not carry it."""
    handshake: bool = option("--no-handshake", default=True, help="do not ask a webhook first whether it wants events")
    """Ask a webhook whose address is given whether it wants events."""


@dataclass(frozen=True)
class EventTested:
    """Result of a test event."""

    name: str
    target: str
    seconds: float


@dataclass(frozen=True)
class EventDeleted:
    """A subscription that is no longer there."""

    name: str
    waiting: int
    """Events that it had not got yet."""
