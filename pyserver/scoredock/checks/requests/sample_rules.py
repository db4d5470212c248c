"""Rules SD135, SD137 to SD143 and SD176: schema decorators and the samples they are given."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

UNDESCRIBED = EntryScriptRule(code="SD135", severity="warning")
TWICE = EntryScriptRule(code="SD137", severity="error", fixable=True)
NO_TYPE = EntryScriptRule(code="SD138", severity="error", fixable=True)
NOT_CARRIED = EntryScriptRule(code="SD139", severity="error", fixable=True)
EMPTY = EntryScriptRule(code="SD140", severity="warning")
MIXED = EntryScriptRule(code="SD141", severity="hint", fixable=True)
FLAT = EntryScriptRule(code="SD142", severity="warning", fixable=True)
DESIGNER = EntryScriptRule(code="SD143", severity="information", fixable=True)

NO_COLUMN = EntryScriptRule(code="SD176", severity="error", fixable=True)

RULES = (UNDESCRIBED, TWICE, NO_TYPE, NOT_CARRIED, EMPTY, MIXED, FLAT, DESIGNER, NO_COLUMN)
