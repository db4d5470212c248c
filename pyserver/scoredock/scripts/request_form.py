"""Forms of several parts, from what a person filled in to what is sent or written down."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from scoredock import l10n
from scoredock.context import absolute
from scoredock.errors import ScoredockError
from scoredock.formats.http_file.multipart import FormPart, boundary_of, form_body

_FILE_BYTES = 100_000_000


class RequestedPart(Protocol):
    """A part as a client says it."""

    @property
    def name(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def content(self) -> str: ...

    @property
    def is_file(self) -> bool: ...

    @property
    def file_name(self) -> str: ...

    @property
    def content_type(self) -> str: ...


def form_of(parts: Sequence[RequestedPart], content_type: str) -> tuple[bytes, str]:
    """The body that parts are, and its type. Raises ScoredockError `service-request-invalid`, and what reading a file
    raises."""
    return form_body(form_parts(parts), _read, boundary_of(content_type))


def form_parts(request_parts: Sequence[RequestedPart]) -> list[FormPart]:
    """Parts of a form as a person filled them in. Raises ScoredockError `service-request-invalid`."""
    parts = []
    for each in request_parts:
        if not each.name.strip():
            raise ScoredockError("service-request-invalid", l10n.t("A part of the form has no name."))
        if each.is_file and not each.path and not each.content:
            message = l10n.t("The part {name} of the form has no file.", name=each.name[:60])
            raise ScoredockError("service-request-invalid", message, l10n.t("Choose a file."))
        content = bytes_of(each.content) if each.is_file and not each.path else b""
        path = each.path if each.is_file else ""
        text = "" if each.is_file else each.text
        file_name = each.file_name if each.is_file else ""
        parts.append(FormPart(each.name, text, path, content, each.is_file, file_name, each.content_type))
    return parts


def written_parts(
    parts: Sequence[FormPart], relative: Callable[[str], str], beside: Callable[[str, bytes], str]
) -> list[FormPart]:
    """Parts with files in place of what cannot stand in an `.http` file: `relative` gives the path of a file as it is
    written, empty for one that the `.http` file may not name, `beside` writes one and gives its name."""
    from scoredock.formats.http_file.writing import fits_in_file

    new_parts = []
    for each in parts:
        if each.path and not (named := relative(each.path)):
            new_parts.append(replace(each, path=beside(Path(each.path).suffix[1:] or "bin", _read(each.path))))
        elif each.path:
            new_parts.append(replace(each, path=named))
        elif each.is_file:
            new_parts.append(replace(each, path=beside(Path(each.file_name).suffix[1:] or "bin", each.content)))
        elif each.text and not fits_in_file(each.text):
            new_parts.append(replace(each, path=beside("txt", each.text.encode("utf-8", "replace"))))
        else:
            new_parts.append(each)
    return new_parts


def _read(path: str) -> bytes:
    from scoredock.services.planning.reading import read_bytes

    return read_bytes(absolute(path), _FILE_BYTES)


def bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as fault:
        message = l10n.t("The body of the request is not Base64: {fault}.", fault=fault)
        raise ScoredockError("service-request-invalid", message) from None
