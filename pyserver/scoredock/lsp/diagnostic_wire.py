"""Findings, and failures of services, as the diagnostics of the Language Server Protocol, within what the client can
show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pygls.uris import from_fs_path

from scoredock import l10n
from scoredock.analysis.finding import Finding, Related
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.state_table import is_changing
from scoredock.text import Position, Range

if TYPE_CHECKING:
    from lsprotocol import types

REQUEST_FAILED = "request-failed"
_SEVERITIES = {"error": 1, "warning": 2, "information": 3, "hint": 4}
_TAGS = {"unnecessary": 1, "deprecated": 2}

Others = Callable[[str], Document | None]
"""The text at a path, to count columns of places in other files."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """Abilities that a client has declared. Without a declaration it can show only what every client must."""

    related: bool = True
    pages: bool = True
    """A link behind the code."""
    data: bool = True
    tags: frozenset[int] = frozenset(_TAGS.values())
    extension: bool = True
    """Whether it is our extension, which runs the commands behind links and actions and shows the pages of rules."""

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities, *, extension: bool) -> Abilities:
        """Abilities in the client's own declaration."""
        document = capabilities.text_document
        support = document.publish_diagnostics if document is not None else None
        if support is None:
            return cls(related=False, pages=False, data=False, tags=frozenset(), extension=extension)
        tags = support.tag_support.value_set if support.tag_support is not None else ()
        return cls(
            related=bool(support.related_information),
            pages=extension and bool(support.code_description_support),
            data=bool(support.data_support),
            tags=frozenset(int(tag) for tag in tags),
            extension=extension,
        )


ALL = Abilities()


def range_to_client(span: Range, document: Document) -> dict[str, Any]:
    """A range as LSP JSON."""
    (line, character), (end_line, end_character) = document.client_range(span)
    return {
        "start": {"line": line, "character": character},
        "end": {"line": end_line, "character": end_character},
    }


def diagnostic(
    finding: Finding, document: Document, others: Others | None = None, able: Abilities = ALL
) -> dict[str, Any]:
    """A finding as LSP JSON."""
    fields: dict[str, Any] = {
        "range": range_to_client(finding.range, document),
        "severity": _SEVERITIES[finding.severity],
        "code": finding.code,
        "source": "scoredock",
        "message": finding.message,
    }
    if able.pages:
        fields["codeDescription"] = {"href": page(finding.code)}
    if able.data:
        fields["data"] = {"code": finding.code, "fixable": any(fix.edits for fix in finding.fixes)}
    if finding.tag and _TAGS[finding.tag] in able.tags:
        fields["tags"] = [_TAGS[finding.tag]]
    if able.related and finding.related:
        fields["relatedInformation"] = [_related(place, document, others) for place in finding.related]
    return fields


def _related(place: Related, document: Document, others: Others | None) -> dict[str, Any]:
    other = others(place.path) if others is not None else None
    uri = other.uri if other is not None else from_fs_path(place.path)
    # Of a text that cannot be read only the line is known to be right.
    start = {"line": place.range.start.line, "character": 0}
    span = {"start": start, "end": start} if other is None else range_to_client(place.range, other)
    return {"location": {"uri": uri or document.uri, "range": span}, "message": place.message}


def page(code: str) -> str:
    """The page of a rule, which our extension shows without a network. (Editors do not run commands behind a code.)"""
    return f"scoredock:/rules/{code}.md"


_LONGEST_MESSAGE = 240


@dataclass(frozen=True, slots=True)
class ServiceFault:
    """A failure of a service, or of a request to it, at a line of the person's file."""

    service: str
    stamp: float | str
    """Tells it from an earlier one of the same service."""
    code: str
    message: str
    file: str
    line: int
    """From 0."""


def faults_of(service: messages.Service) -> Iterator[ServiceFault]:
    """Failures of a service that are not mended yet. Findings of the checks are shown by themselves."""
    if is_changing(service.state):
        return
    failure, request = service.failure, service.requests.failure
    if failure is not None and failure.frames and failure.code != "check-failed":
        last = failure.frames[-1]
        yield ServiceFault(
            service.name, service.updated, failure.code, failure.message, last.file, max(0, last.line - 1)
        )
    if request is not None and request.frames:
        last = request.frames[-1]
        yield ServiceFault(service.name, request.id, REQUEST_FAILED, request.message, last.file, max(0, last.line - 1))


def line_span(line: int, document: Document | None) -> dict[str, Any]:
    """A whole line without its indentation, as LSP JSON."""
    if document is None:
        return {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 1000}}
    text = document.line(line)
    indent = len(text) - len(text.lstrip())
    return range_to_client(Range(Position(line, indent), Position(line, len(text.rstrip()) or 1)), document)


def failure_diagnostic(fault: ServiceFault, document: Document | None) -> dict[str, Any]:
    """A failure of a service at the line of the person's file."""
    return {
        "range": line_span(fault.line, document),
        "severity": 1,
        "code": fault.code,
        "source": "scoredock",
        "message": f"{fault.service}: {_short(fault.message)}",
        "data": {"service": fault.service},
    }


def _short(message: str) -> str:
    """First line of a message, shortened, for a list of problems. The resolver of packages and compilers say more, in
    the log."""
    first = message.strip().split("\n", 1)[0]
    if len(first) > _LONGEST_MESSAGE:
        first = first[:_LONGEST_MESSAGE].rsplit(" ", 1)[0] + "…"
    return first if first == message.strip() else l10n.t("{sentence} The log has the rest.", sentence=first)
