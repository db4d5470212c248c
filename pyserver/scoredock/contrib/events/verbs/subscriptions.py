"""Subscriptions to events: made after the receiver has agreed, listed, tried, deleted."""

from __future__ import annotations

import os
import shlex
import time
import uuid
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.events import messages
from scoredock.contrib.events.domain import signing
from scoredock.contrib.events.domain.catalogue import names_of, test_event
from scoredock.contrib.events.domain.delivery import send
from scoredock.contrib.events.domain.receivers.program import require_program
from scoredock.contrib.events.domain.receivers.schema import Sent
from scoredock.contrib.events.domain.receivers.table import SCHEMAS
from scoredock.contrib.events.domain.settings_check import option_invalid, require_limits, require_settings
from scoredock.contrib.events.domain.subscriptions import NAME, Receiver, Receivers, ReceiverSettings
from scoredock.contrib.events.options import EventOptions
from scoredock.contrib.events.verbs.records import subscription_details, subscription_record, waiting_count
from scoredock.errors import ScoredockError
from scoredock.features.arguments import option_arguments
from scoredock.features.whole_command import require_whole_command
from scoredock.options import values_of
from scoredock.registry import Registry
from scoredock.registry.audit import announcing, following
from scoredock.registry.audit.log import AuditLog
from scoredock.registry.topic import workspace_topic
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

_NAME = argument("name", help="name of the subscription", names="event")


@verb(
    "event/subscribe",
    progress="Subscribing to events",
    changes=True,
    errors=(
        "event-option-invalid",
        "event-receiver-unreachable",
        "event-handshake-refused",
    ),
    terminal=CliCommand(
        "event subscribe",
        "Tell a webhook or a program of what happens in the workspace, also while no editor is open.",
        option_arguments(messages.EventSubscribeParams),
        (
            "scoredock event subscribe ci --url https://ci.example.com/hooks --type ModelRegistered",
            "scoredock event subscribe azure --url http://127.0.0.1:7071/api/events --schema eventgrid",
            "scoredock event subscribe note --type service.stateChanged --command notify-send Scoredock",
        ),
        makes="event",
    ),
    editor=(
        EditorCommand(
            "subscribeToEvents",
            "Subscribe to Events…",
            "contrib/events/subscribing",
            icon="add",
            menus=(head("workspaces", "3_compute@2"), rows("workspaces", "eventHeading", "inline@1", "1_main@1")),
        ),
    ),
)
def subscribe(
    params: messages.EventSubscribeParams, context: Context, operation: Operation
) -> messages.EventSubscribed:
    """Makes a subscription; nothing is kept if the receiver does not agree."""
    params = replace(params, command=params.command or _words(params.command_line))
    subscription = _checked(params)
    registry = context.registry(params.workspace_id)
    registry.store.require_writable()
    following.take(registry.store)
    rate = 0
    if subscription.url and params.handshake:
        topic = workspace_topic(registry.folder)
        rate = SCHEMAS[subscription.schema].agree(
            subscription, topic, params.patience, operation.progress, operation.cancel
        )
    subscriptions = Receivers(registry.folder)
    secret, is_new = _secret(params, subscriptions)
    log = AuditLog(registry.folder)
    begin = log.first_seq() if params.from_start else log.last_seq() + 1
    receiver = subscriptions.add(replace(subscription, rate=rate), secret, begin)
    announcing.announce(registry.folder)
    return messages.EventSubscribed(subscription_record(registry.folder, receiver), secret if is_new else "")


@verb(
    "event/list",
    progress="Reading subscriptions",
    terminal=CliCommand(
        "event list", "List subscriptions and how far each receiver is.", (), ("scoredock event list",)
    ),
)
def list_subscriptions(
    params: messages.EventListParams, context: Context, operation: Operation
) -> messages.EventSubscriptions:
    """Whoever asks also sees to it that what waits is delivered."""
    registry = context.registry(params.workspace_id)
    _catch_up(registry)
    subscriptions_there = [subscription_record(registry.folder, each) for each in Receivers(registry.folder).all()]
    if any(each.waiting and not each.paused for each in subscriptions_there):
        announcing.announce(registry.folder)
    return messages.EventSubscriptions(subscriptions_there, announcing.is_delivering(registry.folder))


@verb(
    "event/show",
    progress="Reading subscription",
    errors=("event-subscription-missing",),
    terminal=CliCommand(
        "event show",
        "Show a subscription with what waits, the last attempts that failed, and what was put aside.",
        (_NAME,),
        ("scoredock event show ci",),
    ),
    editor=(
        EditorCommand(
            "showSubscription",
            "Show Details",
            "contrib/events/events",
            menus=(rows("workspaces", "subscription", "1_main@1"),),
        ),
    ),
)
def show(params: messages.EventRef, context: Context, operation: Operation) -> messages.EventDetails:
    """Details of a subscription; one that cannot be read says why."""
    registry = context.registry(params.workspace_id)
    _catch_up(registry)
    return subscription_details(registry.folder, Receivers(registry.folder).one(params.name))


@verb(
    "event/types",
    terminal=CliCommand("event types", "List which events a subscription may ask for.", (), ("scoredock event types",)),
)
def types(params: messages.EventTypesParams, context: Context, operation: Operation) -> messages.EventTypes:
    """Types of events: those of Azure by their last parts, and patterns for the others."""
    rows = (
        ("ModelRegistered", l10n.t("a model is registered")),
        ("ModelDeployed", l10n.t("a service serves after it was deployed")),
        ("DatasetDriftDetected", l10n.t("a comparison finds drift")),
        ("RunCompleted", l10n.t("a run has ended well")),
        ("RunStatusChanged", l10n.t("a run begins, fails or is cancelled")),
        ("service.*", l10n.t("a service is deployed, serves another revision, is in another state, or is deleted")),
        ("endpoint.*", l10n.t("an endpoint or its traffic is changed")),
        ("batch.finished", l10n.t("a batch job is completed, failed or cancelled")),
        ("model.*", l10n.t("a model is registered, changed, deleted, downloaded or exported")),
        ("dataset.*", l10n.t("a dataset is registered, changed or deleted")),
        ("environment.*", l10n.t("an environment is registered, changed or deleted")),
        ("image.*", l10n.t("an image is registered, changed or deleted")),
    )
    return messages.EventTypes([messages.EventType(pattern, when) for pattern, when in rows])


@verb(
    "event/test",
    progress="Sending event",
    errors=("event-subscription-missing", "event-subscription-damaged", "event-delivery-failed"),
    terminal=CliCommand(
        "event test",
        "Send a test event to a receiver now, once, and say what came of it.",
        (_NAME,),
        ("scoredock event test ci",),
    ),
    editor=(
        EditorCommand(
            "testSubscription",
            "Send Test Event",
            "contrib/events/events",
            icon="send",
            menus=(rows("workspaces", "subscription !damaged", "inline@1", "1_main@2"),),
        ),
    ),
)
def test(params: messages.EventRef, context: Context, operation: Operation) -> messages.EventTested:
    """Sends a test event beside what waits; the filter does not matter."""
    info = context.workspace(params.workspace_id)
    receiver = Receivers(info.path).one(params.name)
    subscription = receiver.subscription()
    began = time.monotonic()
    sent = Sent(test_event(info.name, str(uuid.uuid4()), time.time()), 1)
    outcome = send(subscription, receiver.secret(), [sent], workspace_topic(info.path))
    if outcome.kind != "delivered":
        raise ScoredockError("event-delivery-failed", outcome.reason)
    return messages.EventTested(params.name, subscription.target, round(time.monotonic() - began, 3))


@verb(
    "event/pause",
    progress="Pausing subscription",
    changes=True,
    errors=("event-subscription-missing", "event-subscription-damaged"),
    terminal=CliCommand(
        "event pause",
        "Send a receiver nothing more. What happens meanwhile is kept for it.",
        (_NAME,),
        ("scoredock event pause ci",),
    ),
    editor=(
        EditorCommand(
            "pauseSubscription",
            "Pause",
            "contrib/events/events",
            icon="debug-pause",
            menus=(rows("workspaces", "subscription pausable", "1_main@3"),),
        ),
    ),
)
def pause(params: messages.EventRef, context: Context, operation: Operation) -> messages.EventSubscribed:
    """Pauses a subscription until it is resumed."""
    receivers = _writable(params.workspace_id, context)
    receiver = receivers.one(params.name)
    receivers.change(replace(receiver.subscription(), paused=True), receiver.secret())
    return messages.EventSubscribed(subscription_record(receivers.workspace, receiver), "")


@verb(
    "event/resume",
    progress="Resuming subscription",
    changes=True,
    errors=(
        "event-subscription-missing",
        "event-subscription-damaged",
        "event-option-invalid",
        "command-incomplete",
        "event-receiver-unreachable",
        "event-handshake-refused",
    ),
    terminal=CliCommand(
        "event resume",
        "Have a paused subscription go on where it was, as after its workspace was restored from a backup.",
        (_NAME, *option_arguments(messages.EventResumeParams)),
        ("scoredock event resume ci",),
    ),
    editor=(
        EditorCommand(
            "resumeSubscription",
            "Resume",
            "contrib/events/subscribing",
            icon="debug-start",
            menus=(rows("workspaces", "subscription paused", "inline@2", "1_main@3"),),
        ),
    ),
)
def resume(params: messages.EventResumeParams, context: Context, operation: Operation) -> messages.EventSubscribed:
    """Resumes a subscription: one that has answered 410, or that was paused, gets what has waited meanwhile. A webhook
    with another address first says whether it wants events.
    """
    receivers = _writable(params.workspace_id, context)
    receiver = receivers.one(params.name)
    settings = receiver.subscription()
    _require_secret(params.secret)
    require_whole_command(settings.command, f"scoredock event subscribe {params.name} --command …")
    if settings.needs_url and not params.url:
        raise option_invalid(
            l10n.t("A part of the address of {name} may be a secret, and is in no backup.", name=params.name),
            l10n.t("Name the whole address: `{command}`.", command=f"scoredock event resume {params.name} --url URL"),
        )
    if params.url:
        settings = replace(settings, url=params.url)
        require_settings(settings)
    if params.url and params.handshake:
        topic = workspace_topic(receivers.workspace)
        rate = SCHEMAS[settings.schema].agree(settings, topic, 0.0, operation.progress, operation.cancel)
        settings = replace(settings, rate=rate)
    secret = params.secret or receiver.secret()
    is_new = settings.needs_secret and not secret
    secret = signing.new_secret() if is_new else secret
    receivers.change(replace(settings, paused=False, needs_url=False, needs_secret=False), secret)
    announcing.announce(receivers.workspace)
    return messages.EventSubscribed(subscription_record(receivers.workspace, receiver), secret if is_new else "")


def _writable(workspace_id: str, context: Context) -> Receivers:
    registry = context.registry(workspace_id)
    registry.store.require_writable()
    return Receivers(registry.folder)


@verb(
    "event/delete",
    progress="Deleting subscription",
    changes=True,
    errors=("event-subscription-missing",),
    terminal=CliCommand(
        "event delete",
        "Delete a subscription, with the events that its receiver has not got yet.",
        (_NAME,),
        ("scoredock event delete ci",),
    ),
    editor=(
        EditorCommand(
            "deleteSubscription",
            "Delete…",
            "contrib/events/events",
            icon="trash",
            menus=(rows("workspaces", "subscription", "9_delete@1"),),
        ),
    ),
)
def delete(params: messages.EventRef, context: Context, operation: Operation) -> messages.EventDeleted:
    """A delivery that is under way ends by itself."""
    workspace = context.workspace(params.workspace_id).path
    receiver = Receivers(workspace).one(params.name)
    waiting = waiting_count(workspace, receiver)
    Receivers(workspace).delete(params.name)
    return messages.EventDeleted(params.name, waiting)


def _checked(params: messages.EventSubscribeParams) -> ReceiverSettings:
    """Raises ScoredockError `event-option-invalid`."""
    if not NAME.fullmatch(params.name):
        raise option_invalid(l10n.t("“{name}” cannot be the name of a subscription.", name=params.name[:64]))
    require_limits(params)
    values = values_of(EventOptions, params)
    settings = ReceiverSettings(**values, folder=params.folder or str(Path.cwd()), created=time.time())
    require_settings(settings)
    if params.command:
        require_program(params.command, params.folder)
    unknown = names_of(params.types)
    if unknown:
        raise option_invalid(l10n.t("No event has the type “{type}”.", type=unknown[0][:100]))
    _require_secret(params.secret)
    return settings


def _require_secret(secret: str) -> None:
    if secret and not signing.is_secret(secret):
        raise option_invalid(l10n.t("The secret must be whsec_ and 24 to 64 bytes in base64."))


def _words(command_line: str) -> tuple[str, ...]:
    """Words of a command line as a terminal splits it; no shell reads them. Raises ScoredockError
    `event-option-invalid`.
    """
    try:
        words = shlex.split(command_line, posix=os.name == "posix")
    except ValueError:
        text = l10n.t("In “{command}” a quotation mark is not closed.", command=command_line[:200])
        raise option_invalid(text) from None
    return tuple(words if os.name == "posix" else [each.strip('"') for each in words])


def _secret(params: messages.EventSubscribeParams, subscriptions: Receivers) -> tuple[str, bool]:
    """The secret of a webhook, and whether it is new to whoever subscribes."""
    if not params.url or not params.sign:
        return "", False
    if params.secret:
        return params.secret, False
    subscription = Receiver(subscriptions.folder / params.name).secret()
    return (subscription, False) if subscription else (signing.new_secret(), True)


def _catch_up(registry: Registry) -> None:
    """Completes what killed writers left; a workspace that cannot be written is read as it is."""
    if not registry.read_only:
        following.take(registry.store)
