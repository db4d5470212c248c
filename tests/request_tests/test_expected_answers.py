"""Answers beside what was expected: what counts as the same, and what a person reads where it is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.request_tests.domain.json_differences import aligned, differences, laid_out
from scoredock.contrib.request_tests.domain.verdict import Unmet, verdict
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.services.access.calls import Answer

from configs.conftest import limits

__all__ = ["limits"]
FILES = {"expected.json": b'{"result": [1, 2]}', "expected.txt": b"hello\n"}
FILES["laid_out.json"] = b'{\n  "result": [\n    1,\n    2\n  ]\n}\n'
FILES["lines.txt"] = b"one\ntwo\nthree\n"


def unmet(body: object, *expected: str, status: int = 200, tolerance: float = 0.0) -> list[Unmet]:
    text = "".join(f"# @expect {each}\n" for each in expected)
    file = parse_http_file(f"{text}POST /score\n")
    assert not file.faults
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(status, 12.0, {"content-type": "application/json; charset=utf-8", "x-a": "1"}, content)
    return verdict(file.requests[0].expectations, answer, tolerance, FILES.__getitem__)


def messages(body: object, *expected: str, status: int = 200, tolerance: float = 0.0) -> list[str]:
    return [each.message for each in unmet(body, *expected, status=status, tolerance=tolerance)]


@pytest.mark.parametrize(
    "expected",
    [
        "status 200",
        "status 2xx",
        "time < 1 s",
        "header content-type application/json",
        "header Content-Type application/json; charset=utf-8",
        "header x-a: 1",
        'body {"rows": [{"a": 1, "b": [1.5, 2]}], "name": "x y", "none": null}',
        'body {"none": null, "name": "x y", "rows": [{"b": [1.5, 2.0], "a": 1.0}]}',
        'body contains "x y"',
        "$.rows length 1",
        "$.rows[0].b[-1] == 2",
        "$.rows[*].a == 1",
        '$["name"] == "x y"',
        "$.rows[0].b[0] > 1.4",
        "$.none exists",
        "$.none == null",
        "$.other missing",
        '$.name != "y"',
    ],
)
def test_what_holds(expected: str) -> None:
    assert messages({"rows": [{"a": 1, "b": [1.5, 2]}], "name": "x y", "none": None}, expected) == []


def test_each_difference_is_named_by_its_path() -> None:
    expected = 'body {"result": [208.97, 1, 3], "label": "a", "gone": [1, 2], "a b": true}'
    actual = {"result": [210.1, 1], "label": "b", "new": {"x": 1}, "a b": 1}
    assert messages(actual, expected) == [
        "$.result: expected 3 items, got 2\n"
        "$.result[0]: expected 208.97, got 210.1 (1.13 apart)\n"
        '$.label: expected "a", got "b"\n'
        "$.gone: missing, expected [1, 2]\n"
        '$["a b"]: expected true, got 1\n'
        '$.new: not expected, got {"x": 1}'
    ]


@pytest.mark.parametrize(
    ("body", "expected", "place"),
    [
        ({"a": 1, "rows": [1, 2, 4]}, 'body {\n#   "a": 1,\n#   "rows": [\n#     1, 2,\n#     3\n#   ]\n# }', ("", 4)),
        ({"a": 1}, 'body {\n#   "a": 1,\n#   "gone":\n#     true\n# }', ("", 2)),
        ({"a": 1, "new": 2}, 'body {\n#   "a": 1\n# }', ("", 0)),
        ({"r": {"a": 1, "b": 3}}, '$.r == {\n#   "a": 1,\n#   "b": 2\n# }', ("", 2)),
        ({"result": [1, 3]}, "body < laid_out.json", ("laid_out.json", 3)),
        (b"one\nzwei\nthree", "body < lines.txt", ("lines.txt", 1)),
        (b"one", "body < lines.txt", ("lines.txt", 1)),
        (b"hello\nthere", "body hello", ("", 0)),
    ],
)
def test_the_place_is_the_line_that_differs(body: object, expected: str, place: tuple[str, int]) -> None:
    (found,) = unmet(body, expected)
    assert (found.file, found.line) == place


def test_floats_within_the_tolerance_are_the_same_and_no_part_of_the_diff() -> None:
    expected = 'body {"n": [1.0, 2.0, 3]}'
    assert messages({"n": [1.0009, 2.0, 3]}, expected, tolerance=0.001) == []
    (found,) = unmet({"n": [1.0009, 2.5, 3]}, expected, tolerance=0.001)
    assert found.message == "$.n[1]: expected 2.0, got 2.5 (0.5 apart, tolerance 0.001)"
    assert (found.expected, found.actual) == ('{\n  "n": [1.0, 2.0, 3]\n}', '{\n  "n": [1.0, 2.5, 3]\n}')
    # Counts are exact.
    assert messages({"n": [1.0, 2.0, 4]}, expected, tolerance=5.0) == ["$.n[2]: expected 3, got 4"]


def test_a_tolerance_of_one_value_goes_before_that_of_the_request() -> None:
    assert messages({"a": 1.05}, "$.a == 1.0 within 0.1") == []
    assert messages({"a": 1.05}, "$.a == 1.0 within 0.01", tolerance=1.0) == [
        "$.a: expected 1.0, got 1.05 (0.05 apart, tolerance 0.01)"
    ]


@pytest.mark.parametrize(
    ("body", "expected", "told"),
    [
        (b"oops", "status 201", "Expected status 201, got 200.\noops"),
        ({}, "time < 5 ms", "Expected a response within 5 ms, it took 12 ms."),
        ({}, "header x-b 1", "The header x-b is missing."),
        ({}, "header x-a 2", "Expected the header x-a to be “2”, got “1”."),
        (b"<html>", 'body {"a": 1}', "Expected JSON, got: <html>"),
        (b"<html>", "$.a exists", "Expected JSON, got: <html>"),
        (b"other", "body < expected.txt", "The body is not the expected text."),
        ({"result": [1, 3]}, "body < expected.json", "$.result[1]: expected 2, got 3"),
        ({"a": 1}, "body contains xyz", 'The body does not contain “xyz”: {"a": 1}'),
        ({"a": 1}, "$.b == 1", "$.b: missing"),
        ({"a": 1}, "$.a missing", "$.a: not expected, got 1"),
        ({"a": [1]}, "$.a length 2", "$.a: expected a length of 2, got 1"),
        ({"a": 1}, "$.a length 2", "$.a: has no length: 1"),
        ({"a": "x"}, "$.a > 1", '$.a: expected > 1, got "x"'),
        ({"a": 1}, "$.a != 1", "$.a: expected anything but 1"),
        ({"a": [{"b": 1}, {"b": 2}]}, "$.a[*].b == 1", "$.a[*].b: expected 1, got 2"),
        ({"a": {"b": 1}}, '$.a == {"b": 2}', "$.a: .b: expected 2, got 1"),
        ({"a": True}, "$.a == 1", "$.a: expected 1, got true"),
    ],
)
def test_what_does_not_hold(body: object, expected: str, told: str) -> None:
    assert messages(body, expected) == [told]


def test_expected_text_in_a_file_of_its_own() -> None:
    assert messages(b"hello", "body < expected.txt") == []
    assert messages({"result": [1, 2.0]}, "body < expected.json") == []


def test_many_differences_are_cut() -> None:
    (found,) = messages(list(range(100)), f"body {json.dumps([0] * 100)}")
    assert found.count("\n") == 20
    assert found.endswith("… and more")


plain = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text("ab", max_size=2)
trees = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)
)


@given(trees)
def test_a_value_is_like_itself(value: Any) -> None:
    assert list(differences(value, json.loads(json.dumps(value)))) == []
    assert json.loads(laid_out(value)) == value


@given(trees, trees)
def test_what_differs_differs_both_ways_and_shows_in_the_texts(one: Any, other: Any) -> None:
    found = list(differences(one, other))
    assert bool(found) == bool(list(differences(other, one)))
    assert bool(found) == (laid_out(one) != laid_out(aligned(one, other)))
