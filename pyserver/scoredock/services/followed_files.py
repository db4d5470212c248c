"""Services that follow the person's files: some engines cannot; after a rollback one does not until it is asked to."""

from __future__ import annotations

from scoredock.engine_table import engine_kind
from scoredock.services.revision import Revision

UNREADABLE = "unreadable"
"""In place of the digest of files that could not be read."""


def takes_files(revision: Revision | None, engine: str) -> bool:
    """True if a service of an engine is one that reloads: in a cluster only one that was deployed for that."""
    kind = engine_kind(engine)
    is_meant = not kind.in_cluster or (revision is not None and revision.request.develop)
    return "reload" in kind.abilities and is_meant


def returned_to(revision: Revision | None, engine: str) -> int:
    """The revision whose files a service serves since it was rolled back to it, while the person's are others; else 0.

    The files are not followed meanwhile (docs/decisions/0136).
    """
    if revision is None or not takes_files(revision, engine):
        return 0
    origin = revision.origin
    return origin.of if origin.verb == "rollback" and origin.content else 0
