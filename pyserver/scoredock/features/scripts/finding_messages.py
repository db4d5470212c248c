"""Findings of a trial as messages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scoredock.context import Context
from scoredock.features.scripts.documents import as_finding
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.scripts.texts import read_text

if TYPE_CHECKING:
    from scoredock.services.planning.findings import LocatedFinding


def finding_message(located: LocatedFinding, context: Context) -> messages.DocumentFinding:
    """Message of a finding, with columns as editors count them, in the text as it is now."""
    text = read_text(Path(located.path), context.overlays()) or ""
    return as_finding(located.path, located.finding, Document("", 0, text))
