"""Rules SD518 and SD519: classes that a pickle names, and the rows that its model wants."""

from __future__ import annotations

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.rule import ServiceScriptRule, World
from scoredock.pickles.facts import PickleFacts

OF_MAIN = ServiceScriptRule(
    code="SD518",
    severity="error",
    title="Pickle of a class of the training program",
    message=(
        "“{model}” holds an object of “{name}” of the program that saved it, which no service has: loading raises"
        " AttributeError. Define “{name}” in a module and save again."
    ),
    why=(
        "A class or function that was defined in the program that was run, or in a notebook, is pickled as a name of"
        " “__main__”. In a service that is another program."
    ),
    fix=(
        "Define it in a module beside the script, import it from there where the model is trained, and save the model"
        " again."
    ),
    source="Python documentation, pickle: what can be pickled",
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
    title="One-dimensional input of a model",
    message="{call} gets a one-dimensional array here; models of scikit-learn want rows, and raise ValueError.",
    why=(
        "ravel(), flatten(), reshape(-1) and one item of a table give one long row without a table around it. Models of"
        " scikit-learn expect two dimensions: rows and columns."
    ),
    fix="Write reshape(1, -1) for one row, or leave the array as it is.",
    source="scikit-learn: Expected 2D array, got 1D array instead",
    world=World(models=(ModelFacts("diabetes", 1, ("model.pkl",)),), deployed=True),
    fixable=True,
)

RULES = (OF_MAIN, ONE_ROW)
