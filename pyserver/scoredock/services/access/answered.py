"""The last request that a service answered with 200, kept as the proposal for the next one.

It lies in the service's folder, readable by its owner only, and goes with the service.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from scoredock import l10n
from scoredock.services.access.bodies import Encoding, Method, ScoringRequest

FILE = "answered.json"
_LARGEST = 256 * 1024
"""Bytes of a body; larger ones are not kept."""


def keep_answered(folder: Path, script: str, body: ScoringRequest) -> None:
    """Remember what was sent to a service while it served `script`. A disk that is full or not to be written costs the
    memory only."""
    if not script or len(body.body) > _LARGEST:
        return
    path = folder / FILE
    left_out = ("headers", "query", "route", "follows")
    fields = {name: value for name, value in asdict(body).items() if name not in left_out}
    text = json.dumps({"script": script, **fields})
    temporary = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(path)
    except (OSError, ValueError):
        with suppress(OSError):
            temporary.unlink()


def last_answered(folder: Path, script: str) -> ScoringRequest | None:
    """Last request that was answered while `script` was served; None if there is none."""
    try:
        with (folder / FILE).open("rb") as stream:
            document = json.loads(stream.read(2 * _LARGEST))
        if document["script"] != script:
            return None
        method: Method = "GET" if document["method"] == "GET" else "POST"
        encoding: Encoding = "base64" if document["encoding"] == "base64" else "text"
        field = str(document.get("file_field", ""))
        return ScoringRequest(
            str(document["body"]),
            l10n.t("The last request that this service answered with 200."),
            "answered",
            method,
            str(document["content_type"]),
            encoding,
            field,
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
