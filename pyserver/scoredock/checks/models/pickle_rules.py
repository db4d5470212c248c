"""Rules SD518 and SD519: classes that a pickle names, and the rows that its model wants."""

from __future__ import annotations

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.rule import ServiceScriptRule, World
from scoredock.pickles.facts import PickleFacts

_HEAD = (
    "import json\nimport os\n\nimport joblib\n{0}\n\ndef init():\n    global model\n    model = joblib.load({1})\n\n\n"
)
_PATH = 'os.path.join(os.environ["AZUREML_MODEL_DIR"], "{0}")'
_RUN = "def run(data):\n    return model.predict({0}).tolist()\n"
_ROWS = 'json.loads(data)["data"]'
_NUMPY = "import numpy as np\n"

OF_MAIN = ServiceScriptRule(
    "SD518",
    "error",
    "Pickle of a class of the training program",
    "“{model}” holds an object of “{name}” of the program that saved it, which no service has: loading raises"
    " AttributeError. Define “{name}” in a module and save again.",
    "A class or function that was defined in the program that was run, or in a notebook, is pickled as a name of"
    " “__main__”. In a service that is another program.",
    _HEAD.format("", _PATH.format("scaled.pkl")) + _RUN.format(_ROWS),
    _HEAD.format("", _PATH.format("model.pkl")) + _RUN.format(_ROWS),
    "Define it in a module beside the script, import it from there where the model is trained, and save the model"
    " again.",
    "Python documentation, pickle: what can be pickled",
    World(
        models=(ModelFacts("of-main", 1, ("scaled.pkl", "model.pkl")),),
        deployed=True,
        pickles=(
            ("scaled.pkl", PickleFacts(("__main__",), "__main__.Scaled", {}, objects=frozenset(("__main__.Scaled",)))),
        ),
    ),
)
ONE_ROW = ServiceScriptRule(
    "SD519",
    "warning",
    "One-dimensional input of a model",
    "{call} gets a one-dimensional array here; models of scikit-learn want rows, and raise ValueError.",
    "ravel(), flatten(), reshape(-1) and one item of a table give one long row without a table around it. Models of"
    " scikit-learn expect two dimensions: rows and columns.",
    _HEAD.format(_NUMPY, _PATH.format("model.pkl")) + _RUN.format(f"np.array({_ROWS}).ravel()"),
    _HEAD.format(_NUMPY, _PATH.format("model.pkl")) + _RUN.format(f"np.array({_ROWS}).reshape(1, -1)"),
    "Write reshape(1, -1) for one row, or leave the array as it is.",
    "scikit-learn: Expected 2D array, got 1D array instead",
    World(models=(ModelFacts("diabetes", 1, ("model.pkl",)),), deployed=True),
    fixable=True,
)

RULES = (OF_MAIN, ONE_ROW)
