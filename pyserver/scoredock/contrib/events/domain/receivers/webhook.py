"""Requests to receivers: bounded in time and size, without following redirects, and without believing an answer."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from scoredock import l10n, threads
from scoredock.contrib.events.domain.outcome import DeliveryOutcome
from scoredock.contrib.events.domain.subscriptions import shown_url
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.visible import basic_login

_ANSWER_BYTES = 64 << 10
_CONNECT_SECONDS = 10.0
_LONGEST_PAUSE = 3_600.0
_AWAY = {429, 502, 503, 504}
_NEVER = {400, 413, 415, 422}
"""As Event Grid has it: sending the same again would change nothing."""
_AGENT = "Scoredock"


@dataclass(frozen=True, slots=True)
class ReceiverAnswer:
    """Answer of a receiver. Nothing more of a body is read than is kept."""

    status: int
    headers: Mapping[str, str]
    """With names in small letters."""
    body: bytes


class NotSent(OSError):
    """Nobody was there, so that nothing can have arrived."""


def require_url(url: str) -> None:
    """Raises ScoredockError `event-option-invalid`."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or any(ord(letter) < 33 or ord(letter) > 126 for letter in url):
        raise ScoredockError("event-option-invalid", l10n.t("“{url}” is not an http or https address.", url=url[:200]))


def call(
    method: str, url: str, body: bytes, headers: Mapping[str, str], seconds: float, *, read: bool = True
) -> ReceiverAnswer:
    """Answer to one request. `seconds` is for all of it, the body of the answer too, of which 64 KiB are read. Without
    `read` nothing of the body is believed: a receiver that ends the connection within it has said its status. Raises
    NotSent, and OSError or http.client.HTTPException for what went wrong when something may have been sent already.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, min(seconds, _CONNECT_SECONDS))
    sock: socket.socket | None = None
    with contextlib.closing(connection), _answer_time(seconds, lambda: sock or connection.sock) as is_late:
        try:
            connection.connect()
        except ssl.SSLError as error:
            raise NotSent(l10n.t("its certificate is not trusted: {reason}", reason=error.reason or error)) from error
        except OSError as error:
            raise NotSent(error.strerror or str(error) or type(error).__name__) from error
        assert connection.sock is not None  # noqa: S101 (connect() has set it; for the type checker)
        connection.sock.settimeout(seconds)
        sock = connection.sock  # which the connection itself forgets once the head of an answer is there
        try:
            connection.request(method, target, body, {**_credentials(parts.username, parts.password), **headers})
            answer = connection.getresponse()
            headers_of_it = {name.lower(): value for name, value in answer.getheaders()}
            content = answer.read(_ANSWER_BYTES) if read else _passed_over(answer)
            if is_late.is_set():  # what was cut off may look like an end
                raise TimeoutError
            return ReceiverAnswer(answer.status, headers_of_it, content)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            if is_late.is_set():
                raise TimeoutError(
                    l10n.t("it did not answer within {seconds} seconds", seconds=f"{seconds:g}")
                ) from error
            if isinstance(error, (ValueError, AttributeError)):
                raise http.client.HTTPException(str(error)) from error
            raise


def deliver(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> DeliveryOutcome:
    """Never raises for what a receiver does."""
    try:
        answer = call("POST", url, body, {"User-Agent": _AGENT, **headers}, seconds, read=False)
    except NotSent as error:
        reason = l10n.t("{url} cannot be reached: {reason}.", url=shown_url(url), reason=error)
        return DeliveryOutcome("away", reason, may_have_arrived=False, counts=False)
    except TimeoutError as error:
        return DeliveryOutcome("away", l10n.t("{url}: {reason}.", url=shown_url(url), reason=str(error) or "timeout"))
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        return DeliveryOutcome(
            "away", l10n.t("{url} ended the connection: {reason}.", url=shown_url(url), reason=reason[:200])
        )
    if 200 <= answer.status < 300:
        return DeliveryOutcome("delivered")
    reason = l10n.t("{url} answered with status {status}.", url=shown_url(url), status=answer.status)
    if answer.status == http.client.GONE:
        return DeliveryOutcome("gone", reason)
    if answer.status in _AWAY:
        return DeliveryOutcome("away", reason, counts=False, pause=_pause(answer.headers.get("retry-after", "")))
    return DeliveryOutcome("refused" if answer.status in _NEVER else "failed", reason)


def json_of(answer: ReceiverAnswer) -> dict[str, object]:
    """JSON object that a receiver has answered; empty for anything else."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _pause(text: str) -> float:
    """A date is passed over: it would be compared with a clock that jumps."""
    return min(float(text), _LONGEST_PAUSE) if text.isdecimal() and len(text) < 10 else 0.0


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=seconds)


@contextlib.contextmanager
def _answer_time(seconds: float, line: Callable[[], socket.socket | None]) -> Iterator[threading.Event]:
    """After so many seconds the connection is shut down, and the event says so: whoever reads then gets an end, which
    may look like that of the answer. `line` gives the socket, None for one that is not there yet."""
    is_late = threading.Event()

    def ring() -> None:
        is_late.set()
        sock = line()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    call_off = threads.call_later(seconds, ring, name="end of an answer", at_fault=threads.logged)
    try:
        yield is_late
    finally:
        call_off()


def _passed_over(answer: http.client.HTTPResponse) -> bytes:
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        answer.read(_ANSWER_BYTES)
    return b""


def _credentials(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    from urllib.parse import unquote

    return {"Authorization": f"Basic {basic_login(unquote(user), unquote(password or ''))}"}
