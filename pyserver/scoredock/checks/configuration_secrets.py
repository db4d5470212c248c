"""Keys that stand in a configuration, a pipeline or a shell script."""

from __future__ import annotations

from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.configuration_secret_rules import WRITTEN
from scoredock.checks.secret_shapes import shaped_secrets
from scoredock.formats.document_kind import DocumentKind

_OTHERS: frozenset[DocumentKind] = frozenset(("entry-script", "batch-script", "module", "sdk-script", "notebook"))
"""Python tells which of its texts are read."""


def configuration_secrets(text: str, kind: DocumentKind) -> list[Finding]:
    """One finding for each secret that shows by its form what it is, where it stands first."""
    if kind in _OTHERS:
        return []
    first: dict[str, Finding] = {}
    lines = Lines(text)
    taken: list[tuple[int, int]] = []
    for each in shaped_secrets(text):
        if any(start < each.end and each.start < end for start, end in taken):
            continue  # a key in a connection string is one secret
        taken.append((each.start, each.end))
        secret = text[each.start : each.end]
        first.setdefault(secret, WRITTEN.finding(lines.range(each.start, each.end), what=each.what))
    return list(first.values())
