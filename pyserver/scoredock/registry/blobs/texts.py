"""Files of models as text, for people to read and compare. Nothing is interpreted."""

from __future__ import annotations

import codecs
import hashlib
import os

from scoredock import l10n
from scoredock.registry.blobs.blobs import Blobs, damaged
from scoredock.registry.records import ModelFile

LARGEST = 4 << 20
"""Bytes of a text that is shown; editors take more, people do not."""
_BEGINNING = 8_192


def read(blobs: Blobs, file: ModelFile) -> str | None:
    """The whole text; None when it is too long or not UTF-8. Raises model-damaged."""
    if file.size > LARGEST:
        return None
    content = _content(blobs, file, LARGEST + 1)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise damaged(file, blobs.path(file.sha256), l10n.t("no longer match their digest"))
    return _decoded(content, whole=True)


def looks_like_text(blobs: Blobs, file: ModelFile) -> bool:
    """Whether it begins like a text that `read` would give. Raises model-damaged."""
    return (
        file.size <= LARGEST and _decoded(_content(blobs, file, _BEGINNING), whole=file.size <= _BEGINNING) is not None
    )


def _decoded(content: bytes, *, whole: bool) -> str | None:
    if b"\0" in content:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content, final=whole)
    except UnicodeDecodeError:
        return None


def _content(blobs: Blobs, file: ModelFile, most: int) -> bytes:
    path = blobs.path(file.sha256)
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        with open(os.open(path, flags), "rb") as stream:  # noqa: PTH123 (a descriptor)
            return stream.read(most)
    except FileNotFoundError:
        raise damaged(file, path, l10n.t("no longer exist")) from None
    except OSError as error:
        raise damaged(file, path, l10n.t("cannot be read: {reason}", reason=error.strerror)) from error
