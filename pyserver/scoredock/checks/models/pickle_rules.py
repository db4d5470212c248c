"""Rules SD518 and SD519: classes that a pickle names, and the rows that its model wants."""

from __future__ import annotations

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.rule import ServiceScriptRule, World
from scoredock.pickles.facts import PickleFacts

OF_MAIN = ServiceScriptRule(
    code="SD518",
    severity="error",
    world=World(
        models=(ModelFacts("of-main", 1, ("scaled.pkl", "model.pkl")),),
        deployed=True,
        pickles=(
            ("scaled.pkl", PickleFacts(("__main__",), "__main__.Scaled", {}, objects=frozenset(("__main__.Scaled",)))),
        ),
    ),
)
ONE_ROW = ServiceScriptRule(
    code="SD519",
    severity="warning",
    world=World(models=(ModelFacts("diabetes", 1, ("model.pkl",)),), deployed=True),
    fixable=True,
)

RULES = (OF_MAIN, ONE_ROW)
