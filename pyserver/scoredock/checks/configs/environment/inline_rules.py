"""Rules SD437 to SD448: environments written as JSON, on their own or inside an inference configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_JSON = World("azureml_environment.json")


DOCKER_ENABLED = Rule(code="SD437", severity="hint", world=_JSON, fixable=True, tag="deprecated")
IGNORED_PACKAGES = Rule(code="SD438", severity="information", world=_JSON, fixable=True)
FILE_MISSING = Rule(
    code="SD439", severity="error", world=World("azureml_environment.json", ("conda.yml",)), fixable=True
)
FILE_CASE = Rule(code="SD440", severity="error", world=World("azureml_environment.json", ("conda.yml",)), fixable=True)
SHARED_MEMORY = Rule(code="SD441", severity="warning", world=_JSON, fixable=True)
EXAMPLE_VARIABLE = Rule(code="SD442", severity="hint", world=_JSON, fixable=True, tag="unnecessary")
SECRET_VARIABLE = Rule(code="SD443", severity="warning", world=_JSON)
RESERVED_VARIABLE = Rule(code="SD444", severity="warning", world=_JSON, fixable=True)
SERVER_VARIABLE = Rule(code="SD445", severity="warning", world=_JSON, fixable=True)
VARIABLE_NAME = Rule(code="SD446", severity="warning", world=_JSON, fixable=True)
STACK_VERSION = Rule(code="SD447", severity="warning", world=_JSON, fixable=True)
REGISTRY_PASSWORD = Rule(code="SD448", severity="warning", world=_JSON, fixable=True)
IMAGE = Rule(code="SD449", severity="warning", world=_JSON, fixable=True)

RULES = (
    DOCKER_ENABLED,
    IGNORED_PACKAGES,
    FILE_MISSING,
    FILE_CASE,
    SHARED_MEMORY,
    EXAMPLE_VARIABLE,
    SECRET_VARIABLE,
    RESERVED_VARIABLE,
    SERVER_VARIABLE,
    VARIABLE_NAME,
    STACK_VERSION,
    REGISTRY_PASSWORD,
    IMAGE,
)
