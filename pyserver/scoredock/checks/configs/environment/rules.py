"""Rules SD4xx: what can be wrong with an environment (conda YAML, pip requirements, environment JSON) or a workspace
file."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.environment import inline_rules as environment_json_rules
from scoredock.checks.configs.environment import line_rules, package_rules
from scoredock.formats.service_python import ADVICE, TOO_OLD

_CONDA = World("conda.yml", ("score.py",))
_JSON = World("azureml_environment.json")

BROKEN = Rule(
    code="SD401",
    severity="error",
    title="Environment file cannot be read",
    message="{problem}",
    why="An environment is built from this file; when it cannot be read there is nothing to build.",
    fix="Repair the place that is shown.",
    source="YAML 1.1; RFC 8259",
    world=_CONDA,
    fixable=True,
)
MAGIC = Rule(
    code="SD402",
    severity="error",
    title="Notebook command in a file",
    message="“{magic}” is a command for notebook cells and not part of this file.",
    why=(
        "Copied from a notebook, the first line says where the cell is to be written. In the file itself nothing"
        " understands it."
    ),
    fix="Remove the line.",
    source="IPython documentation, cell magics",
    world=_CONDA,
    fixable=True,
)
DOUBLED = Rule(
    code="SD403",
    severity="warning",
    title="Key given twice",
    message="The key “{key}” is given more than once; only the last one counts.",
    why="YAML and JSON readers take the last of several equal keys without a word, so packages get lost.",
    fix="Merge them into one.",
    source="YAML 1.2, section 3.2.1.3",
    world=_CONDA,
    fixable=True,
)
UNKNOWN = Rule(
    code="SD404",
    severity="warning",
    title="Unknown key in an environment",
    message="“{key}” is not a known key {where}, and nothing of it is used{hint}.",
    why="A key that is not known is ignored or refused, and what stands below it is not installed.",
    fix="Use the spelling of the key table, or remove the key.",
    source="azureml-core 1.61, CondaDependencies: name, channels, dependencies, prefix, variables",
    world=_CONDA,
    fixable=True,
)
KIND = Rule(
    code="SD405",
    severity="error",
    title="Wrong type in an environment",
    message="“{key}” must be {wanted}, not {got}.",
    why="The environment is not built from a value of another type.",
    fix="Write the value with the type that the key has.",
    source="conda documentation, environment files",
    world=_CONDA,
    fixable=True,
)
NO_DEFAULTS = Rule(
    code="SD406",
    severity="warning",
    title="azureml-defaults is missing",
    message="“azureml-defaults” is not among the pip packages.",
    why=(
        "It brings the scoring server. Azure builds the image without it and the container then ends at once; Scoredock"
        " brings its own."
    ),
    fix="Add azureml-defaults to the pip list.",
    source="Azure ML article “Deploy models”; azureml-core 1.61, InferenceConfig warning",
    world=_CONDA,
    fixable=True,
)
PIP_INDENT = Rule(
    code="SD407",
    severity="error",
    title="pip list is not indented",
    message="The “pip” list is empty, because what follows is not indented below it.",
    why=(
        "At this indentation the packages count as conda packages, and conda has no azureml-defaults. They must stand"
        " deeper than the word pip."
    ),
    fix="Indent the packages below pip.",
    source="conda documentation, environment files",
    world=_CONDA,
    fixable=True,
)
REQUIREMENT = Rule(
    code="SD408",
    severity="error",
    title="Requirement cannot be understood",
    message="“{text}” is not understood by pip{hint}.",
    why="One requirement that cannot be read stops the whole environment.",
    fix="Write name, name==1.2 or name>=1.2; pip wants two equals signs, conda one.",
    source="PEP 508",
    world=_CONDA,
    fixable=True,
)
CONTRADICTION = Rule(
    code="SD409",
    severity="warning",
    title="Package listed twice",
    message="“{name}” is listed more than once with different versions: “{first}” and “{second}”.",
    why="Only one version can be installed; which one is left to chance or the build fails.",
    fix="Keep one of them.",
    source="pip documentation, dependency resolution",
    world=_CONDA,
    fixable=True,
)
OLD_PYTHON = Rule(
    code="SD410",
    severity="warning",
    title="Python too old for a service",
    message=f"Python {{version}} {TOO_OLD}.",
    why=(
        "Neither today's scoring server nor Scoredock's runtime installs on it, and package indexes have long stopped"
        " building for it. A check warns of it, and a deployment is refused. Environments that nothing serves are left"
        " alone."
    ),
    fix=ADVICE,
    source="azureml-inference-server-http 1.5.1: Requires-Python >=3.9",
    world=_CONDA,
    fixable=True,
)
PIP_ONLY = Rule(
    code="SD411",
    severity="error",
    title="Package that conda does not have",
    message="“{name}” is a pip package that conda does not find; list it below “pip”.",
    why="No channel that conda looks in has it, so the environment is not built.",
    fix="Move it below pip.",
    source="Azure ML article “Deploy models”: azureml-defaults as a pip dependency",
    world=_CONDA,
    fixable=True,
)
EXCLUSIVE = Rule(
    code="SD412",
    severity="error",
    title="Two sources of one image",
    message="“{second}” cannot be given together with “{first}”.",
    why="An image is either named, or built from a Dockerfile, or built from a build context.",
    fix="Keep one of them.",
    source="azureml-core 1.61, Environment.docker",
    world=_JSON,
    fixable=True,
)
RESERVED = Rule(
    code="SD413",
    severity="error",
    title="Reserved environment name",
    message="The name of an environment of your own must not begin with “{prefix}”.",
    why=(
        "Names that begin with Microsoft or AzureML belong to the curated environments; registering one of your own is"
        " refused."
    ),
    fix="Choose another name.",
    source="azureml-core 1.61, Environment.name",
    world=_JSON,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    code="SD414",
    severity="error",
    title="Environment is not an object",
    message="This file must hold keys and their values, not {got}.",
    why="The keys are looked up in a mapping; a list or a plain value holds none.",
    fix="Put the packages below dependencies.",
    source="conda documentation, environment files",
    world=_CONDA,
)
WORKSPACE_BROKEN = Rule(
    code="SD420",
    severity="error",
    title="Workspace file cannot be read",
    message="{problem}",
    why="The workspace is found by this file; when it cannot be read the default workspace is used instead.",
    fix="Repair the place that is shown.",
    source="azureml-core 1.61, Workspace.from_config",
    world=World(".azureml/config.json"),
    fixable=True,
)
WORKSPACE_KEY = Rule(
    code="SD421",
    severity="error",
    title="Workspace file lacks a key",
    message="The key “{key}” is missing{hint}.",
    why=(
        "A workspace is known by its subscription, resource group and name; without one of them it cannot be connected."
    ),
    fix="Add the key.",
    source="azureml-core 1.61, Workspace.from_config",
    world=World(".azureml/config.json"),
    fixable=True,
)
WORKSPACE_VALUE = Rule(
    code="SD422",
    severity="error",
    title="Workspace file has an empty value",
    message="“{key}” must be text that is not empty.",
    why="A workspace is known by its subscription, resource group and name; an empty one leads nowhere.",
    fix="Write the value as the Azure portal shows it.",
    source="azureml-core 1.61, Workspace.from_config",
    world=World(".azureml/config.json"),
)
WORKSPACE_PLACEHOLDER = Rule(
    code="SD459",
    severity="warning",
    title="Placeholder in a workspace file",
    message="“{key}” is “{got}”, which is {reason}.",
    why=(
        "The workspace is looked up by these values as they stand. Scoredock only compares them; Azure finds nothing"
        " under a placeholder."
    ),
    fix="Download the file from the workspace's page in the Azure portal, or copy the values from there.",
    source="azureml-core 1.61, Workspace.from_config",
    world=World(".azureml/config.json"),
)

RULES = (
    BROKEN,
    MAGIC,
    DOUBLED,
    UNKNOWN,
    KIND,
    NO_DEFAULTS,
    PIP_INDENT,
    REQUIREMENT,
    CONTRADICTION,
    OLD_PYTHON,
    PIP_ONLY,
    EXCLUSIVE,
    RESERVED,
    NOT_AN_OBJECT,
    WORKSPACE_BROKEN,
    WORKSPACE_KEY,
    WORKSPACE_VALUE,
    WORKSPACE_PLACEHOLDER,
    *package_rules.RULES,
    *line_rules.RULES,
    *environment_json_rules.RULES,
)
