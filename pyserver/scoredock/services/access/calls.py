"""Requests to a service of ours: a score, and the example in its own description."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.engines.base import PAUSED, Observation
from scoredock.engines.handle import Handle
from scoredock.engines.probe import Address, address_of, probe_on
from scoredock.error_codes import CODES
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.service import Authenticated, RequestFailure
from scoredock.services.access.body_forms import form_advice
from scoredock.services.access.content_encoding import ContentDecoder
from scoredock.services.access.receiving import MOST_BYTES, BodyReceiver
from scoredock.services.access.redirects import MOST_REDIRECTS, is_redirect, path_here
from scoredock.state_table import is_callable
from scoredock.timed_response import TimedResponse, response_to
from scoredock.visible import remember

_SWAGGER_SECONDS = 5.0
_PART_BYTES = 1 << 16
CONTENT_TYPE = "Content-Type"
SCORE = "/score"
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})
"""Methods whose requests say nothing of a body that they have not."""
_PROOFS = ("authorization", "cookie", "x-api-key", "api-key", "ocp-apim-subscription-key")
"""Headers that may have a key, in small letters."""
PASSES = {"passes": "true"}
"""Of a failure: the same request may be answered a moment later."""
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """Request to a service, with the seconds to wait for the head of the response and for each part of its body."""

    path: str
    """With the query."""
    method: str = "GET"
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 60.0
    follows: bool = False
    """Goes where a redirect within the service leads."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Response of a service to one request."""

    status: int
    milliseconds: float
    """From sending to the last byte."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes
    problem: str = ""
    """The error code of a refusal by the service itself, before the script was asked; empty otherwise."""
    advice: str = ""
    """What to do about it."""
    failure: RequestFailure | None = None
    """What was raised, of a status of 500 or above; None as well where the service did not tell."""
    log_lines: tuple[str, ...] = ()
    """Of this request, when it failed."""
    size: int = 0
    """Bytes of the body."""
    wire_size: int = 0
    """Bytes that came of it; others than `size` where it came compressed."""
    encoding: str = ""
    """How it came compressed; empty where `body` is as it came."""
    redirects: tuple[str, ...] = ()
    """Status and address of each redirect on the way here."""
    is_cut: bool = False
    """The body was larger than what is received at most; the rest was not."""
    log_since: int = 0
    """The last line of the log before it was sent."""
    file: Path | None = None
    """Where the whole body lies, of which `body` is only the beginning then."""
    head: tuple[str, ...] = ()
    """The status line and the headers as they came."""
    connect_milliseconds: float = 0.0
    """Until the connection stood, before anything was sent."""
    first_byte_milliseconds: float = 0.0
    """From sending to the beginning of the response."""


def address_at(service: str, handle: Handle | None, observation: Observation | None, state: str) -> Address:
    """Address of a running service by its last `observation`; `state` is its recorded state.

    Raises ScoredockError `service-unreachable` when nobody would answer there.
    """
    if handle is None or observation is None or not observation.port or not is_callable(observation.state):
        now = observation.state if observation is not None else state
        raise ScoredockError(
            "service-unreachable",
            l10n.t("The service {service} cannot be called while it is {now}.", service=service, now=now),
            l10n.t("Start it first.") if now == "Stopped" else "",
            details=PASSES if now == "Transitioning" else {},
        )
    if observation.phase == PAUSED:
        raise ScoredockError(
            "service-unreachable",
            l10n.t("The service {service} cannot be called while its container is paused in Docker.", service=service),
            l10n.t("Run `docker unpause {name}`, or stop the service and start it again.", name=handle.name),
        )
    return address_of(handle, observation.port)


def send(
    service: str,
    address: Address,
    exchange: OutgoingCall,
    receiver: BodyReceiver | None = None,
    cancel: CancelToken | None = None,
) -> Answer:
    """One request, on a connection whose other end has proven to be this service, or whose port a person chose; only
    then the headers are sent, one of which may carry a key or token. A cancelled one gives up its connection, and with
    it the response.

    Raises ScoredockError `service-unreachable` (nobody, a stranger, or nothing within the seconds), `cancelled`.
    """
    receiver = receiver or BodyReceiver()
    redirects: list[str] = []
    try:
        while True:
            answer = _sent(service, address, exchange, receiver, cancel)
            if isinstance(answer, Answer):
                return replace(answer, redirects=tuple(redirects))
            redirects.append(f"{answer.status} {answer.path}")
            exchange = _onward(exchange, answer, may_follow=len(redirects) < MOST_REDIRECTS)
    except (OSError, http.client.HTTPException) as error:
        if cancel is not None:
            cancel.raise_if_cancelled()
        receiver.break_off()
        raise _broken_off(service, exchange.timeout, error, receiver.size) from None
    finally:
        receiver.close()


class _StreamedResponse(TimedResponse):
    """A model may answer bit by bit, for as long as somebody listens."""

    least_bytes = 0


@dataclass(frozen=True, slots=True)
class _Redirect:
    status: int
    path: str


def _onward(exchange: OutgoingCall, redirect: _Redirect, *, may_follow: bool) -> OutgoingCall:
    """Call that follows a redirect, as REST Client does: only 303 makes a GET of it."""
    onward = replace(exchange, path=redirect.path, follows=may_follow)
    is_read = redirect.status == 303 and exchange.method != "HEAD"
    return replace(onward, method="GET", body=b"") if is_read else onward


def _sent(
    service: str, address: Address, exchange: OutgoingCall, receiver: BodyReceiver, cancel: CancelToken | None
) -> Answer | _Redirect:
    connection = address.connection(exchange.timeout)
    connection.response_class = TimedResponse
    try:
        begun = time.perf_counter()
        connection.connect()
        connected = (time.perf_counter() - begun) * 1000
        if not address.is_chosen and not probe_on(connection, address.nonce).proven:
            raise ScoredockError(
                "service-unreachable",
                l10n.t(
                    "Another program answers on port {port}; the service {service} was not called.",
                    port=address.port,
                    service=service,
                ),
                l10n.t("Restart the service."),
            )
        if cancel is not None:
            cancel.on_cancel(_hang_up(connection.sock))
        connection.response_class = _StreamedResponse
        answer = _exchanged(connection, exchange, receiver, address)
        if isinstance(answer, _Redirect):
            return answer
        return replace(answer, connect_milliseconds=round(connected, 3))
    finally:
        connection.close()


def _exchanged(
    connection: http.client.HTTPConnection, exchange: OutgoingCall, receiver: BodyReceiver, address: Address
) -> Answer | _Redirect:
    method, body = exchange.method, exchange.body
    bare = not body and method in _BODILESS
    sent = {name: value for name, value in exchange.headers.items() if not bare or name != CONTENT_TYPE}
    remember(*(value.rpartition(" ")[2] for name, value in sent.items() if name.lower() in _PROOFS))
    start = time.perf_counter()
    answer = response_to(connection, method, exchange.path, None if bare else body, sent)
    first = (time.perf_counter() - start) * 1000
    headers = {name.lower(): value for name, value in answer.getheaders()}
    location = headers.get("location", "") if is_redirect(answer.status, headers.get("location", "")) else ""
    here = path_here(location, exchange.path, address) if location else ""
    if here and exchange.follows:
        return _Redirect(answer.status, here)
    receiver.begin(answer.status, headers)
    decoder = ContentDecoder(headers.get("content-encoding", ""))
    wire_size = _receive(answer, decoder, receiver)
    took = (time.perf_counter() - start) * 1000
    received = receiver.received()
    return Answer(
        answer.status,
        round(took, 3),
        headers,
        received.body,
        advice=decoder.advice() or (_elsewhere(location) if location and not here else ""),
        size=received.size,
        wire_size=wire_size,
        encoding=decoder.encoding if decoder.is_decoded else "",
        is_cut=received.is_cut,
        file=received.file,
        head=(
            f"HTTP/{answer.version // 10}.{answer.version % 10} {answer.status} {answer.reason}".rstrip(),
            *(f"{name}: {value}" for name, value in answer.getheaders()),
        ),
        first_byte_milliseconds=round(first, 3),
    )


def _receive(answer: http.client.HTTPResponse, decoder: ContentDecoder, receiver: BodyReceiver) -> int:
    """The bytes that came."""
    count = 0
    while part := answer.read1(_PART_BYTES):
        count += len(part)
        if not all(map(receiver.take, decoder.pieces(part))):
            return count
        if count > MOST_BYTES:
            decoder.end()
            return count
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    decoder.end()
    return count


def _elsewhere(location: str) -> str:
    return l10n.t("The redirect to {location} is not followed, as that is another server.", location=location[:200])


def _hang_up(connected: socket.socket) -> Callable[[], None]:
    """From another thread: ends a response that is under way."""

    def end() -> None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    return end


def _broken_off(service: str, timeout: float, error: Exception, received: int) -> ScoredockError:
    passes = not isinstance(error, TimeoutError) and not received
    if isinstance(error, TimeoutError):
        message = l10n.t("The service {service} did not answer within {timeout:g} s.", service=service, timeout=timeout)
    elif received:
        message = l10n.t(
            "The service {service} broke off its response after {bytes} bytes.", service=service, bytes=received
        )
    else:
        message = l10n.t(
            "The service {service} broke off the connection: {error}.",
            service=service,
            error=error or type(error).__name__,
        )
    return ScoredockError("service-unreachable", message, details=PASSES if passes else {})


def explained(answer: Answer, kind: Authenticated, exchange: OutgoingCall) -> Answer:
    """`answer` with the error code and the next step of a refusal by the front end. A script may answer 401, too: only
    the front end names the scheme that it wants. A path that no service has is often one of another project's server,
    and a body that the script does not read is often one of MLflow's.
    """
    if answer.status == 404 and exchange.path.partition("?")[0] != SCORE:
        return replace(answer, advice=l10n.t("The script is called at /score; use that as the path of the request."))
    if answer.status >= 400 and not answer.advice and exchange.body:
        answer = replace(answer, advice=form_advice(exchange.body, _complaints(answer)))
    if answer.status != 401 or not kind or "bearer" not in answer.headers.get("www-authenticate", "").lower():
        return answer
    problem = "service-key-refused" if kind == "keys" else "service-token-refused"
    return replace(answer, problem=problem, advice=CODES[problem].next_step)


def _complaints(answer: Answer) -> Iterator[str]:
    """Texts that the script wrote about a request."""
    with contextlib.suppress(ValueError, RecursionError):
        document = json.loads(answer.body)
        yield str(document.get("message", "")) if isinstance(document, dict) else str(document)
    if answer.failure is not None:
        yield answer.failure.message
    yield from reversed(answer.log_lines)


def require_credential(credential: str) -> None:
    """Raises ScoredockError `service-key-invalid` for what no header can carry."""
    if not all("!" <= character <= "~" for character in credential):
        raise ScoredockError("service-key-invalid", l10n.t("A key or token has only ASCII letters, digits and signs."))


def headers_of(content_type: str, credential: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Headers of a request; those in `more` replace ours, whatever the case of their names. Raises ScoredockError
    `service-request-invalid` for what no header can carry."""
    for name, value in (more or {}).items():
        if not _HEADER.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise ScoredockError(
                "service-request-invalid", l10n.t("“{name}” is not a header that can be sent.", name=name[:100])
            )
    given = {name.lower() for name in more or {}}
    own = {CONTENT_TYPE: content_type, **authorization(credential)}
    return {**{name: value for name, value in own.items() if name.lower() not in given}, **(more or {})}


def authorization(credential: str) -> dict[str, str]:
    """The header that carries a key or a token; none for an empty one."""
    return {"Authorization": f"Bearer {credential}"} if credential else {}


def schema_example(service: str, address: Address, credential: str) -> Any:
    """The example of the service's own description; None where it has none. Raises ScoredockError
    `service-unreachable`."""
    # Version 2 cannot describe lists that mix numbers and texts; then only version 3 is there.
    return example_in(description(service, address, credential, ("/swagger.json", "/swagger.json?version=3")))


def description(service: str, address: Address, credential: str, paths: Sequence[str]) -> Any:
    """The first of its own descriptions that it has; None for none, or one that is not JSON. Raises ScoredockError
    `service-unreachable`."""
    for path in paths:
        asked = OutgoingCall(path, headers=authorization(credential), timeout=_SWAGGER_SECONDS)
        answer = send(service, address, asked)
        if answer.status == 200:
            try:
                return json.loads(answer.body)
            except (ValueError, RecursionError):
                return None
    return None


def example_in(swagger: Any) -> Any:
    """The example of the input of `POST /score` in a document of swagger 2 or OpenAPI 3, or None."""
    components = swagger.get("components") if isinstance(swagger, dict) else None
    later = components.get("schemas") if isinstance(components, dict) else None
    definitions = swagger.get("definitions", later) if isinstance(swagger, dict) else None
    declared = definitions.get("ServiceInput") if isinstance(definitions, dict) else None
    if not isinstance(declared, dict):
        return None
    example = declared.get("example")
    return None if example in (None, {}, "") else example
