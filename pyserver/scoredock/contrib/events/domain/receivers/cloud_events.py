"""CloudEvents 1.0: an event a request, or several in a batch; an OPTIONS request first, whose answer names who may
send."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from scoredock import l10n
from scoredock.contrib.events.domain.receivers.schema import (
    Envelope,
    ReceiverKind,
    Sent,
    answer_of,
    headers_of,
    json_bytes,
    refusal,
)
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings
from scoredock.progress import CancelToken, Progress

_TYPE, _BATCH_TYPE = (f"application/cloudevents{form}+json; charset=utf-8" for form in ("", "-batch"))
_MOST_RATE = 1_000_000


class CloudEvents(ReceiverKind):
    """The default."""

    def envelope(self, several: Sequence[Sent], *, topic: str, subscription: str, batch: bool) -> Envelope:
        """A list where a batch is wished, else the one event."""
        documents = [_document(each, topic) for each in several]
        headers = headers_of(several, _BATCH_TYPE if batch else _TYPE)
        return Envelope(json_bytes(documents if batch else documents[0]), headers)

    def agree(
        self, subscription: ReceiverSettings, topic: str, patience: float, progress: Progress, cancel: CancelToken
    ) -> int:
        """Agrees by the origin and the rate that the receiver allows."""
        origin = socket.gethostname() or "scoredock"
        headers = {"WebHook-Request-Origin": origin, "WebHook-Request-Rate": "120", "User-Agent": "Scoredock"}
        answer = answer_of("OPTIONS", subscription, b"", headers)
        allowed = answer.headers.get("webhook-allowed-origin", "")
        if answer.status >= 300 or allowed not in ("*", origin):
            detail = (
                l10n.t("It allows “{origin}” only.", origin=allowed[:100])
                if allowed
                else l10n.t("It does not name who may send, in the header WebHook-Allowed-Origin.")
            )
            raise refusal(subscription, answer, detail)
        rate = answer.headers.get("webhook-allowed-rate", "")
        return min(int(rate), _MOST_RATE) if rate.isdecimal() and len(rate) < 10 else 0


def _document(sent: Sent, topic: str) -> dict[str, Any]:
    event = sent.event
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": topic,
        "type": event.type,
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": "application/json",
        # The sequence extension of CloudEvents compares texts, so all have the same length.
        "sequence": f"{event.seq:015d}",
        "attempt": sent.attempt,
        "data": dict(event.data),
    }
