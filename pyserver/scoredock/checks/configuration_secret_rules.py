"""The rule about secrets in files that are not Python: SD909."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

WRITTEN = Rule(code="SD909", severity="warning", world=World("deploy.sh"))

RULES: tuple[Rule, ...] = (WRITTEN,)
