"""Rules SD620 to SD639: models, environments, code and paths that v2 files name."""

from __future__ import annotations

from scoredock.analysis.rule import Rule
from scoredock.checks.configs.v2.worlds import (
    BATCH_WORLD,
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
    LOADER,
    YAML_REFERENCE,
)

CODE_HALF = Rule(
    code="SD620",
    severity="error",
    title="Half of a code configuration",
    message="“code_configuration” also needs “{missing}”.",
    why="The folder is sent along and the script is looked for in it; one without the other ends the command.",
    fix="Give both code and scoring_script.",
    source="azure-ai-ml 1.35: “scoring script can't be empty”",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
SCRIPT_MISSING = Rule(
    code="SD621",
    severity="error",
    title="Scoring script does not exist",
    message="The file “{path}” does not exist in “{base}”.",
    why=(
        "The script is read before anything is sent; when it is not there the command ends with “Failed to open scoring"
        " script”."
    ),
    fix="Correct the path; it is relative to code, and code is relative to this file.",
    source="azure-ai-ml 1.35, check of the scoring script",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
NOT_PYTHON = Rule(
    code="SD622",
    severity="error",
    title="Scoring script is not a Python file",
    message="“{name}” does not end in .py, so the server cannot import it.",
    why="The server loads the script as a Python module by its file name.",
    fix="Name the Python file, with its ending.",
    source="azureml-inference-server-http 1.5, import of the entry script",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
PATH_MISSING = Rule(
    code="SD623",
    severity="error",
    title="Path in a v2 file does not exist",
    message="“{path}” does not exist in “{base}”.",
    why="Files and folders are sent along when the deployment is made; one that is not there ends the command.",
    fix="Correct the path; it is relative to this file.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
CASE = Rule(
    code="SD624",
    severity="error",
    title="Path in a v2 file differs in case",
    message="“{path}” exists only as “{found}”; the service runs where upper and lower case differ.",
    why="Windows and macOS find the file all the same, but a container does not.",
    fix="Use the spelling of the file.",
    source="POSIX file systems",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
MODEL_REFERENCE = Rule(
    code="SD625",
    severity="error",
    title="Model reference that is not understood",
    message="{got} is not a reference to a model{hint}.",
    why="A registered model is azureml:name:version or azureml:name@latest; a file is written out as path below model.",
    fix="Write azureml:name:version, or path: below model.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
SEVERAL_MODELS = Rule(
    code="SD626",
    severity="error",
    title="Several models in one deployment",
    message="“model” must be one model in v2, not a list.",
    why="v1 could deploy several models at once; in v2 they are registered together as one folder.",
    fix="Register a folder with all models as one model, and name that.",
    source="Azure ML article “Upgrade deployment endpoints to SDK v2”",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
ENVIRONMENT_REFERENCE = Rule(
    code="SD627",
    severity="error",
    title="Environment reference that is not understood",
    message="{got} is not a reference to an environment{hint}.",
    why=(
        "A registered environment is azureml:name:version or azureml:name@latest; one of your own is written out with"
        " an image."
    ),
    fix="Write azureml:name:version, or an image and a conda_file below environment.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
INLINE_PACKAGES = Rule(
    code="SD628",
    severity="error",
    title="Packages directly in an environment",
    message="“{key}” belongs in a conda file or below “conda_file”, not directly in the environment.",
    why="The content of a conda file at this place is refused, because an environment has keys of its own.",
    fix="Put it below conda_file, or give conda_file the path of a conda file.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
NO_IMAGE = Rule(
    code="SD629",
    severity="error",
    title="Environment without an image",
    message="The environment needs “image” or “build”.",
    why=(
        "Packages are installed into an image; without one the environment is refused with “Docker image or Dockerfile"
        " is required”."
    ),
    fix="Name an image, or build one from a Dockerfile.",
    source="azure-ai-ml 1.35, check of environments",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
TWO_IMAGES = Rule(
    code="SD630",
    severity="error",
    title="Two images for one environment",
    message="“image” and “build” cannot both be given.",
    why="An image is either taken as it is or built; with both the environment is refused.",
    fix="Keep one of them.",
    source="azure-ai-ml 1.35: “Docker image or Dockerfile should be provided not both”",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
CONDA_WITH_BUILD = Rule(
    code="SD631",
    severity="warning",
    title="Packages beside a build",
    message="“conda_file” is not used for an image that is built; install the packages in the Dockerfile.",
    why="The Dockerfile says all that is in the image.",
    fix="Remove conda_file, and install the packages in the Dockerfile.",
    source=YAML_REFERENCE,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
REGISTRY_ON_KUBERNETES = Rule(
    code="SD632",
    severity="error",
    title="Registry asset on Kubernetes",
    message="Kubernetes deployments cannot use {what} of a registry.",
    why="Only managed deployments read azureml://registries/…; for Kubernetes the file is refused.",
    fix="Register it in the workspace, and name that.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
)
COMPUTE_REFERENCE = Rule(
    code="SD633",
    severity="error",
    title="Compute reference that is not understood",
    message="“compute” must be “azureml:{got}”, with the name of a compute of the workspace.",
    why="Names of computes are told from other texts by azureml: in front.",
    fix="Put azureml: in front.",
    source=LOADER,
    world=ENDPOINT_WORLD,
    fixable=True,
)
NO_COMPUTE = Rule(
    code="SD634",
    severity="warning",
    title="Batch deployment without compute",
    message="A batch deployment of a model needs “compute”, the cluster that its jobs run on.",
    why="Without it no job of the deployment can start.",
    fix="Add compute: azureml:name.",
    source=YAML_REFERENCE,
    world=BATCH_WORLD,
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
