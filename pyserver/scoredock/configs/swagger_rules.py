"""Rules SD450 to SD459: swagger files that a service hands out."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
