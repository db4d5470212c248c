"""Published pipelines, and what becomes of each here. The repositories lie elsewhere; nothing of them is here."""

from __future__ import annotations

from dataclasses import dataclass

TEMPLATE = "nfmoore+azureml-v1-real-time-deployment-template"
MLOPS = "microsoft+MLOpsPython"
WORKSHOP = "danielsc+azureml-workshop-2019"
SCENARIOS = "nfmoore+azureml-mlops-example-scenarios"
EXAMPLES = "Azure+azureml-examples"
_OF_V2 = "Of v2: its `az ml` needs the Azure CLI and an account."
_NO_ML = "Sets up Azure, and nothing of Azure ML."


@dataclass(frozen=True)
class Published:
    """One file."""

    path: str
    """With its repository."""
    jobs: int = 0
    scripts: int = 0
    stand_ins: int = 0
    left_out: int = 0
    outcome: str = ""
    """In words of the page."""
    rewritten: tuple[int, int, int] = (0, 0, 0)
    """Steps that are changed, kept and open."""
    refused: bool = False
    """It cannot be read by itself."""


RUNS = "**Runs to its end**"
PUBLISHED: tuple[Published, ...] = (
    Published(
        "GrannyProgramming+AzureMLOpsInProduction/.github/workflows/task_aml_mlops_e2e.yml",
        1,
        7,
        2,
        0,
        _OF_V2,
        (0, 0, 0),
    ),
    Published("MicrosoftLearning+mslearn-dp100/_build.yml", 1, 0, 2, 1, _NO_ML, (0, 0, 0)),
    Published(
        "danielsc+azureml-workshop-2019/3-mlops/azure-pipelines.yml",
        1,
        0,
        4,
        0,
        RUNS
        + ", with its folder under the name that the file says and a script in the place of the training. It ends with"
        " a registered model; the release of the workshop's page, written down, deploys that.",
        (2, 0, 2),
    ),
    Published("jomedinagomez+MLOPs-AzureML/.github/workflows/integration-ml-ci.yml", 3, 10, 6, 0, _OF_V2, (0, 1, 3)),
    Published("jomedinagomez+MLOPs-AzureML/.github/workflows/prod-ml-release.yml", 1, 7, 2, 0, _OF_V2, (0, 2, 5)),
    Published(
        "microsoft+MLOpsPython/.pipelines/abtest.yml",
        8,
        2,
        14,
        7,
        RUNS + ", with scripts in the place of Helm: a release is a service, and weights are shares of an endpoint. Its"
        " image is made by the SDK, so another script stands for that as well.",
        (0, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/code-quality-template.yml",
        1,
        2,
        2,
        0,
        "A template: part of the pipelines that include it.",
        (0, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/diabetes_regression-batchscoring-ci.yml",
        2,
        2,
        6,
        1,
        RUNS + ", with scripts in the place of publishing a pipeline in Azure and of that pipeline: the model scores in"
        " batch without a script, as the project's asks its run for the workspace in Azure.",
        (0, 0, 1),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/diabetes_regression-cd.yml",
        3,
        1,
        19,
        1,
        RUNS
        + ": to ACI and to AKS, with the artifact of the pipeline that trains, and with `service call` for the smoke"
        " test, which needs the SDK. The web app is left out.",
        (4, 2, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/diabetes_regression-ci-image.yml",
        1,
        0,
        2,
        0,
        "`az ml model package` needs the base image of a registry.",
        (0, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/diabetes_regression-ci.yml",
        4,
        2,
        7,
        1,
        RUNS
        + ", with the project's own training in the place of the published pipeline, which the SDK makes and runs in"
        " Azure: the model is registered, found by its build, and its artifact goes into the pipeline that deploys.",
        (0, 0, 1),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/diabetes_regression-get-model-id-artifact-template.yml",
        1,
        0,
        3,
        0,
        "A template: part of the pipelines that include it.",
        (0, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/diabetes_regression-package-model-template.yml",
        1,
        0,
        2,
        0,
        "A template: part of the pipelines that include it.",
        (2, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/diabetes_regression-publish-model-artifact-template.yml",
        1,
        0,
        3,
        0,
        "A template: part of the pipelines that include it.",
        (2, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/helm-install-template.yml",
        1,
        0,
        1,
        0,
        "A template: part of the pipelines that include it.",
        (0, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/helm-upgrade-template.yml",
        1,
        0,
        1,
        1,
        "A template: part of the pipelines that include it.",
        (0, 0, 0),
    ),
    Published(
        "microsoft+MLOpsPython/.pipelines/pr.yml",
        1,
        2,
        2,
        0,
        "Runs the linter and the tests of the project, where their packages are installed.",
        (0, 0, 0),
    ),
    Published("microsoft+MLOpsPython/environment_setup/docker-image-pipeline.yml", 1, 0, 0, 1, _NO_ML, (0, 0, 0)),
    Published(
        "microsoft+MLOpsPython/environment_setup/iac-create-environment-pipeline-arm.yml", 1, 0, 0, 1, _NO_ML, (0, 0, 0)
    ),
    Published(
        "microsoft+MLOpsPython/environment_setup/iac-create-environment-pipeline-tf.yml", 1, 0, 0, 5, _NO_ML, (0, 0, 0)
    ),
    Published(
        "microsoft+MLOpsPython/environment_setup/iac-remove-environment-pipeline.yml", 1, 0, 0, 1, _NO_ML, (0, 0, 0)
    ),
    Published(
        "microsoft+solution-accelerator-many-models/.github/workflows/automl-ci.yml", 1, 4, 3, 2, _OF_V2, (0, 0, 0)
    ),
    Published(
        "microsoft+solution-accelerator-many-models/.github/workflows/custom-script-ci.yml",
        1,
        5,
        3,
        2,
        _OF_V2,
        (0, 0, 0),
    ),
    Published("nfmoore+azureml-mlops-example-scenarios/.github/workflows/build-adf.yml", 1, 2, 2, 0, _OF_V2, (0, 0, 0)),
    Published(
        "nfmoore+azureml-mlops-example-scenarios/.github/workflows/build-model.yml", 1, 10, 3, 0, _OF_V2, (0, 4, 0)
    ),
    Published(
        "nfmoore+azureml-mlops-example-scenarios/.github/workflows/code-quality.yml", 1, 0, 1, 2, _OF_V2, (0, 0, 0)
    ),
    Published(
        "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-adf.yml", 2, 4, 6, 4, _OF_V2, (0, 0, 0)
    ),
    Published(
        "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-azureml-data-assets.yml",
        2,
        12,
        4,
        0,
        _OF_V2,
        (0, 0, 0),
    ),
    Published(
        "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-azureml-environments.yml",
        1,
        9,
        2,
        0,
        _OF_V2,
        (0, 0, 0),
    ),
    Published(
        "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-endpoint-batch.yml",
        2,
        24,
        6,
        2,
        _OF_V2,
        (0, 0, 0),
    ),
    Published(
        "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-endpoint-online.yml",
        3,
        37,
        8,
        2,
        _OF_V2,
        (0, 0, 0),
    ),
    Published(
        "nfmoore+azureml-v1-real-time-deployment-template/.pipelines/build-release.yml",
        8,
        0,
        30,
        0,
        RUNS + ", with a script in the place of the training; the tools of its tests are passed over.",
        (0, 0, 0),
    ),
    Published(
        "nfmoore+azureml-v1-real-time-deployment-template/.pipelines/templates/code-quality.yml",
        1,
        0,
        6,
        0,
        "A template: part of the pipelines that include it.",
        (0, 0, 0),
    ),
    Published(
        "nfmoore+azureml-v1-real-time-deployment-template/.pipelines/templates/deploy.yml",
        outcome="A template: part of the pipeline that gives its parameters.",
        rewritten=(3, 0, 0),
        refused=True,
    ),
    Published(
        "nfmoore+azureml-v1-real-time-deployment-template/.pipelines/templates/setup-data-drift.yml",
        outcome="A template: part of the pipeline that gives its parameters.",
        rewritten=(3, 1, 0),
        refused=True,
    ),
    Published(
        "nfmoore+azureml-v1-real-time-deployment-template/.pipelines/templates/train-register.yml",
        outcome="A template: part of the pipeline that gives its parameters.",
        rewritten=(4, 0, 1),
        refused=True,
    ),
    Published(
        "nfmoore+azureml-v1-real-time-deployment-template/.pipelines/templates/web-service-test.yml",
        outcome="A template: part of the pipeline that gives its parameters.",
        rewritten=(2, 0, 0),
        refused=True,
    ),
)
EXAMPLES_TOTAL = (354, 355, 2160, 967, 1)
"""Of Azure/azureml-examples: workflows, jobs, scripts, stand-ins, left out; all of v2, and made by a program."""

_ENDPOINTS = "`environment`, `if`, `on`, `ref`"
STOPS: dict[str, str] = {
    "GrannyProgramming+AzureMLOpsInProduction/.github/workflows/task_aml_mlops_e2e.yml": "`on`",
    "MicrosoftLearning+mslearn-dp100/_build.yml": "`container`",
    "microsoft+MLOpsPython/.pipelines/abtest.yml": "`container`, `environment`",
    "microsoft+MLOpsPython/.pipelines/diabetes_regression-batchscoring-ci.yml": "`container`",
    "microsoft+MLOpsPython/.pipelines/diabetes_regression-cd.yml": "`condition`, `container`",
    "microsoft+MLOpsPython/.pipelines/diabetes_regression-ci-image.yml": "`container`",
    "microsoft+MLOpsPython/.pipelines/diabetes_regression-ci.yml": "`condition`, `container`",
    "microsoft+MLOpsPython/.pipelines/pr.yml": "`container`",
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/build-adf.yml": "`ref`",
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/build-model.yml": "`environment`",
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/code-quality.yml": "`on`",
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-adf.yml": "`environment`, `if`, `on`, `ref`",
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-azureml-data-assets.yml": "`environment`",
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-azureml-environments.yml": "`environment`",
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-endpoint-batch.yml": _ENDPOINTS,
    "nfmoore+azureml-mlops-example-scenarios/.github/workflows/deploy-endpoint-online.yml": _ENDPOINTS,
    "nfmoore+azureml-v1-real-time-deployment-template/.pipelines/build-release.yml": "`environment`",
}
"""The keys for which not all jobs run by themselves: what nothing here does, and what asks for a person or for what is
unknown here. They run where they are named."""
