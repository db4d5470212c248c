"""Rules that only running the script can tell: `scoredock try`, Try It in the editor."""

from __future__ import annotations

from scoredock.analysis.rule import Rule

START = Rule(code="SD950", severity="error", runs=True)
SLOW_START = Rule(code="SD951", severity="warning", runs=True)
REQUEST = Rule(code="SD952", severity="error", runs=True)
CONVERSION = Rule(code="SD953", severity="error", runs=True)
NOT_JSON = Rule(code="SD954", severity="error", runs=True)
NOT_A_NUMBER = Rule(code="SD955", severity="warning", runs=True)
TWICE = Rule(code="SD956", severity="information", runs=True)
SLOW_ANSWER = Rule(code="SD957", severity="warning", runs=True)
WARNED = Rule(code="SD958", severity="information", runs=True)
GROWTH = Rule(code="SD959", severity="warning", runs=True)
SWAGGER = Rule(code="SD960", severity="information", runs=True)
MINI_BATCH = Rule(code="SD961", severity="error", runs=True)
FEWER_RESULTS = Rule(code="SD962", severity="warning", runs=True)

RULES: tuple[Rule, ...] = (
    START,
    SLOW_START,
    REQUEST,
    CONVERSION,
    NOT_JSON,
    NOT_A_NUMBER,
    TWICE,
    SLOW_ANSWER,
    WARNED,
    GROWTH,
    SWAGGER,
    MINI_BATCH,
    FEWER_RESULTS,
)
