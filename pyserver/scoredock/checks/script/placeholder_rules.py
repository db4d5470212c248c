"""Rule SD839: placeholders that were left, in whatever script."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

PLACEHOLDER = Rule(code="SD839", severity="information", world=World("client.py"))
