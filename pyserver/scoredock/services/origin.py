"""Origin of a revision: which change made it, who asked for it, and from which commit."""

from __future__ import annotations

from scoredock.registry.account import user
from scoredock.registry.models.source_control import look
from scoredock.registry.records import SourceControl
from scoredock.services.entry_script import EntryScript
from scoredock.services.revision import Origin


def origin_of(verb: str, script: EntryScript | None = None) -> Origin:
    """Origin of a revision that this account is about to make; git is asked about the files of `script`."""
    return Origin(verb, user(), commit_of(script) if script is not None else None)


def commit_of(script: EntryScript) -> SourceControl | None:
    """Commit and branch that the files of a revision lie in; None outside of git. Never raises."""
    return look([script.source_directory or script.path])
