"""Names of services here for the deployments of one endpoint of Azure ML v2."""

from __future__ import annotations

import hashlib

_LONGEST = 32
_MARK = 6
"""Hex digits that tell names apart which were shortened."""


def service_name(endpoint: str, deployment: str) -> str:
    """`endpoint-deployment`. What is longer than the name of a service may be ends with six digits that depend on the
    whole name, so that it is the same every time."""
    whole = f"{endpoint}-{deployment}".lower()
    if len(whole) <= _LONGEST:
        return whole
    mark = hashlib.sha256(whole.encode()).hexdigest()[:_MARK]
    return f"{whole[: _LONGEST - _MARK - 1].rstrip('-')}-{mark}"
