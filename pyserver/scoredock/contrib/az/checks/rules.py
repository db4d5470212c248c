"""Rules SD850 to SD869: az ml command lines."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_HERE = World("deploy.sh", ("inferenceconfig.json", "deploymentconfig.json", "model.pkl"))

VERB = Rule(code="SD850", severity="error", world=_HERE, fixable=True)
MISSING = Rule(code="SD851", severity="error", world=_HERE, fixable=True)
OPTION = Rule(code="SD852", severity="error", world=_HERE, fixable=True)
EXCLUSIVE = Rule(code="SD853", severity="error", world=_HERE, fixable=True)
AMBIGUOUS = Rule(code="SD854", severity="error", world=_HERE, fixable=True)
VERSION = Rule(code="SD855", severity="warning", world=_HERE, fixable=True)
NAME = Rule(code="SD856", severity="error", world=_HERE, fixable=True)
PLACEHOLDER = Rule(code="SD857", severity="information", world=_HERE)
FILE = Rule(code="SD858", severity="warning", world=_HERE, fixable=True)
CONTINUATION = Rule(code="SD859", severity="error", world=_HERE, fixable=True)
CHARACTER = Rule(code="SD860", severity="error", world=_HERE, fixable=True)
VALUE = Rule(code="SD861", severity="error", world=_HERE)
NO_VALUE = Rule(code="SD862", severity="error", world=_HERE)
ONE_DASH = Rule(code="SD863", severity="warning", world=_HERE, fixable=True)
PAIR = Rule(code="SD864", severity="error", world=_HERE, fixable=True)

RULES = (
    VERB,
    MISSING,
    OPTION,
    EXCLUSIVE,
    AMBIGUOUS,
    VERSION,
    NAME,
    PLACEHOLDER,
    FILE,
    CONTINUATION,
    CHARACTER,
    VALUE,
    NO_VALUE,
    ONE_DASH,
    PAIR,
)
