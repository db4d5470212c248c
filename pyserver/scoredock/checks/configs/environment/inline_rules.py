"""Rules SD437 to SD448: environments written as JSON, on their own or inside an inference configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_JSON = World("azureml_environment.json")
_SDK = "azureml-core 1.61, Environment"
_SERVER = "azureml-inference-server-http 1.5.1, settings"


def _environment(*keys: str) -> str:
    return "{\n" + ",\n".join(f"  {key}" for key in ('"name": "diabetes-env"', *keys)) + "\n}\n"


_PYTHON = '"python": {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["azureml-defaults"]}]}}'
_MANAGED = (
    '"python": {"userManagedDependencies": true, "condaDependencies": {"dependencies": ["python=3.11", {"pip":'
    ' ["azureml-defaults"]}]}}'
)

DOCKER_ENABLED = Rule(
    "SD437",
    "hint",
    "Switch without effect",
    "“docker.{key}” has no effect on a service, which always runs in a container.",
    "The switch was for training runs and is deprecated; Azure finds out by itself what an image needs.",
    _environment('"docker": {"enabled": true}'),
    _environment('"docker": {}'),
    "Remove the key.",
    f"{_SDK}.docker: deprecated",
    _JSON,
    fixable=True,
    tag="deprecated",
)
IGNORED_PACKAGES = Rule(
    "SD438",
    "information",
    "Packages that are not installed",
    "With “userManagedDependencies” nothing is installed; the image must bring these packages.",
    "The switch says that the image is complete. What condaDependencies lists is then only a note.",
    _environment(_MANAGED),
    _environment(_PYTHON),
    "Set userManagedDependencies to false to have them installed, or remove condaDependencies.",
    f"{_SDK}.python",
    _JSON,
    fixable=True,
)
FILE_MISSING = Rule(
    "SD439",
    "error",
    "Conda file does not exist",
    "The conda file “{path}” does not exist in “{base}”.",
    "The environment's packages stand in that file; without it there is nothing to build.",
    _environment('"python": {"condaDependenciesFile": "conda.yaml"}'),
    _environment('"python": {"condaDependenciesFile": "conda.yml"}'),
    "Correct the path; it is relative to this file.",
    f"{_SDK}.python",
    World("azureml_environment.json", ("conda.yml",)),
    fixable=True,
)
FILE_CASE = Rule(
    "SD440",
    "error",
    "Path differs in case",
    "“{path}” exists only as “{found}”; other systems distinguish upper and lower case.",
    "Windows and macOS find the file all the same, but Linux does not.",
    _environment('"python": {"condaDependenciesFile": "Conda.yml"}'),
    _environment('"python": {"condaDependenciesFile": "conda.yml"}'),
    "Write the path exactly as the file is called.",
    "file names on Linux",
    World("azureml_environment.json", ("conda.yml",)),
    fixable=True,
)
SHARED_MEMORY = Rule(
    "SD441",
    "warning",
    "Size that Docker does not understand",
    "“shmSize” must be a number with b, k, m or g behind it, such as 2g, not {got}.",
    "It is given to Docker as it stands, and the container is not started with a size that cannot be read.",
    _environment('"docker": {"shmSize": "2 gigabytes"}'),
    _environment('"docker": {"shmSize": "2g"}'),
    "Write it like 2g or 512m.",
    "Docker documentation, docker run --shm-size",
    _JSON,
    fixable=True,
)
EXAMPLE_VARIABLE = Rule(
    "SD442",
    "hint",
    "Variable of the template",
    "EXAMPLE_ENV_VAR is an example that every new environment starts with; remove it.",
    "The SDK puts it there to show the form. Nothing reads it.",
    _environment('"environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}'),
    _environment('"environmentVariables": {}'),
    "Remove it.",
    f"{_SDK}: default of environment_variables",
    _JSON,
    fixable=True,
    tag="unnecessary",
)
SECRET_VARIABLE = Rule(
    "SD443",
    "warning",
    "Secret in an environment variable",
    "The value of “{name}” is written in the file, where everybody who gets the file can read it.",
    "An environment is stored with all its versions and shown to everybody in the workspace; a secret in it cannot be"
    " taken back.",
    _environment('"environmentVariables": {"DATABASE_PASSWORD": "not-a-password"}'),
    _environment('"environmentVariables": {"DATABASE": "patients"}'),
    "Fetch the secret from a key vault in init(), or set the variable at the deployment.",
    "Azure ML article “Use secrets in runs”",
    _JSON,
)
RESERVED_VARIABLE = Rule(
    "SD444",
    "warning",
    "Variable that the service sets",
    "“{name}” is set by the service itself; with another value it no longer finds {what}.",
    "A value given here wins over that of the service, and the paths that the script relies on are wrong.",
    _environment('"environmentVariables": {"AZUREML_MODEL_DIR": "models"}'),
    _environment('"environmentVariables": {}'),
    "Remove it; read the variable in the script.",
    "azureml-core 1.61, LocalWebservice: environment variables override",
    _JSON,
    fixable=True,
)
SERVER_VARIABLE = Rule(
    "SD445",
    "warning",
    "Setting that the server cannot read",
    "“{name}” must be a whole number{least}, not {got}.",
    "Azure's scoring server reads the variable when it starts and ends at once when it is no number; Scoredock takes"
    " the default.",
    _environment('"environmentVariables": {"WORKER_COUNT": "4 workers"}'),
    _environment('"environmentVariables": {"WORKER_COUNT": "4"}'),
    "Write digits only.",
    _SERVER,
    _JSON,
    fixable=True,
)
VARIABLE_NAME = Rule(
    "SD446",
    "warning",
    "Name that no variable can have",
    "{got} cannot be the name of an environment variable.",
    "Kubernetes refuses a name with a space, and no system knows one that is empty or holds an equals sign; the"
    " container is not started.",
    _environment('"environmentVariables": {"MODEL NAME": "diabetes"}'),
    _environment('"environmentVariables": {"MODEL_NAME": "diabetes"}'),
    "Use letters, digits and underscores.",
    "POSIX, environment variable definition",
    _JSON,
    fixable=True,
)
STACK_VERSION = Rule(
    "SD447",
    "warning",
    "Serving stack that does not exist",
    "“inferencingStackVersion” must be “latest” or null, not “{got}”.",
    "It adds Azure's serving stack to an image that has none. Only one version of it was ever offered.",
    _environment('"docker": {"baseImage": "contoso.azurecr.io/base:1"}', '"inferencingStackVersion": "1.0"'),
    _environment('"docker": {"baseImage": "contoso.azurecr.io/base:1"}', '"inferencingStackVersion": "latest"'),
    "Write latest, or leave the key out when the image brings the server.",
    f"{_SDK}.inferencing_stack_version",
    _JSON,
    fixable=True,
)
REGISTRY_PASSWORD = Rule(
    "SD448",
    "warning",
    "Password of a registry in a file",
    "The password of the registry is written in the file, where everybody who gets the file can read it.",
    "Files like this are committed, and an environment is shown with its registry to everybody in the workspace.",
    _environment(
        '"docker": {"baseImage": "contoso.azurecr.io/base:1", "baseImageRegistry": {"address": "contoso.azurecr.io",'
        ' "username": "builder", "password": "not-a-password"}}'
    ),
    _environment(
        '"docker": {"baseImage": "contoso.azurecr.io/base:1", "baseImageRegistry": {"address": "contoso.azurecr.io"}}'
    ),
    "Give the workspace's identity the right to pull from the registry.",
    f"{_SDK}.docker.base_image_registry",
    _JSON,
    fixable=True,
)
IMAGE = Rule(
    "SD449",
    "warning",
    "Invalid image name",
    "“{got}” is not the name of an image{hint}.",
    "Registries allow lower-case letters, digits and a few signs, and no scheme in front; the image is not found under"
    " this name.",
    _environment('"docker": {"baseImage": "https://contoso.azurecr.io/base:1"}'),
    _environment('"docker": {"baseImage": "contoso.azurecr.io/base:1"}'),
    "Write registry/name:tag.",
    "Docker documentation, image names",
    _JSON,
    fixable=True,
)

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
