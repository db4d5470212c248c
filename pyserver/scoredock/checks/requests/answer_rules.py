"""Rules SD119 and SD185 to SD188: answers that arrive in another form than meant, and the body taken for what it is
not."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

TUPLE = EntryScriptRule(code="SD119", severity="warning", fixable=True)
NOT_DECODED = EntryScriptRule(code="SD185", severity="error", fixable=True)
TEXT_PREDICTED = EntryScriptRule(code="SD186", severity="warning", fixable=True)
ENCODED_TWICE = EntryScriptRule(code="SD187", severity="hint", fixable=True)
NOT_A_NUMBER = EntryScriptRule(code="SD188", severity="warning", fixable=True)
OF_DECODED = EntryScriptRule(code="SD189", severity="error", fixable=True)

RULES = (TUPLE, NOT_DECODED, TEXT_PREDICTED, ENCODED_TWICE, NOT_A_NUMBER, OF_DECODED)
