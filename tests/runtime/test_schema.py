"""The inference-schema stand-in: messages, conversions and swagger fragments of the library."""

from __future__ import annotations

import datetime
import functools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from scoredock_runtime import schema
from scoredock_runtime.schema import registry
from scoredock_runtime.schema.decorators import input_schema, output_schema
from scoredock_runtime.schema.numpy_type import NumpyParameterType as Numpy
from scoredock_runtime.schema.pandas_type import PandasParameterType as Pandas
from scoredock_runtime.schema.standard_type import StandardPythonParameterType as Standard


@pytest.fixture(autouse=True)
def nothing_decorated(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the library, functions of one name in one module share what is known of them."""
    monkeypatch.setattr(registry, "_schemas", {})
    monkeypatch.setattr(registry, "_versions", {})


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "strict", True)


FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
DOUBLE = {"type": "number", "format": "double"}
INTEGER = {"type": "integer", "format": "int64"}

MESSAGES: dict[str, tuple[Any, Any, str]] = {
    "numpy wants a list": (Numpy(np.array([1.0])), {"a": 1}, "Invalid input format: expected an array of items."),
    "numpy dimensions": (
        Numpy(np.array([[1.0, 2.0]])),
        [1, 2],
        "Invalid input array: an array with 2 dimensions is expected; input has 1 [shape (2,)]",
    ),
    "numpy size": (
        Numpy(np.array([[1.0, 2.0]])),
        [[1, 2, 3]],
        "Invalid input array: array has size 3 on dimension #1, while expected value is 2",
    ),
    "numpy duration": (
        Numpy(np.array([1], "m8[D]")),
        ["3 eons"],
        "Invalid numpy.timestamp64 value specified: 3 eons. Unrecognized time unit code",
    ),
    "pandas columns": (
        Pandas(FRAME),
        [{"a": 1}],
        "Invalid input data frame: data frame has size 1 on dimension #1, while expected value is 2",
    ),
    "pandas wants records": (
        Pandas(FRAME),
        3,
        "Error, unable to convert input of type <class 'int'> into Pandas Dataframe",
    ),
    "int": (Standard(1), "x", "Invalid input data type to parse. Expected: <class 'int'> but got <class 'str'>"),
    "text": (Standard("x"), 1, "Invalid input data type to parse. Expected: <class 'str'> but got <class 'int'>"),
    "dict": (
        Standard({"a": 1}),
        [1],
        "Invalid input data type to parse. Expected: <class 'dict'> but got <class 'list'>",
    ),
    "list": (Standard([1]), 1, "Invalid input data type to parse. Expected: <class 'list'> but got <class 'int'>"),
    "nested": (
        Standard({"a": Standard(1)}),
        {"a": "x"},
        "Invalid input data type to parse. Expected: <class 'int'> but got <class 'str'>",
    ),
}


def scored(kind: Any, value: Any, **options: Any) -> Any:
    @input_schema("data", kind, **options)
    def run(data: Any) -> Any:
        return data

    return run(data=value)


@pytest.mark.parametrize("name", MESSAGES)
def test_messages(name: str) -> None:
    kind, value, message = MESSAGES[name]
    with pytest.raises(Exception) as caught:  # noqa: PT011 (several types, as in the library)
        scored(kind, value)
    assert str(caught.value) == message


CONVERSIONS: dict[str, tuple[Any, Any, Any]] = {
    "int where float": (Standard(1.5), 2, 2),
    "bool passes for int": (Standard(1), True, True),
    "base64": (Standard(b"x"), "aGk=", b"hi"),
    "moment": (Standard(datetime.datetime(2020, 1, 2)), "2021-03-04 05:06:07", datetime.datetime(2021, 3, 4, 5, 6, 7)),
    "time": (Standard(datetime.time(1)), "05:06:07", datetime.time(5, 6, 7)),
    "missing keys are skipped, extra ones kept": (
        Standard({"a": Standard(1), "b": Standard(2)}),
        {"a": 3, "c": 4},
        {"a": 3, "c": 4},
    ),
    "first type for all items": (Standard([Standard(b"")]), ["aGk=", "aGk="], [b"hi", b"hi"]),
    "chat input goes through": (Standard(1), {"input_string": "x", "parameters": {}}, None),
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversions(name: str) -> None:
    kind, value, expected = CONVERSIONS[name]
    if expected is None:

        @input_schema("data", kind)
        def run(data: Any) -> Any:
            return data

        assert run(value) is value
    else:
        assert scored(kind, value) == expected


FRAGMENTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "int": (Standard(1), {**INTEGER, "example": 1}),
    "bool": (Standard(True), {"type": "boolean", "example": True}),
    "bytes": (Standard(b"hi"), {"type": "string", "format": "byte", "example": "aGk="}),
    "moment": (
        Standard(datetime.datetime(2020, 1, 2, 3, 4, 5)),
        {"type": "string", "format": "date-time", "example": "2020-01-02 03:04:05.000000 +0000"},
    ),
    "empty list": (Standard([]), {"type": "array", "items": {"type": "object"}, "example": []}),
    "last item describes": (Standard([1, "x"]), {"type": "array", "items": {"type": "string"}, "example": [1, "x"]}),
    "dict": (
        Standard({"a": 1}),
        {"type": "object", "required": ["a"], "properties": {"a": INTEGER}, "example": {"a": 1}},
    ),
    "designer": (
        Standard({"input1": Pandas(FRAME[["a"]])}),
        {
            "type": "object",
            "required": ["input1"],
            "example": {"input1": [{"a": 1}, {"a": 2}]},
            "properties": {
                "input1": {
                    "type": "array",
                    "format": "pandas.DataFrame:records",
                    "items": {"type": "object", "required": ["a"], "properties": {"a": INTEGER}},
                }
            },
        },
    ),
    "floats": (
        Numpy(np.array([[0.5, 2.0]])),
        {
            "type": "array",
            "items": {"type": "array", "items": DOUBLE},
            "example": [[0.5, 2.0]],
            "format": "numpy.ndarray",
        },
    ),
    "small": (
        Numpy(np.array([1], "uint8")),
        {"type": "array", "items": {"type": "integer", "format": "uint8"}, "example": [1], "format": "numpy.ndarray"},
    ),
    "records": (
        Numpy(np.array([(1, 2.5)], [("x", "i4"), ("y", "f4")])),
        {
            "type": "array",
            "example": [{"x": 1, "y": 2.5}],
            "format": "numpy.ndarray",
            "items": {
                "type": "object",
                "properties": {"x": {"type": "integer", "format": "int32"}, "y": {"type": "number", "format": "float"}},
            },
        },
    ),
    "truth": (
        Numpy(np.array([True])),
        {"type": "array", "items": {"type": "boolean"}, "example": ["True"], "format": "numpy.ndarray"},
    ),
    "columns": (
        Pandas(FRAME[["a"]], orient="columns"),
        {
            "type": "object",
            "required": ["a"],
            "example": {"a": {"0": 1, "1": 2}},
            "format": "pandas.DataFrame:columns",
            "properties": {"a": {"type": "object", "required": ["0", "1"], "properties": {"0": INTEGER, "1": INTEGER}}},
        },
    ),
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragments(name: str) -> None:
    kind, expected = FRAGMENTS[name]
    assert kind.input_to_swagger() == expected


@pytest.mark.parametrize("orient", ["split", "records", "index", "columns", "values", "table"])
def test_a_frame_comes_back_from_its_own_example(orient: str) -> None:
    kind = Pandas(FRAME, orient=orient)
    frame = scored(kind, kind.input_to_swagger()["example"])
    assert frame.to_numpy().tolist() == FRAME.to_numpy().tolist()


DTYPES = st.one_of(npst.integer_dtypes(endianness="="), npst.floating_dtypes(endianness="=", sizes=(32, 64)))


@given(
    npst.arrays(
        DTYPES, npst.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4), elements={"allow_nan": False}
    )
)
def test_an_array_comes_back_from_its_own_example(array: Any) -> None:
    kind = Numpy(array)
    back = scored(kind, kind.input_to_swagger()["example"])
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)


@given(
    st.recursive(
        st.integers() | st.booleans() | st.text() | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_plain_values_come_back_from_their_own_example(value: Any) -> None:
    kind = Standard(value)
    assert scored(kind, kind.input_to_swagger()["example"]) == value
    assert {"3.0", "3.1"} <= set(kind.supported_versions())


def test_a_function_knows_its_schemas_through_other_decorators() -> None:
    def logged(func: Any) -> Any:
        @functools.wraps(func)
        def call(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        return call

    @logged
    @input_schema("b", Standard([1, "x"]))
    @input_schema("a", Standard(1))
    @output_schema(Standard(1.5))
    def run(a: Any, b: Any, c: Any = 3) -> Any:
        return a, b, c

    assert registry.is_schema_decorated(run)
    assert registry.get_input_schema(run) == {
        "type": "object",
        "properties": {"a": INTEGER, "b": {"type": "array", "items": {"type": "string"}}, "c": {}},
        "example": {"a": 1, "b": [1, "x"], "c": ""},
    }
    assert registry.get_output_schema(run) == {**DOUBLE, "example": 1.5}
    assert registry.get_supported_versions(run) == ["3.0", "3.1"]
    assert run(1, b=["y"]) == (1, ["y"], 3)


def test_wrong_use_is_told() -> None:
    with pytest.raises(Exception, match="must be a subclass"):
        input_schema("a", 3)  # type: ignore[arg-type]

    @input_schema("nothing", Standard(1))
    def run(data: Any) -> Any:
        return data

    with pytest.raises(Exception, match='param_name "nothing" is not in the decorated function'):
        run(data=1)
    described = output_schema(Standard(1))(lambda: 1)
    with pytest.raises(Exception, match="output schema already defined"):
        output_schema(Standard(1))(described)
    with pytest.raises(Exception, match="must provide a sample Numpy array"):
        Numpy([1])
    with pytest.raises(Exception, match="Invalid orient"):
        Pandas(FRAME, orient="x")
    with pytest.raises(TypeError, match="JSON serializable"):
        Standard(object()).input_to_swagger()


def test_optional_parameters() -> None:
    @input_schema("a", Standard(1), optional=True)
    def run(a: Any = 7) -> Any:
        return a

    assert (run(), run(a=None), run(a=2)) == (7, None, 2)


STRICT: dict[str, tuple[Any, Any, Any]] = {
    "bytearray": (Standard(bytearray(b"x")), "aGk=", bytearray(b"hi")),
    "date": (Standard(datetime.date(2020, 1, 2)), "2021-03-04", datetime.date(2021, 3, 4)),
    "moments": (Numpy(np.array([["2020-01-02"]], "M8[D]")), [["2021-03-04"]], np.array([["2021-03-04"]], "M8[D]")),
    "durations": (Numpy(np.array([[1]], "m8[h]")), [["2 days"], ["3 hours"]], np.array([[48], [3]], "m8[h]")),
}


@pytest.mark.parametrize("name", STRICT)
@pytest.mark.usefixtures("strict")
def test_strict_mode_reads_what_the_library_never_reads(name: str) -> None:
    kind, value, expected = STRICT[name]
    got = scored(kind, value)
    assert type(got) is type(expected)
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("name", STRICT)
def test_without_it_they_are_refused_as_ever(name: str) -> None:
    kind, value, _ = STRICT[name]
    if name == "date" and hasattr(datetime.date, "strptime"):
        pytest.skip("this Python reads dates")
    with pytest.raises((ValueError, AttributeError)):
        scored(kind, value)


@pytest.mark.usefixtures("strict")
def test_strict_mode_describes_what_the_library_cannot() -> None:
    assert Numpy(np.array([True, False])).input_to_swagger()["example"] == [True, False]
    fine = Numpy(np.array(["2020-01-02T03:04:05.123456789", "NaT"], "M8[ns]"))
    assert fine.input_to_swagger()["example"] == ["2020-01-02T03:04:05.123456789", "NaT"]
    day = Numpy(np.array(["2020-01-02"], "M8[D]"))
    assert day.input_to_swagger()["example"] == ["2020-01-02 00:00:00,000000"]


@pytest.mark.parametrize("through", ["strict", "as in the library"])
def test_decorators_that_hold_more_than_the_function(through: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "strict", through == "strict")

    def named(zone: str) -> Any:
        def decorate(func: Any) -> Any:
            @functools.wraps(func)
            def call(*args: Any, **kwargs: Any) -> Any:
                return zone, func(*args, **kwargs)

            return call

        return decorate

    @input_schema("data", Standard(1))
    def run(data: Any) -> Any:
        return data

    covered = named("here")(run)
    assert registry.is_schema_decorated(covered) == (through == "strict")
    assert covered(data=1) == ("here", 1)
    assert registry.is_schema_decorated(lambda *words: run(*words))
