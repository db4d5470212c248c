"""Rules SD136, SD144 and SD146 to SD148: scripts that take the HTTP request itself, and where decorators come from."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

ELSEWHERE = EntryScriptRule(code="SD136", severity="error", fixable=True)
PREFLIGHT = EntryScriptRule(code="SD144", severity="hint", fixable=True)
WRONG_MODULE = EntryScriptRule(code="SD146", severity="error", fixable=True)
RESPONSE_ARGUMENTS = EntryScriptRule(code="SD147", severity="error", fixable=True)
RESPONSE_OBJECT = EntryScriptRule(code="SD148", severity="warning", fixable=True)

RULES = (ELSEWHERE, PREFLIGHT, WRONG_MODULE, RESPONSE_ARGUMENTS, RESPONSE_OBJECT)
