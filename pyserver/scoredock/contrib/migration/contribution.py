"""What the core knows of migration."""

from __future__ import annotations

from typing import ClassVar

from scoredock.features.contribution import Contribution


class _Migration(Contribution):
    references: ClassVar = {"services": "service"}


CONTRIBUTION = _Migration()
