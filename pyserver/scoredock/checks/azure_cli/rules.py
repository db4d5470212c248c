"""Rules SD850 to SD869: az ml command lines."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_V1 = "reference of the extension azure-cli-ml"
_HERE = World("deploy.sh", ("inferenceconfig.json", "deploymentconfig.json", "model.pkl"))
_GOOD = (
    "az ml model register -n diabetes -p model.pkl\naz ml model deploy -n diabetes-service -m diabetes:1 --ic"
    " inferenceconfig.json --dc deploymentconfig.json\n"
)

VERB = Rule(
    "SD850",
    "error",
    "Command that does not exist",
    "“az ml {name}” is not a command{hint}.",
    "The command line ends with an error before anything is done.",
    _GOOD.replace("az ml model deploy", "az ml model deplyo"),
    _GOOD,
    "Use a command that exists; `az ml -h` lists them.",
    f"{_V1} and of ml",
    _HERE,
    fixable=True,
)
MISSING = Rule(
    "SD851",
    "error",
    "Required option is missing",
    "“az ml {verb}” also needs {names}.",
    "The command line says which option is missing, and does nothing.",
    _GOOD + "az ml model delete diabetes:1\n",
    _GOOD + "az ml model delete -i diabetes:1\n",
    "Give the option.",
    f"{_V1} and of ml",
    _HERE,
    fixable=True,
)
OPTION = Rule(
    "SD852",
    "error",
    "Option that does not exist",
    "{option} is not an option of “az ml {verb}”{hint}.",
    "The command line answers “unrecognized arguments” and does nothing.",
    _GOOD.replace("--dc deploymentconfig", "--deploy-conf-file deploymentconfig"),
    _GOOD,
    "Use an option of this command.",
    f"{_V1} and of ml",
    _HERE,
    fixable=True,
)
EXCLUSIVE = Rule(
    "SD853",
    "error",
    "Options that exclude one another",
    "{one} and {other} cannot be given together.",
    "Both say where the same thing comes from, and the command refuses that.",
    "az ml model register -n diabetes -p model.pkl --asset-path outputs/model.pkl --experiment-name ridge --run-id"
    " ridge_1\n",
    "az ml model register -n diabetes --asset-path outputs/model.pkl --experiment-name ridge --run-id ridge_1\n",
    "Keep one of them.",
    _V1,
    _HERE,
    fixable=True,
)
AMBIGUOUS = Rule(
    "SD854",
    "error",
    "Abbreviation of several options",
    "{option} can mean {matches}; write the option in full.",
    "The command line accepts the beginning of an option only when no other one begins so.",
    "az ml model profile -n ridge --i diabetes:1 --ic inferenceconfig.json -m diabetes:1\n",
    "az ml model profile -n ridge --idi 5a3b8d2c --ic inferenceconfig.json -m diabetes:1\n",
    "Write the whole option.",
    "argparse: ambiguous option",
    _HERE,
    fixable=True,
)
VERSION = Rule(
    "SD855",
    "warning",
    "Model without a version",
    "“{name}” has no version, and -m takes the id of a model; write “{name}:{version}”.",
    "A name alone is not an id, and the model is not found.",
    _GOOD.replace("-m diabetes:1", "-m diabetes"),
    _GOOD,
    "Add the version.",
    f"{_V1}: the id of the model",
    _HERE,
    fixable=True,
)
NAME = Rule(
    "SD856",
    "error",
    "Name that is refused",
    "“{name}” is refused: {grammar}.",
    "The command looks at the name before it sends anything.",
    _GOOD.replace("-n diabetes-service", "-n Diabetes_Service"),
    _GOOD,
    "Choose a name of that form.",
    "azureml-core 1.61, name validation; azure-ai-ml 1.35",
    _HERE,
    fixable=True,
)
PLACEHOLDER = Rule(
    "SD857",
    "information",
    "Placeholder is left",
    "“{text}” is a placeholder{hint}; put the real value in its place.",
    "Examples say in angle brackets where your own value goes; a shell takes < and > for files to read and write.",
    _GOOD.replace("-n diabetes-service", "-n <service-name>"),
    _GOOD,
    "Write your own value.",
    "Azure ML articles: values in angle brackets are placeholders",
    _HERE,
)
FILE = Rule(
    "SD858",
    "warning",
    "File does not exist",
    "“{path}” does not exist beside this file.",
    "The command opens the file relative to the folder that it is started in, and fails when there is none.",
    _GOOD.replace("--ic inferenceconfig.json", "--ic inferenceconfg.json"),
    _GOOD,
    "Correct the path.",
    f"{_V1}: path to a file",
    _HERE,
    fixable=True,
)
CONTINUATION = Rule(
    "SD859",
    "error",
    "Command is cut at the line end",
    "{problem}.",
    "The shell runs the first line without its options, and then takes the next line for a new command.",
    "az ml model deploy -n diabetes-service -m diabetes:1 --ic inferenceconfig.json\n    --dc deploymentconfig.json\n",
    "az ml model deploy -n diabetes-service -m diabetes:1 --ic inferenceconfig.json \\\n    --dc"
    " deploymentconfig.json\n",
    "End the line with the mark by which this shell continues a line, with nothing after it.",
    "Bash, PowerShell and cmd manuals",
    _HERE,
    fixable=True,
)
CHARACTER = Rule(
    "SD860",
    "error",
    "Typographic character",
    "The character {character} is typographic, and the command takes it as text; write {plain}.",
    "Texts that were copied from a page or a document often have long dashes and curly quotes.",
    _GOOD.replace("--ic inferenceconfig", "—ic inferenceconfig"),
    _GOOD,
    "Write plain dashes and quotes.",
    "Azure CLI documentation",
    _HERE,
    fixable=True,
)
VALUE = Rule(
    "SD861",
    "error",
    "Value that is refused",
    "{problem}.",
    "The command checks the value and ends with an error.",
    "az ml service regen-key -n diabetes-service -k third\n",
    "az ml service regen-key -n diabetes-service -k Primary\n",
    "Give a value of the list or range.",
    f"{_V1}; azureml-core 1.61, validate_configuration",
    _HERE,
)
NO_VALUE = Rule(
    "SD862",
    "error",
    "Option without its value",
    "{option} needs a value.",
    "The command line answers “expected one argument”.",
    "az ml service run -n diabetes-service -d\n",
    "az ml service run -n diabetes-service -d '{\"data\": [[0.1]]}'\n",
    "Write the value after the option.",
    "argparse: expected one argument",
    _HERE,
)
ONE_DASH = Rule(
    "SD863",
    "warning",
    "Long option with one dash",
    "{option} is read as {short} with the value “{rest}”; write --{word}.",
    "One dash begins an option of one letter, and what follows is its value.",
    "az ml service show -name diabetes-service\n",
    "az ml service show --name diabetes-service\n",
    "Write two dashes.",
    "argparse: short options",
    _HERE,
    fixable=True,
)
PAIR = Rule(
    "SD864",
    "error",
    "Tag without an equals sign",
    "{option} takes key=value, not “{value}”.",
    "Tags and properties are split at the equals sign.",
    "az ml model register -n diabetes -p model.pkl --tag area:health\n",
    "az ml model register -n diabetes -p model.pkl --tag area=health\n",
    "Write key=value.",
    f"{_V1}: key=value",
    _HERE,
    fixable=True,
)

RULES = (
    VERB,
    MISSING,
    OPTION,
    EXCLUSIVE,
    AMBIGUOUS,
    VERSION,
    NAME,
    PLACEHOLDER,
    FILE,
    CONTINUATION,
    CHARACTER,
    VALUE,
    NO_VALUE,
    ONE_DASH,
    PAIR,
)
