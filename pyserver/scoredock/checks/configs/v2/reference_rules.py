"""Rules SD620 to SD639: models, environments, code and paths that v2 files name."""

from __future__ import annotations

from scoredock.analysis.rule import Rule
from scoredock.checks.configs.v2.worlds import (
    BATCH_WORLD,
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
)

CODE_HALF = Rule(code="SD620", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
SCRIPT_MISSING = Rule(code="SD621", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
NOT_PYTHON = Rule(code="SD622", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
PATH_MISSING = Rule(code="SD623", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
CASE = Rule(code="SD624", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
MODEL_REFERENCE = Rule(code="SD625", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
SEVERAL_MODELS = Rule(code="SD626", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
ENVIRONMENT_REFERENCE = Rule(code="SD627", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
INLINE_PACKAGES = Rule(code="SD628", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
NO_IMAGE = Rule(code="SD629", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
TWO_IMAGES = Rule(code="SD630", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
CONDA_WITH_BUILD = Rule(code="SD631", severity="warning", world=DEPLOYMENT_WORLD, fixable=True)
REGISTRY_ON_KUBERNETES = Rule(code="SD632", severity="error", world=DEPLOYMENT_WORLD)
COMPUTE_REFERENCE = Rule(code="SD633", severity="error", world=ENDPOINT_WORLD, fixable=True)
NO_COMPUTE = Rule(code="SD634", severity="warning", world=BATCH_WORLD, fixable=True)

RULES = (
    CODE_HALF,
    SCRIPT_MISSING,
    NOT_PYTHON,
    PATH_MISSING,
    CASE,
    MODEL_REFERENCE,
    SEVERAL_MODELS,
    ENVIRONMENT_REFERENCE,
    INLINE_PACKAGES,
    NO_IMAGE,
    TWO_IMAGES,
    CONDA_WITH_BUILD,
    REGISTRY_ON_KUBERNETES,
    COMPUTE_REFERENCE,
    NO_COMPUTE,
)
