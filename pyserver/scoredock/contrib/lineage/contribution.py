"""Declares the contribution for lineage to the core."""

from __future__ import annotations

from scoredock.features.contribution import Contribution


class _Lineage(Contribution):
    noun = "lineage"
    help = "Lineage and audit log: what was made of what, by whom, when, from which commit."
    nameless = ("lineage/show", "lineage/verify")


CONTRIBUTION = _Lineage()
