"""Rules SD135, SD137 to SD143 and SD176: schema decorators and the samples they are given."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

_LIBRARY = "inference-schema 1.8"
_TYPES = "inference_schema.parameter_types"
_STANDARD = (
    "{0}from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\n"
    "from inference_schema.schema_decorators import input_schema\n\n\ndef init():\n    pass\n\n\n"
)
_PLAIN = _STANDARD.format("")
_BOTH = _PLAIN.replace("import input_schema", "import input_schema, output_schema")
_SUM = '@input_schema("data", StandardPythonParameterType({0}))\ndef run(data):\n    return len(data)\n'
_SCALED = (
    '@input_schema("data", StandardPythonParameterType([1.0]))\n{0}def run(data, scale):\n    return [value * scale for'
    " value in data]\n"
)
_OUTPUT = (
    '@input_schema("data",'
    " StandardPythonParameterType([1.0]))\n{0}@output_schema(StandardPythonParameterType(1.0))\ndef run(data):\n   "
    " return sum(data)\n"
)
_FRAME = (
    "import pandas as pd\nfrom inference_schema.parameter_types.pandas_parameter_type import PandasParameterType\nfrom"
    ' inference_schema.schema_decorators import input_schema\n\n\ndef init():\n    pass\n\n\n@input_schema("data",'
    " PandasParameterType({0}))\ndef run(data):\n    return len(data)\n"
)
_PATIENTS = _FRAME.format('pd.DataFrame({"age": [59], "bmi": [32.1]})')
_FLAT = (
    "import os\n\nimport joblib\nimport numpy as np\nfrom inference_schema.parameter_types.numpy_parameter_type import"
    " NumpyParameterType\nfrom inference_schema.schema_decorators import input_schema\n\n\ndef init():\n    global"
    ' model\n    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"],'
    ' "model.pkl"))\n\n\n@input_schema("data", NumpyParameterType(np.array({0})))\ndef run(data):\n    return'
    " model.predict(data).tolist()\n"
)
_DESIGNER = (
    '@input_schema("{0}", StandardPythonParameterType({{"input1": [1.0]}}))\n@input_schema("GlobalParameters",'
    ' StandardPythonParameterType(1.0))\ndef run({0}, GlobalParameters=1.0):\n    return {{"Results": [value *'
    ' GlobalParameters for value in {0}["input1"]]}}\n'
)

UNDESCRIBED = EntryScriptRule(
    "SD135",
    "warning",
    "Parameter without a schema",
    "“{name}” has neither an @input_schema nor a default: /swagger.json does not name it, and a request without it is"
    " refused.",
    "With one parameter described, the server passes all of them by name from the JSON object; the others are not"
    " converted, and a request without them gets status 400.",
    _PLAIN + _SCALED.format(""),
    _PLAIN + _SCALED.format('@input_schema("scale", StandardPythonParameterType(1.0))\n'),
    "Describe it as well, or give it a default.",
    f"{_LIBRARY}; azureml-inference-server-http 1.5.1: how run() is called",
)
TWICE = EntryScriptRule(
    "SD137",
    "error",
    "Described twice",
    "The response is described twice; the service does not start.",
    "There can be one @output_schema, and one @input_schema for each parameter.",
    _BOTH + _OUTPUT.format("@output_schema(StandardPythonParameterType([1.0]))\n"),
    _BOTH + _OUTPUT.format(""),
    "Keep one of them.",
    f"{_LIBRARY}: output schema already defined for function",
    fixable=True,
)
NO_TYPE = EntryScriptRule(
    "SD138",
    "error",
    "No parameter type",
    "@{decorator} needs a parameter type with a sample, for example StandardPythonParameterType(1.0); {problem}.",
    "The decorator looks at it when the script is read, so the service does not start.",
    _PLAIN.replace("def init", "KIND = StandardPythonParameterType([1.0])\n\n\ndef init")
    + '@input_schema("data", [1.0])\ndef run(data):\n    return len(data)\n',
    _PLAIN.replace("def init", "KIND = StandardPythonParameterType([1.0])\n\n\ndef init")
    + '@input_schema("data", KIND)\ndef run(data):\n    return len(data)\n',
    "Wrap the sample in a parameter type.",
    f"{_LIBRARY}: param_type must be a subclass of the AbstractParameterType",
    fixable=True,
)
NOT_CARRIED = EntryScriptRule(
    "SD139",
    "error",
    "Sample that JSON cannot represent",
    "A sample cannot be {what}; the service does not start.",
    "The sample is written into swagger.json when the script is read, and a request has to be able to send such a value"
    " as JSON.",
    _PLAIN + _SUM.format("{1.0, 2.0}"),
    _PLAIN + _SUM.format("[1.0, 2.0]"),
    "Use a list, a dictionary, text, a number, bytes or a datetime, or the parameter type made for it.",
    f"{_LIBRARY}: Invalid python data sample provided",
    fixable=True,
)
EMPTY = EntryScriptRule(
    "SD140",
    "warning",
    "Empty sample",
    "The sample is empty, so every request with a column is refused.",
    "What the sample does not show cannot be checked or described; a data frame must have exactly the columns of its"
    " sample.",
    _FRAME.format("pd.DataFrame()"),
    _FRAME.format('pd.DataFrame({"age": [41.0]})'),
    "Give one typical row.",
    f"{_LIBRARY}: shape check of data frames",
)
MIXED = EntryScriptRule(
    "SD141",
    "hint",
    "Sample with mixed types",
    "This list mixes {kinds}, so there is no Swagger 2 document: /swagger.json returns 404 unless version=3 is asked"
    " for.",
    "Swagger 2 describes all items of a list by one type. Power BI and other clients read version 2.",
    _PLAIN + _SUM.format("[1, 2.5]"),
    _PLAIN + _SUM.format("[1.0, 2.5]"),
    "Use one type in the list.",
    f"{_LIBRARY}: supported_versions",
    fixable=True,
)
FLAT = EntryScriptRule(
    "SD142",
    "warning",
    "Sample with one dimension",
    "The sample has one dimension, so only a flat list is accepted, and {call} needs rows and columns.",
    "The number of dimensions of a request must be that of the sample: [[1, 2]] is refused, and [1, 2] is refused by"
    " the model.",
    _FLAT.format("[1.0, 2.0]"),
    _FLAT.format("[[1.0, 2.0]]"),
    "Write the sample as a list of rows.",
    f"{_LIBRARY}: an array with 1 dimensions is expected",
    fixable=True,
)
DESIGNER = EntryScriptRule(
    "SD143",
    "information",
    "Name that Power BI does not know",
    "“{name}” is not known to Power BI; write “{wanted}”, with exactly these capitals.",
    "The convention of Power BI and the designer has the parameters Inputs and GlobalParameters, and Results in the"
    " answer.",
    _PLAIN + _DESIGNER.format("inputs"),
    _PLAIN + _DESIGNER.format("Inputs"),
    "Use the names of the convention.",
    "Azure ML article “Advanced entry script authoring”: Power BI compatible endpoint",
    fixable=True,
)

NO_COLUMN = EntryScriptRule(
    "SD176",
    "error",
    "Column that the sample does not have",
    "“{column}” is not a column of the sample of “{name}”{hint}.",
    "A request is turned into a data frame with the columns of the sample; it has no other columns, and pandas raises"
    " KeyError at every request.",
    _FRAME.format('pd.DataFrame({"age": [59], "bmi": [32.1]})').replace(
        "len(data)", 'data[["age", "BMI"]].values.tolist()'
    ),
    _FRAME.format('pd.DataFrame({"age": [59], "bmi": [32.1]})').replace(
        "len(data)", 'data[["age", "bmi"]].values.tolist()'
    ),
    "Name the column as the sample does, or put it into the sample.",
    _LIBRARY,
    fixable=True,
)

RULES = (UNDESCRIBED, TWICE, NO_TYPE, NOT_CARRIED, EMPTY, MIXED, FLAT, DESIGNER, NO_COLUMN)
