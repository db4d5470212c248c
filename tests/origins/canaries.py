"""Looks for a secret in all that was written or printed: as it is, in Base64, and as a part of an address."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

CANARY = "canary+of/a=credential~7"
"""Has signs that look otherwise in an address."""


def forms(secret: str) -> list[bytes]:
    """As which it may be written. Of Base64 the part that is the same whatever stands around it."""
    texts = [secret, quote(secret, safe=""), quote_plus(secret), quote(secret)]
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * before + secret.encode()).decode().rstrip("=")
            texts.append(text[4 if before else 0 : -2])
    return [each.encode() for each in dict.fromkeys(texts)]


def leaks(where: str, content: bytes, secret: str = CANARY) -> Iterator[str]:
    """Of one text or file, and of what is packed in it."""
    yield from (f"{where}: {form.decode()}" for form in forms(secret) if form in content)
    for name, inner in _members(content):
        yield from leaks(f"{where}!{name}", inner, secret)


def leaks_below(folder: Path, secret: str = CANARY) -> list[str]:
    """Of all files."""
    return [
        each
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for each in leaks(str(path.relative_to(folder)), path.read_bytes(), secret)
    ]


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(content)
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for each in archive:
                stream = archive.extractfile(each)
                if stream is not None:
                    yield each.name, stream.read()
