"""Rules SD10x to SD11x: whether the server can import the entry script and call its functions."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, Rule, World

_SERVER = "azureml-inference-server-http 1.5.1"
_INIT = (
    "import os\n\nimport joblib\n\n\ndef init():\n    global model\n    model ="
    ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))\n'
)
_HEAD = "import json\n\n\ndef init():\n    pass\n\n\n"
_RUN = 'def run(data):\n    return {"rows": len(json.loads(data)["data"])}\n'
_GOOD = _HEAD + _RUN

SYNTAX = Rule(
    "SD101",
    "error",
    "Syntax error",
    "Python cannot read this: {problem}.",
    "The server imports the script when it starts; with a syntax error it ends at once.",
    _HEAD + 'def run(data)\n    return {"rows": len(json.loads(data)["data"])}\n',
    _GOOD,
    "Correct the place that is shown; the cause may be a little before it.",
    "azureml-core 1.61, InferenceConfig parses the script",
    fixable=True,
)
MAGIC = Rule(
    "SD102",
    "error",
    "Notebook command in a script",
    "“{magic}” is a command for notebook cells, and in a file Python refuses it with a SyntaxError; remove the line.",
    "Copied from a notebook, the first line says where the cell is to be written, or runs a shell command. Python"
    " refuses it.",
    "%%writefile score.py\n" + _GOOD,
    _GOOD,
    "Remove the line.",
    "IPython documentation, magics",
    fixable=True,
)
NO_INIT = EntryScriptRule(
    "SD103",
    "error",
    "init() is missing",
    "The script has no function init(){hint}.",
    "The server calls init() once when it starts; without it the service does not start.",
    "import json\n\n\ndef initialise():\n    pass\n\n\n" + _RUN,
    _GOOD,
    "Define init() without parameters, or rename the function that does its work.",
    f"{_SERVER}: no init() function defined",
    fixable=True,
)
NO_RUN = EntryScriptRule(
    "SD104",
    "error",
    "run() is missing",
    "The script has no function run(){hint}.",
    "The server calls run() for every request; without it the service does not start.",
    _HEAD + _RUN.replace("run", "Run"),
    _GOOD,
    "Define run(data), or rename the function that does its work; the name is case-sensitive.",
    f"{_SERVER}: no run() function defined",
    fixable=True,
)
NO_DATA = EntryScriptRule(
    "SD105",
    "error",
    "run() takes no input",
    "run() needs a parameter for the data of the request.",
    "The body of the request is passed to the first parameter that is not request_headers; without one the service does"
    " not start.",
    "def init():\n    pass\n\n\ndef run():\n    return {}\n",
    "def init():\n    pass\n\n\ndef run(data):\n    return {}\n",
    "Add a parameter, for example data.",
    f"{_SERVER}: run() needs to accept an argument for input data",
    fixable=True,
)
PARAMETER_KIND = EntryScriptRule(
    "SD106",
    "error",
    "run() has parameters the server cannot pass",
    "run() cannot have {what}.",
    "The server passes parameters by name, so it accepts neither *args nor **kwargs nor positional-only ones.",
    _HEAD + _RUN.replace("(data)", "(data, /)", 1),
    _GOOD,
    "Use ordinary named parameters.",
    f"{_SERVER}: run() cannot accept positional-only arguments, *args, or **kwargs",
    fixable=True,
)
SEVERAL = EntryScriptRule(
    "SD107",
    "error",
    "run() needs more than it gets",
    "The server passes only “{first}”; give {others} a default.",
    "Without schema decorators run() is called with one value, the body. A second parameter without a default raises"
    " TypeError at every request.",
    _HEAD + 'def run(data, scale):\n    return {"rows": len(json.loads(data)["data"]), "scale": scale}\n',
    _HEAD + 'def run(data, scale=1):\n    return {"rows": len(json.loads(data)["data"]), "scale": scale}\n',
    "Give it a default, or declare all parameters with @input_schema.",
    f"{_SERVER}: how run() is called",
    fixable=True,
)
ASYNC = EntryScriptRule(
    "SD108",
    "error",
    "Function must not be async",
    "{name}() must be a plain function; the server does not await it.",
    "Calling an async function only makes a coroutine; its body never runs.",
    _HEAD + "async " + _RUN,
    _GOOD,
    "Remove async.",
    f"{_SERVER}: init() and run() are called directly",
    fixable=True,
)
INIT_PARAMETERS = EntryScriptRule(
    "SD109",
    "error",
    "init() takes parameters",
    "init() is called without arguments; give {names} a default.",
    "The server calls init() with nothing, which raises TypeError here, and the service does not start.",
    _GOOD.replace("def init():", "def init(context):"),
    _GOOD,
    "Remove the parameter, or give it a default.",
    f"{_SERVER}: start sequence",
    fixable=True,
)
UNDEFINED = Rule(
    "SD110",
    "error",
    "Name that does not exist",
    "“{name}” is not defined{hint}.",
    "Python raises NameError when this line runs: in init() the service does not start, in run() every request fails.",
    'import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return np.mean(json.loads(data)["data"])\n',
    "import json\n\nimport numpy as np\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return"
    ' np.mean(json.loads(data)["data"])\n',
    "Import it, define it, or correct the spelling.",
    "Python language reference, naming and binding",
    fixable=True,
)
NOT_GLOBAL = Rule(
    "SD111",
    "error",
    "Global is assigned as a local",
    "“{name}” is local to {function}(), so {reader} does not see it.",
    "An assignment in a function makes a local name, unless the function declares it global.",
    _INIT.replace("    global model\n", "") + "\n\ndef run(data):\n    return model.predict([[1.0]]).tolist()\n",
    _INIT + "\n\ndef run(data):\n    return model.predict([[1.0]]).tolist()\n",
    "Add a global statement at the top of the function.",
    "Python language reference, the global statement",
    fixable=True,
)
SCHEMA_PARAMETER = EntryScriptRule(
    "SD112",
    "error",
    "Schema for a parameter that run() does not have",
    "“{name}” is not a parameter of run(){hint}.",
    "The decorator passes the converted value under that name; every request then fails.",
    "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\nfrom"
    ' inference_schema.schema_decorators import input_schema\n\n\ndef init():\n    pass\n\n\n@input_schema("data",'
    " StandardPythonParameterType([1.0]))\ndef run(raw_data):\n    return sum(raw_data)\n",
    "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\nfrom"
    ' inference_schema.schema_decorators import input_schema\n\n\ndef init():\n    pass\n\n\n@input_schema("raw_data",'
    " StandardPythonParameterType([1.0]))\ndef run(raw_data):\n    return sum(raw_data)\n",
    "Use the same name in the decorator and in run().",
    "inference-schema 1.8: provided param_name is not in the decorated function",
    fixable=True,
)
DECORATOR_IMPORT = Rule(
    "SD113",
    "error",
    "Decorator is not imported",
    "“{name}” is used without being imported.",
    "The decorator is looked up when the script is imported, so the service does not start.",
    'def init():\n    pass\n\n\n@rawhttp\ndef run(request):\n    return {"size": len(request.get_data())}\n',
    "from azureml.contrib.services.aml_request import rawhttp\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef"
    ' run(request):\n    return {"size": len(request.get_data())}\n',
    "Import it.",
    "azureml-contrib-services 1.62; inference-schema 1.8",
    fixable=True,
)
NAME_NOT_IMPORTABLE = EntryScriptRule(
    "SD114",
    "error",
    "Script name cannot be imported",
    "“{name}” cannot be imported as a Python module{reason}.",
    "Azure's SDK refuses such a script before it deploys anything, and so does Scoredock: without .py the name must be"
    " letters, digits and underscores, not begin with a digit, and not be a Python keyword.",
    _GOOD,
    _GOOD,
    "Rename the file, for example score.py.",
    "azureml-core 1.61, InferenceConfig: importable script name",
    World("my-score.py"),
)
RAW_AND_SCHEMA = EntryScriptRule(
    "SD115",
    "error",
    "Raw request with a schema",
    "run() cannot be decorated with both @rawhttp and @input_schema.",
    "Either the script gets the request as it is, or converted parameters. The service does not start with both.",
    "from azureml.contrib.services.aml_request import rawhttp\nfrom"
    " inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\nfrom"
    " inference_schema.schema_decorators import input_schema\n\n\ndef init():\n   "
    ' pass\n\n\n@rawhttp\n@input_schema("data", StandardPythonParameterType([1.0]))\ndef run(data):\n    return'
    " sum(data)\n",
    "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\nfrom"
    ' inference_schema.schema_decorators import input_schema\n\n\ndef init():\n    pass\n\n\n@input_schema("data",'
    " StandardPythonParameterType([1.0]))\ndef run(data):\n    return sum(data)\n",
    "Remove one of them.",
    f"{_SERVER}: run() cannot be decorated with both",
    fixable=True,
)
RAW_CALLED = EntryScriptRule(
    "SD116",
    "error",
    "rawhttp with parentheses",
    "@rawhttp must be written without parentheses; with them the service does not start.",
    "With parentheses it is called without the function, which raises TypeError when the script is imported.",
    "from azureml.contrib.services.aml_request import rawhttp\n\n\ndef init():\n    pass\n\n\n@rawhttp()\ndef"
    ' run(request):\n    return {"size": len(request.get_data())}\n',
    "from azureml.contrib.services.aml_request import rawhttp\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef"
    ' run(request):\n    return {"size": len(request.get_data())}\n',
    "Remove the parentheses.",
    "azureml-contrib-services 1.62",
    fixable=True,
)
REPLACED = EntryScriptRule(
    "SD117",
    "warning",
    "Function is defined twice",
    "This {name}() is replaced by the one on line {line} and never runs; remove one of them.",
    "The last definition of a name wins; the server only sees that one.",
    _HEAD + "def run(data):\n    return {}\n\n\n" + _RUN,
    _GOOD,
    "Remove or rename one of them.",
    "Python language reference, naming and binding",
)
TOO_COMPLEX = Rule(
    "SD199",
    "warning",
    "Script is not checked",
    "{problem}",
    "Checking must never make typing wait, so texts beyond these limits are not checked.",
    _HEAD + "deep = " + "-" * 8000 + "1\n\n\n" + _RUN,
    _GOOD,
    "Move data out of the script, or split it.",
    "Scoredock",
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
