"""Rules SD3xx: what can be wrong with a deployment configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.deployment import key_rules, unit_rules

_WORLD = World("deploymentconfig.json")


BROKEN = Rule(code="SD301", severity="error", world=_WORLD, fixable=True)
DOUBLED = Rule(code="SD302", severity="warning", world=_WORLD, fixable=True)
UNKNOWN = Rule(code="SD303", severity="warning", world=_WORLD, fixable=True)
NO_TYPE = Rule(code="SD304", severity="error", world=_WORLD, fixable=True)
TYPE_UNKNOWN = Rule(code="SD305", severity="error", world=_WORLD, fixable=True)
KIND = Rule(code="SD306", severity="error", world=_WORLD, fixable=True)
VALUE = Rule(code="SD307", severity="error", world=_WORLD, fixable=True)
OTHER_TARGET = Rule(code="SD308", severity="warning", world=_WORLD, fixable=True)
NULL_OBJECT = Rule(code="SD309", severity="error", world=_WORLD, fixable=True)
AUTOSCALE = Rule(code="SD310", severity="error", world=_WORLD, fixable=True)
AUTH = Rule(code="SD311", severity="error", world=_WORLD, fixable=True)
LIMIT = Rule(code="SD312", severity="error", world=_WORLD, fixable=True)
TOGETHER = Rule(code="SD313", severity="error", world=_WORLD, fixable=True)
SECONDARY = Rule(code="SD314", severity="warning", world=_WORLD, fixable=True)
NOT_AN_OBJECT = Rule(code="SD315", severity="error", world=_WORLD)
UTILIZATION = Rule(code="SD316", severity="warning", world=_WORLD, fixable=True)
WEAKENED = Rule(code="SD340", severity="information", world=_WORLD)
FILES_IN_MEMORY = Rule(code="SD341", severity="warning", world=_WORLD)

RULES = (
    BROKEN,
    DOUBLED,
    UNKNOWN,
    NO_TYPE,
    TYPE_UNKNOWN,
    KIND,
    VALUE,
    OTHER_TARGET,
    NULL_OBJECT,
    AUTOSCALE,
    AUTH,
    LIMIT,
    TOGETHER,
    SECONDARY,
    NOT_AN_OBJECT,
    UTILIZATION,
    WEAKENED,
    FILES_IN_MEMORY,
    *unit_rules.RULES,
    *key_rules.RULES,
)
