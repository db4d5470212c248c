"""A small program that calls a service, in the language of whoever will call it: with the request that the service's
Swagger describes, and the header that it asks for. Keys are never written into it."""

from __future__ import annotations

import json

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import ScoredockError
from scoredock.features.arguments import SERVICE
from scoredock.features.services.calls import sample
from scoredock.features.services.services import show
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

_VARIABLE = {"keys": "SERVICE_KEY", "tokens": "SERVICE_TOKEN"}
_SOURCES = ("schema", "answered", "file", "dataset")
"""Where a request may come from, the best for a program first: what Swagger describes goes before what was sent."""


@verb(
    "service/client",
    progress="Writing client code",
    errors=("service-not-found", "service-unreachable"),
    terminal=CliCommand(
        "service client",
        "Print a program that calls the service, with its sample request and the header that it asks for.",
        (
            SERVICE,
            argument(
                "--language",
                help="of the program",
                choices=("python", "csharp", "java", "go", "javascript", "curl"),
                default="python",
            ),
            argument("-o", "--output", help="write it to this file or folder", default="", metavar="FILE"),
        ),
        (
            "scoredock service client diabetes --language python > client.py",
            "scoredock service client diabetes --language java --output ScoreClient.java",
        ),
    ),
    editor=(
        EditorCommand(
            "copyClientCode",
            "Copy Client Code…",
            "services/clientCode",
            menus=(rows("services", "service", "1_copy@3", menu="scoredock.service.copy"),),
        ),
    ),
)
def client_code(params: messages.ServiceClientParams, context: Context, operation: Operation) -> messages.ServiceClient:
    """The program as text."""
    from scoredock.services.access.client_programs import LANGUAGES, CalledService

    reference = messages.ServiceRef(params.name, workspace_id=params.workspace_id)
    service = show(reference, context, operation)
    request = _request(sample(reference, context, operation))
    if not service.scoring_uri:
        raise ScoredockError(
            "service-unreachable",
            l10n.t(
                "The service {service} has no address while it is {state}.", service=service.name, state=service.state
            ),
            l10n.t("Start it first."),
        )
    is_get = request.method == "GET"
    query = f"?{request.body}" if is_get and request.body else ""
    facts = CalledService(
        service=service.name,
        uri=service.scoring_uri + query,
        swagger=service.swagger_uri,
        method=request.method,
        content_type=request.content_type,
        body="" if is_get else _short(request),
        is_base64=request.encoding == "base64",
        variable=_VARIABLE.get(service.authentication, ""),
    )
    name, write = LANGUAGES[params.language]
    return messages.ServiceClient(params.language, name, write(facts))


def _request(service_sample: messages.ServiceSample) -> messages.RequestBody:
    known: list[messages.RequestBody] = [service_sample, *service_sample.others]
    return min(known, key=lambda each: _SOURCES.index(each.source) if each.source in _SOURCES else len(_SOURCES))


def _short(request: messages.RequestBody) -> str:
    """JSON on one line; other bodies as they are."""
    if request.encoding == "text" and request.content_type == "application/json":
        try:
            return json.dumps(json.loads(request.body), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return request.body
