"""Rules SD620 to SD639: models, environments, code and paths that v2 files name."""

from __future__ import annotations

from scoredock.analysis.rule import Rule
from scoredock.checks.configs.v2.examples import (
    BATCH_WORLD,
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
    LOADER,
    YAML_REFERENCE,
    batch,
    deployment,
    endpoint,
    kubernetes,
)

_IMAGE = "  image: mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:latest\n"

CODE_HALF = Rule(
    "SD620",
    "error",
    "Half of a code configuration",
    "“code_configuration” also needs “{missing}”.",
    "The folder is sent along and the script is looked for in it; one without the other ends the command.",
    deployment("code_configuration:\n  code: src"),
    deployment("code_configuration:\n  code: src\n  scoring_script: score.py"),
    "Give both code and scoring_script.",
    "azure-ai-ml 1.35: “scoring script can't be empty”",
    DEPLOYMENT_WORLD,
    fixable=True,
)
SCRIPT_MISSING = Rule(
    "SD621",
    "error",
    "Scoring script does not exist",
    "The file “{path}” does not exist in “{base}”.",
    "The script is read before anything is sent; when it is not there the command ends with “Failed to open scoring"
    " script”.",
    deployment("code_configuration:\n  code: src\n  scoring_script: scoring.py"),
    deployment("code_configuration:\n  code: src\n  scoring_script: score.py"),
    "Correct the path; it is relative to code, and code is relative to this file.",
    "azure-ai-ml 1.35, check of the scoring script",
    DEPLOYMENT_WORLD,
    fixable=True,
)
NOT_PYTHON = Rule(
    "SD622",
    "error",
    "Scoring script is not a Python file",
    "“{name}” does not end in .py, so the server cannot import it.",
    "The server loads the script as a Python module by its file name.",
    deployment("code_configuration:\n  code: src\n  scoring_script: score"),
    deployment("code_configuration:\n  code: src\n  scoring_script: score.py"),
    "Name the Python file, with its ending.",
    "azureml-inference-server-http 1.5, import of the entry script",
    DEPLOYMENT_WORLD,
    fixable=True,
)
PATH_MISSING = Rule(
    "SD623",
    "error",
    "Path in a v2 file does not exist",
    "“{path}” does not exist in “{base}”.",
    "Files and folders are sent along when the deployment is made; one that is not there ends the command.",
    deployment("model:\n  path: model/modle.pkl"),
    deployment("model:\n  path: model/model.pkl"),
    "Correct the path; it is relative to this file.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
CASE = Rule(
    "SD624",
    "error",
    "Path in a v2 file differs in case",
    "“{path}” exists only as “{found}”; the service runs where upper and lower case differ.",
    "Windows and macOS find the file all the same, but a container does not.",
    deployment("code_configuration:\n  code: src\n  scoring_script: Score.py"),
    deployment("code_configuration:\n  code: src\n  scoring_script: score.py"),
    "Use the spelling of the file.",
    "POSIX file systems",
    DEPLOYMENT_WORLD,
    fixable=True,
)
MODEL_REFERENCE = Rule(
    "SD625",
    "error",
    "Model reference that is not understood",
    "{got} is not a reference to a model{hint}.",
    "A registered model is azureml:name:version or azureml:name@latest; a file is written out as path below model.",
    deployment("model: diabetes:3"),
    deployment("model: azureml:diabetes:3"),
    "Write azureml:name:version, or path: below model.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
SEVERAL_MODELS = Rule(
    "SD626",
    "error",
    "Several models in one deployment",
    "“model” must be one model in v2, not a list.",
    "v1 could deploy several models at once; in v2 they are registered together as one folder.",
    deployment("model: [azureml:diabetes:3]"),
    deployment("model: azureml:diabetes:3"),
    "Register a folder with all models as one model, and name that.",
    "Azure ML article “Upgrade deployment endpoints to SDK v2”",
    DEPLOYMENT_WORLD,
    fixable=True,
)
ENVIRONMENT_REFERENCE = Rule(
    "SD627",
    "error",
    "Environment reference that is not understood",
    "{got} is not a reference to an environment{hint}.",
    "A registered environment is azureml:name:version or azureml:name@latest; one of your own is written out with an"
    " image.",
    deployment("environment: diabetes-env:1"),
    deployment("environment: azureml:diabetes-env:1"),
    "Write azureml:name:version, or an image and a conda_file below environment.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
INLINE_PACKAGES = Rule(
    "SD628",
    "error",
    "Packages directly in an environment",
    "“{key}” belongs in a conda file or below “conda_file”, not directly in the environment.",
    "The content of a conda file at this place is refused, because an environment has keys of its own.",
    deployment("environment:\n" + _IMAGE + "  dependencies:\n    - python=3.11"),
    deployment("environment:\n" + _IMAGE + "  conda_file:\n    dependencies:\n      - python=3.11"),
    "Put it below conda_file, or give conda_file the path of a conda file.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
NO_IMAGE = Rule(
    "SD629",
    "error",
    "Environment without an image",
    "The environment needs “image” or “build”.",
    "Packages are installed into an image; without one the environment is refused with “Docker image or Dockerfile is"
    " required”.",
    deployment("environment:\n  conda_file: conda.yml"),
    deployment("environment:\n" + _IMAGE + "  conda_file: conda.yml"),
    "Name an image, or build one from a Dockerfile.",
    "azure-ai-ml 1.35, check of environments",
    DEPLOYMENT_WORLD,
    fixable=True,
)
TWO_IMAGES = Rule(
    "SD630",
    "error",
    "Two images for one environment",
    "“image” and “build” cannot both be given.",
    "An image is either taken as it is or built; with both the environment is refused.",
    deployment("environment:\n" + _IMAGE + "  build:\n    path: src\n    dockerfile_path: score.py"),
    deployment("environment:\n" + _IMAGE.rstrip()),
    "Keep one of them.",
    "azure-ai-ml 1.35: “Docker image or Dockerfile should be provided not both”",
    DEPLOYMENT_WORLD,
    fixable=True,
)
CONDA_WITH_BUILD = Rule(
    "SD631",
    "warning",
    "Packages beside a build",
    "“conda_file” is not used for an image that is built; install the packages in the Dockerfile.",
    "The Dockerfile says all that is in the image.",
    deployment("environment:\n  build:\n    path: src\n    dockerfile_path: score.py\n  conda_file: conda.yml"),
    deployment("environment:\n  build:\n    path: src\n    dockerfile_path: score.py"),
    "Remove conda_file, and install the packages in the Dockerfile.",
    YAML_REFERENCE,
    DEPLOYMENT_WORLD,
    fixable=True,
)
REGISTRY_ON_KUBERNETES = Rule(
    "SD632",
    "error",
    "Registry asset on Kubernetes",
    "Kubernetes deployments cannot use {what} of a registry.",
    "Only managed deployments read azureml://registries/…; for Kubernetes the file is refused.",
    kubernetes("model: azureml://registries/azureml/models/diabetes/versions/3"),
    kubernetes("model: azureml:diabetes:3"),
    "Register it in the workspace, and name that.",
    LOADER,
    DEPLOYMENT_WORLD,
)
COMPUTE_REFERENCE = Rule(
    "SD633",
    "error",
    "Compute reference that is not understood",
    "“compute” must be “azureml:{got}”, with the name of a compute of the workspace.",
    "Names of computes are told from other texts by azureml: in front.",
    endpoint("compute: my-cluster"),
    endpoint("compute: azureml:my-cluster"),
    "Put azureml: in front.",
    LOADER,
    ENDPOINT_WORLD,
    fixable=True,
)
NO_COMPUTE = Rule(
    "SD634",
    "warning",
    "Batch deployment without compute",
    "A batch deployment of a model needs “compute”, the cluster that its jobs run on.",
    "Without it no job of the deployment can start.",
    batch("model: azureml:diabetes:3"),
    batch("model: azureml:diabetes:3", "compute: azureml:cpu-cluster"),
    "Add compute: azureml:name.",
    YAML_REFERENCE,
    BATCH_WORLD,
    fixable=True,
)

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
