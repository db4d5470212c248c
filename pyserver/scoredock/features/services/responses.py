"""Responses as they come: reported in parts, bounded, and ready to be shown."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

from scoredock.context import Context, Operation
from scoredock.features.services.calls import client_of, scoring_request
from scoredock.protocol import messages
from scoredock.verb import verb

if TYPE_CHECKING:
    from scoredock.services.access.calls import Answer


class Responses:
    """Sends requests for one client, and tells it of long responses while they come."""

    def __init__(self, push: Callable[[messages.ResponseReceived], None]) -> None:
        self._push = push

    @verb(
        "service/send",
        errors=("service-request-invalid", "cancelled"),
    )
    def send(
        self, params: messages.ServiceSendParams, context: Context, operation: Operation
    ) -> messages.ServiceResponse:
        """Whatever was answered, also a 500. Raises ScoredockError `service-request-invalid`, `cancelled`, and what
        calling a service raises."""
        from scoredock.services.access.reporting import ReportingReceiver

        def report(status: int, text: str, size: int) -> None:
            self._push(messages.ResponseReceived(params.stream, status, text, size))

        client = client_of(params, context)
        sent = scoring_request(params)
        answer = client.send(
            params.name,
            sent,
            timeout=params.timeout,
            credential=params.key,
            receiver=ReportingReceiver(client.response_file(params.name), report),
            cancel=operation.cancel,
        )
        return _message(answer)


@verb(
    "service/requestLog",
    progress="Reading log",
    errors=("service-not-found", "cancelled"),
)
def request_log(params: messages.RequestLogParams, context: Context, operation: Operation) -> messages.RequestLog:
    """The lines that one request left in the log."""
    from scoredock.services.access.failed_request import AnsweredRequest

    client = context.deployments(params.workspace_id).client
    answered = AnsweredRequest(params.since, params.status, params.request_id, params.route)
    return messages.RequestLog(list(client.log_of(params.name, answered, operation.cancel)))


def _message(answer: Answer) -> messages.ServiceResponse:
    from scoredock.services.access.response_table import table_of
    from scoredock.services.access.shown_body import shown_body

    has_all = answer.file is None and not answer.is_cut
    body = shown_body(answer.body, answer.headers, whole=has_all)
    table = table_of(body.text) if body.media in ("json", "text") and has_all else None
    # A text in another encoding than UTF-8 is saved as it came.
    as_bytes = has_all and body.text.encode(errors="replace") != answer.body
    return messages.ServiceResponse(
        answer.status,
        answer.milliseconds,
        dict(answer.headers),
        body.media,
        body.text,
        base64.b64encode(answer.body).decode() if as_bytes else "",
        body.image_type,
        answer.size,
        has_all,
        answer.is_cut,
        str(answer.file) if answer.file is not None else "",
        body.file_name,
        messages.ResponseTable(
            table.path,
            list(table.columns),
            [list(row) for row in table.rows],
            table.row_count,
            table.column_count,
        )
        if table is not None
        else None,
        answer.problem,
        answer.advice,
        answer.failure,
        list(answer.log_lines),
        answer.log_since,
        answer.wire_size,
        answer.encoding,
        list(answer.redirects),
    )
