"""Rules SD150 to SD179: what a script imports and calls, against the environment it will run in; secrets and the network."""

from __future__ import annotations

from scoredock.configs.rule import Rule

RULES: tuple[Rule, ...] = ()
