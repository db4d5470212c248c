"""Rules SD190 to SD198 and SD523: what the script asks of modules, functions and values that are known."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.rule import EntryScriptRule, Rule, World

_NEWEST_NUMPY = World(
    environment=EnvironmentFacts("", "project", "3.11", {"azureml-defaults": "", "joblib": "", "numpy": ""})
)
MISSING_NAME = Rule(code="SD190", severity="error", fixable=True)
CALL = Rule(code="SD191", severity="error")
MISSING_MEMBER = Rule(code="SD192", severity="error", fixable=True)
NOT_CALLED = Rule(code="SD193", severity="error", fixable=True)
NOT_AWAITED = Rule(code="SD194", severity="error", fixable=True)
OPERANDS = Rule(code="SD195", severity="error")
ENCODING = Rule(code="SD196", severity="error", fixable=True)
OWN_MEMBER = Rule(code="SD197", severity="error", fixable=True)
NEIGHBOUR = Rule(
    code="SD198",
    severity="error",
    world=World(texts=(("cleaning.py", "def tidy(value):\n    return value\n"),)),
    fixable=True,
)
ONE_NUMBER = EntryScriptRule(code="SD523", severity="warning", world=_NEWEST_NUMPY, fixable=True)

RULES = (
    MISSING_NAME,
    CALL,
    MISSING_MEMBER,
    NOT_CALLED,
    NOT_AWAITED,
    OPERANDS,
    ENCODING,
    OWN_MEMBER,
    NEIGHBOUR,
    ONE_NUMBER,
)
