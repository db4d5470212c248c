"""Published online deployments of Azure ML v2, and what becomes of each here. The repositories lie elsewhere; nothing
of them is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ONLINE = "Azure+azureml-examples/cli/endpoints/online/"
NFMOORE = "nfmoore+azureml-mlops-example-scenarios/core/"
MODELS: tuple[tuple[str, str], ...] = (
    ("my-model", ONLINE + "model-1/model"),
    ("my-model", ONLINE + "model-2/model"),
    ("heart-classifier-mlflow", ONLINE + "deploy-with-packages/mlflow-model/model"),
    ("credit-card-default", ONLINE + "ncd/sklearn-diabetes/model"),
)
"""Registered first, as the commands beside the files do; the last one stands in for one that is not published."""
ENVIRONMENTS: Mapping[str, str] = {
    "my-env": ONLINE + "model-1/environment/conda.yaml",
    "credit-card-default-score": NFMOORE + "environments/conda/score.yml",
}


@dataclass(frozen=True)
class Published:
    """One deployment file."""

    path: str
    code: str = ""
    """Of its refusal; empty where it deploys."""
    reason: str = ""
    """That of the page, in words."""


