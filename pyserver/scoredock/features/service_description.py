"""The OpenAPI document of a service, as a page shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation
from scoredock.protocol import messages

if TYPE_CHECKING:
    from scoredock.services.access import openapi

_LONGEST = 1_000_000


def describe_api(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceDescription:
    """Raises ScoredockError `service-description-missing`, and what calling a service raises."""
    from scoredock.services.access.openapi import operations_of

    document = context.deployments(params.workspace_id).client.description(params.name)
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
        [_operation(each) for each in operations],
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


def _content(content: openapi.ApiContent) -> messages.DescribedContent:
    return messages.DescribedContent(content.content_type, [_field(each) for each in content.fields], content.example)


def _field(field: openapi.ApiField) -> messages.DescribedField:
    return messages.DescribedField(field.name, field.type, field.required, field.description)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
