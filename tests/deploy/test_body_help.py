"""What is proposed while a JSON body is written, and its values as a form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scoredock.services.access.body_help import form_of, proposals_at
from scoredock.services.access.openapi import BodySchema

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/score": {
            "post": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ServiceInput"}}}
                }
            }
        }
    },
    "components": {
        "schemas": {
            "ServiceInput": {
                "type": "object",
                "required": ["data"],
                "properties": {
                    "data": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
                    "method": {"type": "string", "enum": ["predict", "predict_proba"]},
                },
            },
            "Row": {"type": "object", "properties": {"age": {"type": "integer"}, "smokes": {"type": "boolean"}}},
        }
    },
}
SCHEMA = BodySchema(DOCUMENT)


@pytest.mark.parametrize(
    ("before", "texts", "typed"),
    [
        ("{", ['"data": ', '"method": '], ""),
        ('{"me', ['"method": '], '"me'),
        ('{"data": [], ', ['"method": '], ""),
        ('{"method": ', ['"predict"', '"predict_proba"'], ""),
        ('{"method": "predict_', ['"predict_proba"'], '"predict_'),
        ('{"data": [{', ['"age": ', '"smokes": '], ""),
        ('{"data": [{"age": 3}, {"age": 4, "sm', ['"smokes": '], '"sm'),
        ('{"data": [{"smokes": t', ["true"], "t"),
        ('{"text": "a { [ , : in a text", ', ['"data": ', '"method": '], ""),
        ("}", [], ""),
    ],
)
def test_keys_and_values_of_the_schema_at_the_caret(before: str, texts: list[str], typed: str) -> None:
    found = proposals_at(before, SCHEMA, [])
    assert ([each.text for each in found.items], found.typed) == (texts, typed)


def test_what_a_sample_has_is_proposed_where_there_is_no_schema() -> None:
    samples = [{"data": [{"age": 63, "name": "Ada"}], "deep": {"er": [1.5]}}]
    assert [each.text for each in proposals_at("{", None, samples).items] == ['"data": ', '"deep": ']
    assert [each.detail for each in proposals_at('{"data": [{', None, samples).items] == ["as in 63", 'as in "Ada"']
    assert [each.text for each in proposals_at('{"data": [{"name": ', None, samples).items] == ['"Ada"']


def test_a_description_of_any_form_proposes_nothing_or_something() -> None:
    for document in (None, [], {}, {"paths": 1}, {"paths": {"/score": {"post": {"requestBody": {"$ref": "#/x"}}}}}):
        assert proposals_at("{", BodySchema(document), []).items == ()
    loop = {"type": "object", "properties": {"next": {"$ref": "#/paths/~1score/post/parameters/0/schema"}}}
    endless = {"paths": {"/score": {"post": {"parameters": [{"in": "body", "schema": loop}]}}}}
    before = '{"next": ' * 200 + "{"
    assert len(proposals_at(before, BodySchema(endless), []).items) <= 1


def test_a_form_has_the_plain_values_with_their_places() -> None:
    body = '{"data": [{"age": 63, "ü": "a\\"b", "smokes": true}], "method": "predict"}'
    found = form_of(body, SCHEMA)
    assert [(each.label, each.kind, each.value) for each in found.fields] == [
        ("age", "number", "63"),
        ("ü", "text", 'a"b'),
        ("smokes", "choice", "true"),
        ("method", "choice", '"predict"'),
    ]
    assert [body[each.start : each.end] for each in found.fields] == ["63", '"a\\"b"', "true", '"predict"']
    assert found.fields[3].choices == ('"predict"', '"predict_proba"')


def test_places_count_as_the_page_does() -> None:
    (_, second) = form_of('{"a": "😀", "b": 1}', None).fields
    assert second.start == len('{"a": "😀", "b": ') + 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "not valid JSON"),
        ("{}", "no values"),
        ('{"data": [[1], [2]]}', "several rows"),
        ('{"a": null}', "a is null"),
        (json.dumps(list(range(61))), "more than 60 values"),
        ("[" * 100_000 + "]" * 100_000, "not valid JSON"),
        (json.dumps("x" * 300_000), "too large"),
    ],
)
def test_what_is_no_form_says_why(body: str, reason: str) -> None:
    found = form_of(body, None)
    assert found.fields == ()
    assert reason in found.reason
