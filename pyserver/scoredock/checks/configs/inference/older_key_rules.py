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
_MODERN = '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": "1"}\n}\n'

OLDER = Rule(
    "SD216",
    "hint",
    "Older key",
    "“{key}” is an older key; {modern} replaces it.",
    "The older keys still work, but the SDK warns of each of them and newer tools do not know them. An environment says"
    " the same and can be registered and reused.",
    '{\n  "entryScript": "score.py",\n  "condaFile": "conda.yml"\n}\n',
    _MODERN,
    "Write the environment out, or register it and name it.",
    f"{_SDK}: deprecation warnings",
    World("inferenceconfig.json", ("score.py", "conda.yml"), texts=(("conda.yml", _CONDA),)),
    fixable=True,
    tag="deprecated",
)
SPARK = Rule(
    "SD217",
    "information",
    "Runtime of Spark",
    "The runtime “{value}” does not start Spark here; the script runs in plain Python.",
    "Azure puts such scripts into an image with Spark. A script that makes its own session from pyspark runs here too;"
    " Java comes along with the packages.",
    '{\n  "entryScript": "score.py",\n  "runtime": "spark-py"\n}\n',
    _MODERN,
    "List pyspark among the packages if the script needs it.",
    f"{_SDK}: supported runtimes",
    _WORLD,
)
NOT_CONVERTIBLE = Rule(
    "SD218",
    "warning",
    "Keys that cannot become an environment",
    "“{key}” cannot become part of an environment{beside}, so packaging and local deployments of Azure "
    "refuse the configuration.",
    "Azure turns the older keys into an environment where it can. With this one it falls back to the image building of"
    " 2019, which knows neither packages nor local services.",
    '{\n  "entryScript": "score.py",\n  "runtime": "python",\n  "baseImage": "contoso.azurecr.io/base:1",\n '
    ' "enableGpu": true\n}\n',
    _MODERN,
    "Name an image with CUDA in an environment, or build what the steps do into the base image.",
    "azureml-core 1.61, conversion of an inference configuration",
    _WORLD,
    fixable=True,
)
NUMBER_VERSION = Rule(
    "SD220",
    "information",
    "Version of an environment as a number",
    "The version of an environment must be text; write {right}.",
    "The documents and every file that Azure writes give it as text; some readers refuse a number.",
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": 1}\n}\n',
    _MODERN,
    "Put it in quotes.",
    f"{_CLI}: environment by name and version",
    _WORLD,
    fixable=True,
)
LATEST_VERSION = Rule(
    "SD221",
    "warning",
    "Version that does not exist",
    "The version “{version}” does not exist; write null for the newest.",
    "The version is looked up as it stands. Versions are numbers, and the newest one is meant by null or by leaving the"
    " key out.",
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": "latest"}\n}\n',
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "version": null}\n}\n',
    "Write null.",
    f"{_CLI}: environment by name and version",
    _REGISTERED,
    fixable=True,
)
EMPTY_TEXT = Rule(
    "SD227",
    "hint",
    "Empty text",
    "“{key}” is empty, which is the same as leaving it out.",
    "An empty text is read as nothing given. Somebody who reads the file wonders what was meant.",
    '{\n  "entryScript": "score.py",\n  "sourceDirectory": ""\n}\n',
    '{\n  "entryScript": "score.py"\n}\n',
    "Remove the key, or write null.",
    f"{_SDK}: empty values count as not given",
    _WORLD,
    fixable=True,
    tag="unnecessary",
)
ELSEWHERE = Rule(
    "SD230",
    "warning",
    "Key that belongs elsewhere",
    "“{key}” is not read here; it belongs {where}.",
    "Keys that are not known are ignored without a word, so what they were meant to do does not happen.",
    '{\n  "entryScript": "score.py",\n  "computeType": "local"\n}\n',
    '{\n  "entryScript": "score.py"\n}\n',
    "Move it to where it is read.",
    _CLI,
    _WORLD,
    fixable=True,
)
OF_ENVIRONMENT = Rule(
    "SD231",
    "warning",
    "Key of an environment",
    "“{key}” is not read here; it belongs in “environment”.",
    "Beside entryScript it is ignored without a word, and the service runs in the default environment.",
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env"},\n  "docker": {"baseImage":'
    ' "contoso.azurecr.io/base:1"}\n}\n',
    '{\n  "entryScript": "score.py",\n  "environment": {"name": "diabetes-env", "docker": {"baseImage":'
    ' "contoso.azurecr.io/base:1"}}\n}\n',
    "Move it into the environment object.",
    _CLI,
    _WORLD,
    fixable=True,
)
BOTH_SPELLINGS = Rule(
    "SD232",
    "warning",
    "Docker steps given twice",
    "“{key}” is given in both spellings; only one of them is read.",
    "The documents spell the key with a small and with a large f, and which one wins is not written anywhere.",
    '{\n  "entryScript": "score.py",\n  "extraDockerfileSteps": "steps",\n  "extraDockerFileSteps": "steps"\n}\n',
    _MODERN,
    "Keep one of them.",
    "Azure ML CLI reference: inference configuration schema",
    World("inferenceconfig.json", ("score.py", "steps")),
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
