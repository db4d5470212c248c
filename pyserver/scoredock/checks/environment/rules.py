"""Rules SD150 to SD164 and SD179: what a script imports, calls and loads, against the environment and the folder it
will run in."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.rule import Rule, World
from scoredock.checks.environment import service_use_rules
from scoredock.pickles.facts import PickleFacts

_CONDA = (
    "name: project\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - scikit-learn==1.5.2\n"
)
_PACKAGES = {"azureml-defaults": "", "scikit-learn": "==1.5.2"}
_ENVIRONMENT = EnvironmentFacts("/project/conda.yml", "project", "3.11", _PACKAGES, text=_CONDA)
_WORLD = World(files=("conda.yml",), environment=_ENVIRONMENT)


def _with(packages: dict[str, str], python: str | None = "3.11") -> World:
    return World(environment=EnvironmentFacts("", "project", python, packages))


MISSING = Rule(code="SD150", severity="error", world=_WORLD, fixable=True)
UNUSED = Rule(code="SD151", severity="error", world=_WORLD, fixable=True, tag="unnecessary")
NOT_IN_SERVICE = Rule(code="SD152", severity="error", world=_WORLD, scripts=("entry-script", "module"))
NO_MODULE = Rule(code="SD153", severity="error", world=_WORLD, fixable=True)
MODULE_GONE = Rule(code="SD154", severity="error", fixable=True)
NEWER_PYTHON = Rule(
    code="SD155",
    severity="error",
    world=World(
        files=("conda.yml",),
        environment=EnvironmentFacts(
            "/project/conda.yml",
            "project",
            "3.7",
            {"azureml-defaults": ""},
            text="name: project\ndependencies:\n  - python=3.7\n  - pip:\n      - azureml-defaults\n",
        ),
    ),
    fixable=True,
)
REMOVED = Rule(code="SD156", severity="error", world=_with({"numpy": ">=1.26"}), fixable=True)
MODULE_REMOVED = Rule(code="SD157", severity="error", world=_with({"scikit-learn": "==1.5.2"}), fixable=True)
CHANGED = Rule(code="SD158", severity="warning", world=_with({"torch": ">=2.6"}), fixable=True)
PICKLED_WITH = Rule(
    code="SD159",
    severity="warning",
    world=World(
        models=(ModelFacts("diabetes", 1, ("model.pkl", "model.onnx"), "ScikitLearn", "1.3.2"),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml", "project", "3.11", {**_PACKAGES, "onnxruntime": ""}, text=_CONDA
        ),
    ),
    fixable=True,
)
PICKLE_REFUSED = Rule(
    code="SD179",
    severity="error",
    world=World(
        models=(ModelFacts("forest-2023", 1, ("model.pkl", "model.onnx"), "ScikitLearn", "1.2.2"),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml", "project", "3.11", {**_PACKAGES, "onnxruntime": ""}, text=_CONDA
        ),
        pickles=(
            (
                "model.pkl",
                PickleFacts(
                    ("sklearn",),
                    "sklearn.ensemble._forest.RandomForestClassifier",
                    {"_sklearn_version": "1.2.2"},
                    objects=frozenset(("sklearn.tree._tree.Tree",)),
                    protocol=4,
                ),
            ),
        ),
    ),
    fixable=True,
)
MODEL_NEEDS = Rule(
    code="SD164",
    severity="error",
    world=World(
        models=(ModelFacts("diabetes", 1, ("model.pkl", "model.onnx"), "ScikitLearn", "1.5.2"),),
        deployed=True,
        environment=EnvironmentFacts(
            "/project/conda.yml",
            "project",
            "3.11",
            {"azureml-defaults": "", "joblib": "", "onnxruntime": ""},
            text=_CONDA.replace("scikit-learn==1.5.2", "joblib"),
        ),
    ),
    fixable=True,
)
NOT_CARRIED = Rule(
    code="SD160",
    severity="error",
    world=World("src/scoring/score.py", ("src/scoring/cleaning.py",), source_directory="src"),
    fixable=True,
)
RELATIVE = Rule(
    code="SD161",
    severity="error",
    world=World("src/score.py", ("src/cleaning.py",), source_directory="src"),
    fixable=True,
)
MODULE_CASE = Rule(
    code="SD162",
    severity="error",
    world=World("src/score.py", ("src/cleaning.py",), source_directory="src"),
    fixable=True,
)
HIDDEN = Rule(
    code="SD163", severity="warning", world=World(files=("statistics.py", "own_statistics.py"), source_directory=".")
)

RULES = (
    MISSING,
    UNUSED,
    NOT_IN_SERVICE,
    NO_MODULE,
    MODULE_GONE,
    NEWER_PYTHON,
    REMOVED,
    MODULE_REMOVED,
    CHANGED,
    PICKLED_WITH,
    MODEL_NEEDS,
    PICKLE_REFUSED,
    NOT_CARRIED,
    RELATIVE,
    MODULE_CASE,
    HIDDEN,
    *service_use_rules.RULES,
)
