"""Rules SD4xx: what can be wrong with an environment (conda YAML, pip requirements, environment JSON) or a workspace
file."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.environment import inline_rules as environment_json_rules
from scoredock.checks.configs.environment import line_rules, package_rules

_CONDA = World("conda.yml", ("score.py",))
_JSON = World("azureml_environment.json")

BROKEN = Rule(code="SD401", severity="error", world=_CONDA, fixable=True)
MAGIC = Rule(code="SD402", severity="error", world=_CONDA, fixable=True)
DOUBLED = Rule(code="SD403", severity="warning", world=_CONDA, fixable=True)
UNKNOWN = Rule(code="SD404", severity="warning", world=_CONDA, fixable=True)
KIND = Rule(code="SD405", severity="error", world=_CONDA, fixable=True)
NO_DEFAULTS = Rule(code="SD406", severity="warning", world=_CONDA, fixable=True)
PIP_INDENT = Rule(code="SD407", severity="error", world=_CONDA, fixable=True)
REQUIREMENT = Rule(code="SD408", severity="error", world=_CONDA, fixable=True)
CONTRADICTION = Rule(code="SD409", severity="warning", world=_CONDA, fixable=True)
OLD_PYTHON = Rule(code="SD410", severity="warning", world=_CONDA, fixable=True)
PIP_ONLY = Rule(code="SD411", severity="error", world=_CONDA, fixable=True)
EXCLUSIVE = Rule(code="SD412", severity="error", world=_JSON, fixable=True)
RESERVED = Rule(code="SD413", severity="error", world=_JSON, fixable=True)
NOT_AN_OBJECT = Rule(code="SD414", severity="error", world=_CONDA)
WORKSPACE_BROKEN = Rule(code="SD420", severity="error", world=World(".azureml/config.json"), fixable=True)
WORKSPACE_KEY = Rule(code="SD421", severity="error", world=World(".azureml/config.json"), fixable=True)
WORKSPACE_VALUE = Rule(code="SD422", severity="warning", world=World(".azureml/config.json"))
WORKSPACE_PLACEHOLDER = Rule(code="SD459", severity="warning", world=World(".azureml/config.json"))

RULES = (
    BROKEN,
    MAGIC,
    DOUBLED,
    UNKNOWN,
    KIND,
    NO_DEFAULTS,
    PIP_INDENT,
    REQUIREMENT,
    CONTRADICTION,
    OLD_PYTHON,
    PIP_ONLY,
    EXCLUSIVE,
    RESERVED,
    NOT_AN_OBJECT,
    WORKSPACE_BROKEN,
    WORKSPACE_KEY,
    WORKSPACE_VALUE,
    WORKSPACE_PLACEHOLDER,
    *package_rules.RULES,
    *line_rules.RULES,
    *environment_json_rules.RULES,
)
