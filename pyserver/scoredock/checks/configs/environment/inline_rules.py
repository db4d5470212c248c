"""Rules SD437 to SD448: environments written as JSON, on their own or inside an inference configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_JSON = World("azureml_environment.json")
_SDK = "azureml-core 1.61, Environment"
_SERVER = "azureml-inference-server-http 1.5.1, settings"


DOCKER_ENABLED = Rule(
    code="SD437",
    severity="hint",
    title="Switch without effect",
    message="“docker.{key}” has no effect on a service, which always runs in a container.",
    why="The switch was for training runs and is deprecated; Azure finds out by itself what an image needs.",
    fix="Remove the key.",
    source=f"{_SDK}.docker: deprecated",
    world=_JSON,
    fixable=True,
    tag="deprecated",
)
IGNORED_PACKAGES = Rule(
    code="SD438",
    severity="information",
    title="Packages that are not installed",
    message="With “userManagedDependencies” nothing is installed; the image must bring these packages.",
    why="The switch says that the image is complete. What condaDependencies lists is then only a note.",
    fix="Set userManagedDependencies to false to have them installed, or remove condaDependencies.",
    source=f"{_SDK}.python",
    world=_JSON,
    fixable=True,
)
FILE_MISSING = Rule(
    code="SD439",
    severity="error",
    title="Conda file does not exist",
    message="The conda file “{path}” does not exist in “{base}”.",
    why="The environment's packages stand in that file; without it there is nothing to build.",
    fix="Correct the path; it is relative to this file.",
    source=f"{_SDK}.python",
    world=World("azureml_environment.json", ("conda.yml",)),
    fixable=True,
)
FILE_CASE = Rule(
    code="SD440",
    severity="error",
    title="Path differs in case",
    message="“{path}” exists only as “{found}”; other systems distinguish upper and lower case.",
    why="Windows and macOS find the file all the same, but Linux does not.",
    fix="Write the path exactly as the file is called.",
    source="file names on Linux",
    world=World("azureml_environment.json", ("conda.yml",)),
    fixable=True,
)
SHARED_MEMORY = Rule(
    code="SD441",
    severity="warning",
    title="Size that Docker does not understand",
    message="“shmSize” must be a number with b, k, m or g behind it, such as 2g, not {got}.",
    why="It is given to Docker as it stands, and the container is not started with a size that cannot be read.",
    fix="Write it like 2g or 512m.",
    source="Docker documentation, docker run --shm-size",
    world=_JSON,
    fixable=True,
)
EXAMPLE_VARIABLE = Rule(
    code="SD442",
    severity="hint",
    title="Variable of the template",
    message="EXAMPLE_ENV_VAR is an example that every new environment starts with; remove it.",
    why="The SDK puts it there to show the form. Nothing reads it.",
    fix="Remove it.",
    source=f"{_SDK}: default of environment_variables",
    world=_JSON,
    fixable=True,
    tag="unnecessary",
)
SECRET_VARIABLE = Rule(
    code="SD443",
    severity="warning",
    title="Secret in an environment variable",
    message="The value of “{name}” is written in the file, where everybody who gets the file can read it.",
    why=(
        "An environment is stored with all its versions and shown to everybody in the workspace; a secret in it cannot"
        " be taken back."
    ),
    fix="Fetch the secret from a key vault in init(), or set the variable at the deployment.",
    source="Azure ML article “Use secrets in runs”",
    world=_JSON,
)
RESERVED_VARIABLE = Rule(
    code="SD444",
    severity="warning",
    title="Variable that the service sets",
    message="“{name}” is set by the service itself; with another value it no longer finds {what}.",
    why="A value given here wins over that of the service, and the paths that the script relies on are wrong.",
    fix="Remove it; read the variable in the script.",
    source="azureml-core 1.61, LocalWebservice: environment variables override",
    world=_JSON,
    fixable=True,
)
SERVER_VARIABLE = Rule(
    code="SD445",
    severity="warning",
    title="Setting that the server cannot read",
    message="“{name}” must be a whole number{least}, not {got}.",
    why=(
        "Azure's scoring server reads the variable when it starts and ends at once when it is no number; Scoredock"
        " takes the default."
    ),
    fix="Write digits only.",
    source=_SERVER,
    world=_JSON,
    fixable=True,
)
VARIABLE_NAME = Rule(
    code="SD446",
    severity="warning",
    title="Name that no variable can have",
    message="{got} cannot be the name of an environment variable.",
    why=(
        "Kubernetes refuses a name with a space, and no system knows one that is empty or holds an equals sign; the"
        " container is not started."
    ),
    fix="Use letters, digits and underscores.",
    source="POSIX, environment variable definition",
    world=_JSON,
    fixable=True,
)
STACK_VERSION = Rule(
    code="SD447",
    severity="warning",
    title="Serving stack that does not exist",
    message="“inferencingStackVersion” must be “latest” or null, not “{got}”.",
    why="It adds Azure's serving stack to an image that has none. Only one version of it was ever offered.",
    fix="Write latest, or leave the key out when the image brings the server.",
    source=f"{_SDK}.inferencing_stack_version",
    world=_JSON,
    fixable=True,
)
REGISTRY_PASSWORD = Rule(
    code="SD448",
    severity="warning",
    title="Password of a registry in a file",
    message="The password of the registry is written in the file, where everybody who gets the file can read it.",
    why="Files like this are committed, and an environment is shown with its registry to everybody in the workspace.",
    fix="Give the workspace's identity the right to pull from the registry.",
    source=f"{_SDK}.docker.base_image_registry",
    world=_JSON,
    fixable=True,
)
IMAGE = Rule(
    code="SD449",
    severity="warning",
    title="Invalid image name",
    message="“{got}” is not the name of an image{hint}.",
    why=(
        "Registries allow lower-case letters, digits and a few signs, and no scheme in front; the image is not found"
        " under this name."
    ),
    fix="Write registry/name:tag.",
    source="Docker documentation, image names",
    world=_JSON,
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
