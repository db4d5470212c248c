"""Rules SD506 to SD517 and SD521: files that are opened in a way, or sought in a place, where they are not found."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.rule import EntryScriptRule, ServiceScriptRule, World

_ONE = World(models=(ModelFacts("diabetes", 1, ("ridge.pkl",)),), deployed=True)
_WITH_SDK = EnvironmentFacts(complete=False, installed={"azureml-core": "1.61.0"})
_SOURCE = World("src/score.py", files=("src/words.json",), source_directory="src")


TEXT_MODE = ServiceScriptRule(
    code="SD506", severity="error", world=World(models=_ONE.models, deployed=True), fixable=True
)
PATH_FOR_FILE = ServiceScriptRule(
    code="SD507", severity="error", world=World(models=_ONE.models, deployed=True), fixable=True
)
RELATIVE = EntryScriptRule(code="SD508", severity="error", world=_SOURCE, fixable=True)
WORKSPACE = EntryScriptRule(
    code="SD509", severity="warning", world=World(models=_ONE.models, deployed=True, environment=_WITH_SDK)
)
BY_HAND = EntryScriptRule(code="SD510", severity="hint", world=_ONE, fixable=True)
FOLDER = ServiceScriptRule(code="SD511", severity="error", world=_ONE, fixable=True)
BELOW_FILE = ServiceScriptRule(code="SD512", severity="error", world=_ONE, fixable=True)
BACKSLASH = ServiceScriptRule(
    code="SD513",
    severity="warning",
    world=World(models=(ModelFacts("diabetes", 1, ("ridge/model.pkl",)),), deployed=True),
    fixable=True,
)
STAYS_NONE = EntryScriptRule(code="SD514", severity="error", world=_ONE, fixable=True)
NAME_FOR_VALUE = ServiceScriptRule(code="SD515", severity="error", world=_ONE, fixable=True)
NOT_JOINED = EntryScriptRule(code="SD516", severity="error", world=_ONE, fixable=True)

NOT_BESIDE = EntryScriptRule(
    code="SD517", severity="error", world=World(texts=(("labels.json", '{"a": 1}'),)), fixable=True
)

HIDDEN_FAILURE = EntryScriptRule(code="SD521", severity="warning", fixable=True)

RULES = (
    TEXT_MODE,
    PATH_FOR_FILE,
    RELATIVE,
    WORKSPACE,
    BY_HAND,
    FOLDER,
    BELOW_FILE,
    BACKSLASH,
    STAYS_NONE,
    NAME_FOR_VALUE,
    NOT_JOINED,
    NOT_BESIDE,
    HIDDEN_FAILURE,
)
