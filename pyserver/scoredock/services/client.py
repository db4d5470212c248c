"""Calls of the services of one workspace: requests, proposed bodies, samples, Swagger, history."""

from __future__ import annotations

import base64
import secrets
import time
from copy import copy
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scoredock import l10n
from scoredock.engine_table import engine_kind
from scoredock.engines.probe import Address, address_of, probe
from scoredock.errors import ScoredockError
from scoredock.formats.http_file.sending import SentRequest
from scoredock.progress import CancelToken
from scoredock.registry import Registry
from scoredock.service import RequestFailure
from scoredock.services.access.answered import keep_answered, last_answered
from scoredock.services.access.bodies import JSON, SCORE, Encoding, ScoringRequest, proposals
from scoredock.services.access.body_facts import body_facts
from scoredock.services.access.body_help import parsed_samples
from scoredock.services.access.calls import (
    PASSES,
    Answer,
    OutgoingCall,
    address_at,
    description,
    explained,
    headers_of,
    require_credential,
    schema_example,
    send,
)
from scoredock.services.access.failed_request import MOST_LINES, REQUEST_ID, AnsweredRequest, lines_of_request
from scoredock.services.access.file_requests import call_of, require_here
from scoredock.services.access.history import SentBefore, remember, sent_before
from scoredock.services.access.openapi import BodySchema
from scoredock.services.access.receiving import BodyReceiver
from scoredock.services.compute_targets import compute_of
from scoredock.services.credentials import Credentials
from scoredock.services.folders import service_folder
from scoredock.services.ledger import Ledger
from scoredock.services.lifecycle.health import Health
from scoredock.services.lifecycle.launch import origins_of
from scoredock.services.logs import Logs
from scoredock.services.state_words import SILENT, phase_text

_TELLING_SECONDS = 2.0
_TELLING_PAUSE = 0.03
_MOST_RECORDS = 5_000
_RESPONSES = "responses"
_QUERY = "%=&+,;:@/?!$'()*-._~[]"
"""What stands in a query as it is."""
_ROUTE = "/%:@!$&'()*+,;=~-._"


class Client:
    """Calls the services of one workspace as a person's own client would, with the credential that each asks for."""

    def __init__(
        self, registry: Registry, ledger: Ledger, health: Health, credentials: Credentials, logs: Logs
    ) -> None:
        self._registry = registry
        self._ledger = ledger
        self._health = health
        self._credentials = credentials
        self._logs = logs
        self._elsewhere: Address | None = None

    def at(self, address: Address) -> Client:
        """One that calls there, which is the address of an endpoint."""
        other = copy(self)
        other._elsewhere = address
        return other

    def call(
        self,
        name: str,
        body: bytes,
        *,
        method: str = "POST",
        content_type: str = JSON,
        timeout: float = 60.0,
        credential: str | None = None,
    ) -> Answer:
        """`send` for a body that is at hand; of a GET it is the query."""
        if method not in ("GET", "POST"):
            raise ScoredockError(
                "service-request-invalid",
                l10n.t("A service is called with GET or POST, not {method}.", method=method[:16]),
            )
        text, encoding = _as_text(body)
        sent = ScoringRequest(text, "", "answered", "GET" if method == "GET" else "POST", content_type, encoding)
        return self.send(name, sent, timeout=timeout, credential=credential)

    def send(
        self,
        name: str,
        sent: ScoringRequest,
        *,
        timeout: float = 60.0,
        credential: str | None = None,
        receiver: BodyReceiver | None = None,
        cancel: CancelToken | None = None,
    ) -> Answer:
        """Send one request to `/score`, with `credential` (a key or a token, empty for none) or else the service's own.

        Raises ScoredockError `service-unreachable`, `service-request-invalid`, `service-key-invalid`, `cancelled`.
        """
        asked = self.prepared(name, sent, timeout=timeout, credential=credential)
        answer = self._exchange(name, asked, receiver, cancel)
        if answer.status == 200 and not sent.headers and not sent.query and sent.route == SCORE:
            self._keep(name, sent)
        remember(service_folder(self._registry.folder, name), sent, answer.status, answer.milliseconds)
        return answer

    def prepared(
        self, name: str, sent: ScoringRequest, *, timeout: float = 60.0, credential: str | None = None
    ) -> OutgoingCall:
        """A request with the credential that the service asks for. Raises ScoredockError `service-request-invalid`,
        `service-key-invalid`, `service-not-found`."""
        content, content_type = sent.content, sent.content_type
        if "\n" in content_type or "\r" in content_type:
            raise ScoredockError("service-request-invalid", l10n.t("The content type contains a line break."))
        query = quote(content if sent.method == "GET" else sent.query.encode(), safe=_QUERY)
        credential = self._shown(name, credential)
        return OutgoingCall(
            quote(sent.route, safe=_ROUTE) + (f"?{query}" if query else ""),
            sent.method,
            b"" if sent.method == "GET" else content,
            headers_of(content_type, credential, sent.headers),
            timeout,
            sent.follows,
        )

    def description(self, name: str) -> Any:
        """The service's own OpenAPI document, version 3 before 2; None where it has none. Raises ScoredockError
        `service-unreachable`."""
        paths = ("/swagger.json?version=3", "/swagger.json")
        return description(name, self.address(name), self._credentials.credential(name), paths)

    def history(self, name: str) -> list[SentBefore]:
        """Requests that `send` has sent, newest first. Raises ScoredockError `service-not-found`."""
        self._ledger.require(name)
        return sent_before(service_folder(self._registry.folder, name))

    def send_of_file(
        self, name: str, sent: SentRequest, *, timeout: float = 60.0, credential: str | None = None
    ) -> Answer:
        """The same for a request of an `.http` file, to the path that it names. Raises ScoredockError
        `request-elsewhere` as well."""
        require_here(sent)
        return self._exchange(name, call_of(sent, self._shown(name, credential), timeout))

    def _shown(self, name: str, credential: str | None) -> str:
        if credential is None:
            return self._credentials.credential(name)
        require_credential(credential)
        return credential

    def _exchange(
        self, name: str, exchange: OutgoingCall, receiver: BodyReceiver | None = None, cancel: CancelToken | None = None
    ) -> Answer:
        address = self.address(name)
        since = self._logs.last_line(name)
        answer = replace(send(name, address, exchange, receiver, cancel), log_since=since)
        if answer.status >= 500:
            answer = self._failed(name, answer, since)
        return explained(answer, self._credentials.authenticated(name), exchange)

    def bodies(self, name: str) -> list[ScoringRequest]:
        """Requests that fit the service, the best first; see `access.bodies`. Raises ScoredockError
        `service-unreachable`."""
        address = self.address(name)
        current = self._ledger.require(name).current
        script = str(current.spec.script.path) if current is not None and current.spec is not None else ""
        facts = body_facts(
            self._registry,
            current.models if current else (),
            Path(script) if script else None,
            schema=schema_example(name, address, self._credentials.credential(name)),
            answered=last_answered(service_folder(self._registry.folder, name), script) if script else None,
        )
        return proposals(facts)

    def body_knowledge(self, name: str, route: str) -> tuple[BodySchema, list[Any]]:
        """Schema of the body of a route, and sample bodies for `POST`. Raises ScoredockError `service-unreachable`."""
        bodies = [each.body for each in self.bodies(name) if each.method == "POST" and each.encoding == "text"]
        return BodySchema(self.description(name), route), parsed_samples(bodies)

    def sample(self, name: str) -> ScoringRequest:
        """The first of `bodies`."""
        return self.bodies(name)[0]

    def _keep(self, name: str, sent: ScoringRequest) -> None:
        """Keeps a request that was answered as the proposal for the next one."""
        current = self._ledger.require(name).current
        if current is not None and current.spec is not None and sent.body:
            keep_answered(service_folder(self._registry.folder, name), str(current.spec.script.path), sent)

    def _failed(self, name: str, answer: Answer, since: int) -> Answer:
        """Answer with what the service reports on the request: its log hears of it a moment later than the caller."""
        request_id = answer.headers.get(REQUEST_ID, "")
        deadline = time.monotonic() + _TELLING_SECONDS
        failure: RequestFailure | None = None
        lines: tuple[str, ...] | None = None
        while True:
            if failure is None:
                newest_failure = self._health.look(self._ledger.require(name)).requests.failure
                failure = newest_failure if newest_failure is not None and newest_failure.id == request_id else None
            stored = [record.m for record in islice(self._logs.records(name, since), _MOST_RECORDS)]
            message = failure.message if failure is not None else ""
            lines = lines_of_request(stored, answer.status, request_id, message)
            if (failure is not None and lines is not None) or time.monotonic() > deadline:
                break
            time.sleep(_TELLING_PAUSE)
        shown = lines if lines is not None else tuple(stored[-MOST_LINES:])
        known = self._ledger.require(name).current
        if known is not None:
            origins = origins_of(self._registry.folder, known)
            shown = tuple(origins.mapped(line) for line in shown)
        return replace(answer, failure=failure, log_lines=shown)

    def response_file(self, name: str) -> Path:
        """New path for a long response, in the service folder. Raises ScoredockError `service-not-found`."""
        self._ledger.require(name)
        return service_folder(self._registry.folder, name) / _RESPONSES / f"{secrets.token_hex(8)}.bin"

    def log_of(self, name: str, answered: AnsweredRequest, cancel: CancelToken) -> tuple[str, ...]:
        """The lines that a request left in the log, whatever it was answered with; the log hears of it a moment later.
        None of them where the service logs no requests. Raises ScoredockError `service-not-found`, `cancelled`."""
        deadline = time.monotonic() + _TELLING_SECONDS
        while True:
            stored = [record.m for record in islice(self._logs.records(name, answered.since), _MOST_RECORDS)]
            lines = lines_of_request(stored, answered.status, answered.id, route=answered.route)
            if lines is not None or time.monotonic() > deadline:
                return lines or ()
            if cancel.wait(_TELLING_PAUSE):
                cancel.raise_if_cancelled()

    def address(self, name: str) -> Address:
        """Address of a service, with what identifies it there. Raises ScoredockError `service-unreachable`."""
        rows = self._ledger.require(name)
        if self._elsewhere is not None:
            return self._elsewhere
        handle, is_far = rows.service.handle, engine_kind(rows.service.engine).needs_compute
        if is_far and handle is not None and handle.port:
            # Whoever answers there proves itself, and a look takes longer than the request.
            address = address_of(handle, handle.port)
            if probe(address).proven:
                return address
        observation = self._health.observe(rows)
        address = address_at(name, handle, observation, rows.service.state)
        if is_far and observation is not None and observation.state == "Unhealthy" and not probe(address).proven:
            raise ScoredockError(
                "service-unreachable",
                l10n.t(
                    "The service {service} does not answer: {reason}.",
                    service=name,
                    reason=phase_text(observation.phase).rstrip("."),
                ),
                _silence_step(compute_of(rows), self._health.address_outside(rows, observation))
                if observation.phase == SILENT
                else "",
                details=PASSES,
            )
        return address


def _silence_step(compute: str, outside: str) -> str:
    """Next step for a service that is called through an API server that does not respond."""
    step = l10n.t("Run `{command}` to see why, then call again.", command=f"scoredock compute check {compute}")
    if not outside:
        return step
    other = l10n.t("Its pods may answer meanwhile at {address}, which does not need the API server.", address=outside)
    return f"{step} {other}"


def _as_text(body: bytes) -> tuple[str, Encoding]:
    """Body as text, or as Base64 if it is not text."""
    try:
        return body.decode(), "text"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"
