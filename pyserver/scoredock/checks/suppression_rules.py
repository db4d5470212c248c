"""Rules SD901 to SD909: comments that silence findings."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
