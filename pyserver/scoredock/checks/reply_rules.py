"""Rules SD132 to SD149: how init() and run() are made, what they give back, and schemas."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
