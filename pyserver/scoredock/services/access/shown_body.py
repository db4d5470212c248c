"""The body of a response as it can be shown: text, a picture, or bytes for a file. Pure."""

from __future__ import annotations

import codecs
import mimetypes
import re
from collections.abc import Mapping
from typing import Literal

from scoredock.late_dataclass import dataclass

Media = Literal["json", "text", "image", "binary", "empty"]

SHOWN_CHARACTERS = 1_000_000
"""Of a text that is not whole."""
_IMAGES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/svg+xml",
    "image/avif",
    "image/x-icon",
)
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
_FILE_NAME = re.compile(r'filename="?(?:[^";]*[/\\])?([^";/\\]+)"?', re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_ON_THE_WEB = re.compile(r"ascii|iso8859|cp(125|874|866|932|949)|koi8|gb|big5|euc|shift_jis|utf-16")
_ENDINGS = {"application/json": ".json", "text/plain": ".txt", "text/event-stream": ".txt", "image/jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class ShownBody:
    media: Media
    text: str
    """Of the body, or of its beginning; empty where it is no text."""
    image_type: str
    file_name: str
    """Proposed where it is saved."""


def shown_body(content: bytes, headers: Mapping[str, str], *, whole: bool) -> ShownBody:
    """`content` is the body, or its beginning where it is not whole."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    name = _proposed_name(headers, kind)
    if not content:
        return ShownBody("empty", "", "", name)
    image = kind if kind in _IMAGES else _recognized(content, kind)
    if image and whole:
        return ShownBody("image", "", image, name if "." in name else f"{name}{_ending(image)}")
    text = _text_of(content, charset_of(headers), whole=whole)
    if text is None:
        return ShownBody("binary", "", "", name if "." in name else f"{name}.bin")
    is_json = kind.endswith(("/json", "+json"))
    return ShownBody("json" if is_json else "text", text, "", name if "." in name else f"{name}.txt")


def _recognized(content: bytes, kind: str) -> str:
    """Scripts answer images as bytes without a type of their own, too."""
    if kind not in ("", "application/octet-stream", "application/json", "text/html"):
        return ""
    return next((image for start, image in _SIGNATURES.items() if content.startswith(start)), "")


def charset_of(headers: Mapping[str, str]) -> str:
    """The encoding of characters that a response names; UTF-8 where it names none that the web knows."""
    found = _CHARSET.search(headers.get("content-type", ""))
    try:
        name = codecs.lookup(found[1]).name if found else ""
    except LookupError:
        return "utf-8"
    return name if _ON_THE_WEB.match(name) else "utf-8"


def _text_of(content: bytes, charset: str, *, whole: bool) -> str | None:
    try:
        text = content.decode(charset)
    except UnicodeDecodeError as fault:
        # The beginning of a longer text may end within a character.
        if whole or fault.start < len(content) - 3:
            return None
        text = content[: fault.start].decode(charset)
    return text if whole else text[:SHOWN_CHARACTERS]


def _proposed_name(headers: Mapping[str, str], kind: str) -> str:
    found = _FILE_NAME.search(headers.get("content-disposition", ""))
    if found is not None and found[1].strip(". "):
        return found[1].strip()
    return f"response{_ending(kind)}"


def _ending(kind: str) -> str:
    if kind in ("", "application/octet-stream"):
        return ""
    return _ENDINGS.get(kind) or mimetypes.guess_extension(kind) or ""
