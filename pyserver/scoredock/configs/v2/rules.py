"""Rules SD601 to SD699: YAML of Azure ML v2."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
