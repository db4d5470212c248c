"""Rules SD118, SD132 to SD134, SD145 and SD149: how init() and run() are defined, and how their code flows."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, Rule

UNBOUND = Rule(code="SD118", severity="error", fixable=True)
SHADOWED = EntryScriptRule(code="SD132", severity="error", fixable=True)
BELOW_GUARD = EntryScriptRule(code="SD133", severity="error", fixable=True)
HEADER_NAME = EntryScriptRule(code="SD134", severity="error", fixable=True)
FALLS_THROUGH = EntryScriptRule(code="SD145", severity="warning", fixable=True)
LEAVES = EntryScriptRule(code="SD149", severity="warning", fixable=True)

RULES = (UNBOUND, SHADOWED, BELOW_GUARD, HEADER_NAME, FALLS_THROUGH, LEAVES)
