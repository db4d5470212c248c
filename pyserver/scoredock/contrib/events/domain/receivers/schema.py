"""Base of the kinds of receivers: how events become the body of a request, and how it agrees to get them."""

from __future__ import annotations

import http.client
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from scoredock import l10n
from scoredock.contrib.events.domain.catalogue import WorkspaceEvent
from scoredock.contrib.events.domain.receivers.webhook import NotSent, ReceiverAnswer, call
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings, shown_url
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that is about to be sent, for the how-manieth time."""

    event: WorkspaceEvent
    attempt: int
    """1 unless it may have arrived before."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The body of a request and what its headers say of it."""

    body: bytes
    headers: Mapping[str, str]


class ReceiverKind(ABC):
    """Base of the kinds of receivers."""

    takes_programs: ClassVar[bool] = True
    """Whether a program may get its bodies, and not only a URL."""
    always_joins: ClassVar[bool] = False
    """Whether one request holds several events without anybody's wish."""

    @abstractmethod
    def envelope(self, several: Sequence[Sent], *, topic: str, subscription: str, batch: bool) -> Envelope:
        """`topic` names the workspace; `batch` is the wish of several events in one request, of a URL. In a batch the
        attempt is that of the event that was tried most often."""

    def agree(
        self, subscription: ReceiverSettings, topic: str, patience: float, progress: Progress, cancel: CancelToken
    ) -> int:
        """Asks, before events are sent to a URL, if it wants them; returns the requests a minute that it allows, 0 for
        any number. `patience`: seconds that somebody has for confirming it. Raises ScoredockError
        `event-receiver-unreachable`, `event-handshake-refused`, `cancelled`.
        """
        return 0


def attempt_of(several: Sequence[Sent]) -> int:
    """Number of attempts of the event that was tried most often."""
    return max(each.attempt for each in several)


def headers_of(several: Sequence[Sent], content_type: str = JSON) -> dict[str, str]:
    """Headers that each request has."""
    return {"Content-Type": content_type, "Scoredock-Delivery-Attempt": str(attempt_of(several))}


def json_bytes(document: object) -> bytes:
    """Shortest JSON of a document, in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def answer_of(method: str, subscription: ReceiverSettings, body: bytes, headers: Mapping[str, str]) -> ReceiverAnswer:
    """Raises ScoredockError `event-receiver-unreachable`."""
    try:
        return call(method, subscription.url, body, dict(headers), subscription.timeout)
    except NotSent as error:
        reason = str(error)
    except (OSError, http.client.HTTPException) as error:
        reason = str(error)[:200] or type(error).__name__
    raise ScoredockError(
        "event-receiver-unreachable",
        l10n.t("{url} cannot be reached: {reason}.", url=shown_url(subscription.url), reason=reason),
    )


def refusal(subscription: ReceiverSettings, answer: ReceiverAnswer, detail: str) -> ScoredockError:
    """`event-handshake-refused`."""
    text = l10n.t(
        "{url} has not agreed to get events: it answered with status {status}.",
        url=shown_url(subscription.url),
        status=answer.status,
    )
    return ScoredockError("event-handshake-refused", f"{text} {detail}".strip())
