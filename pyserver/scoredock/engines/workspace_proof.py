"""Proof that a thing elsewhere belongs to a workspace of this machine: made from its name, with a key that only the
workspace's folder holds."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

_KEY = "docker.key"
"""Docker was the first to have it."""


def proof_of(owner: Path, name: str, key: str = _KEY) -> str:
    """Proof for something of the workspace folder `owner` with a name that is unique where it is: 64 hex digits, made
    with the key in a file of the folder. Raises OSError when the workspace's key cannot be written."""
    return _proof(_key(owner / key), name)


def proves(owner: Path, name: str, text: str, key_file: str = _KEY) -> bool:
    """True if a text is that proof. Never raises."""
    try:
        key = (owner / key_file).read_text("ascii").strip()
    except (OSError, ValueError):
        return False
    return hmac.compare_digest(text.encode("utf-8", "replace"), _proof(key, name).encode())


def write_private(path: Path, text: str) -> None:
    """Replaces a file at once, readable by its owner only. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(3)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _key(path: Path) -> str:
    with contextlib.suppress(OSError):
        if kept := path.read_text("ascii").strip():
            return kept
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)  # of two that write at once one wins, and both use it
    finally:
        temporary.unlink(missing_ok=True)
    return path.read_text("ascii").strip()


def _proof(key: str, name: str) -> str:
    return hmac.new(key.encode(), name.encode(), hashlib.sha256).hexdigest()
