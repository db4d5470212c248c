"""Rules SD2xx: what can be wrong with an inference configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.inference import older_key_rules as inference_older_rules
from scoredock.checks.configs.inference import path_rules

_WORLD = World("inferenceconfig.json", ("score.py",))
_WITH_CONDA = World("inferenceconfig.json", ("score.py", "conda.yml"))

BROKEN = Rule(code="SD201", severity="error", world=_WORLD, fixable=True)
DOUBLED = Rule(code="SD202", severity="warning", world=_WORLD, fixable=True)
UNKNOWN = Rule(code="SD203", severity="warning", world=_WORLD, fixable=True)
KIND = Rule(
    code="SD204",
    severity="error",
    world=World("inferenceconfig.json", ("score.py", "2024/", "2024/score.py")),
    fixable=True,
)
VALUE = Rule(code="SD205", severity="error", world=_WITH_CONDA, fixable=True)
NO_SCRIPT = Rule(code="SD206", severity="error", world=_WORLD, fixable=True)
SCRIPT_MISSING = Rule(code="SD207", severity="error", world=_WORLD, fixable=True)
CASE = Rule(code="SD208", severity="error", world=_WORLD, fixable=True)
NOT_IMPORTABLE = Rule(
    code="SD209", severity="error", world=World("inferenceconfig.json", ("my-score.py", "my_score.py")), fixable=True
)
FOLDER_MISSING = Rule(
    code="SD210", severity="error", world=World("inferenceconfig.json", ("source/", "source/score.py")), fixable=True
)
FILE_MISSING = Rule(code="SD211", severity="error", world=_WITH_CONDA, fixable=True)
BESIDE_ENVIRONMENT = Rule(code="SD212", severity="warning", world=_WORLD, fixable=True)
NOT_AN_OBJECT = Rule(code="SD213", severity="error", world=_WORLD)
ABSOLUTE = Rule(code="SD214", severity="warning", world=_WORLD, fixable=True)
NOT_REGISTERED = Rule(
    code="SD215",
    severity="error",
    world=World("inferenceconfig.json", ("score.py",), environments=(("diabetes-env", (1, 2)),)),
    fixable=True,
)

RULES = (
    BROKEN,
    DOUBLED,
    UNKNOWN,
    KIND,
    VALUE,
    NO_SCRIPT,
    SCRIPT_MISSING,
    CASE,
    NOT_IMPORTABLE,
    FOLDER_MISSING,
    FILE_MISSING,
    BESIDE_ENVIRONMENT,
    NOT_AN_OBJECT,
    ABSOLUTE,
    NOT_REGISTERED,
    *inference_older_rules.RULES,
    *path_rules.RULES,
)
