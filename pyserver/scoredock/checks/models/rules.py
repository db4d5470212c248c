"""Rules SD5xx: models and the paths to their files."""

from __future__ import annotations

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.rule import ServiceScriptRule, World
from scoredock.checks.models import file_rules, pickle_rules

_ONE = World(models=(ModelFacts("diabetes", 1, ("ridge.pkl",)),), deployed=True)
_SDK = "azureml-core 1.61, Model.get_model_path"
_RUN = '\n\ndef run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n'


def _script(load: str, imports: str = "import os\n") -> str:
    return (
        f"import json\n{imports}\nimport joblib\n\n\ndef init():\n    global model\n    model ="
        f" joblib.load({load})\n{_RUN}"
    )


_SDK_IMPORT = "\nfrom azureml.core.model import Model\n"

PATH = ServiceScriptRule(
    "SD501",
    "error",
    "File is not in the model",
    "{problem}",
    "AZUREML_MODEL_DIR is the folder of the one model that is deployed, or of all of them as <name>/<version>; files"
    " keep the names they were registered with.",
    _script('os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl")'),
    _script('os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl")'),
    "Use the path inside the model as the Models view shows it.",
    "Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    _ONE,
    fixable=True,
)
VARIABLE = ServiceScriptRule(
    "SD502",
    "error",
    "AZUREML_MODEL_DIR is misspelt",
    "“{name}” is not a variable of a service; did you mean AZUREML_MODEL_DIR?",
    "An environment variable that is not set gives KeyError or None, and the model is not found.",
    _script('os.path.join(os.environ["AZURE_ML_MODEL_DIR"], "ridge.pkl")'),
    _script('os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl")'),
    "Write AZUREML_MODEL_DIR.",
    "Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    _ONE,
    fixable=True,
)
NOT_REGISTERED = ServiceScriptRule(
    "SD503",
    "error",
    "Model is not registered",
    "The model “{name}” is not in the workspace{hint}.",
    "get_model_path looks among the models that are deployed with the script, by their registered name.",
    _script('Model.get_model_path("diabetis")', _SDK_IMPORT),
    _script('Model.get_model_path("diabetes")', _SDK_IMPORT),
    "Use the name the model is registered with, or register it.",
    f"{_SDK}: model not found in cache",
    _ONE,
    fixable=True,
)
NO_VERSION = ServiceScriptRule(
    "SD504",
    "error",
    "Version is not registered",
    "The model “{name}” has no version {version}; the newest is {newest}.",
    "A version that does not exist is not deployed with the script and is not found. It must be a whole number.",
    _script('Model.get_model_path("diabetes", version=7)', _SDK_IMPORT),
    _script('Model.get_model_path("diabetes", version=1)', _SDK_IMPORT),
    "Use an existing version, or leave the version out for the newest.",
    f"{_SDK}: version should be an int",
    _ONE,
    fixable=True,
)
WITH_VERSION = ServiceScriptRule(
    "SD505",
    "error",
    "Version inside the model name",
    "get_model_path() takes only the name; give the version as version={version}.",
    "A name with a colon and a version is an id of a model, but get_model_path looks for a folder of that name.",
    _script('Model.get_model_path("diabetes:1")', _SDK_IMPORT),
    _script('Model.get_model_path("diabetes", version=1)', _SDK_IMPORT),
    "Give only the name, and the number as the argument version.",
    _SDK,
    _ONE,
    fixable=True,
)

RULES = (PATH, VARIABLE, NOT_REGISTERED, NO_VERSION, WITH_VERSION, *file_rules.RULES, *pickle_rules.RULES)
