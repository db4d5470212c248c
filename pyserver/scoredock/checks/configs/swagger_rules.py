"""Rules SD450 to SD459: swagger files that a service hands out."""

from __future__ import annotations

import json

from scoredock.analysis.rule import Rule, World

_SERVER = "azureml-inference-server-http 1.5.1, swagger files of the user"
_SPEC = "OpenAPI Specification 2.0 and 3.1"
_TWO = World("swagger.json", ("score.py",))
_THREE = World("swagger3.json", ("score.py",))
_SCORE: dict[str, object] = {"post": {"responses": {"200": {"description": "OK"}}}}
_INFO = {"title": "diabetes", "version": "1.0"}


def _file(**changes: object) -> str:
    whole = {"swagger": "2.0", "info": _INFO, "paths": {"/score": _SCORE}} | changes
    return json.dumps({key: value for key, value in whole.items() if value is not None}, indent=2) + "\n"


_GOOD = _file()

BROKEN = Rule(
    "SD450",
    "warning",
    "Swagger file cannot be read",
    "{problem}",
    "Azure's scoring server reads the file when it starts and ends with an error; Scoredock leaves the file out and"
    " makes its own.",
    _GOOD.replace('    "version": "1.0"\n', '    "version": "1.0",\n'),
    _GOOD,
    "Repair the place that is shown.",
    _SERVER,
    _TWO,
    fixable=True,
)
NO_VERSION = Rule(
    "SD451",
    "warning",
    "Swagger file without a version",
    "The file has neither “swagger” nor “openapi”, so no reader knows its format.",
    "The first key of such a file says which version of the format it is in. Tools refuse a file without it.",
    _file(swagger=None),
    _GOOD,
    'Add "swagger": "2.0", or "openapi" with 3.0.3 or 3.1.0.',
    _SPEC,
    _TWO,
    fixable=True,
)
OTHER_VERSION = Rule(
    "SD452",
    "warning",
    "Swagger file under the name of another version",
    "“{file}” is handed out as version {wanted}, but holds version “{got}”.",
    "The server goes by the name: swagger.json and swagger2.json for 2, swagger3.json for 3, swagger3.1.json for 3.1."
    " Callers get a form that they did not ask for.",
    _file(swagger=None, openapi="3.0.3"),
    _GOOD,
    "Rename the file, or write the other version.",
    _SERVER,
    _TWO,
)
VERSION_TEXT = Rule(
    "SD453",
    "warning",
    "Version as a number",
    "The version must be text; write {right}.",
    "As a number 2.0 is the same as 2, so the specification asks for text, and tools refuse anything else.",
    _GOOD.replace('"swagger": "2.0"', '"swagger": 2.0'),
    _GOOD,
    "Put it in quotes.",
    _SPEC,
    _TWO,
    fixable=True,
)
NO_SCORE = Rule(
    "SD454",
    "warning",
    "Swagger file without the scoring path",
    "The file does not describe /score, the path that requests go to{hint}.",
    "Tools such as Power BI look there for the inputs of the service and find none.",
    _file(paths={"/scores": _SCORE}),
    _GOOD,
    "Describe /score with its post operation.",
    "azureml-inference-server-http 1.5.1, routes",
    _TWO,
    fixable=True,
)
NO_POST = Rule(
    "SD455",
    "warning",
    "Scoring path without post",
    "The path “{path}” has no “post” operation{hint}.",
    "Requests to a service are posts; without the operation its input is not described.",
    _file(paths={"/score": {"POST": _SCORE["post"]}}),
    _GOOD,
    "Add the operation; the names of operations are in lower case.",
    _SPEC,
    _TWO,
    fixable=True,
)
DANGLING = Rule(
    "SD456",
    "warning",
    "Reference without a target",
    "“{target}” does not exist in this file{hint}.",
    "Readers follow the reference to find the form of the input, and stop there.",
    _file(
        definitions={"ServiceInput": {"type": "object"}},
        paths={
            "/score": {
                "post": {
                    "parameters": [{"in": "body", "name": "body", "schema": {"$ref": "#/definitions/ServiceInputs"}}]
                }
            }
        },
    ),
    _file(
        definitions={"ServiceInput": {"type": "object"}},
        paths={
            "/score": {
                "post": {
                    "parameters": [{"in": "body", "name": "body", "schema": {"$ref": "#/definitions/ServiceInput"}}]
                }
            }
        },
    ),
    "Correct the name, or add what is missing.",
    "JSON Reference, fragments",
    _TWO,
    fixable=True,
)
WRONG_KIND = Rule(
    "SD457",
    "warning",
    "Wrong type in a swagger file",
    "“{key}” must be {wanted}, not {got}.",
    "The file is handed out as it is, and no reader understands a value of another type.",
    _file(info="diabetes"),
    _GOOD,
    "Write the value with the type that the key has.",
    _SPEC,
    _TWO,
)
OTHER_HOME = Rule(
    "SD458",
    "information",
    "Definitions of the other version",
    "“{key}” belongs to version {version}; readers of this file do not look there.",
    "Version 2 keeps its schemas below definitions, version 3 below components.",
    _file(swagger=None, openapi="3.0.3", definitions={"ServiceInput": {"type": "object"}}),
    _file(swagger=None, openapi="3.0.3", components={"schemas": {"ServiceInput": {"type": "object"}}}),
    "Move them to where this version has them.",
    _SPEC,
    _THREE,
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
