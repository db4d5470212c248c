"""Event Grid's schema: a list of events a request. First an event whose code the receiver answers, or whose URL is
called by somebody, which leads to a port of this machine for as long as the command waits."""

from __future__ import annotations

import contextlib
import http.server
import secrets
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from scoredock import l10n, threads
from scoredock.contrib.events.domain.catalogue import AZURE, WorkspaceEvent, moment
from scoredock.contrib.events.domain.receivers.schema import (
    JSON,
    Envelope,
    ReceiverKind,
    Sent,
    answer_of,
    attempt_of,
    headers_of,
    json_bytes,
    refusal,
)
from scoredock.contrib.events.domain.receivers.webhook import json_of
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings
from scoredock.progress import CancelToken, Progress

_LOOK_SECONDS = 0.1


class EventGrid(ReceiverKind):
    """Receiver that gets events as Azure's service sends them."""

    def envelope(self, several: Sequence[Sent], *, topic: str, subscription: str, batch: bool) -> Envelope:
        """A list in any case."""
        headers = {
            **headers_of(several),
            "aeg-event-type": "Notification",
            "aeg-subscription-name": subscription,
            "aeg-delivery-count": str(attempt_of(several) - 1),
            "aeg-data-version": _data_version(several[0].event),
            "aeg-metadata-version": "1",
        }
        return Envelope(json_bytes([_document(each, topic) for each in several]), headers)

    def agree(
        self, subscription: ReceiverSettings, topic: str, patience: float, progress: Progress, cancel: CancelToken
    ) -> int:
        """Agrees by the code or the URL of a validation."""
        code = str(uuid.uuid4())
        with _validation_url() as (url, called):
            content = _validation(topic, code, url)
            headers = {**content.headers, "aeg-subscription-name": subscription.name}
            answer = answer_of("POST", subscription, content.body, headers)
            if answer.status >= 300:
                raise refusal(subscription, answer, "")
            if secrets.compare_digest(str(json_of(answer).get("validationResponse", "")).encode(), code.encode()):
                return 0
            progress.report(l10n.t("Waiting for somebody to open {url}", url=url))
            end = time.monotonic() + patience
            while not called.wait(_LOOK_SECONDS):
                cancel.raise_if_cancelled()
                if time.monotonic() > end:
                    raise refusal(subscription, answer, l10n.t("It does not answer the validation code."))
        return 0


def _validation(topic: str, code: str, url: str) -> Envelope:
    """First request to a receiver: it has to answer the code, or to have the URL called."""
    document = {
        "id": str(uuid.uuid4()),
        "topic": topic,
        "subject": "",
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": moment(time.time()),
        "data": {"validationCode": code, "validationUrl": url},
        "dataVersion": "1",
        "metadataVersion": "1",
    }
    return Envelope(json_bytes([document]), {"Content-Type": JSON, "aeg-event-type": "SubscriptionValidation"})


def _document(sent: Sent, topic: str) -> dict[str, Any]:
    event = sent.event
    return {
        "id": event.id,
        "topic": topic,
        "subject": event.subject,
        "eventType": event.type,
        "eventTime": event.time,
        "data": dict(event.data),
        "dataVersion": _data_version(event),
        "metadataVersion": "1",
    }


def _data_version(event: WorkspaceEvent) -> str:
    return "2" if event.type.startswith(f"{AZURE}Run") else "1"


@contextlib.contextmanager
def _validation_url() -> Iterator[tuple[str, threading.Event]]:
    """A URL of this machine that nobody can guess, and whether it was called."""
    called, token = threading.Event(), secrets.token_urlsafe(24)

    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 5.0

        def do_GET(self) -> None:
            is_it = secrets.compare_digest(self.path.encode(), f"/validate?id={token}".encode())
            self.send_response(200 if is_it else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if is_it:
                called.set()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the URL is a secret."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threads.start(server.serve_forever, 0.05, name="validation of a receiver", at_fault=threads.logged)
        try:
            yield f"http://127.0.0.1:{server.server_port}/validate?id={token}", called
        finally:
            server.shutdown()
