"""Rules SD850 to SD869: az ml command lines."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_V1 = "reference of the extension azure-cli-ml"
_HERE = World("deploy.sh", ("inferenceconfig.json", "deploymentconfig.json", "model.pkl"))

VERB = Rule(
    code="SD850",
    severity="error",
    title="Command that does not exist",
    message="“az ml {name}” is not a command{hint}.",
    why="The command line ends with an error before anything is done.",
    fix="Use a command that exists; `az ml -h` lists them.",
    source=f"{_V1} and of ml",
    world=_HERE,
    fixable=True,
)
MISSING = Rule(
    code="SD851",
    severity="error",
    title="Required option is missing",
    message="“az ml {verb}” also needs {names}.",
    why="The command line says which option is missing, and does nothing.",
    fix="Give the option.",
    source=f"{_V1} and of ml",
    world=_HERE,
    fixable=True,
)
OPTION = Rule(
    code="SD852",
    severity="error",
    title="Option that does not exist",
    message="{option} is not an option of “az ml {verb}”{hint}.",
    why="The command line answers “unrecognized arguments” and does nothing.",
    fix="Use an option of this command.",
    source=f"{_V1} and of ml",
    world=_HERE,
    fixable=True,
)
EXCLUSIVE = Rule(
    code="SD853",
    severity="error",
    title="Options that exclude one another",
    message="{one} and {other} cannot be given together.",
    why="Both say where the same thing comes from, and the command refuses that.",
    fix="Keep one of them.",
    source=_V1,
    world=_HERE,
    fixable=True,
)
AMBIGUOUS = Rule(
    code="SD854",
    severity="error",
    title="Abbreviation of several options",
    message="{option} can mean {matches}; write the option in full.",
    why="The command line accepts the beginning of an option only when no other one begins so.",
    fix="Write the whole option.",
    source="argparse: ambiguous option",
    world=_HERE,
    fixable=True,
)
VERSION = Rule(
    code="SD855",
    severity="warning",
    title="Model without a version",
    message="“{name}” has no version, and -m takes the id of a model; write “{name}:{version}”.",
    why="A name alone is not an id, and the model is not found.",
    fix="Add the version.",
    source=f"{_V1}: the id of the model",
    world=_HERE,
    fixable=True,
)
NAME = Rule(
    code="SD856",
    severity="error",
    title="Name that is refused",
    message="“{name}” is refused: {grammar}.",
    why="The command looks at the name before it sends anything.",
    fix="Choose a name of that form.",
    source="azureml-core 1.61, name validation; azure-ai-ml 1.35",
    world=_HERE,
    fixable=True,
)
PLACEHOLDER = Rule(
    code="SD857",
    severity="information",
    title="Placeholder is left",
    message="“{text}” is a placeholder{hint}; put the real value in its place.",
    why="Examples say in angle brackets where your own value goes; a shell takes < and > for files to read and write.",
    fix="Write your own value.",
    source="Azure ML articles: values in angle brackets are placeholders",
    world=_HERE,
)
FILE = Rule(
    code="SD858",
    severity="warning",
    title="File does not exist",
    message="“{path}” does not exist beside this file.",
    why="The command opens the file relative to the folder that it is started in, and fails when there is none.",
    fix="Correct the path.",
    source=f"{_V1}: path to a file",
    world=_HERE,
    fixable=True,
)
CONTINUATION = Rule(
    code="SD859",
    severity="error",
    title="Command is cut at the line end",
    message="{problem}.",
    why="The shell runs the first line without its options, and then takes the next line for a new command.",
    fix="End the line with the mark by which this shell continues a line, with nothing after it.",
    source="Bash, PowerShell and cmd manuals",
    world=_HERE,
    fixable=True,
)
CHARACTER = Rule(
    code="SD860",
    severity="error",
    title="Typographic character",
    message="The character {character} is typographic, and the command takes it as text; write {plain}.",
    why="Texts that were copied from a page or a document often have long dashes and curly quotes.",
    fix="Write plain dashes and quotes.",
    source="Azure CLI documentation",
    world=_HERE,
    fixable=True,
)
VALUE = Rule(
    code="SD861",
    severity="error",
    title="Value that is refused",
    message="{problem}.",
    why="The command checks the value and ends with an error.",
    fix="Give a value of the list or range.",
    source=f"{_V1}; azureml-core 1.61, validate_configuration",
    world=_HERE,
)
NO_VALUE = Rule(
    code="SD862",
    severity="error",
    title="Option without its value",
    message="{option} needs a value.",
    why="The command line answers “expected one argument”.",
    fix="Write the value after the option.",
    source="argparse: expected one argument",
    world=_HERE,
)
ONE_DASH = Rule(
    code="SD863",
    severity="warning",
    title="Long option with one dash",
    message="{option} is read as {short} with the value “{rest}”; write --{word}.",
    why="One dash begins an option of one letter, and what follows is its value.",
    fix="Write two dashes.",
    source="argparse: short options",
    world=_HERE,
    fixable=True,
)
PAIR = Rule(
    code="SD864",
    severity="error",
    title="Tag without an equals sign",
    message="{option} takes key=value, not “{value}”.",
    why="Tags and properties are split at the equals sign.",
    fix="Write key=value.",
    source=f"{_V1}: key=value",
    world=_HERE,
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
