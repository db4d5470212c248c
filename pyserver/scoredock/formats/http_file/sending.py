"""Sending of a request of an `.http` file: its variables replaced, its files read."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import field
from urllib.parse import quote, urlsplit

from scoredock import l10n
from scoredock.formats.http_file.requests import BodyFile, BodyText, FileRequest
from scoredock.formats.http_file.variables import UnknownVariable, VariableResolver
from scoredock.late_dataclass import dataclass

_ENCODED = "!#$%&'()*+,/:;=?@[]~-_."
"""What a form keeps as it is: what may stand in an address."""
_BASIC = re.compile(r"basic\s+([^\s:]+)(?:\s+|:)(.+)", re.IGNORECASE)


class UnsendableRequest(Exception):
    """Raised where a request cannot be sent; one sentence says why, with the line from 0."""

    def __init__(
        self, sentence: str, line: int, *, needs_environment: bool = False, variables: Sequence[str] = ()
    ) -> None:
        super().__init__(sentence)
        self.line = line
        self.variables = tuple(variables)
        """Of the environment, or of `.env`, that the person did not allow."""
        self.needs_environment = needs_environment
        """Another environment has the variable that this one lacks."""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request with nothing left to be replaced."""

    method: str
    scheme: str
    host: str
    """With its port; empty where the address is a path only."""
    path: str
    query: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    follows: bool = True
    """Goes where a redirect leads, as REST Client does."""

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


def sent_request(request: FileRequest, resolver: VariableResolver, read: Callable[[str], bytes]) -> SentRequest:
    """Request with its variables replaced and its files read; `read` gives the content of a file named in the body, and
    may raise whatever it likes.

    Raises UnsendableRequest, for all variables at once that are not allowed.
    """
    resolver.refused.clear()
    try:
        sent = _sent(request, resolver, read)
    except Exception:
        # Nothing stands for what is not allowed, and that may be why.
        if resolver.refused:
            raise _not_allowed(request, resolver) from None
        raise
    if resolver.refused:
        raise _not_allowed(request, resolver)
    return sent


def _not_allowed(request: FileRequest, resolver: VariableResolver) -> UnsendableRequest:
    names = list(resolver.refused)
    line = next((each for each in resolver.refused.values() if each is not None), request.line)
    message = l10n.t(
        "The request sends {names} of the environment, which is not allowed. In a terminal, allow it with {flags}, or"
        " with allow-env under [tool.scoredock] of pyproject.toml.",
        names=", ".join(f"“{each}”" for each in names[:10]),
        flags=" ".join(f"--allow-env {each}" for each in names[:10]),
    )
    return UnsendableRequest(message, line, variables=names)


def _sent(request: FileRequest, resolver: VariableResolver, read: Callable[[str], bytes]) -> SentRequest:
    if request.faults:
        fault = request.faults[0]
        raise UnsendableRequest(fault.message, fault.range.start.line)
    target = _replaced(request.target, resolver, request.line)
    headers = [(each.name, _header(each.name, _replaced(each.value, resolver, each.line))) for each in request.headers]
    for (name, value), written in zip(headers, request.headers, strict=True):
        if "\n" in value or "\r" in value:
            raise UnsendableRequest(l10n.t("The header {name} contains a line break.", name=name), written.line)
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    scheme, host, path, query = _address(target, {name.lower(): value for name, value in headers}, request)
    body = _body(request.body, kind.lower(), resolver, read)
    return SentRequest(request.method, scheme, host, path, query, tuple(headers), body, request.follows)


def is_empty_credential(name: str, value: str) -> bool:
    """True if a header is `Authorization: Bearer {{key}}` without a key, which is better not sent."""
    return name.lower() == "authorization" and value.strip().lower() in ("", "bearer")


def _header(name: str, value: str) -> str:
    """`Authorization: Basic user:password`, or with a blank between the two, in Base64."""
    given = _BASIC.fullmatch(value) if name.lower() == "authorization" else None
    return value if given is None else f"Basic {base64.b64encode(f'{given[1]}:{given[2]}'.encode()).decode()}"


def _replaced(text: str, resolver: VariableResolver, line: int) -> str:
    try:
        return resolver.replaced(text)
    except UnknownVariable as error:
        needed = error.name in resolver.named.elsewhere
        raise UnsendableRequest(str(error), line, needs_environment=needed) from None
    finally:
        for name, known in resolver.refused.items():
            resolver.refused[name] = line if known is None else known


def _address(target: str, headers: dict[str, str], request: FileRequest) -> tuple[str, str, str, str]:
    target = target.strip()
    if target.startswith("/"):
        path, _, query = target.partition("?")
        return "http", headers.get("host", ""), path, query.partition("#")[0]
    try:
        parts = urlsplit(target if "://" in target else f"http://{target}")
        _ = parts.port
    except ValueError:
        parts = None
    if parts is None or not parts.hostname or any(character.isspace() for character in parts.netloc):
        # As it is written: a variable may hold what is not to be seen.
        raise UnsendableRequest(l10n.t("“{target}” is not an address.", target=request.target[:100]), request.line)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2], parts.path or "/", parts.query


def _body(
    parts: Sequence[BodyText | BodyFile], kind: str, resolver: VariableResolver, read: Callable[[str], bytes]
) -> bytes:
    if not parts:
        return b""
    with_files = any(isinstance(each, BodyFile) for each in parts)
    if "x-www-form-urlencoded" in kind and not with_files:
        return _form([each for each in parts if isinstance(each, BodyText)], resolver)
    end = b"\r\n" if "multipart/form-data" in kind else b"\n"
    contents = [_content(each, resolver, read) for each in parts]
    ndjson = "x-ndjson" in kind and not with_files
    return end.join(contents) + (end if ndjson else b"")


def _form(lines: Sequence[BodyText], resolver: VariableResolver) -> bytes:
    text = ""
    for each in lines:
        replaced = _replaced(each.text, resolver, each.line)
        text += replaced if not text or each.text.startswith("&") else f"\n{replaced}"
    return quote(text, safe=_ENCODED).encode()


def _content(part: BodyText | BodyFile, resolver: VariableResolver, read: Callable[[str], bytes]) -> bytes:
    if isinstance(part, BodyText):
        return _replaced(part.text, resolver, part.line).encode("utf-8", "surrogateescape")
    content = read(_replaced(part.path, resolver, part.line))
    if not part.substituted:
        return content
    try:
        text = content.decode(part.encoding)
    except UnicodeDecodeError:
        message = l10n.t("{path} is not {encoding} text.", path=part.path, encoding=part.encoding)
        raise UnsendableRequest(message, part.line) from None
    return _replaced(text, resolver, part.line).encode("utf-8", "surrogateescape")
