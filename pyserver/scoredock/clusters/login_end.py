"""Expiry of the token or the certificate of a login, as it says itself; nothing of it is verified here."""

from __future__ import annotations

import base64
import contextlib
import datetime
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_VALIDITY = re.compile(rb"(?:\x17\x0d\d{12}|\x18\x0f\d{14})Z(?:\x17\x0d(\d{12})|\x18\x0f(\d{14}))Z")
"""The two times of a certificate in DER (RFC 5280, 4.1.2.5), with two or four digits of the year."""
_LARGEST = 1 << 20


def login_ends(user: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Expiry of the token and of the certificate of a user of a kubeconfig; None for one that is not there, or which
    does not say. Seconds since the epoch."""
    token = str(user.get("token") or "").encode() or _read(user.get("tokenFile"))
    data = str(user.get("client-certificate-data") or "")
    certificate = _decoded(data.encode()) if data else _read(user.get("client-certificate"))
    return token_end(token), certificate_end(certificate)


def token_end(token: bytes) -> float | None:
    """Expiry of a JSON Web Token (RFC 7519, 4.1.4), in seconds since the epoch; None if it has none."""
    with contextlib.suppress(ValueError, KeyError, TypeError, IndexError, RecursionError):
        part = token.split(b".")[1]
        return float(json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))["exp"])
    return None


def certificate_end(pem: bytes) -> float | None:
    """Expiry of the first certificate in PEM, which is that of the login, in seconds since the epoch; None if it cannot
    be read."""
    body = pem.partition(b"-----BEGIN CERTIFICATE-----")[2].partition(b"-----END")[0]
    match = _VALIDITY.search(_decoded(body))
    if match is None:
        return None
    with contextlib.suppress(ValueError):
        text, pattern = (match[1], "%y%m%d%H%M%S") if match[1] else (match[2], "%Y%m%d%H%M%S")
        return datetime.datetime.strptime(f"{text.decode()}+0000", f"{pattern}%z").timestamp()
    return None


def _decoded(text: bytes) -> bytes:
    with contextlib.suppress(ValueError):
        return base64.b64decode(text)
    return b""


def _read(path: object) -> bytes:
    with contextlib.suppress(OSError):
        return Path(str(path)).read_bytes()[:_LARGEST] if path else b""
    return b""
