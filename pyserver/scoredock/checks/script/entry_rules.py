"""Rules SD10x to SD11x: whether the server can import the entry script and call its functions."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, Rule, World

_SERVER = "azureml-inference-server-http 1.5.1"

SYNTAX = Rule(
    code="SD101",
    severity="error",
    title="Syntax error",
    message="Python cannot read this: {problem}.",
    why="The server imports the script when it starts; with a syntax error it ends at once.",
    fix="Correct the place that is shown; the cause may be a little before it.",
    source="azureml-core 1.61, InferenceConfig parses the script",
    fixable=True,
)
MAGIC = Rule(
    code="SD102",
    severity="error",
    title="Notebook command in a script",
    message=(
        "“{magic}” is a command for notebook cells, and in a file Python refuses it with a SyntaxError; remove the"
        " line."
    ),
    why=(
        "Copied from a notebook, the first line says where the cell is to be written, or runs a shell command. Python"
        " refuses it."
    ),
    fix="Remove the line.",
    source="IPython documentation, magics",
    fixable=True,
)
NO_INIT = EntryScriptRule(
    code="SD103",
    severity="error",
    title="init() is missing",
    message="The script has no function init(){hint}.",
    why="The server calls init() once when it starts; without it the service does not start.",
    fix="Define init() without parameters, or rename the function that does its work.",
    source=f"{_SERVER}: no init() function defined",
    fixable=True,
)
NO_RUN = EntryScriptRule(
    code="SD104",
    severity="error",
    title="run() is missing",
    message="The script has no function run(){hint}.",
    why="The server calls run() for every request; without it the service does not start.",
    fix="Define run(data), or rename the function that does its work; the name is case-sensitive.",
    source=f"{_SERVER}: no run() function defined",
    fixable=True,
)
NO_DATA = EntryScriptRule(
    code="SD105",
    severity="error",
    title="run() takes no input",
    message="run() needs a parameter for the data of the request.",
    why=(
        "The body of the request is passed to the first parameter that is not request_headers; without one the service"
        " does not start."
    ),
    fix="Add a parameter, for example data.",
    source=f"{_SERVER}: run() needs to accept an argument for input data",
    fixable=True,
)
PARAMETER_KIND = EntryScriptRule(
    code="SD106",
    severity="error",
    title="run() has parameters the server cannot pass",
    message="run() cannot have {what}.",
    why="The server passes parameters by name, so it accepts neither *args nor **kwargs nor positional-only ones.",
    fix="Use ordinary named parameters.",
    source=f"{_SERVER}: run() cannot accept positional-only arguments, *args, or **kwargs",
    fixable=True,
)
SEVERAL = EntryScriptRule(
    code="SD107",
    severity="error",
    title="run() needs more than it gets",
    message="The server passes only “{first}”; give {others} a default.",
    why=(
        "Without schema decorators run() is called with one value, the body. A second parameter without a default"
        " raises TypeError at every request."
    ),
    fix="Give it a default, or declare all parameters with @input_schema.",
    source=f"{_SERVER}: how run() is called",
    fixable=True,
)
ASYNC = EntryScriptRule(
    code="SD108",
    severity="error",
    title="Function must not be async",
    message="{name}() must be a plain function; the server does not await it.",
    why="Calling an async function only makes a coroutine; its body never runs.",
    fix="Remove async.",
    source=f"{_SERVER}: init() and run() are called directly",
    fixable=True,
)
INIT_PARAMETERS = EntryScriptRule(
    code="SD109",
    severity="error",
    title="init() takes parameters",
    message="init() is called without arguments; give {names} a default.",
    why="The server calls init() with nothing, which raises TypeError here, and the service does not start.",
    fix="Remove the parameter, or give it a default.",
    source=f"{_SERVER}: start sequence",
    fixable=True,
)
UNDEFINED = Rule(
    code="SD110",
    severity="error",
    title="Name that does not exist",
    message="“{name}” is not defined{hint}.",
    why=(
        "Python raises NameError when this line runs: in init() the service does not start, in run() every request"
        " fails."
    ),
    fix="Import it, define it, or correct the spelling.",
    source="Python language reference, naming and binding",
    fixable=True,
)
NOT_GLOBAL = Rule(
    code="SD111",
    severity="error",
    title="Global is assigned as a local",
    message="“{name}” is local to {function}(), so {reader} does not see it.",
    why="An assignment in a function makes a local name, unless the function declares it global.",
    fix="Add a global statement at the top of the function.",
    source="Python language reference, the global statement",
    fixable=True,
)
SCHEMA_PARAMETER = EntryScriptRule(
    code="SD112",
    severity="error",
    title="Schema for a parameter that run() does not have",
    message="“{name}” is not a parameter of run(){hint}.",
    why="The decorator passes the converted value under that name; every request then fails.",
    fix="Use the same name in the decorator and in run().",
    source="inference-schema 1.8: provided param_name is not in the decorated function",
    fixable=True,
)
DECORATOR_IMPORT = Rule(
    code="SD113",
    severity="error",
    title="Decorator is not imported",
    message="“{name}” is used without being imported.",
    why="The decorator is looked up when the script is imported, so the service does not start.",
    fix="Import it.",
    source="azureml-contrib-services 1.62; inference-schema 1.8",
    fixable=True,
)
NAME_NOT_IMPORTABLE = EntryScriptRule(
    code="SD114",
    severity="error",
    title="Script name cannot be imported",
    message="“{name}” cannot be imported as a Python module{reason}.",
    why=(
        "Azure's SDK refuses such a script before it deploys anything, and so does Scoredock: without .py the name must"
        " be letters, digits and underscores, not begin with a digit, and not be a Python keyword."
    ),
    fix="Rename the file, for example score.py.",
    source="azureml-core 1.61, InferenceConfig: importable script name",
    world=World("my-score.py"),
)
RAW_AND_SCHEMA = EntryScriptRule(
    code="SD115",
    severity="error",
    title="Raw request with a schema",
    message="run() cannot be decorated with both @rawhttp and @input_schema.",
    why="Either the script gets the request as it is, or converted parameters. The service does not start with both.",
    fix="Remove one of them.",
    source=f"{_SERVER}: run() cannot be decorated with both",
    fixable=True,
)
RAW_CALLED = EntryScriptRule(
    code="SD116",
    severity="error",
    title="rawhttp with parentheses",
    message="@rawhttp must be written without parentheses; with them the service does not start.",
    why="With parentheses it is called without the function, which raises TypeError when the script is imported.",
    fix="Remove the parentheses.",
    source="azureml-contrib-services 1.62",
    fixable=True,
)
REPLACED = EntryScriptRule(
    code="SD117",
    severity="warning",
    title="Function is defined twice",
    message="This {name}() is replaced by the one on line {line} and never runs; remove one of them.",
    why="The last definition of a name wins; the server only sees that one.",
    fix="Remove or rename one of them.",
    source="Python language reference, naming and binding",
)
TOO_COMPLEX = Rule(
    code="SD199",
    severity="warning",
    title="Script is not checked",
    message="{problem}",
    why="Checking must never make typing wait, so texts beyond these limits are not checked.",
    fix="Move data out of the script, or split it.",
    source="Scoredock",
)

RULES = (
    SYNTAX,
    MAGIC,
    NO_INIT,
    NO_RUN,
    NO_DATA,
    PARAMETER_KIND,
    SEVERAL,
    ASYNC,
    INIT_PARAMETERS,
    UNDEFINED,
    NOT_GLOBAL,
    SCHEMA_PARAMETER,
    DECORATOR_IMPORT,
    NAME_NOT_IMPORTABLE,
    RAW_AND_SCHEMA,
    RAW_CALLED,
    REPLACED,
    TOO_COMPLEX,
)
