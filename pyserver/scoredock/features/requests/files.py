"""Requests in `.http` files: what a file holds and which service it is for, and one request ready to be sent."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import Place, ScoredockError
from scoredock.formats.http_file.multipart import FormPart, parts_of_body, parts_of_request
from scoredock.formats.http_file.requests import FileRequest, HttpFault
from scoredock.formats.http_file.sending import is_empty_credential
from scoredock.formats.http_file.variables import (
    KEY_VARIABLE,
    SERVICE_VARIABLE,
    VariableResolver,
)
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.scripts.request_files import (
    RequestText,
    read_request_file,
    service_uri,
    services_of,
    target_of,
    unknown_variables,
)
from scoredock.scripts.request_form import bytes_of
from scoredock.verb import EditorCommand, verb


@verb("request/list", progress="Reading requests")
def list_requests(params: messages.RequestFileParams, context: Context, operation: Operation) -> messages.RequestFile:
    """Requests in a file, and the services that they are for."""
    return as_message(read_request_file(absolute(params.path), context), context)


def as_message(read: RequestText, context: Context) -> messages.RequestFile:
    document = Document("", 0, read.text)
    target = target_of(read, context)
    return messages.RequestFile(
        str(read.path),
        [
            messages.RequestInFile(each.name, each.line, each.block.end.line, each.method, each.target, each.is_test)
            for each in read.file.requests
        ],
        [_fault(each, document) for each in (*read.file.faults, *unknown_variables(read, context))],
        _services(target, context),
        str(target) if target is not None else "",
    )


def _fault(fault: HttpFault, document: Document) -> messages.RequestFileFault:
    (line, character), (end_line, end_character) = document.client_range(fault.range)
    return messages.RequestFileFault(fault.message, line, character, end_line, end_character)


def _services(target: Path | None, context: Context) -> list[str]:
    """Those that were deployed from there, also from where its script was before it was moved."""
    deployments = context.deployments("")
    services = deployments.services()
    names = services_of(target, services)
    moved = None
    if target is not None and target.is_file() and not names:
        from scoredock.services.planning.moved_script import last_request_of

        moved = last_request_of(target, deployments.ledger, deployments.registry.folder)
    return [each.name for each in services if moved is not None and each.name == moved.name] or names


@verb(
    "request/read",
    progress="Reading request",
    editor=(EditorCommand("sendFileRequest", "Send", "services/requestFiles", icon="send"),),
)
def read_request(
    params: messages.RequestReadParams, context: Context, operation: Operation
) -> messages.SendableRequest:
    """One request with its variables replaced, but for the key, which is added when it is sent."""
    from scoredock.services.access.bodies import SentMethod

    read = read_request_file(absolute(params.path), context).in_environment(params.environment, context)
    read = read.allowing(params.allowed_variables)
    request = read.request(params.name, None if params.name else params.line)
    if request.method not in get_args(SentMethod):
        message = l10n.t("A request with the method {method} cannot be sent from here.", method=request.method[:30])
        raise ScoredockError("request-file-invalid", message, place=Place(str(read.path), request.line))
    given = {SERVICE_VARIABLE: service_uri(params.service, params.workspace_id, context), KEY_VARIABLE: ""}
    sent, resolver = read.sent(request, given), read.resolver(given)
    keyless = {name: value for name, value in sent.headers if not is_empty_credential(name, value)}
    kind = sent.header("content-type")
    text = _text_of(sent.body)
    return messages.SendableRequest(
        request.name,
        str(read.path),
        sent.method,
        sent.path,
        sent.query,
        {name: value for name, value in keyless.items() if name.lower() != "content-type"},
        base64.b64encode(sent.body).decode() if text is None else text,
        "base64" if text is None else "text",
        kind,
        _parts(read, request, resolver),
        sent.follows,
    )


def _parts(read: RequestText, request: FileRequest, resolver: VariableResolver) -> list[messages.RequestPart]:
    """Parts of a form; empty for any other body."""
    found = parts_of_request(request, resolver.replaced)
    return as_messages(found or [], read.path.parent)


@verb("request/history", progress="Reading requests", errors=("service-not-found",))
def history(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.RequestHistory:
    """Requests that were sent to a service from here."""
    found = context.deployments(params.workspace_id).client.history(params.name)
    sent = [
        messages.RequestSentBefore(**{**asdict(each), "encoding": "base64" if each.encoding == "base64" else "text"})
        for each in found
    ]
    return messages.RequestHistory(params.name, sent)


def _text_of(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


@verb("request/parts", progress="Reading request", errors=("service-request-invalid",))
def parts(params: messages.RequestPartsParams, context: Context, operation: Operation) -> messages.RequestParts:
    """Parts of a body that is a form; empty for any other."""
    body = bytes_of(params.body) if params.encoding == "base64" else params.body.encode("utf-8", "surrogateescape")
    return messages.RequestParts(as_messages(parts_of_body(body, params.content_type) or [], Path()))


def as_messages(parts: Sequence[FormPart], folder: Path) -> list[messages.RequestPart]:
    """Messages of the parts for the panel, with whole paths."""
    return [
        messages.RequestPart(
            each.name,
            each.text,
            str(folder / Path(each.path).expanduser()) if each.path else "",
            base64.b64encode(each.content).decode(),
            each.is_file,
            each.file_name,
            each.content_type,
        )
        for each in parts
    ]
