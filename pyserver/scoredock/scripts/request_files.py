"""Requests in `.http` files: what a file holds, what it deploys, which service it is for, and which have tests."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, absolute
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import file_text
from scoredock.formats.http_file.environments import NO_ENVIRONMENT, NamedVariables
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.formats.http_file.requests import FileRequest, HttpFault, HttpFile, lines_with_variables
from scoredock.formats.http_file.sending import SentRequest, UnsendableRequest, sent_request
from scoredock.formats.http_file.variables import (
    KEY_VARIABLE,
    REFERENCE,
    SERVICE_VARIABLE,
    VariableResolver,
    dotenv_values,
)
from scoredock.language.request_lens import is_for_a_service
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.registry.blobs.plain_files import readable_text
from scoredock.scripts.file_search import files_below
from scoredock.scripts.project_files import look
from scoredock.scripts.reach import folders_within, is_within, project_variables, require_within
from scoredock.scripts.request_environments import named_variables
from scoredock.service import Service
from scoredock.text import Position, Range

SUFFIXES = (".http", ".rest")
_FILE_BYTES = 5_000_000
_BODY_BYTES = 100_000_000
_DOTENV_BYTES = 1_000_000
_MOST_FILES = 5_000
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
        """The text with variables that may be sent; those that pyproject.toml names count where nobody can be asked."""
        more = project_variables(self.path, self.context) if of_project else ()
        return replace(self, allowed=frozenset((*names, *more)))

    def in_environment(self, environment: str, context: Context) -> RequestText:
        """The text with the variables of an environment; an empty name is none. Raises ScoredockError
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
        """Request by its name, its position from 1, or a line; the only one of a file needs none of them.

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
        """Request to send, with its variables replaced and its files read. Raises ScoredockError
        `request-file-invalid`, `request-environment-needed` and `request-variables-not-allowed` with the line, and
        what `read` raises."""
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


def _bytes_of(path: Path, limit: int) -> bytes:
    from scoredock.services.planning.reading import read_bytes

    return read_bytes(path, limit)


def unknown_variables(read: RequestText, context: Context) -> Iterator[HttpFault]:
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


def target_of(read: RequestText, context: Context) -> Path | None:
    """Path that a test of the file deploys: what it names, unless that is outside, or the nearest folder above that has
    something to deploy; else None."""
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


def services_of(target: Path | None, services: Sequence[Service]) -> list[str]:
    """Names of services that were deployed from there, those that answer first."""
    if target is None:
        return []
    folder = target if target.is_dir() else target.parent
    scripts = {each.name: Path(each.entry_script) for each in services if each.entry_script}
    exact = {name for name, script in scripts.items() if script == target}
    chosen = exact or {name for name, script in scripts.items() if folder in script.parents}
    found = [each for each in services if each.name in chosen]
    return [each.name for each in sorted(found, key=lambda each: (each.state != "Healthy", each.name))]


def given_variables(uri: str, credential: str, more: Mapping[str, str]) -> dict[str, str]:
    """Values of `{{service}}` and `{{key}}`, and of the variables that a person gives besides."""
    return {SERVICE_VARIABLE: uri, KEY_VARIABLE: credential, **more}


def service_uri(service: str, workspace_id: str, context: Context) -> str:
    """Scheme, host and port of a service; an address that nobody has for none, as it is put right when it is sent."""
    if not service:
        return "http://localhost"
    address = context.deployments(workspace_id).client.address(service)
    return f"{address.scheme}://127.0.0.1:{address.port}"


def request_file_paths(paths: Sequence[str]) -> Iterator[Path]:
    for each in dict.fromkeys(map(absolute, paths)):
        if os.path.isdir(each):  # noqa: PTH112 (answers False where Path raises)
            for path, _ in zip(files_below(each, SUFFIXES), range(_MOST_FILES), strict=False):
                yield path
        elif os.path.lexists(each):
            yield each
        else:
            raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=each), place=Place(str(each)))


def files_with_tests(paths: Sequence[str], context: Context, cancel: CancelToken) -> Iterator[RequestText]:
    """The files with tests among those named and below the folders named. Raises `file-not-found`, and for files that
    are named what reading them raises."""
    for path in request_file_paths(paths):
        cancel.raise_if_cancelled()
        try:
            read = read_request_file(path, context)
        except ScoredockError:
            if str(path) in {str(absolute(each)) for each in paths}:
                raise
            continue
        if any(each.is_test for each in read.file.requests) or _is_faulty(read, context):
            yield read


def _is_faulty(read: RequestText, context: Context) -> bool:
    """Files for other servers are left to other extensions."""
    return (
        any(is_for_a_service(each, read.file) for each in read.file.requests)
        and (bool(read.file.faults) or next(unknown_variables(read, context), None) is not None)
        and target_of(read, context) is not None
    )
