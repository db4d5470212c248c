"""Tells which failures say nothing about a candidate: the same step is tried again in the next round."""

from __future__ import annotations

from scoredock.errors import ScoredockError

_CODES = frozenset(
    (
        "service-busy",
        "service-changed",  # the next round sees by whom
        "store-busy",
        "disk-full",
        "io-failed",
        "workspace-read-only",
        "engine-not-available",
        "docker-unavailable",
        "docker-context-missing",
        "docker-certificate-invalid",
        "ssh-host-key-unknown",
        "ssh-host-key-changed",
        "ssh-login-failed",
        "cluster-unreachable",
        "cluster-login-failed",
        "cluster-not-allowed",
        "cluster-config-invalid",
        "registry-unreachable",
        "registry-busy",
        "deploy-interrupted",
        "drift-running",
        "rule-running",
        "rule-service-stopped",
    )
)
_OF_OTHERS = frozenset(("endpoint-changed", "endpoint-not-found", "rule-endpoint-unfit"))


def is_of_others(error: ScoredockError) -> bool:
    """True if somebody else has changed what the candidate goes by."""
    return error.code in _OF_OTHERS


def is_transient(error: ScoredockError) -> bool:
    """True if it may be otherwise in a minute, and the candidate has no part in it."""
    return error.code in _CODES
