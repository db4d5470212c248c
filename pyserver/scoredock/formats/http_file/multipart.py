"""Forms of several parts (`multipart/form-data`): from what is sent, from the lines of an `.http` file, and back."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field

from scoredock.formats.http_file.requests import BodyFile, BodyText, FileRequest
from scoredock.late_dataclass import dataclass

KIND = "multipart/form-data"
_BOUNDARY = "scoredock-form"
_GIVEN = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_PARAMETER = r';\s*%s=(?:"([^"]*)"|([^\s;]+))'
_NAME = re.compile(_PARAMETER % "name", re.IGNORECASE)
_FILE_NAME = re.compile(_PARAMETER % "filename", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field of a form: a text, or a file."""

    name: str
    text: str = field(default="", repr=False)
    path: str = ""
    """Of a file, as it is written; empty for one whose bytes are given."""
    content: bytes = field(default=b"", repr=False)
    is_file: bool = False
    file_name: str = ""
    """As it is sent; empty for none."""
    content_type: str = ""
    """Empty for none, and of a file for what its name says."""


def is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == KIND


def boundary_of(content_type: str) -> str:
    """Boundary in a content type; empty where there is none."""
    found = _GIVEN.search(content_type)
    return (found[1] or found[2]) if found else ""


def parts_of_body(body: bytes, content_type: str) -> list[FormPart] | None:
    """Parts of a form as it is sent; None for a body that is not a form."""
    boundary = boundary_of(content_type).encode()
    if not is_form(content_type) or not boundary:
        return None
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|$)", body)
    parts = []
    for piece in pieces[2:-1:2]:
        head, *rest = re.split(rb"\r?\n\r?\n", piece, maxsplit=1)
        content = rest[0] if rest else b""
        part = _part(head.decode("utf-8", "replace").splitlines())
        if part is None:
            return None
        text = _text(content)
        is_file = part.is_file or text is None
        parts.append(_with(part, "" if is_file else text or "", content if is_file else b"", is_file=is_file))
    return parts


def parts_of_request(request: FileRequest, replaced: Callable[[str], str]) -> list[FormPart] | None:
    """Parts of a form in a file, whose files keep their names; None for a body that is not a form of plain parts."""
    kind = replaced(request.header("content-type"))
    boundary = boundary_of(kind)
    if not is_form(kind) or not boundary:
        return None
    parts: list[FormPart] = []
    for lines in _between(request.body, boundary, replaced):
        part = _part_of_lines(lines, replaced)
        if part is None:
            return None
        parts.append(part)
    return parts


def _between(
    body: Sequence[BodyText | BodyFile], boundary: str, replaced: Callable[[str], str]
) -> Iterator[list[BodyText | BodyFile]]:
    """The lines of each part."""
    lines: list[BodyText | BodyFile] | None = None
    for each in body:
        text = replaced(each.text).rstrip() if isinstance(each, BodyText) else ""
        if text in (f"--{boundary}", f"--{boundary}--"):
            if lines is not None:
                yield lines
            lines = [] if text == f"--{boundary}" else None
        elif lines is not None:
            lines.append(each)


def _part_of_lines(lines: Sequence[BodyText | BodyFile], replaced: Callable[[str], str]) -> FormPart | None:
    blank = next((at for at, each in enumerate(lines) if isinstance(each, BodyText) and not each.text.strip()), -1)
    head, content = lines[: max(blank, 0)], lines[blank + 1 :]
    part = _part([replaced(each.text) for each in head if isinstance(each, BodyText)])
    if part is None or blank < 0:
        return None
    files = [each for each in content if isinstance(each, BodyFile)]
    if not files:
        text = "\n".join(replaced(each.text) for each in content if isinstance(each, BodyText))
        return _with(part, "" if part.is_file else text, text.encode() if part.is_file else b"", is_file=part.is_file)
    rest = [each for each in content if isinstance(each, BodyText) and each.text.strip()]
    if len(files) > 1 or rest or files[0].substituted:
        return None
    return FormPart(part.name, "", replaced(files[0].path), b"", True, part.file_name, part.content_type)


def _part(head: Sequence[str]) -> FormPart | None:
    """By its headers, without content."""
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
    disposition = headers.get("content-disposition", "")
    name = _NAME.search(disposition)
    if name is None:
        return None
    file = _FILE_NAME.search(disposition)
    file_name = _unquoted(file[1] or file[2] or "") if file else ""
    kind = headers.get("content-type", "")
    return FormPart(
        _unquoted(name[1] or name[2] or ""), is_file=file is not None, file_name=file_name, content_type=kind
    )


def _with(part: FormPart, text: str, content: bytes, *, is_file: bool) -> FormPart:
    return FormPart(part.name, text, "", content, is_file, part.file_name, part.content_type)


# ------------------------------------------------------------------------------------------------ and back


def form_body(
    parts: Sequence[FormPart], read: Callable[[str], bytes], preferred_boundary: str = ""
) -> tuple[bytes, str]:
    """Body of a form, and its content type; `read` gives the content of a file; `preferred_boundary` is used where no
    content has it."""
    contents = [_content(each, read) for each in parts]
    boundary = _free_boundary(contents, preferred_boundary)
    body = b"".join(
        "\r\n".join([f"--{boundary}", *_head(part), "", ""]).encode() + content + b"\r\n"
        for part, content in zip(parts, contents, strict=True)
    )
    return body + f"--{boundary}--\r\n".encode(), f"{KIND}; boundary={boundary}"


def form_text(parts: Sequence[FormPart], preferred_boundary: str = "") -> tuple[str, str]:
    """The lines of a body in an `.http` file, where each file is named by its path, and its content type."""
    boundary = _free_boundary([each.text.encode() for each in parts], preferred_boundary)
    lines: list[str] = []
    for part in parts:
        lines += [f"--{boundary}", *_head(part), "", f"< {part.path}" if part.path else part.text]
    return "\n".join([*lines, f"--{boundary}--"]), f"{KIND}; boundary={boundary}"


def _content(part: FormPart, read: Callable[[str], bytes]) -> bytes:
    if part.path:
        return read(part.path)
    return part.content if part.is_file else "\r\n".join(part.text.split("\n")).encode("utf-8", "surrogateescape")


def _head(part: FormPart) -> list[str]:
    text = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.file_name:
        text += f'; filename="{_quoted(part.file_name)}"'
    kind = part.content_type
    if part.is_file and not kind:
        kind = mimetypes.guess_type(part.file_name or part.path)[0] or "application/octet-stream"
    return [text, *([f"Content-Type: {kind}"] if kind else [])]


def _free_boundary(contents: Sequence[bytes], preferred_boundary: str) -> str:
    number, boundary = 1, preferred_boundary or _BOUNDARY
    while any(f"--{boundary}".encode() in content for content in contents):
        number += 1
        boundary = f"{_BOUNDARY}-{number}"
    return boundary


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "").replace("\n", "")


def _unquoted(text: str) -> str:
    return text.replace("%22", '"')


def _text(content: bytes) -> str | None:
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
