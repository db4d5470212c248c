"""Bodies of requests as they are given in a terminal: the text itself, `@file`, or `-` for standard input."""

from __future__ import annotations

import mimetypes
import sys
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError


def bytes_of(written: str) -> bytes:
    """`@file`, `-` for standard input, or the body itself. Raises ScoredockError `service-request-invalid`."""
    if written == "-":
        return sys.stdin.buffer.read()
    if not written.startswith("@"):
        return written.encode("utf-8", "surrogateescape")
    path = Path(written[1:])
    try:
        return path.read_bytes()
    except OSError as error:
        raise ScoredockError(
            "service-request-invalid",
            l10n.t("{path} cannot be read: {error}.", path=path, error=error),
            place=Place(str(path)),
        ) from error


def text_in(body: bytes) -> str | None:
    """None for bytes that are not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def body_of(written: str) -> str:
    """As `bytes_of`, for what takes text alone. Raises ScoredockError `service-request-invalid`."""
    text = text_in(bytes_of(written))
    if text is None:
        raise ScoredockError(
            "service-request-invalid", l10n.t("{path} is not UTF-8 text.", path=written.removeprefix("@"))
        )
    return text


def type_of(written: str, text: str | None) -> str:
    """Of a body whose type nobody gave: JSON for text, what the name of the file says for anything else."""
    if text is not None:
        return "application/json"
    return mimetypes.guess_type(written.removeprefix("@"))[0] or "application/octet-stream"
