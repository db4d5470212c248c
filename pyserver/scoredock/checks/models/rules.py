"""Rules SD5xx: models and the paths to their files."""

from __future__ import annotations

from scoredock.analysis.facts import ModelFacts
from scoredock.analysis.rule import ServiceScriptRule, World
from scoredock.checks.models import file_rules, pickle_rules

_ONE = World(models=(ModelFacts("diabetes", 1, ("ridge.pkl",)),), deployed=True)
_SDK = "azureml-core 1.61, Model.get_model_path"


PATH = ServiceScriptRule(
    code="SD501",
    severity="error",
    title="File is not in the model",
    message="{problem}",
    why=(
        "AZUREML_MODEL_DIR is the folder of the one model that is deployed, or of all of them as <name>/<version>;"
        " files keep the names they were registered with."
    ),
    fix="Use the path inside the model as the Models view shows it.",
    source="Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    world=_ONE,
    fixable=True,
)
VARIABLE = ServiceScriptRule(
    code="SD502",
    severity="error",
    title="AZUREML_MODEL_DIR is misspelt",
    message="“{name}” is not a variable of a service; did you mean AZUREML_MODEL_DIR?",
    why="An environment variable that is not set gives KeyError or None, and the model is not found.",
    fix="Write AZUREML_MODEL_DIR.",
    source="Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    world=_ONE,
    fixable=True,
)
NOT_REGISTERED = ServiceScriptRule(
    code="SD503",
    severity="error",
    title="Model is not registered",
    message="The model “{name}” is not in the workspace{hint}.",
    why="get_model_path looks among the models that are deployed with the script, by their registered name.",
    fix="Use the name the model is registered with, or register it.",
    source=f"{_SDK}: model not found in cache",
    world=_ONE,
    fixable=True,
)
NO_VERSION = ServiceScriptRule(
    code="SD504",
    severity="error",
    title="Version is not registered",
    message="The model “{name}” has no version {version}; the newest is {newest}.",
    why="A version that does not exist is not deployed with the script and is not found. It must be a whole number.",
    fix="Use an existing version, or leave the version out for the newest.",
    source=f"{_SDK}: version should be an int",
    world=_ONE,
    fixable=True,
)
WITH_VERSION = ServiceScriptRule(
    code="SD505",
    severity="error",
    title="Version inside the model name",
    message="get_model_path() takes only the name; give the version as version={version}.",
    why="A name with a colon and a version is an id of a model, but get_model_path looks for a folder of that name.",
    fix="Give only the name, and the number as the argument version.",
    source=_SDK,
    world=_ONE,
    fixable=True,
)

RULES = (PATH, VARIABLE, NOT_REGISTERED, NO_VERSION, WITH_VERSION, *file_rules.RULES, *pickle_rules.RULES)
