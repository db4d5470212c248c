"""Signatures of what is sent, by the scheme of Standard Webhooks: HMAC-SHA256 over id, time and body. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
_BYTES = 32
_FEWEST, _MOST = 24, 64


def new_secret() -> str:
    """Secret that nobody knows, made at random."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def is_secret(text: str) -> bool:
    """True if a text is a secret of the scheme: 24 to 64 bytes in base64 behind `whsec_`."""
    return _FEWEST <= len(_key(text)) <= _MOST


def headers(secret: str, id: str, seconds: int, body: bytes) -> dict[str, str]:
    """`seconds`: the time of sending, since the epoch."""
    signed = f"{id}.{seconds}.".encode() + body
    signature = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": id, "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{signature}"}


def _key(secret: str) -> bytes:
    """Empty for what is not a secret."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        return b""
