"""Declares the contribution that carries models over to the core."""

from __future__ import annotations

from scoredock.features.contribution import Contribution


class _CarryOver(Contribution):
    pass


CONTRIBUTION = _CarryOver()
