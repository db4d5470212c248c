"""Rules SD640 to SD659: how a v2 endpoint shares out its requests, and how a deployment runs."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.v2.worlds import (
    BATCH_WORLD,
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
)

TRAFFIC = Rule(code="SD640", severity="error", world=ENDPOINT_WORLD)
SHARE = Rule(code="SD641", severity="error", world=ENDPOINT_WORLD, fixable=True)
MIRROR = Rule(code="SD642", severity="warning", world=ENDPOINT_WORLD, fixable=True)
IDENTITIES = Rule(code="SD643", severity="error", world=ENDPOINT_WORLD)
MANAGED_SCALING = Rule(code="SD644", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
SCALE_KEY = Rule(code="SD645", severity="error", world=DEPLOYMENT_WORLD, fixable=True)
SCALE_LIMITS = Rule(code="SD646", severity="warning", world=DEPLOYMENT_WORLD, fixable=True)
WORKERS = Rule(code="SD647", severity="hint", world=DEPLOYMENT_WORLD, fixable=True)
SIZE = Rule(code="SD648", severity="warning", world=DEPLOYMENT_WORLD, fixable=True)
VARIABLE = Rule(code="SD649", severity="hint", world=DEPLOYMENT_WORLD, fixable=True)
OUTPUT_NAME = Rule(code="SD650", severity="error", world=BATCH_WORLD, fixable=True)
NO_CODE = Rule(code="SD651", severity="warning", world=DEPLOYMENT_WORLD, fixable=True)
NO_SERVER = Rule(
    code="SD652",
    severity="warning",
    world=World(
        "deployment.yml",
        files=("src/score.py", "model/model.pkl"),
        texts=(
            ("conda.yml", "dependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn\n"),
            (
                "serving.yml",
                (
                    "dependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn\n      -"
                    " azureml-inference-server-http\n"
                ),
            ),
        ),
    ),
)
QUEUE = Rule(code="SD653", severity="hint", world=DEPLOYMENT_WORLD, fixable=True, tag="deprecated")

QUANTITY = Rule(code="SD654", severity="error", world=DEPLOYMENT_WORLD)
ABOVE_LIMIT = Rule(code="SD655", severity="error", world=DEPLOYMENT_WORLD)
NO_SDK = Rule(
    code="SD656",
    severity="warning",
    world=World(
        "deployment.yml",
        files=("model/model.pkl",),
        texts=(
            ("src/score.py", "from azureml.core.model import Model\n\n\ndef init():\n    pass\n"),
            ("conda.yml", "dependencies:\n  - python=3.11\n  - pip:\n      - azureml-inference-server-http\n"),
            ("defaults.yml", "dependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"),
        ),
    ),
)

RULES = (
    TRAFFIC,
    SHARE,
    MIRROR,
    IDENTITIES,
    MANAGED_SCALING,
    SCALE_KEY,
    SCALE_LIMITS,
    WORKERS,
    SIZE,
    VARIABLE,
    OUTPUT_NAME,
    NO_CODE,
    NO_SERVER,
    QUEUE,
    QUANTITY,
    ABOVE_LIMIT,
    NO_SDK,
)
