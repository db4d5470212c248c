"""Rules SD5xx: models and the paths to their files."""

from __future__ import annotations

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.rule import ServiceScriptRule, World
from scoredock.checks.models import file_rules, pickle_rules

_ONE = World(models=(ModelFacts("diabetes", 1, ("ridge.pkl",)),), deployed=True)


PATH = ServiceScriptRule(code="SD501", severity="error", world=_ONE, fixable=True)
VARIABLE = ServiceScriptRule(code="SD502", severity="error", world=_ONE, fixable=True)
NOT_REGISTERED = ServiceScriptRule(code="SD503", severity="error", world=_ONE, fixable=True)
NO_VERSION = ServiceScriptRule(code="SD504", severity="error", world=_ONE, fixable=True)
WITH_VERSION = ServiceScriptRule(code="SD505", severity="error", world=_ONE, fixable=True)

RULES = (PATH, VARIABLE, NOT_REGISTERED, NO_VERSION, WITH_VERSION, *file_rules.RULES, *pickle_rules.RULES)
