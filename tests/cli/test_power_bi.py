"""A service as Power BI sees it: from its Swagger it makes a function with a parameter for each column, and calls it
with the rows of a table and the key of the service."""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.conftest import Terminal

SCRIPT = """
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema

rows = StandardPythonParameterType([{"Age": 41, "Income": 5993.5, "City": "Oslo", "OverTime": True}])


def init():
    pass


@input_schema("Inputs", StandardPythonParameterType({"input1": rows}))
@input_schema("GlobalParameters", StandardPythonParameterType(0.5))
@output_schema(StandardPythonParameterType({"Results": StandardPythonParameterType([{"Leaves": True, "Score": 0.5}])}))
def run(Inputs, GlobalParameters):
    found = [row["Age"] / 100 for row in Inputs["input1"]]
    return {"Results": [{"Leaves": score >= GlobalParameters, "Score": score} for score in found]}
"""
ARRAY = """
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    pass


@input_schema("data", NumpyParameterType(np.array([[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]])))
@output_schema(NumpyParameterType(np.array([3726.995])))
def run(data):
    return (data.sum(axis=1) * 1.0).tolist()
"""
KINDS = {"integer": "Int64.Type", "number": "Number.Type", "string": "Text.Type", "boolean": "Logical.Type"}
"""Types of Swagger and of Power Query."""


class PowerBi:
    """Reads a Swagger 2 document, and calls the service by nothing but that."""

    def __init__(self, swagger_uri: str, key: str) -> None:
        self.headers = {"Authorization": f"Bearer {key}"}
        given = requests.get(swagger_uri, headers=self.headers, timeout=60)
        assert given.status_code == 200, given.text
        self.swagger: dict[str, Any] = given.json()
        assert self.swagger["swagger"] == "2.0"
        security = self.swagger["securityDefinitions"]["Bearer"]
        assert (security["in"], security["name"], security["type"]) == ("header", "Authorization", "apiKey")
        ((path, operation),) = [
            (path, methods["post"]) for path, methods in self.swagger["paths"].items() if "post" in methods
        ]
        assert operation["operationId"] == "RunMLService"
        self.address = urllib.parse.urljoin(swagger_uri, path)
        (body,) = operation["parameters"]
        assert body["in"] == "body"
        self.input = self.resolved(body["schema"])
        self.output = self.resolved(operation["responses"]["200"]["schema"])

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        found: Any = self.swagger
        for name in schema.get("$ref", "#").split("/")[1:]:
            found = found[name]
        return found if "$ref" in schema else schema

    def columns(self, *path: str) -> dict[str, str]:
        """Columns of a table below the input, with their types."""
        schema = self.input
        for name in path:
            schema = self.resolved(schema["properties"][name])
        assert schema["type"] == "array"
        assert sorted(schema["items"]["required"]) == sorted(schema["items"]["properties"])
        return {name: KINDS[each["type"]] for name, each in schema["items"]["properties"].items()}

    def call(self, body: object) -> requests.Response:
        return requests.post(self.address, json=body, headers=self.headers, timeout=60)


def deployed(terminal: Terminal, script: str, *words: str) -> tuple[dict[str, Any], str]:
    """The service and its key."""
    (terminal.folder / "score.py").write_text(script)
    (terminal.folder / "dc.json").write_text(json.dumps({"computeType": "aks", "authEnabled": True}))
    made = terminal.json("service", "deploy", "attrition", "--entry-script", "score.py", "--dc", "dc.json", *words)
    return made, terminal.json("service", "keys", "attrition")["primaryKey"]


def test_power_bi_makes_a_function_of_a_service_and_calls_it(shared_environments: None, terminal: Terminal) -> None:
    service, key = deployed(terminal, SCRIPT)
    seen = PowerBi(service["swaggerUri"], key)
    assert seen.address == service["scoringUri"]
    assert sorted(seen.input["properties"]) == ["GlobalParameters", "Inputs"]
    assert seen.columns("Inputs", "input1") == {
        "Age": "Int64.Type",
        "Income": "Number.Type",
        "City": "Text.Type",
        "OverTime": "Logical.Type",
    }
    # The example is a request that the service answers, and the rows of a table are, too.
    assert seen.call(seen.input["example"]).json() == {"Results": [{"Leaves": False, "Score": 0.41}]}
    table = [{"Age": age, "Income": 1.5, "City": "Rome", "OverTime": False} for age in (20, 70)]
    answer = seen.call({"Inputs": {"input1": table}, "GlobalParameters": 0.5})
    assert answer.json() == {"Results": [{"Leaves": False, "Score": 0.2}, {"Leaves": True, "Score": 0.7}]}
    result = seen.output["properties"]["Results"]["items"]["properties"]
    assert {name: KINDS[each["type"]] for name, each in result.items()} == {
        "Leaves": "Logical.Type",
        "Score": "Number.Type",
    }
    # Without the key there is no Swagger, and Power BI asks for one.
    assert requests.get(service["swaggerUri"], timeout=60).status_code == 401
    seen.headers = {"Authorization": "Bearer wrong"}
    assert seen.call(seen.input["example"]).status_code == 401


@pytest.mark.long("installs NumPy into an environment")
def test_the_swagger_is_that_of_the_documents(shared_environments: None, terminal: Terminal) -> None:
    """The document shows the Swagger of a service with this schema."""
    samples = Path(__file__).parents[1] / "sdk" / "other_samples.json"
    texts = {(each["document"], each["line"]): each["text"] for each in json.loads(samples.read_text())["samples"]}
    published = json.loads(texts["001", 650])
    (terminal.folder / "requirements.txt").write_text("inference-schema[numpy-support]\nnumpy\n")
    service, key = deployed(terminal, ARRAY, "--cf", "requirements.txt")
    seen = PowerBi(service["swaggerUri"], key)
    for name in ("ServiceInput", "ServiceOutput"):
        own, theirs = seen.swagger["definitions"][name], published["definitions"][name]
        assert own["example"] == theirs["example"]
        assert _shape(own) == _shape(theirs)
    for name in ("schemes", "consumes", "produces", "securityDefinitions"):
        assert seen.swagger[name] == published[name]
    assert {"/", "/score"} <= set(seen.swagger["paths"])
    assert seen.call(seen.input["example"]).json() == [55.0]


def _shape(schema: dict[str, Any]) -> Any:
    """Types, without the formats that newer releases of inference-schema add."""
    if "properties" in schema:
        return {name: _shape(each) for name, each in schema["properties"].items()}
    return [schema["type"], _shape(schema["items"])] if "items" in schema else schema["type"]
