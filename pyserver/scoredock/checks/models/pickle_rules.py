"""Rules SD518 to SD520: classes that a pickle names, the rows that its model wants, and the module that reads it."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.rule import ServiceScriptRule, World
from scoredock.pickles.facts import PickleFacts

_OF_JOBLIB = frozenset(("joblib.numpy_pickle.NumpyArrayWrapper",))
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
OTHER_LOADER = ServiceScriptRule(
    code="SD520",
    severity="error",
    world=World(
        models=(ModelFacts("forest-2024", 1, ("model.joblib",)),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml",
            "project",
            "3.11",
            {"azureml-defaults": "", "scikit-learn": "==1.5.2"},
            text=(
                "name: project\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"
                "      - scikit-learn==1.5.2\n"
            ),
        ),
        pickles=(("model.joblib", PickleFacts(("sklearn",), "", {}, objects=_OF_JOBLIB)),),
    ),
    fixable=True,
)

RULES = (OF_MAIN, ONE_ROW, OTHER_LOADER)
