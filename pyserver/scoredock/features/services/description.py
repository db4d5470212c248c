"""The OpenAPI document of a service, as a page shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.protocol import messages
from scoredock.verb import EditorCommand, rows, verb

if TYPE_CHECKING:
    from scoredock.services.access import openapi
    from scoredock.services.client import Client

SCORING_ROUTE = "/score"
_LONGEST = 1_000_000


@verb(
    "service/description",
    progress="Reading description",
    errors=("service-description-missing",),
    editor=(
        EditorCommand(
            "openSwagger",
            "Open Swagger",
            "services/services",
            icon="link-external",
            menus=(
                rows("services", "swaggerUri", "inline@1"),
                rows("services", "answering", "2_look@2", menu="scoredock.service.tools"),
            ),
        ),
    ),
)
def describe_api(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceDescription:
    """Message of a service's OpenAPI document. Raises ScoredockError `service-description-missing`, and what calling a
    service raises."""
    from scoredock.services.access.openapi import operations_of

    client = context.deployments(params.workspace_id).client
    document = client.description(params.name)
    operations = operations_of(document)
    if not operations:
        raise ScoredockError(
            "service-description-missing", l10n.t("The service {name} does not describe itself.", name=params.name)
        )
    info = document.get("info") if isinstance(document.get("info"), dict) else {}
    version = document.get("openapi")
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return messages.ServiceDescription(
        params.name,
        _text(info.get("title")) or params.name,
        _text(info.get("description")),
        f"OpenAPI {version}" if isinstance(version, str) else "Swagger 2.0",
        [_with_known_body(_operation(each), client, params.name) for each in operations],
        text if len(text) <= _LONGEST else "",
    )


def _operation(each: openapi.ApiOperation) -> messages.DescribedOperation:
    return messages.DescribedOperation(
        each.method,
        each.route,
        each.description,
        [_field(field) for field in each.parameters],
        _content(each.body) if each.body is not None else None,
        [messages.DescribedResponse(one.status, one.description, _content(one.content)) for one in each.responses],
    )


def _with_known_body(operation: messages.DescribedOperation, client: Client, name: str) -> messages.DescribedOperation:
    """The scoring route, with the request that the request panel begins with: the last one that was answered, or a
    sample. A guess gives way to what the document says."""
    if (operation.method, operation.route) != ("POST", SCORING_ROUTE):
        return operation
    known = client.bodies(name)[0]
    content = operation.body or messages.DescribedContent(known.content_type, [], "")
    is_text = known.method == "POST" and known.encoding == "text" and not known.file_field and known.body.strip()
    if not is_text or (known.source == "guess" and content.example):
        return operation
    body = replace(content, content_type=known.content_type, example=known.body, reason=known.reason)
    return replace(operation, body=body)


def _content(content: openapi.ApiContent) -> messages.DescribedContent:
    return messages.DescribedContent(content.content_type, [_field(each) for each in content.fields], content.example)


def _field(field: openapi.ApiField) -> messages.DescribedField:
    return messages.DescribedField(field.name, field.type, field.required, field.description)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
