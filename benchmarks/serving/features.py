"""What each feature of our runtime costs a request: the same service with one of them on, and with all."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

from serving.peers import PEERS, Peer, spec

KEY = "k" * 43
HEADERS = {"Authorization": f"Bearer {KEY}"}
_AUTHENTICATION = {
    "key_digests": [hashlib.sha256(text.encode()).hexdigest() for text in ("another" * 6, KEY)],
    "token_secret": "00" * 32,
}
_LIMITS = {"max_concurrent_requests": 64, "max_queue_wait": 5.0, "scoring_timeout": 60.0}
_MOST: dict[str, Any] = {
    "strict": True,
    "authentication": _AUTHENTICATION,
    "metrics": True,
    "request_log": "ids",
    **_LIMITS,
}
WITHOUT_LOG, ALL_BUT_DATA = "without request log", "all but data collection"
FEATURES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    WITHOUT_LOG: {"request_log": "off"},
    "request ids in the log": {"request_log": "ids"},
    "strict": {"strict": True},
    "two keys and tokens": {"authentication": _AUTHENTICATION},
    "metrics": {"metrics": True},
    "limits of concurrency, queue and time": _LIMITS,
    "data collection": {"collect_data": True},
    ALL_BUT_DATA: _MOST,
    "all": {**_MOST, "collect_data": True},
}
"""Name to what changes in the spec; the first is the plain service."""


def with_feature(name: str) -> Peer:
    """Ours with that feature on."""
    changes = FEATURES[name]

    def command(python: Path, folder: Path, port: int) -> list[str]:
        spec(python, folder, port, **changes)
        return [str(python), "-m", "scoredock_runtime", "serve", str(folder)]

    return dataclasses.replace(PEERS[0], command=command)


def headers_for(name: str) -> dict[str, str]:
    return HEADERS if "authentication" in FEATURES[name] else {}
