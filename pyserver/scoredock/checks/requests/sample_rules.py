"""Rules SD135, SD137 to SD143 and SD176: schema decorators and the samples they are given."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

_LIBRARY = "inference-schema 1.8"

UNDESCRIBED = EntryScriptRule(
    code="SD135",
    severity="warning",
    title="Parameter without a schema",
    message=(
        "“{name}” has neither an @input_schema nor a default: /swagger.json does not name it, and a request without it"
        " is refused."
    ),
    why=(
        "With one parameter described, the server passes all of them by name from the JSON object; the others are not"
        " converted, and a request without them gets status 400."
    ),
    fix="Describe it as well, or give it a default.",
    source=f"{_LIBRARY}; azureml-inference-server-http 1.5.1: how run() is called",
)
TWICE = EntryScriptRule(
    code="SD137",
    severity="error",
    title="Described twice",
    message="The response is described twice; the service does not start.",
    why="There can be one @output_schema, and one @input_schema for each parameter.",
    fix="Keep one of them.",
    source=f"{_LIBRARY}: output schema already defined for function",
    fixable=True,
)
NO_TYPE = EntryScriptRule(
    code="SD138",
    severity="error",
    title="No parameter type",
    message=(
        "@{decorator} needs a parameter type with a sample, for example StandardPythonParameterType(1.0); {problem}."
    ),
    why="The decorator looks at it when the script is read, so the service does not start.",
    fix="Wrap the sample in a parameter type.",
    source=f"{_LIBRARY}: param_type must be a subclass of the AbstractParameterType",
    fixable=True,
)
NOT_CARRIED = EntryScriptRule(
    code="SD139",
    severity="error",
    title="Sample that JSON cannot represent",
    message="A sample cannot be {what}; the service does not start.",
    why=(
        "The sample is written into swagger.json when the script is read, and a request has to be able to send such a"
        " value as JSON."
    ),
    fix="Use a list, a dictionary, text, a number, bytes or a datetime, or the parameter type made for it.",
    source=f"{_LIBRARY}: Invalid python data sample provided",
    fixable=True,
)
EMPTY = EntryScriptRule(
    code="SD140",
    severity="warning",
    title="Empty sample",
    message="The sample is empty, so every request with a column is refused.",
    why=(
        "What the sample does not show cannot be checked or described; a data frame must have exactly the columns of"
        " its sample."
    ),
    fix="Give one typical row.",
    source=f"{_LIBRARY}: shape check of data frames",
)
MIXED = EntryScriptRule(
    code="SD141",
    severity="hint",
    title="Sample with mixed types",
    message=(
        "This list mixes {kinds}, so there is no Swagger 2 document: /swagger.json returns 404 unless version=3 is"
        " asked for."
    ),
    why="Swagger 2 describes all items of a list by one type. Power BI and other clients read version 2.",
    fix="Use one type in the list.",
    source=f"{_LIBRARY}: supported_versions",
    fixable=True,
)
FLAT = EntryScriptRule(
    code="SD142",
    severity="warning",
    title="Sample with one dimension",
    message="The sample has one dimension, so only a flat list is accepted, and {call} needs rows and columns.",
    why=(
        "The number of dimensions of a request must be that of the sample: [[1, 2]] is refused, and [1, 2] is refused"
        " by the model."
    ),
    fix="Write the sample as a list of rows.",
    source=f"{_LIBRARY}: an array with 1 dimensions is expected",
    fixable=True,
)
DESIGNER = EntryScriptRule(
    code="SD143",
    severity="information",
    title="Name that Power BI does not know",
    message="“{name}” is not known to Power BI; write “{wanted}”, with exactly these capitals.",
    why=(
        "The convention of Power BI and the designer has the parameters Inputs and GlobalParameters, and Results in the"
        " answer."
    ),
    fix="Use the names of the convention.",
    source="Azure ML article “Advanced entry script authoring”: Power BI compatible endpoint",
    fixable=True,
)

NO_COLUMN = EntryScriptRule(
    code="SD176",
    severity="error",
    title="Column that the sample does not have",
    message="“{column}” is not a column of the sample of “{name}”{hint}.",
    why=(
        "A request is turned into a data frame with the columns of the sample; it has no other columns, and pandas"
        " raises KeyError at every request."
    ),
    fix="Name the column as the sample does, or put it into the sample.",
    source=_LIBRARY,
    fixable=True,
)

RULES = (UNDESCRIBED, TWICE, NO_TYPE, NOT_CARRIED, EMPTY, MIXED, FLAT, DESIGNER, NO_COLUMN)
