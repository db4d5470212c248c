"""Rules SD601 to SD699: YAML of Azure ML v2."""

from __future__ import annotations

from scoredock.analysis.rule import Rule
from scoredock.checks.configs.v2 import deployment_rules, reference_rules
from scoredock.checks.configs.v2.worlds import (
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
)

BROKEN = Rule(code="SD601", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
NOT_AN_OBJECT = Rule(code="SD602", severity="error", world=DEPLOYMENT_WORLD)
DOUBLED = Rule(code="SD603", severity="warning", world=DEPLOYMENT_WORLD, fixable=True)
NO_SCHEMA = Rule(code="SD604", severity="hint", world=ENDPOINT_WORLD, fixable=True)
UNKNOWN = Rule(code="SD605", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
V1_KEY = Rule(code="SD606", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
KIND = Rule(code="SD607", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
EMPTY = Rule(code="SD608", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
CHOICE = Rule(code="SD609", severity="error", world=ENDPOINT_WORLD, fixable=True)
RANGE = Rule(code="SD610", severity="error", world=DEPLOYMENT_WORLD)
NO_NAME = Rule(code="SD611", severity="information", world=ENDPOINT_WORLD, fixable=True)
REQUIRED = Rule(code="SD612", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
NAME = Rule(code="SD613", severity="error", world=ENDPOINT_WORLD, fixable=True)
OTHER_COMPUTE = Rule(code="SD614", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
NO_TYPE = Rule(code="SD615", severity="warning", world=DEPLOYMENT_WORLD, fixable=True)
CUT = Rule(code="SD616", severity="warning", world=DEPLOYMENT_WORLD, fixable=True)

RULES: tuple[Rule, ...] = (
    BROKEN,
    NOT_AN_OBJECT,
    DOUBLED,
    NO_SCHEMA,
    UNKNOWN,
    V1_KEY,
    KIND,
    EMPTY,
    CHOICE,
    RANGE,
    NO_NAME,
    REQUIRED,
    NAME,
    OTHER_COMPUTE,
    NO_TYPE,
    CUT,
    *reference_rules.RULES,
    *deployment_rules.RULES,
)
