"""Messages that several nouns share."""

from __future__ import annotations

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True)
class Empty:
    """Empty result: there is nothing to say."""
