"""What each feature of our runtime costs a request, and what each of its quicker ways saves: the same service with one
of them on, or off."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import subprocess
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


def _without_head_cache(python: Path, folder: Path) -> list[str]:
    """There is no switch for it, as nobody can notice it: a copy of the runtime with one changed line."""
    told = subprocess.run(
        [str(python), "-c", "import scoredock_runtime; print(scoredock_runtime.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    copy = folder / "changed" / "scoredock_runtime"
    shutil.copytree(told.stdout.strip(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / "http" / "head_cache.py"
    text, line = file.read_text(), "        parts = _split(chunk)\n        if parts is None:\n            return None\n"
    if text.count(line) != 1:
        raise ValueError(f"{file} is not what it was: look up what turns the head cache off")
    file.write_text(text.replace(line, "        return None\n"))
    return ["env", f"PYTHONPATH={copy.parent}"]


HEAD_CACHE, FAST_JSON = "heads of requests that were read before", "json.loads by orjson"
PARTS = (HEAD_CACHE, FAST_JSON)
"""Ways of the runtime that are there for their speed alone."""


def without_part(name: str) -> Peer:
    """Ours without one of `PARTS`."""

    def command(python: Path, folder: Path, port: int) -> list[str]:
        spec(python, folder, port, **({"environment": {"SCOREDOCK_FAST_JSON": "off"}} if name == FAST_JSON else {}))
        first = _without_head_cache(python, folder) if name == HEAD_CACHE else []
        return [*first, str(python), "-m", "scoredock_runtime", "serve", str(folder)]

    return dataclasses.replace(PEERS[0], command=command)


def headers_for(name: str) -> dict[str, str]:
    return HEADERS if "authentication" in FEATURES[name] else {}
