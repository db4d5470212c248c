"""Rules SD216 to SD221, SD227, SD230 to SD232: older keys, versions, and keys that belong into another file."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SDK = "azureml-core 1.61, InferenceConfig"
_CLI = "azure-cli-ml, az ml model deploy --ic"
_WORLD = World("inferenceconfig.json", ("score.py",))
_REGISTERED = World("inferenceconfig.json", ("score.py",), environments=(("diabetes-env", (1, 2)),))
_CONDA = (
    "name: diabetes-env\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n      - scikit-learn\n"
)

OLDER = Rule(
    code="SD216",
    severity="hint",
    title="Older key",
    message="“{key}” is an older key; {modern} replaces it.",
    why=(
        "The older keys still work, but the SDK warns of each of them and newer tools do not know them. An environment"
        " says the same and can be registered and reused."
    ),
    fix="Write the environment out, or register it and name it.",
    source=f"{_SDK}: deprecation warnings",
    world=World("inferenceconfig.json", ("score.py", "conda.yml"), texts=(("conda.yml", _CONDA),)),
    fixable=True,
    tag="deprecated",
)
SPARK = Rule(
    code="SD217",
    severity="information",
    title="Runtime of Spark",
    message="The runtime “{value}” does not start Spark here; the script runs in plain Python.",
    why=(
        "Azure puts such scripts into an image with Spark. A script that makes its own session from pyspark runs here"
        " too; Java comes along with the packages."
    ),
    fix="List pyspark among the packages if the script needs it.",
    source=f"{_SDK}: supported runtimes",
    world=_WORLD,
)
NOT_CONVERTIBLE = Rule(
    code="SD218",
    severity="warning",
    title="Keys that cannot become an environment",
    message=(
        "“{key}” cannot become part of an environment{beside}, so packaging and local deployments of Azure refuse the"
        " configuration."
    ),
    why=(
        "Azure turns the older keys into an environment where it can. With this one it falls back to the image building"
        " of 2019, which knows neither packages nor local services."
    ),
    fix="Name an image with CUDA in an environment, or build what the steps do into the base image.",
    source="azureml-core 1.61, conversion of an inference configuration",
    world=_WORLD,
    fixable=True,
)
NUMBER_VERSION = Rule(
    code="SD220",
    severity="information",
    title="Version of an environment as a number",
    message="The version of an environment must be text; write {right}.",
    why="The documents and every file that Azure writes give it as text; some readers refuse a number.",
    fix="Put it in quotes.",
    source=f"{_CLI}: environment by name and version",
    world=_WORLD,
    fixable=True,
)
LATEST_VERSION = Rule(
    code="SD221",
    severity="warning",
    title="Version that does not exist",
    message="The version “{version}” does not exist; write null for the newest.",
    why=(
        "The version is looked up as it stands. Versions are numbers, and the newest one is meant by null or by leaving"
        " the key out."
    ),
    fix="Write null.",
    source=f"{_CLI}: environment by name and version",
    world=_REGISTERED,
    fixable=True,
)
EMPTY_TEXT = Rule(
    code="SD227",
    severity="hint",
    title="Empty text",
    message="“{key}” is empty, which is the same as leaving it out.",
    why="An empty text is read as nothing given. Somebody who reads the file wonders what was meant.",
    fix="Remove the key, or write null.",
    source=f"{_SDK}: empty values count as not given",
    world=_WORLD,
    fixable=True,
    tag="unnecessary",
)
ELSEWHERE = Rule(
    code="SD230",
    severity="warning",
    title="Key that belongs elsewhere",
    message="“{key}” is not read here; it belongs {where}.",
    why="Keys that are not known are ignored without a word, so what they were meant to do does not happen.",
    fix="Move it to where it is read.",
    source=_CLI,
    world=_WORLD,
    fixable=True,
)
OF_ENVIRONMENT = Rule(
    code="SD231",
    severity="warning",
    title="Key of an environment",
    message="“{key}” is not read here; it belongs in “environment”.",
    why="Beside entryScript it is ignored without a word, and the service runs in the default environment.",
    fix="Move it into the environment object.",
    source=_CLI,
    world=_WORLD,
    fixable=True,
)
BOTH_SPELLINGS = Rule(
    code="SD232",
    severity="warning",
    title="Docker steps given twice",
    message="“{key}” is given in both spellings; only one of them is read.",
    why="The documents spell the key with a small and with a large f, and which one wins is not written anywhere.",
    fix="Keep one of them.",
    source="Azure ML CLI reference: inference configuration schema",
    world=World("inferenceconfig.json", ("score.py", "steps")),
    fixable=True,
)

RULES = (
    OLDER,
    SPARK,
    NOT_CONVERTIBLE,
    NUMBER_VERSION,
    LATEST_VERSION,
    EMPTY_TEXT,
    ELSEWHERE,
    OF_ENVIRONMENT,
    BOTH_SPELLINGS,
)
