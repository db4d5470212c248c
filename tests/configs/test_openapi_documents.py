"""Documents of Swagger 2 and OpenAPI 3 as a person reads them, and documents that are none."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scoredock.services.access.openapi import operations_of

ROWS = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/definitions/Row"}},
        "threshold": {"type": "number", "format": "double", "description": "above it, yes"},
    },
    "example": {"data": [{"age": 50}], "threshold": 0.5},
}
ROW = {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer", "format": "int64"}}}


def test_swagger_2() -> None:
    document = {
        "swagger": "2.0",
        "paths": {
            "/": {"get": {"description": "Health", "responses": {"200": {"description": "well"}}}},
            "/score": {
                "post": {
                    "summary": "Scores",
                    "parameters": [
                        {"name": "q", "in": "query", "type": "integer", "required": True},
                        {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Input"}},
                    ],
                    "responses": {
                        "200": {"description": "fine", "schema": {"type": "array", "items": {"type": "string"}}}
                    },
                }
            },
        },
        "definitions": {"Input": ROWS, "Row": ROW},
    }
    score, health = operations_of(document)
    assert (score.method, score.route, score.description) == ("POST", "/score", "Scores")
    assert [(each.name, each.type, each.required) for each in score.parameters] == [("q", "integer", True)]
    assert score.body is not None
    assert [(each.name, each.type, each.required, each.description) for each in score.body.fields] == [
        ("data", "array of object", True, ""),
        ("data[].age", "integer (int64)", True, ""),
        ("threshold", "number (double)", False, "above it, yes"),
    ]
    assert '"threshold": 0.5' in score.body.example
    assert [(each.status, each.content.content_type) for each in score.responses] == [("200", "application/json")]
    assert (health.method, health.body) == ("GET", None)


def test_openapi_3() -> None:
    media = {"schema": {"$ref": "#/components/schemas/Input"}, "example": {"a": 1}}
    document = {
        "openapi": "3.0.3",
        "paths": {"/score": {"post": {"requestBody": {"content": {"application/json": media}}}}},
        "components": {"schemas": {"Input": ROW}},
    }
    (score,) = operations_of(document)
    assert score.body is not None
    assert (score.body.content_type, score.body.example) == ("application/json", '{\n  "a": 1\n}')
    assert [each.name for each in score.body.fields] == ["age"]


def test_a_schema_that_is_made_of_itself_ends() -> None:
    node: dict[str, Any] = {"properties": {"next": {"$ref": "#/definitions/Node"}, "all": {"type": "array"}}}
    node["properties"]["all"]["items"] = {"$ref": "#/definitions/Node"}
    loop = {"$ref": "#/definitions/Loop"}
    parameters = [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Node"}}, loop]
    document = {"paths": {"/x": {"post": {"parameters": parameters}}}, "definitions": {"Node": node, "Loop": loop}}
    (found,) = operations_of(document)
    assert found.body is not None
    assert 1 < len(found.body.fields) <= 200


KEYS = (
    "paths /score post get parameters requestBody responses 200 content schema $ref properties items type in body name"
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(KEYS.split()) | st.just("#/paths"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=20,
)


@given(anything)
def test_any_document_is_read(document: object) -> None:
    operations_of(document)
    operations_of({"paths": {"/score": {"post": document}}})
    operations_of({"paths": {"/score": {"post": {"parameters": [document], "requestBody": document}}}})
