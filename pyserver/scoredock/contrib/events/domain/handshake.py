"""Before events are sent to a webhook: whether it wants them.

CloudEvents: an OPTIONS request whose answer names who may send. Event Grid: an event whose code the receiver answers,
or whose URL somebody calls, which leads to a port of this machine for as long as the command waits.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Iterator

from scoredock import l10n, threads
from scoredock.contrib.events.domain.catalogue import moment
from scoredock.contrib.events.domain.envelopes import validation
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings, shown_url
from scoredock.contrib.events.domain.webhook import NotSent, ReceiverAnswer, call, json_of
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress

_LOOK_SECONDS = 0.1
_MOST_RATE = 1_000_000


def shake_hands(
    subscription: ReceiverSettings, topic: str, patience: float, progress: Progress, cancel: CancelToken
) -> int:
    """The requests a minute that the receiver allows; 0 for any number. `patience`: seconds that somebody has for
    calling the URL of a validation. Raises ScoredockError `event-receiver-unreachable`, `event-handshake-refused`,
    `cancelled`."""
    if subscription.schema == "cloudevents":
        return _ask_permission(subscription)
    if subscription.schema == "eventgrid":
        _validate(subscription, topic, patience, progress, cancel)
    return 0


def _ask_permission(subscription: ReceiverSettings) -> int:
    origin = socket.gethostname() or "scoredock"
    headers = {"WebHook-Request-Origin": origin, "WebHook-Request-Rate": "120", "User-Agent": "Scoredock"}
    answer = _answer("OPTIONS", subscription, b"", headers)
    allowed = answer.headers.get("webhook-allowed-origin", "")
    if answer.status >= 300 or allowed not in ("*", origin):
        detail = (
            l10n.t("It allows “{origin}” only.", origin=allowed[:100])
            if allowed
            else l10n.t("It does not name who may send, in the header WebHook-Allowed-Origin.")
        )
        raise _refused(subscription, answer, detail)
    rate = answer.headers.get("webhook-allowed-rate", "")
    return min(int(rate), _MOST_RATE) if rate.isdecimal() and len(rate) < 10 else 0


def _validate(
    subscription: ReceiverSettings, topic: str, patience: float, progress: Progress, cancel: CancelToken
) -> None:
    code = str(uuid.uuid4())
    with _validation_url() as (url, called):
        content = validation(str(uuid.uuid4()), topic, code, url, moment(time.time()))
        headers = {**content.headers, "aeg-subscription-name": subscription.name}
        answer = _answer("POST", subscription, content.body, headers)
        if answer.status >= 300:
            raise _refused(subscription, answer, "")
        if secrets.compare_digest(str(json_of(answer).get("validationResponse", "")).encode(), code.encode()):
            return
        progress.report(l10n.t("Waiting for somebody to open {url}", url=url))
        end = time.monotonic() + patience
        while not called.wait(_LOOK_SECONDS):
            cancel.raise_if_cancelled()
            if time.monotonic() > end:
                raise _refused(subscription, answer, l10n.t("It does not answer the validation code."))


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


def _answer(method: str, subscription: ReceiverSettings, body: bytes, headers: dict[str, str]) -> ReceiverAnswer:
    """Raises ScoredockError `event-receiver-unreachable`."""
    try:
        return call(method, subscription.url, body, headers, subscription.timeout)
    except NotSent as error:
        reason = str(error)
    except (OSError, http.client.HTTPException) as error:
        reason = str(error)[:200] or type(error).__name__
    raise ScoredockError(
        "event-receiver-unreachable",
        l10n.t("{url} cannot be reached: {reason}.", url=shown_url(subscription.url), reason=reason),
    )


def _refused(subscription: ReceiverSettings, answer: ReceiverAnswer, detail: str) -> ScoredockError:
    text = l10n.t(
        "{url} has not agreed to get events: it answered with status {status}.",
        url=shown_url(subscription.url),
        status=answer.status,
    )
    return ScoredockError("event-handshake-refused", f"{text} {detail}".strip())
