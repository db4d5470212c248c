"""Rules about how files are written, from SD908 to SD919."""

from __future__ import annotations

from scoredock.analysis.rule import Rule

ENCODING = Rule(code="SD908", severity="error", fixable=True)

RULES: tuple[Rule, ...] = (ENCODING,)
