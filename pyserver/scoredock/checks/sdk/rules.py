"""Rules SD801 to SD849: scripts and notebooks that use the SDK from outside a service."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
