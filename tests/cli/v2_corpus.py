"""Published online deployments of Azure ML v2, and what becomes of each here. The repositories lie elsewhere; nothing
of them is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SINGLE = "Azure+azureml-examples/cli/endpoints/online/custom-container/minimal/single-model/"
ONLINE = "Azure+azureml-examples/cli/endpoints/online/"
NFMOORE = "nfmoore+azureml-mlops-example-scenarios/core/"
EXAMPLES = "Azure+azureml-examples/cli/"
MODELS: tuple[tuple[str, str], ...] = (
    ("my-model", ONLINE + "model-1/model"),
    ("my-model", ONLINE + "model-2/model"),
    ("heart-classifier-mlflow", ONLINE + "deploy-with-packages/mlflow-model/model"),
    ("credit-card-default", ONLINE + "ncd/sklearn-diabetes/model"),
)
"""Registered first, as the commands beside the files do; the last one stands in for one that is not published."""
REQUEST_1, REQUEST_2 = ONLINE + "model-1/sample-request.json", ONLINE + "model-2/sample-request.json"
ENVIRONMENTS: Mapping[str, str] = {
    "my-env": ONLINE + "model-1/environment/conda.yaml",
    "credit-card-default-score": NFMOORE + "environments/conda/score.yml",
}


@dataclass(frozen=True)
class Published:
    """One deployment file."""

    path: str
    code: str = ""
    """Of its refusal; empty where it runs."""
    reason: str = ""
    """That of the page, in words."""
    line: int = 0
    """The line that a refusal names, counted from one."""
    request: str = ""
    """The body that a deployment is called with, which lies beside the file."""
    status: int = 200
    """Of the answer to that body; another one with the reason."""
    starts: bool = False
    """Whether the refusal comes when it starts, as the service says, and not from its file."""
    name: str = ""
    """Of the endpoint, where the command beside the file gives it."""


FOUNDATION = (
    "meta-llama-3/inference/meta-llama-3-70b/deploy.yml",
    "meta-llama-3/inference/meta-llama-3-70b-instruct/deploy.yml",
    "meta-llama-3/inference/meta-llama-3-8b/deploy.yml",
    "meta-llama-3/inference/meta-llama-3-8b-instruct/deploy.yml",
    "system/finetune/image-classification/multiclass-classification/deploy.yaml",
    "system/finetune/image-classification/multilabel-classification/deploy.yaml",
    "system/finetune/image-instance-segmentation/deploy.yaml",
    "system/finetune/image-object-detection/deploy.yaml",
    "system/finetune/question-answering/deploy.yml",
    "system/finetune/summarization/deploy.yml",
    "system/finetune/text-classification/deploy.yml",
    "system/finetune/text-generation/deploy.yml",
    "system/finetune/text-to-image/deploy.yaml",
    "system/finetune/token-classification/deploy.yml",
    "system/finetune/translation/deploy.yml",
    "system/finetune/video-multi-object-tracking/deploy.yaml",
    "system/inference/automatic-speech-recognition/deploy.yml",
    "system/inference/fill-mask/deploy.yml",
    "system/inference/image-classification/deploy-online.yaml",
    "system/inference/image-embeddings/deploy-online.yaml",
    "system/inference/image-instance-segmentation/deploy-online.yaml",
    "system/inference/image-object-detection/deploy-online.yaml",
    "system/inference/image-text-embeddings/deploy-online.yaml",
    "system/inference/image-to-text/deploy-online.yaml",
    "system/inference/mask-generation/deploy-online.yaml",
    "system/inference/question-answering/deploy.yml",
    "system/inference/summarization/deploy.yml",
    "system/inference/text-classification/deploy.yml",
    "system/inference/text-generation/deploy.yml",
    "system/inference/text-to-image/deploy-online.yaml",
    "system/inference/token-classification/deploy.yml",
    "system/inference/translation/deploy.yml",
    "system/inference/video-multi-object-tracking/deploy.yaml",
    "system/inference/visual-chat-completion/deploy.yml",
    "system/inference/visual-question-answering/deploy-online.yaml",
    "system/inference/zero-shot-image-classification/deploy-online.yaml",
)
"""Files below `foundation-models`, to which a script gives a model of a registry in Azure."""


PUBLISHED: tuple[Published, ...] = (
    Published(
        ONLINE + "custom-container/minimal/multimodel/minimal-multimodel-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=12,
    ),
    Published(
        SINGLE + "conda-in-dockerfile/minimal-single-model-conda-in-dockerfile-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=12,
    ),
    Published(
        SINGLE + "pip-in-dockerfile/minimal-single-model-pip-in-dockerfile-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=12,
    ),
    Published(
        ONLINE + "custom-container/mlflow/multideployment-scikit/mlflow-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=9,
    ),
    Published(
        ONLINE + "custom-container/r/multimodel-plumber/r-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=14,
    ),
    Published(
        ONLINE + "custom-container/tfserving/half-plus-two/tfserving-deployment.yml",
        "check-failed",
        "Its script downloads the model first, and its image brings a server of its own.",
        line=7,
    ),
    Published(
        ONLINE + "custom-container/tfserving/half-plus-two-integrated/half-plus-two-integrated-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=5,
    ),
    Published(
        ONLINE + "custom-container/torchserve/densenet/torchserve-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=9,
    ),
    Published(
        ONLINE + "custom-container/triton/single-model/triton-cc-deployment.yml",
        "deployment-file-invalid",
        "It is a template of its script, which fills in the line.",
        line=9,
    ),
    Published(
        ONLINE + "deploy-with-packages/custom-model/deployment.yml",
        "deployment-file-unsupported",
        "Its environment is a package that Azure has made: an image with model and script.",
        line=4,
    ),
    Published(
        ONLINE + "deploy-with-packages/custom-model/model-deployment.yml",
        "check-failed",
        "Its name has an underscore, which Azure refuses as well.",
        line=2,
    ),
    Published(
        ONLINE + "deploy-with-packages/mlflow-model/deployment.yml",
        "deployment-file-unsupported",
        "Its environment is a package that Azure has made: an image with model and script.",
        line=4,
    ),
    Published(
        ONLINE + "deploy-with-packages/mlflow-model/model-deployment.yml",
        reason="Its pickle is of an older scikit-learn than its conda file names.",
        request=ONLINE + "deploy-with-packages/mlflow-model/sample-request.json",
        status=500,
    ),
    Published(ONLINE + "kubernetes/kubernetes-blue-deployment.yml", request=REQUEST_1),
    Published(ONLINE + "kubernetes/kubernetes-green-deployment.yml", request=REQUEST_2),
    Published(
        ONLINE + "managed/binary-payloads/binary-payloads-deployment.yml",
        "deployment-file-invalid",
        "Its script fills in the line first.",
        line=8,
    ),
    Published(
        ONLINE + "managed/inference-schema/deployment-numpy.yml",
        "deployment-file-invalid",
        "Its script fills in the line first.",
        line=3,
    ),
    Published(
        ONLINE + "managed/inference-schema/deployment-pandas.yml",
        "deployment-file-invalid",
        "Its script fills in the line first.",
        line=3,
    ),
    Published(
        ONLINE + "managed/inference-schema/deployment-standard.yml",
        "deployment-file-invalid",
        "Its script fills in the line first.",
        line=3,
    ),
    Published(
        ONLINE + "managed/keyvault/keyvault-deployment.yml",
        "deployment-file-invalid",
        "Its script fills in the line first.",
        line=3,
    ),
    Published(
        ONLINE + "managed/managed-identities/2-sai-deployment.yml",
        "init-failed",
        "Its script asks for the identity of an Azure machine.",
        starts=True,
        name="ident",
    ),
    Published(
        ONLINE + "managed/managed-identities/2-uai-deployment.yml",
        "init-failed",
        "Its script asks for the identity of an Azure machine.",
        starts=True,
        name="ident",
    ),
    Published(
        ONLINE + "managed/minimal/single-model-registered/deployment.yml",
        "deployment-file-invalid",
        "Its script fills in the line first.",
        line=4,
    ),
    Published(
        ONLINE + "managed/openapi/deployment.yml",
        "deployment-file-invalid",
        "Its script fills in the line first.",
        line=7,
    ),
    Published(ONLINE + "managed/sample/blue-deployment-with-curated-env.yml", request=REQUEST_1),
    Published(ONLINE + "managed/sample/blue-deployment-with-registered-assets.yml", request=REQUEST_1),
    Published(ONLINE + "managed/sample/blue-deployment.yml", request=REQUEST_1),
    Published(ONLINE + "managed/sample/green-deployment-with-curated-env.yml", request=REQUEST_2),
    Published(ONLINE + "managed/sample/green-deployment-with-registered-assets.yml", request=REQUEST_2),
    Published(ONLINE + "managed/sample/green-deployment.yml", request=REQUEST_2),
    Published(
        ONLINE + "managed/vnet/mlflow/blue-deployment-vnet.yml",
        "deployment-file-unsupported",
        "Its image brings its own server; only scoring scripts run here.",
        line=12,
    ),
    Published(
        ONLINE + "managed/vnet/sample/blue-deployment-vnet.yml",
        "environment-needs-docker",
        "Its environment is an image alone; `--engine docker` gets it.",
        line=11,
    ),
    Published(ONLINE + "ncd/lightgbm-deployment.yaml", request=ONLINE + "ncd/sample-request-lightgbm.json"),
    Published(
        ONLINE + "ncd/sklearn-deployment-with-script.yaml",
        "import-failed",
        "Its script imports a name that MLflow has no more.",
        starts=True,
        request=ONLINE + "ncd/sample-request-sklearn.json",
    ),
    Published(ONLINE + "ncd/sklearn-deployment.yaml", request=ONLINE + "ncd/sample-request-sklearn.json"),
    Published(
        ONLINE + "triton/single-model/create-managed-deployment.yaml",
        "deployment-file-unsupported",
        "A model of Triton needs Triton's server.",
        line=8,
    ),
    Published(
        NFMOORE + "endpoints/online/deployment.yml",
        "init-failed",
        "Its package collects data in a pod of Azure only.",
        starts=True,
        request="",
    ),
    Published(
        "rndazurescript+FunWithAzureML/forecast-online-endpoint/deployment.yml",
        "asset-not-found",
        "The curated environment AzureML-AutoML is not among those that are here.",
        line=10,
    ),
    Published(
        "wjohnson+AzureMLStarters/customcontainer/custom-deployment.yml",
        "deployment-file-unsupported",
        "Its image brings its own server; only scoring scripts run here.",
        line=14,
    ),
    *(
        Published(
            f"{EXAMPLES}foundation-models/{path}",
            "deployment-file-unsupported",
            "It names no model; its script gives one of a registry in Azure, with `--set`.",
            line=1,
        )
        for path in FOUNDATION
    ),
    Published(
        EXAMPLES + "generative-ai/promptflow/deploy-flow/deployment-with-docker-context-environment.yaml",
        "deployment-file-unsupported",
        "Its image brings its own server; only scoring scripts run here.",
        line=21,
    ),
    Published(
        EXAMPLES + "generative-ai/promptflow/deploy-flow/deployment.yaml",
        "deployment-file-unsupported",
        "Its image brings its own server; only scoring scripts run here.",
        line=10,
    ),
    Published(
        EXAMPLES + "jobs/pipelines-with-components/nyc_taxi_data_regression/deploy.yml",
        "deployment-file-invalid",
        "It is a template: name of the registry and version are to be filled in.",
        line=4,
    ),
    Published(
        EXAMPLES + "monitoring/azureml-e2e-model-monitoring/endpoints/deployment.yaml",
        "model-not-found",
        "Its model is what a pipeline in Azure trains.",
        line=10,
    ),
)
