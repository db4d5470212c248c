"""Rules SD450 to SD459: swagger files that a service hands out."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_TWO = World("swagger.json", ("score.py",))
_THREE = World("swagger3.json", ("score.py",))


BROKEN = Rule(code="SD450", severity="warning", world=_TWO, fixable=True)
NO_VERSION = Rule(code="SD451", severity="warning", world=_TWO, fixable=True)
OTHER_VERSION = Rule(code="SD452", severity="warning", world=_TWO)
VERSION_TEXT = Rule(code="SD453", severity="warning", world=_TWO, fixable=True)
NO_SCORE = Rule(code="SD454", severity="warning", world=_TWO, fixable=True)
NO_POST = Rule(code="SD455", severity="warning", world=_TWO, fixable=True)
DANGLING = Rule(code="SD456", severity="warning", world=_TWO, fixable=True)
WRONG_KIND = Rule(code="SD457", severity="warning", world=_TWO)
OTHER_HOME = Rule(code="SD458", severity="information", world=_THREE)

RULES: tuple[Rule, ...] = (
    BROKEN,
    NO_VERSION,
    OTHER_VERSION,
    VERSION_TEXT,
    NO_SCORE,
    NO_POST,
    DANGLING,
    WRONG_KIND,
    OTHER_HOME,
)
