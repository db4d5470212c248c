"""Rules SD4xx: what can be wrong with an environment (conda YAML, pip requirements, environment JSON) or a workspace
file."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.environment import inline_rules as environment_json_rules
from scoredock.checks.configs.environment import line_rules, package_rules
from scoredock.formats.service_python import ADVICE, TOO_OLD

_CONDA = World("conda.yml", ("score.py",))
_JSON = World("azureml_environment.json")
_GOOD = "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - scikit-learn\n"
_WORKSPACE_GOOD = (
    '{\n  "subscription_id": "11111111-2222-3333-4444-555555555555",\n  "resource_group": "lab",\n  "workspace_name":'
    ' "contoso-ml"\n}\n'
)

BROKEN = Rule(
    "SD401",
    "error",
    "Environment file cannot be read",
    "{problem}",
    "An environment is built from this file; when it cannot be read there is nothing to build.",
    "name: diabetes-env\ndependencies:\n\t- python=3.11\n\t- pip:\n\t\t- azureml-defaults\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n",
    "Repair the place that is shown.",
    "YAML 1.1; RFC 8259",
    _CONDA,
    fixable=True,
)
MAGIC = Rule(
    "SD402",
    "error",
    "Notebook command in a file",
    "“{magic}” is a command for notebook cells and not part of this file.",
    "Copied from a notebook, the first line says where the cell is to be written. In the file itself nothing"
    " understands it.",
    "%%writefile conda.yml\n" + _GOOD,
    _GOOD,
    "Remove the line.",
    "IPython documentation, cell magics",
    _CONDA,
    fixable=True,
)
DOUBLED = Rule(
    "SD403",
    "warning",
    "Key given twice",
    "The key “{key}” is given more than once; only the last one counts.",
    "YAML and JSON readers take the last of several equal keys without a word, so packages get lost.",
    "name: diabetes-env\nname: other-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
    "Merge them into one.",
    "YAML 1.2, section 3.2.1.3",
    _CONDA,
    fixable=True,
)
UNKNOWN = Rule(
    "SD404",
    "warning",
    "Unknown key in an environment",
    "“{key}” is not a known key {where}, and nothing of it is used{hint}.",
    "A key that is not known is ignored or refused, and what stands below it is not installed.",
    "name: diabetes-env\ndependancies:\n  - python=3.11\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
    "Use the spelling of the key table, or remove the key.",
    "azureml-core 1.61, CondaDependencies: name, channels, dependencies, prefix, variables",
    _CONDA,
    fixable=True,
)
KIND = Rule(
    "SD405",
    "error",
    "Wrong type in an environment",
    "“{key}” must be {wanted}, not {got}.",
    "The environment is not built from a value of another type.",
    "name: diabetes-env\ndependencies: python=3.11\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
    "Write the value with the type that the key has.",
    "conda documentation, environment files",
    _CONDA,
    fixable=True,
)
NO_DEFAULTS = Rule(
    "SD406",
    "warning",
    "azureml-defaults is missing",
    "“azureml-defaults” is not among the pip packages.",
    "It brings the scoring server. Azure builds the image without it and the container then ends at once; Scoredock"
    " brings its own.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn\n",
    _GOOD,
    "Add azureml-defaults to the pip list.",
    "Azure ML article “Deploy models”; azureml-core 1.61, InferenceConfig warning",
    _CONDA,
    fixable=True,
)
PIP_INDENT = Rule(
    "SD407",
    "error",
    "pip list is not indented",
    "The “pip” list is empty, because what follows is not indented below it.",
    "At this indentation the packages count as conda packages, and conda has no azureml-defaults. They must stand"
    " deeper than the word pip.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n  - azureml-defaults\n  - scikit-learn\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - scikit-learn\n",
    "Indent the packages below pip.",
    "conda documentation, environment files",
    _CONDA,
    fixable=True,
)
REQUIREMENT = Rule(
    "SD408",
    "error",
    "Requirement cannot be understood",
    "“{text}” is not understood by pip{hint}.",
    "One requirement that cannot be read stops the whole environment.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      -"
    " scikit-learn=1.5.0\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      -"
    " scikit-learn==1.5.0\n",
    "Write name, name==1.2 or name>=1.2; pip wants two equals signs, conda one.",
    "PEP 508",
    _CONDA,
    fixable=True,
)
CONTRADICTION = Rule(
    "SD409",
    "warning",
    "Package listed twice",
    "“{name}” is listed more than once with different versions: “{first}” and “{second}”.",
    "Only one version can be installed; which one is left to chance or the build fails.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - numpy=1.26\n  - pip:\n      - azureml-defaults\n      -"
    " numpy==2.0.0\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - numpy==2.0.0\n",
    "Keep one of them.",
    "pip documentation, dependency resolution",
    _CONDA,
    fixable=True,
)
OLD_PYTHON = Rule(
    "SD410",
    "warning",
    "Python too old for a service",
    f"Python {{version}} {TOO_OLD}.",
    "Neither today's scoring server nor Scoredock's runtime installs on it, and package indexes have long stopped"
    " building for it. A check warns of it, and a deployment is refused. Environments that nothing serves are left"
    " alone.",
    "name: diabetes-env\ndependencies:\n  - python=3.6.2\n  - pip:\n      - azureml-defaults\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
    ADVICE,
    "azureml-inference-server-http 1.5.1: Requires-Python >=3.9",
    _CONDA,
    fixable=True,
)
PIP_ONLY = Rule(
    "SD411",
    "error",
    "Package that conda does not have",
    "“{name}” is a pip package that conda does not find; list it below “pip”.",
    "No channel that conda looks in has it, so the environment is not built.",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - azureml-defaults\n",
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n",
    "Move it below pip.",
    "Azure ML article “Deploy models”: azureml-defaults as a pip dependency",
    _CONDA,
    fixable=True,
)
EXCLUSIVE = Rule(
    "SD412",
    "error",
    "Two sources of one image",
    "“{second}” cannot be given together with “{first}”.",
    "An image is either named, or built from a Dockerfile, or built from a build context.",
    '{\n  "name": "diabetes-env",\n  "docker": {"baseImage": "python:3.11", "baseDockerfile": "FROM python:3.11"}\n}\n',
    '{\n  "name": "diabetes-env",\n  "docker": {"baseImage": "python:3.11"}\n}\n',
    "Keep one of them.",
    "azureml-core 1.61, Environment.docker",
    _JSON,
    fixable=True,
)
RESERVED = Rule(
    "SD413",
    "error",
    "Reserved environment name",
    "The name of an environment of your own must not begin with “{prefix}”.",
    "Names that begin with Microsoft or AzureML belong to the curated environments; registering one of your own is"
    " refused.",
    '{\n  "name": "AzureML-diabetes",\n  "python": {"userManagedDependencies": true}\n}\n',
    '{\n  "name": "diabetes-env",\n  "python": {"userManagedDependencies": true}\n}\n',
    "Choose another name.",
    "azureml-core 1.61, Environment.name",
    _JSON,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    "SD414",
    "error",
    "Environment is not an object",
    "This file must hold keys and their values, not {got}.",
    "The keys are looked up in a mapping; a list or a plain value holds none.",
    "- python=3.11\n- scikit-learn\n",
    _GOOD,
    "Put the packages below dependencies.",
    "conda documentation, environment files",
    _CONDA,
)
WORKSPACE_BROKEN = Rule(
    "SD420",
    "error",
    "Workspace file cannot be read",
    "{problem}",
    "The workspace is found by this file; when it cannot be read the default workspace is used instead.",
    '{\n  "subscription_id": "11111111-2222-3333-4444-555555555555",\n  "resource_group": "lab",\n  "workspace_name":'
    ' "contoso-ml",\n}\n',
    _WORKSPACE_GOOD,
    "Repair the place that is shown.",
    "azureml-core 1.61, Workspace.from_config",
    World(".azureml/config.json"),
    fixable=True,
)
WORKSPACE_KEY = Rule(
    "SD421",
    "error",
    "Workspace file lacks a key",
    "The key “{key}” is missing{hint}.",
    "A workspace is known by its subscription, resource group and name; without one of them it cannot be connected.",
    '{\n  "subscription_id": "11111111-2222-3333-4444-555555555555",\n  "resource_group": "lab",\n  "workspacename":'
    ' "contoso-ml"\n}\n',
    _WORKSPACE_GOOD,
    "Add the key.",
    "azureml-core 1.61, Workspace.from_config",
    World(".azureml/config.json"),
    fixable=True,
)
WORKSPACE_VALUE = Rule(
    "SD422",
    "error",
    "Workspace file has an empty value",
    "“{key}” must be text that is not empty.",
    "A workspace is known by its subscription, resource group and name; an empty one leads nowhere.",
    '{\n  "subscription_id": "11111111-2222-3333-4444-555555555555",\n  "resource_group": "",\n  "workspace_name":'
    ' "contoso-ml"\n}\n',
    _WORKSPACE_GOOD,
    "Write the value as the Azure portal shows it.",
    "azureml-core 1.61, Workspace.from_config",
    World(".azureml/config.json"),
)
WORKSPACE_PLACEHOLDER = Rule(
    "SD459",
    "warning",
    "Placeholder in a workspace file",
    "“{key}” is “{got}”, which is {reason}.",
    "The workspace is looked up by these values as they stand. Scoredock only compares them; Azure finds nothing under"
    " a placeholder.",
    '{\n  "subscription_id": "<my-subscription>",\n  "resource_group": "lab",\n  "workspace_name": "contoso-ml"\n}\n',
    _WORKSPACE_GOOD,
    "Download the file from the workspace's page in the Azure portal, or copy the values from there.",
    "azureml-core 1.61, Workspace.from_config",
    World(".azureml/config.json"),
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
