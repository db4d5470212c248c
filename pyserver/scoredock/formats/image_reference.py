"""The grammar of Docker image references, as registries define it: `[host[:port]/]path[:tag][@digest]`."""

from __future__ import annotations

import re

_LONGEST = 512
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,128}"
_IMAGE = re.compile(f"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::{_TAG})?(?:@{_DIGEST})?")


def is_image_reference(text: str) -> bool:
    """True if a text names an image."""
    return len(text) <= _LONGEST and _IMAGE.fullmatch(text) is not None
