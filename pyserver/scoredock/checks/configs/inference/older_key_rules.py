"""Rules SD216 to SD221, SD227, SD230 to SD232: older keys, versions, and keys that belong into another file."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_WORLD = World("inferenceconfig.json", ("score.py",))
_REGISTERED = World("inferenceconfig.json", ("score.py",), environments=(("diabetes-env", (1, 2)),))
_CONDA = (
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - scikit-learn\n"
)

OLDER = Rule(
    code="SD216",
    severity="hint",
    world=World("inferenceconfig.json", ("score.py", "conda.yml"), texts=(("conda.yml", _CONDA),)),
    fixable=True,
    tag="deprecated",
)
SPARK = Rule(code="SD217", severity="information", world=_WORLD)
NOT_CONVERTIBLE = Rule(code="SD218", severity="warning", world=_WORLD, fixable=True)
NUMBER_VERSION = Rule(code="SD220", severity="information", world=_WORLD, fixable=True)
LATEST_VERSION = Rule(code="SD221", severity="warning", world=_REGISTERED, fixable=True)
EMPTY_TEXT = Rule(code="SD227", severity="hint", world=_WORLD, fixable=True, tag="unnecessary")
ELSEWHERE = Rule(code="SD230", severity="warning", world=_WORLD, fixable=True)
OF_ENVIRONMENT = Rule(code="SD231", severity="warning", world=_WORLD, fixable=True)
BOTH_SPELLINGS = Rule(
    code="SD232", severity="warning", world=World("inferenceconfig.json", ("score.py", "steps")), fixable=True
)

RULES = (
    OLDER,
    SPARK,
    NOT_CONVERTIBLE,
    NUMBER_VERSION,
    LATEST_VERSION,
    EMPTY_TEXT,
    ELSEWHERE,
    OF_ENVIRONMENT,
    BOTH_SPELLINGS,
)
