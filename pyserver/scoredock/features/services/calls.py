"""Requests to a service: the bodies that fit it, one call, and the message of what it answered."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.features.arguments import SERVICE
from scoredock.protocol import messages
from scoredock.verb import CliCommand, argument, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scoredock.formats.http_file.requests import FileRequest
    from scoredock.scripts.request_files import RequestText
    from scoredock.services.access.bodies import ScoringRequest
    from scoredock.services.access.calls import Answer
    from scoredock.services.client import Client


METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "QUERY", "TRACE")


_FILE_BYTES = 20_000_000


@verb(
    "service/sample",
    progress="Making a sample",
    terminal=CliCommand(
        "service sample",
        "Print a request body for the service and its source: the last successful request, a"
        " sample file next to the script, the schema, a dataset, the model's signature, or what"
        " the script reads.",
        (SERVICE,),
        ("scoredock service sample diabetes > request.json",),
    ),
)
def sample(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceSample:
    """A request that fits the service, and the others that are known."""
    first, *others = map(_body_message, context.deployments(params.workspace_id).client.bodies(params.name))
    return messages.ServiceSample(**vars(first), others=others)


@verb("service/fileBody", progress="Reading a file", errors=("file-not-found", "file-unreadable", "file-too-large"))
def file_body(params: messages.ServiceFileBodyParams, context: Context, operation: Operation) -> messages.RequestBody:
    """A request with the content of a file."""
    from scoredock.services.access.bodies import of_file
    from scoredock.services.planning.reading import read_bytes

    path = absolute(params.path)
    return _body_message(of_file(path.name, read_bytes(path, _FILE_BYTES), params.file_field))


def _body_message(body: ScoringRequest) -> messages.RequestBody:
    return messages.RequestBody(
        body.body,
        body.reason,
        body.source,
        "GET" if body.method == "GET" else "POST",
        body.content_type,
        body.encoding,
        body.file_field,
    )


@verb(
    "service/call",
    progress="Sending request",
    errors=("service-request-invalid",),
    terminal=CliCommand(
        "service call",
        "Send a request; without --data, the one that `service sample` proposes. The command"
        " fails with status 400 and above, and shows the line and the log of a failure in the"
        " script.",
        (
            argument("name", help="name of the service", names="service endpoint"),
            argument(
                "-d",
                "--data",
                "--input-data",
                help="request body, @FILE, or - for standard input; for GET, the query",
                default=None,
                metavar="BODY",
            ),
            argument(
                "-X",
                "--method",
                help="HTTP method; by default POST, or the method of the proposed request",
                choices=METHODS,
                default=None,
            ),
            argument(
                "-i", "--include", help="print the status line and the headers before the body", action="store_true"
            ),
            argument(
                "-o",
                "--output",
                help="write the body to this file as it came; - for standard output. A file is replaced only when the"
                " whole response is there",
                default="",
                metavar="FILE",
            ),
            argument(
                "-H",
                "--header",
                help="further header, “Name: value”; may be repeated",
                action="append",
                default=[],
                metavar="HEADER",
            ),
            argument(
                "--query",
                help="parameter of the query; without a body the request is a GET; may be repeated",
                action="append",
                default=[],
                metavar="NAME=VALUE",
            ),
            argument(
                "-F",
                "--form",
                help="field of a form, or a file with NAME=@FILE; may be repeated",
                action="append",
                default=[],
                metavar="NAME=VALUE",
            ),
            argument(
                "--content-type",
                help="content type of the body; by default JSON for text, and the type of the file name for other"
                " content",
                default="",
                metavar="TYPE",
            ),
            argument(
                "--request",
                help="send a request of an .http file, by its name or its position; a file with one request needs"
                " neither",
                default="",
                metavar="FILE[#NAME]",
            ),
            argument(
                "--variable",
                help="value for a variable of the .http file; may be repeated",
                action="append",
                metavar="NAME=VALUE",
            ),
            argument(
                "--environment",
                help="for --request: take variables from this environment of http-client.env.json or of the setting"
                " rest-client.environmentVariables",
                names="",
                default="",
                metavar="NAME",
            ),
            argument(
                "--allow-env",
                help="for --request: let it send this variable of the shell or of the file .env; those of allow-env"
                " under [tool.scoredock] of pyproject.toml are allowed as well; may be repeated",
                names="",
                action="append",
                default=[],
                metavar="NAME",
            ),
            argument(
                "-L",
                "--location",
                help="follow redirects within the service, as a request of an .http file does",
                action="store_true",
            ),
            argument("--timeout", help="seconds to wait for the response", type=float, default=60.0, metavar="SECONDS"),
            argument("--no-key", help="do not send the service's own key", action="store_true"),
        ),
        (
            "scoredock service call diabetes",
            "scoredock service call diabetes --data @request.json",
            "scoredock service call faces --data @photo.jpg > marked.jpg",
            'scoredock service call faces --form image=@photo.jpg --header "Accept: image/png"',
            "scoredock service call faces --data @photo.jpg --include --output marked.jpg",
            "scoredock service call diabetes -X OPTIONS -i",
            "scoredock service call diabetes --query age=50 --query sex=1",
            "scoredock service call diabetes --request requests.http#two-rows",
        ),
    ),
)
def call(params: messages.ServiceCallParams, context: Context, operation: Operation) -> messages.ServiceAnswer:
    """Sends one request to the service and gives whatever it answered, also a 500.

    Raises ScoredockError `service-request-invalid` for Base64 that is none, and what calling a service raises.
    """
    client, request = client_of(params, context), scoring_request(params)
    return answer_message(
        client.send(params.name, request, timeout=params.timeout, credential=params.key, cancel=operation.cancel)
    )


def meant_service(name: str, context: Context) -> tuple[str, str]:
    """The service of a name with an empty text, or the default version of the endpoint of that name with its name."""
    deployments = context.deployments("")
    if deployments.ledger.one(name) is None:
        from scoredock.services.endpoints.endpoints import Endpoints

        for row in Endpoints(deployments).rows():
            versions = [each for each in row.endpoint.versions if each.name == row.endpoint.default]
            if row.endpoint.name == name and versions:
                return versions[0].service, name
    return name, ""


def client_of(params: messages.ServiceCallParams, context: Context) -> Client:
    """Calls the service, or the endpoint of which it is a version. Raises ScoredockError `endpoint-not-found`,
    `service-unreachable`."""
    deployments = context.deployments(params.workspace_id)
    if not params.endpoint:
        return deployments.client
    from scoredock.services.endpoints.endpoints import Endpoints

    return deployments.client.at(Endpoints(deployments).address(params.endpoint, params.name))


def scoring_request(params: messages.ServiceCallParams) -> ScoringRequest:
    """Request to send. Raises ScoredockError `service-request-invalid` for Base64 that is invalid, and what reading the
    files of a form raises."""
    from scoredock.scripts.request_form import form_of
    from scoredock.services.access.bodies import ScoringRequest

    if params.parts:
        form, kind = form_of(params.parts, params.content_type)
        encoded = base64.b64encode(form).decode()
        params = replace(params, body=encoded, encoding="base64", content_type=kind, parts=[])
    request = ScoringRequest(
        params.body,
        "",
        "answered",
        params.method,
        params.content_type,
        params.encoding,
        params.file_field,
        params.headers,
        params.query,
        params.route,
        params.follows,
    )
    try:
        _ = request.content
    except ValueError as fault:
        raise ScoredockError(
            "service-request-invalid", l10n.t("The body of the request is not Base64: {fault}.", fault=fault)
        ) from None
    return request


def answer_message(answer: Answer) -> messages.ServiceAnswer:
    """Whatever a service answered."""
    return messages.ServiceAnswer(
        answer.status,
        answer.milliseconds,
        dict(answer.headers),
        answer.body.decode("utf-8", "backslashreplace"),
        answer.problem,
        answer.advice,
        _base64_of(answer.body),
        answer.failure,
        list(answer.log_lines),
        answer.is_cut,
        list(answer.head),
        answer.connect_milliseconds,
        answer.first_byte_milliseconds,
        answer.size,
        answer.wire_size,
        answer.encoding,
        list(answer.redirects),
    )


def _base64_of(body: bytes) -> str:
    try:
        body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    return ""


def sender(
    read: RequestText, request: FileRequest, name: str, context: Context, variables: Mapping[str, str]
) -> Callable[[str | None, float], messages.ServiceAnswer]:
    """Sends it to a service, with another credential or its own."""
    from scoredock.scripts.request_files import given_variables, service_uri

    deployments = context.deployments("")

    def send(credential: str | None, timeout: float) -> messages.ServiceAnswer:
        own = deployments.credentials.credential(name) if credential is None else credential
        sent = read.sent(request, given_variables(service_uri(name, "", context), own, variables))
        return answer_message(deployments.client.send_of_file(name, sent, timeout=timeout, credential=credential))

    return send
