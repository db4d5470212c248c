"""What the core knows of carrying over."""

from __future__ import annotations

from scoredock.features.contribution import Contribution


class _CarryOver(Contribution):
    pass


CONTRIBUTION = _CarryOver()
