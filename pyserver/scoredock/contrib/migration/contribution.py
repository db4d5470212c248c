"""Declares the contribution for migration to the core."""

from __future__ import annotations

from typing import ClassVar

from scoredock.features.contribution import Contribution


class _ToV2(Contribution):
    noun = "migration"
    references: ClassVar = {"services": "service"}


CONTRIBUTION = _ToV2()
