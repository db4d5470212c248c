"""Rules SD701 to SD749: what changes on the way from Azure ML v1 to v2."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
