"""Requests in `.http` files: what a file holds and which service it is for, and one request ready to be sent."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import get_args

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import Place, ScoredockError
from scoredock.features.requests.environments import named_variables
from scoredock.file_text import file_text
from scoredock.formats.http_file.environments import NO_ENVIRONMENT, NamedVariables
from scoredock.formats.http_file.multipart import FormPart, parts_of_body, parts_of_request
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.formats.http_file.requests import FileRequest, HttpFault, HttpFile, lines_with_variables
from scoredock.formats.http_file.sending import SentRequest, UnsendableRequest, is_empty_credential, sent_request
from scoredock.formats.http_file.variables import (
    KEY_VARIABLE,
    REFERENCE,
    SERVICE_VARIABLE,
    VariableResolver,
    dotenv_values,
)
from scoredock.language.request_lens import is_for_a_service
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.registry.blobs.plain_files import readable_text
from scoredock.scripts.project_files import look
from scoredock.scripts.reach import folders_within, is_within, project_variables, require_within
from scoredock.scripts.request_form import bytes_of
from scoredock.service import Service
from scoredock.text import Position, Range
from scoredock.verb import EditorCommand, verb

SUFFIXES = (".http", ".rest")
_FILE_BYTES = 5_000_000
_BODY_BYTES = 100_000_000
_DOTENV_BYTES = 1_000_000
_ABOVE = 5
"""Folders above that of the file in which the script is looked for."""


@dataclass(frozen=True, slots=True)
class RequestText:
    """A file as it is read."""

    path: Path
    text: str
    file: HttpFile
    context: Context = field(repr=False)
    named: NamedVariables = NO_ENVIRONMENT
    environment: str = ""
    """The one that is chosen."""
    allowed: frozenset[str] = frozenset()
    """Variables of the environment and of `.env` that the person lets services have."""

    def allowing(self, names: Iterable[str], *, of_project: bool = False) -> RequestText:
        """With variables that may be sent; those that pyproject.toml names count where nobody can be asked."""
        more = project_variables(self.path, self.context) if of_project else ()
        return replace(self, allowed=frozenset((*names, *more)))

    def in_environment(self, environment: str, context: Context) -> RequestText:
        """With the variables of an environment; an empty name is none. Raises ScoredockError
        `request-environment-unknown`, `request-environment-invalid`."""
        return replace(self, named=named_variables(self.path, environment, context), environment=environment)

    def read(self, name: str) -> bytes:
        """A file that a request names. Raises ScoredockError `request-file-outside`, `file-not-found`,
        `file-unreadable`, `file-too-large`."""
        named = self.path.parent / os.path.expanduser(name)  # noqa: PTH111 (raises nothing)
        return _bytes_of(require_within(self.path, named, self.context), _BODY_BYTES)

    def dotenv(self) -> Mapping[str, str]:
        """The nearest `.env` beside or above it, and before that the one of the environment; empty where there is none.
        Raises ScoredockError `request-file-outside`, for a link."""
        names = (f".env.{self.environment}", ".env") if self.environment else (".env",)
        folders = folders_within(self.path, self.context, _ABOVE)
        path = next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)
        if path is None:
            return {}
        path = require_within(self.path, path, self.context)
        return dotenv_values(file_text(_bytes_of(path, _DOTENV_BYTES), path.name).text)

    def resolver(self, service_variables: Mapping[str, str]) -> VariableResolver:
        return VariableResolver(
            self.file.variables, service_variables, os.environ, self.dotenv, named=self.named, allowed=self.allowed
        )

    def request(self, name: str, line: int | None = None) -> FileRequest:
        """By its name, its position from 1, or a line; the only one of a file needs none of them.

        Raises ScoredockError `request-not-found`.
        """
        requests = self.file.requests
        found = self.file.request(name) if name else self.file.request_at(line) if line is not None else None
        if found is None and not name and line is None and len(requests) == 1:
            found = requests[0]
        if found is None:
            raise self._not_found(name)
        return found

    def sent(self, request: FileRequest, service_variables: Mapping[str, str]) -> SentRequest:
        """Raises ScoredockError `request-file-invalid`, `request-environment-needed` and
        `request-variables-not-allowed` with the line, and what `read` raises."""
        try:
            return sent_request(request, self.resolver(service_variables), self.read)
        except UnsendableRequest as error:
            place = Place(str(self.path), error.line)
            if error.variables:
                raise ScoredockError(
                    "request-variables-not-allowed", str(error), place=place, details={"variables": [*error.variables]}
                ) from None
            code = "request-environment-needed" if error.needs_environment else "request-file-invalid"
            raise ScoredockError(code, str(error), place=place) from None

    def _not_found(self, name: str) -> ScoredockError:
        names = ", ".join(f"“{each.name}”" for each in self.file.requests[:10])
        if not names:
            message = l10n.t("{file} has no request.", file=self.path.name)
        elif name:
            message = l10n.t(
                "{file} has no request “{name}”; it has {names}.", file=self.path.name, name=name, names=names
            )
        else:
            message = l10n.t("{file} has several requests: {names}.", file=self.path.name, names=names)
        return ScoredockError("request-not-found", message, place=Place(str(self.path)))


def read_request_file(path: Path, context: Context) -> RequestText:
    """Unsaved text first. Raises ScoredockError `file-not-found`, `file-unreadable`, `file-too-large`."""
    text = context.overlays().get(str(path))
    if text is None:
        text = readable_text(file_text(_bytes_of(path, _FILE_BYTES), str(path)), path)
    return RequestText(path, text, parse_http_file(text), context)


@verb("request/list", progress="Reading requests")
def list_requests(params: messages.RequestFileParams, context: Context, operation: Operation) -> messages.RequestFile:
    """What is in a file, and which services it is for."""
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
        [_fault(each, document) for each in (*read.file.faults, *_unknown_variables(read, context))],
        _services(target, context),
        str(target) if target is not None else "",
    )


def _unknown_variables(read: RequestText, context: Context) -> Iterator[HttpFault]:
    """Variables that stand for nothing in requests for a service, where they are written. Broken files of environments
    say so when a request is sent."""
    try:
        resolver = read.in_environment("", context).resolver({SERVICE_VARIABLE: "", KEY_VARIABLE: ""})
    except ScoredockError:
        return
    lines = re.split(r"\r\n|\n|\r", read.text.removeprefix("\ufeff"))
    for request in read.file.requests:
        if not is_for_a_service(request, read.file):
            continue
        for number in lines_with_variables(request):
            for match in REFERENCE.finditer(lines[number]):
                name = match[1].strip()
                if resolver.is_nowhere(name):
                    place = Range(Position(number, match.start()), Position(number, match.end()))
                    yield HttpFault(resolver.unknown(name), place)


def _fault(fault: HttpFault, document: Document) -> messages.RequestFileFault:
    (line, character), (end_line, end_character) = document.client_range(fault.range)
    return messages.RequestFileFault(fault.message, line, character, end_line, end_character)


def target_of(read: RequestText, context: Context) -> Path | None:
    """What a test of the file deploys: what it names, unless that is outside, or the nearest folder above that has
    something to deploy."""
    folder = read.path.parent
    if read.file.deploy:
        named = Path(os.path.normpath(folder / read.file.deploy))
        return named if is_within(read.path, named, context) else None
    top = folder
    for above in (folder, *folder.parents[:_ABOVE]):
        top = above
        kinds = look(above, context, depth=0).kinds
        if kinds["entry-script"] or kinds["inference-config"]:
            return above
        if above in context.folders or (above / ".git").exists():
            break
    kinds = look(top, context).kinds if top in context.folders or (top / ".git").exists() else {}
    return top if kinds.get("entry-script") or kinds.get("inference-config") else None


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


def services_of(target: Path | None, services: Sequence[Service]) -> list[str]:
    """Those that were deployed from there, those that answer first."""
    if target is None:
        return []
    folder = target if target.is_dir() else target.parent
    scripts = {each.name: Path(each.entry_script) for each in services if each.entry_script}
    exact = {name for name, script in scripts.items() if script == target}
    chosen = exact or {name for name, script in scripts.items() if folder in script.parents}
    found = [each for each in services if each.name in chosen]
    return [each.name for each in sorted(found, key=lambda each: (each.state != "Healthy", each.name))]


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
    given = {SERVICE_VARIABLE: _uri(params.service, params.workspace_id, context), KEY_VARIABLE: ""}
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
    """Of a form; empty for any other body."""
    found = parts_of_request(request, resolver.replaced)
    return as_messages(found or [], read.path.parent)


@verb("request/history", progress="Reading requests", errors=("service-not-found",))
def history(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.RequestHistory:
    """What was sent to a service from here."""
    found = context.deployments(params.workspace_id).client.history(params.name)
    sent = [
        messages.RequestSentBefore(**{**asdict(each), "encoding": "base64" if each.encoding == "base64" else "text"})
        for each in found
    ]
    return messages.RequestHistory(params.name, sent)


def given_variables(uri: str, credential: str, more: Mapping[str, str]) -> dict[str, str]:
    """What stands for `{{service}}` and `{{key}}`, and what a person says besides."""
    return {SERVICE_VARIABLE: uri, KEY_VARIABLE: credential, **more}


def sender(
    read: RequestText, request: FileRequest, name: str, context: Context, variables: Mapping[str, str]
) -> Callable[[str | None, float], messages.ServiceAnswer]:
    """Sends it to a service, with another credential or its own."""
    from scoredock.features.services.calls import answer_message

    deployments = context.deployments("")

    def send(credential: str | None, timeout: float) -> messages.ServiceAnswer:
        own = deployments.credentials.credential(name) if credential is None else credential
        sent = read.sent(request, given_variables(_uri(name, "", context), own, variables))
        return answer_message(deployments.client.send_of_file(name, sent, timeout=timeout, credential=credential))

    return send


def _uri(service: str, workspace_id: str, context: Context) -> str:
    """Scheme, host and port of a service; an address that nobody has for none, as it is put right when it is sent."""
    if not service:
        return "http://localhost"
    address = context.deployments(workspace_id).client.address(service)
    return f"{address.scheme}://127.0.0.1:{address.port}"


def _text_of(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _bytes_of(path: Path, limit: int) -> bytes:
    from scoredock.services.planning.reading import read_bytes

    return read_bytes(path, limit)


@verb("request/parts", progress="Reading request", errors=("service-request-invalid",))
def parts(params: messages.RequestPartsParams, context: Context, operation: Operation) -> messages.RequestParts:
    """Of a body that is a form; none for any other."""
    body = bytes_of(params.body) if params.encoding == "base64" else params.body.encode("utf-8", "surrogateescape")
    return messages.RequestParts(as_messages(parts_of_body(body, params.content_type) or [], Path()))


def as_messages(parts: Sequence[FormPart], folder: Path) -> list[messages.RequestPart]:
    """For the panel, with whole paths."""
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
