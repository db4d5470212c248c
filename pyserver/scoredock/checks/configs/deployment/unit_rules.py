"""Rules SD317 to SD324 and SD334 to SD337: units, ranges and arithmetic of deployment configurations."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_WORLD = World("deploymentconfig.json")


def aks(*keys: str) -> str:
    return "{\n" + ",\n".join(f"  {key}" for key in ('"computeType": "aks"', *keys)) + "\n}\n"


UNIT_SIZE = Rule(code="SD317", severity="warning", world=_WORLD, fixable=True)
ACI_MEMORY = Rule(code="SD318", severity="warning", world=_WORLD, fixable=True)
QUANTITY = Rule(code="SD319", severity="error", world=_WORLD, fixable=True)
MILLISECONDS = Rule(code="SD320", severity="warning", world=_WORLD, fixable=True)
PROBE_TIMEOUT = Rule(code="SD321", severity="information", world=_WORLD, fixable=True)
PROBE_SUCCESS = Rule(code="SD322", severity="warning", world=_WORLD, fixable=True)
FRACTION = Rule(code="SD323", severity="error", world=_WORLD, fixable=True)
REFRESH = Rule(code="SD324", severity="information", world=_WORLD, fixable=True)
ONE_SIZE = Rule(code="SD334", severity="information", world=_WORLD, fixable=True)
NO_ROOM = Rule(code="SD335", severity="information", world=_WORLD, fixable=True)
CAPACITY = Rule(code="SD336", severity="hint", world=_WORLD)
START_TIME = Rule(code="SD337", severity="information", world=_WORLD, fixable=True)

RULES = (
    UNIT_SIZE,
    ACI_MEMORY,
    QUANTITY,
    MILLISECONDS,
    PROBE_TIMEOUT,
    PROBE_SUCCESS,
    FRACTION,
    REFRESH,
    ONE_SIZE,
    NO_ROOM,
    CAPACITY,
    START_TIME,
)
