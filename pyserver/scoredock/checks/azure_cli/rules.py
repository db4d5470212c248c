"""Rules SD850 to SD869: az ml command lines."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
