"""Published online deployments of Azure ML v2, and what becomes of each here. The repositories lie elsewhere; nothing
of them is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SINGLE = "Azure+azureml-examples/cli/endpoints/online/custom-container/minimal/single-model/"
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
    does: str = "is taken"
    """What becomes of one that deploys, as it was seen when it was deployed."""
    name: str = ""
    """Of the endpoint, where the command beside the file gives it."""


PUBLISHED: tuple[Published, ...] = (
    Published(
        ONLINE + "custom-container/minimal/multimodel/minimal-multimodel-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        SINGLE + "conda-in-dockerfile/minimal-single-model-conda-in-dockerfile-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        SINGLE + "pip-in-dockerfile/minimal-single-model-pip-in-dockerfile-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        ONLINE + "custom-container/mlflow/multideployment-scikit/mlflow-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        ONLINE + "custom-container/r/multimodel-plumber/r-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        ONLINE + "custom-container/tfserving/half-plus-two/tfserving-deployment.yml",
        "check-failed",
        "Its script downloads the model first, and its image brings a server of its own.",
    ),
    Published(
        ONLINE + "custom-container/tfserving/half-plus-two-integrated/half-plus-two-integrated-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        ONLINE + "custom-container/torchserve/densenet/torchserve-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        ONLINE + "custom-container/triton/single-model/triton-cc-deployment.yml",
        "deployment-file-invalid",
        "It is a template; its script fills it in first.",
    ),
    Published(
        ONLINE + "deploy-with-packages/custom-model/deployment.yml",
        "deployment-file-unsupported",
        "Its environment is a package that Azure has made: an image with model and script.",
    ),
    Published(
        ONLINE + "deploy-with-packages/custom-model/model-deployment.yml",
        "check-failed",
        "Its name has an underscore, which Azure refuses as well.",
    ),
    Published(
        ONLINE + "deploy-with-packages/mlflow-model/deployment.yml",
        "deployment-file-unsupported",
        "Its environment is a package that Azure has made: an image with model and script.",
    ),
    Published(
        ONLINE + "deploy-with-packages/mlflow-model/model-deployment.yml",
        does="is taken; its conda file asks for `uuid`, which has no wheel",
    ),
    Published(ONLINE + "kubernetes/kubernetes-blue-deployment.yml", does="runs, on this machine"),
    Published(ONLINE + "kubernetes/kubernetes-green-deployment.yml", does="runs, on this machine"),
    Published(
        ONLINE + "managed/binary-payloads/binary-payloads-deployment.yml",
        "deployment-file-invalid",
        "It has places that its script fills in first.",
    ),
    Published(
        ONLINE + "managed/inference-schema/deployment-numpy.yml",
        "deployment-file-invalid",
        "It has places that its script fills in first.",
    ),
    Published(
        ONLINE + "managed/inference-schema/deployment-pandas.yml",
        "deployment-file-invalid",
        "It has places that its script fills in first.",
    ),
    Published(
        ONLINE + "managed/inference-schema/deployment-standard.yml",
        "deployment-file-invalid",
        "It has places that its script fills in first.",
    ),
    Published(
        ONLINE + "managed/keyvault/keyvault-deployment.yml",
        "deployment-file-invalid",
        "It has places that its script fills in first.",
    ),
    Published(
        ONLINE + "managed/managed-identities/2-sai-deployment.yml",
        name="ident",
        does="is taken; its script reads a storage account of Azure",
    ),
    Published(
        ONLINE + "managed/managed-identities/2-uai-deployment.yml",
        name="ident",
        does="is taken; its script reads a storage account of Azure",
    ),
    Published(
        ONLINE + "managed/minimal/single-model-registered/deployment.yml",
        "deployment-file-invalid",
        "It has places that its script fills in first.",
    ),
    Published(
        ONLINE + "managed/openapi/deployment.yml",
        "deployment-file-invalid",
        "It has places that its script fills in first.",
    ),
    Published(
        ONLINE + "managed/sample/blue-deployment-with-curated-env.yml",
        "deployment-file-elsewhere",
        "Its environment is of the registry azureml; register its packages under a name of your own.",
    ),
    Published(ONLINE + "managed/sample/blue-deployment-with-registered-assets.yml", does="runs"),
    Published(ONLINE + "managed/sample/blue-deployment.yml", does="runs"),
    Published(
        ONLINE + "managed/sample/green-deployment-with-curated-env.yml",
        "deployment-file-elsewhere",
        "Its environment is of the registry azureml; register its packages under a name of your own.",
    ),
    Published(ONLINE + "managed/sample/green-deployment-with-registered-assets.yml", does="runs"),
    Published(ONLINE + "managed/sample/green-deployment.yml", does="runs"),
    Published(
        ONLINE + "managed/vnet/mlflow/blue-deployment-vnet.yml",
        "deployment-file-unsupported",
        "Its image brings its own server; only scoring scripts run here.",
    ),
    Published(
        ONLINE + "managed/vnet/sample/blue-deployment-vnet.yml",
        "environment-needs-docker",
        "Its environment is an image alone; `--engine docker` gets it.",
    ),
    Published(ONLINE + "ncd/lightgbm-deployment.yaml", does="runs"),
    Published(
        ONLINE + "ncd/sklearn-deployment-with-script.yaml",
        does="is taken; its script imports a name that MLflow has no more",
    ),
    Published(ONLINE + "ncd/sklearn-deployment.yaml", does="runs"),
    Published(
        ONLINE + "triton/single-model/create-managed-deployment.yaml",
        "deployment-file-unsupported",
        "A model of Triton needs Triton's server.",
    ),
    Published(
        NFMOORE + "endpoints/online/deployment.yml",
        does="is taken; its package collects data in a pod of Azure only",
    ),
    Published(
        "rndazurescript+FunWithAzureML/forecast-online-endpoint/deployment.yml",
        "asset-not-found",
        "The curated environment AzureML-AutoML is not among those that are here.",
    ),
    Published(
        "wjohnson+AzureMLStarters/customcontainer/custom-deployment.yml",
        "deployment-file-unsupported",
        "Its image brings its own server; only scoring scripts run here.",
    ),
)
