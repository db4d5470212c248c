"""Rules SD12x and SD13x: what happens to the data of a request, and to the answer."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, ServiceScriptRule, World

NOT_JSON = EntryScriptRule(code="SD120", severity="error", fixable=True)
DECODED_TWICE = EntryScriptRule(code="SD121", severity="error", fixable=True)
WHOLE_BODY = EntryScriptRule(code="SD122", severity="warning", fixable=True)
SWALLOWED = EntryScriptRule(code="SD123", severity="information", fixable=True)
INTEGER_SAMPLE = EntryScriptRule(code="SD124", severity="information", fixable=True)
SAMPLE_KIND = EntryScriptRule(code="SD125", severity="error", fixable=True)
OLD_JOBLIB = ServiceScriptRule(code="SD126", severity="warning", fixable=True)
REQUEST_AS_TEXT = EntryScriptRule(code="SD127", severity="error", fixable=True)
TEXT_AS_REQUEST = EntryScriptRule(code="SD128", severity="error", fixable=True)
LOADED_IN_RUN = ServiceScriptRule(code="SD129", severity="warning")
NO_ANSWER = EntryScriptRule(code="SD130", severity="warning")
ABSOLUTE_PATH = ServiceScriptRule(code="SD131", severity="warning", world=World("score.py"), fixable=True)

RULES = (
    NOT_JSON,
    DECODED_TWICE,
    WHOLE_BODY,
    SWALLOWED,
    INTEGER_SAMPLE,
    SAMPLE_KIND,
    OLD_JOBLIB,
    REQUEST_AS_TEXT,
    TEXT_AS_REQUEST,
    LOADED_IN_RUN,
    NO_ANSWER,
    ABSOLUTE_PATH,
)
