"""Rules SD450 to SD459: swagger files that a service hands out."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SERVER = "azureml-inference-server-http 1.5.1, swagger files of the user"
_SPEC = "OpenAPI Specification 2.0 and 3.1"
_TWO = World("swagger.json", ("score.py",))
_THREE = World("swagger3.json", ("score.py",))


BROKEN = Rule(
    code="SD450",
    severity="warning",
    title="Swagger file cannot be read",
    message="{problem}",
    why=(
        "Azure's scoring server reads the file when it starts and ends with an error; Scoredock leaves the file out and"
        " makes its own."
    ),
    fix="Repair the place that is shown.",
    source=_SERVER,
    world=_TWO,
    fixable=True,
)
NO_VERSION = Rule(
    code="SD451",
    severity="warning",
    title="Swagger file without a version",
    message="The file has neither “swagger” nor “openapi”, so no reader knows its format.",
    why="The first key of such a file says which version of the format it is in. Tools refuse a file without it.",
    fix='Add "swagger": "2.0", or "openapi" with 3.0.3 or 3.1.0.',
    source=_SPEC,
    world=_TWO,
    fixable=True,
)
OTHER_VERSION = Rule(
    code="SD452",
    severity="warning",
    title="Swagger file under the name of another version",
    message="“{file}” is handed out as version {wanted}, but holds version “{got}”.",
    why=(
        "The server goes by the name: swagger.json and swagger2.json for 2, swagger3.json for 3, swagger3.1.json for"
        " 3.1. Callers get a form that they did not ask for."
    ),
    fix="Rename the file, or write the other version.",
    source=_SERVER,
    world=_TWO,
)
VERSION_TEXT = Rule(
    code="SD453",
    severity="warning",
    title="Version as a number",
    message="The version must be text; write {right}.",
    why="As a number 2.0 is the same as 2, so the specification asks for text, and tools refuse anything else.",
    fix="Put it in quotes.",
    source=_SPEC,
    world=_TWO,
    fixable=True,
)
NO_SCORE = Rule(
    code="SD454",
    severity="warning",
    title="Swagger file without the scoring path",
    message="The file does not describe /score, the path that requests go to{hint}.",
    why="Tools such as Power BI look there for the inputs of the service and find none.",
    fix="Describe /score with its post operation.",
    source="azureml-inference-server-http 1.5.1, routes",
    world=_TWO,
    fixable=True,
)
NO_POST = Rule(
    code="SD455",
    severity="warning",
    title="Scoring path without post",
    message="The path “{path}” has no “post” operation{hint}.",
    why="Requests to a service are posts; without the operation its input is not described.",
    fix="Add the operation; the names of operations are in lower case.",
    source=_SPEC,
    world=_TWO,
    fixable=True,
)
DANGLING = Rule(
    code="SD456",
    severity="warning",
    title="Reference without a target",
    message="“{target}” does not exist in this file{hint}.",
    why="Readers follow the reference to find the form of the input, and stop there.",
    fix="Correct the name, or add what is missing.",
    source="JSON Reference, fragments",
    world=_TWO,
    fixable=True,
)
WRONG_KIND = Rule(
    code="SD457",
    severity="warning",
    title="Wrong type in a swagger file",
    message="“{key}” must be {wanted}, not {got}.",
    why="The file is handed out as it is, and no reader understands a value of another type.",
    fix="Write the value with the type that the key has.",
    source=_SPEC,
    world=_TWO,
)
OTHER_HOME = Rule(
    code="SD458",
    severity="information",
    title="Definitions of the other version",
    message="“{key}” belongs to version {version}; readers of this file do not look there.",
    why="Version 2 keeps its schemas below definitions, version 3 below components.",
    fix="Move them to where this version has them.",
    source=_SPEC,
    world=_THREE,
)

RULES: tuple[Rule, ...] = (
    BROKEN,
    NO_VERSION,
    OTHER_VERSION,
    VERSION_TEXT,
    NO_SCORE,
    NO_POST,
    DANGLING,
    WRONG_KIND,
    OTHER_HOME,
)
