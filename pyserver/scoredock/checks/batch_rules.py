"""Rules SD180 to SD189: batch scripts, whose run() gets a mini-batch."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
