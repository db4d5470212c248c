"""Bodies of requests as they are given in a terminal: the text itself, `@file`, or `-` and `@-` for standard input."""

from __future__ import annotations

import json
import mimetypes
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from scoredock import l10n
from scoredock.cli.command import UsageError
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import UTF_8, file_text, marked_codec


def bytes_of(argument: str) -> bytes:
    """`@file`, `-` or `@-` for standard input, or the body itself. Raises ScoredockError `service-request-invalid`."""
    if argument in ("-", "@-"):
        return sys.stdin.buffer.read()
    if not argument.startswith("@"):
        return argument.encode("utf-8", "surrogateescape")
    path = Path(argument[1:])
    try:
        return path.read_bytes()
    except OSError as error:
        raise ScoredockError(
            "service-request-invalid",
            l10n.t("{path} cannot be read: {error}.", path=path, error=error),
            place=Place(str(path)),
        ) from error


def text_in(body: bytes) -> str | None:
    """Text of a body; None for bytes that are not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def without_mark(body: bytes, argument: str) -> bytes:
    """JSON as programs read it: in UTF-8 and without the mark that PowerShell and editors put before it. A note on
    standard error says so."""
    codec = marked_codec(body)
    text = file_text(body, "").text if codec else ""
    if not codec or (codec != UTF_8 and not _is_json(text)):
        return body
    name = argument.removeprefix("@") if argument.startswith("@") else l10n.t("The body")
    note = l10n.t("{path} is sent without its byte order mark, as UTF-8: JSON has no mark.", path=name)
    print(l10n.t("note: {note}", note=note), file=sys.stderr)
    return text.encode()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def body_of(argument: str) -> str:
    """Text of a body, read as `bytes_of` does, for what takes text alone. Raises ScoredockError
    `service-request-invalid`."""
    text = text_in(without_mark(bytes_of(argument), argument))
    if text is None:
        raise ScoredockError(
            "service-request-invalid", l10n.t("{path} is not UTF-8 text.", path=argument.removeprefix("@"))
        )
    return text


def form_of(fields: Sequence[str]) -> tuple[bytes, str]:
    """`NAME=VALUE` and `NAME=@FILE` as a form with its content type. Raises UsageError and what `bytes_of` raises."""
    boundary = f"scoredock-{secrets.token_hex(12)}"
    parts: list[bytes] = []
    for field in fields:
        name, equals, value = field.partition("=")
        if not name or not equals:
            raise UsageError(l10n.t("--form takes NAME=VALUE or NAME=@FILE, not “{written}”.", written=field))
        head = f'Content-Disposition: form-data; name="{_header_text(name)}"'
        if value.startswith("@"):
            kind = mimetypes.guess_type(value)[0] or "application/octet-stream"
            head += f'; filename="{_header_text(Path(value[1:]).name)}"\r\nContent-Type: {kind}'
            content = bytes_of(value)
        else:
            content = value.encode("utf-8", "surrogateescape")
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _header_text(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "").replace("\n", "")


def headers_of(words: Sequence[str]) -> dict[str, str]:
    """`Name: value` words as curl takes them, or NAME=VALUE. Raises UsageError."""
    headers: dict[str, str] = {}
    for word in words:
        mark = ":" if ":" in word and (word.find(":") < word.find("=") or "=" not in word) else "="
        name, given, value = word.partition(mark)
        if not given or not name.strip():
            raise UsageError(l10n.t("--header takes “Name: value”, not “{written}”.", written=word))
        headers[name.strip()] = value.strip()
    return headers


def query_of(words: Sequence[str]) -> str:
    """NAME=VALUE words as a query. Raises UsageError."""
    pairs: list[tuple[str, str]] = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(l10n.t("Expected KEY=VALUE, not “{word}”.", word=word))
        pairs.append((name, value))
    return urlencode(pairs)


def type_of(argument: str, text: str | None) -> str:
    """Media type of a body whose type nobody gave: JSON for text, what the name of the file says for anything else."""
    if text is not None:
        return "application/json"
    return mimetypes.guess_type(argument.removeprefix("@"))[0] or "application/octet-stream"
