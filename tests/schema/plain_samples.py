"""Generated samples and requests of plain Python values, as the source text of small scripts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXTS = st.sampled_from(["", "x", "aGk=", "a", "hello", "é", "1", "3 days", "2020-01-02", "\ud800", "true"])
MOMENTS = st.sampled_from(
    [
        "2020-01-02",
        "2020-01-02 03:04:05",
        "2020-01-02T03:04:05.123456Z",
        "2020-01-02 03:04:05.000000 +0000",
        "2020-02-30",
        "03:04",
        "03:04:05 +0100",
        "5 Jan 2021",
        "Jan 5 2021 10pm",
        "20200102",
        "noon",
        "",
        "31/12/1999",
        "2020-01-02T03:04:05+05:30",
        "99999-01-01",
        "12345678901234567890",
        "24:00",
    ]
)
NUMBERS = st.integers(-3, 300) | st.integers() | st.floats() | st.booleans()
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | NUMBERS | TEXTS | MOMENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcx"), inner, max_size=3),
    max_leaves=6,
)
"""Values as they come in a request."""

SCALARS = st.one_of(
    JSON.map(repr),
    JSON.map(repr),
    st.sampled_from(
        [
            "b''",
            "b'hi'",
            "bytearray(b'hi')",
            "None",
            "range(3)",
            "range(0)",
            "()",
            "{}",
            "[]",
            "inf",
            "-0.0",
            "'x' * 300",
            "datetime.date(2020, 1, 2)",
            "datetime.datetime(2020, 1, 2, 3, 4, 5)",
            "datetime.date(1, 1, 1)",
            "datetime.datetime(2020, 1, 2, 3, 4, 5, 67, datetime.timezone(datetime.timedelta(hours=2)))",
            "datetime.time(3, 4, 5)",
            "datetime.time(3, 4, 5, 6, datetime.timezone.utc)",
            "enum.IntEnum('E', 'A B').A",
            "datetime.datetime.min",
            "datetime.datetime.max",
            "10 ** 40",
            "{1: 2, None: 3, True: 4}",
            "collections.OrderedDict(a=1)",
            "collections.namedtuple('P', 'x y')(1, 'z')",
            "type('Own', (int,), {})(4)",
        ]
    ),
)
"""Expressions of sample values that can be described, most of them."""
ODD = st.sampled_from(
    [
        "{1, 2}",
        "frozenset()",
        "object",
        "1j",
        "Ellipsis",
        "decimal.Decimal('1.5')",
        "uuid.UUID(int=5)",
        "{(1, 2): 3}",
        "{b'x': 1}",
        "datetime.timedelta(1)",
        "Standard(1)",
        "[1, Standard(1)]",
        "[Standard(1), 1]",
        "{'a': {1}}",
    ]
)
"""Those that cannot."""


def _list(items: list[str]) -> str:
    return f"[{', '.join(items)}]"


def _tuple(items: list[str]) -> str:
    return f"({''.join(item + ', ' for item in items)})"


def _dict(items: dict[str, str]) -> str:
    return f"{{{', '.join(f'{key!r}: {value}' for key, value in items.items())}}}"


TYPES_INSIDE = st.sampled_from(
    [
        "Numpy(np.array([[1.5, 2.0]]))",
        "Numpy(np.array([True, False]))",
        "Numpy(np.array(['2020-01-02'], 'M8[D]'))",
        "Pandas(pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}))",
        "Pandas(pd.DataFrame({'a': [1]}), orient='split')",
    ]
)


@st.composite
def samples(draw: st.DrawFn, depth: int = 3) -> str:
    """Lists, tuples, dictionaries and parameter types in one another."""
    shape = draw(st.sampled_from(["scalar", "list", "dict", "types", "dict of types", "tuple"])) if depth else "scalar"
    inner = st.deferred(lambda: samples(depth - 1))
    if shape == "list":
        return _list(draw(st.lists(inner, max_size=3)))
    if shape == "tuple":
        return _tuple(draw(st.lists(inner, max_size=3)))
    if shape == "dict":
        return _dict(draw(st.dictionaries(st.sampled_from("abcx"), inner, max_size=3)))
    if shape == "scalar":
        return draw(SCALARS)
    described = st.one_of(inner.map("Standard({})".format), inner.map("Standard({})".format), TYPES_INSIDE)
    if shape == "types":
        return _list(draw(st.lists(described, min_size=1, max_size=2)))
    return _dict(draw(st.dictionaries(st.sampled_from("abcx"), described, min_size=1, max_size=3)))


@st.composite
def requests_for(draw: st.DrawFn, sample: str) -> str:
    """A value near to the sample's own example, or any."""
    example = f"json.loads(json.dumps(Standard({sample}).input_to_swagger()['example']))"
    changed = [
        "[{}]",
        "{{'a': {}}}",
        "{{**{}, 'b': 3}}",
        "[*{}, None]",
        "({})[:1]",
        "({})['a']",
        "str({})",
        "tuple({})",
        "dict(list({}.items())[1:])",
        "{{**{}, 'a': 'zz'}}",
        "[5, *{}]",
    ]
    text = draw(st.sampled_from(["{}"] * len(changed) + changed)).format(example)
    moment = draw(MOMENTS)
    return draw(st.sampled_from([text] * 6 + [repr(draw(JSON)), repr(moment), f"[{moment!r}]", f"{{'a': {moment!r}}}"]))


@st.composite
def plain_cases(draw: st.DrawFn) -> list[str]:
    """A sample, its description, and requests for it: straight, and through the decorator."""
    sample = draw(draw(st.sampled_from([samples()] * 15 + [ODD])))
    steps = [
        f"kind = Standard({sample})",
        "json.dumps(kind.input_to_swagger())",
        "kind.supported_versions()",
        "[kind.sample_data_type.__name__, len(kind.sample_data_type_map), len(kind.sample_data_type_list)]",
    ]
    return [*steps, *draw(calls(st.lists(requests_for(sample), min_size=1, max_size=3)))]


@st.composite
def calls(draw: st.DrawFn, requests: st.SearchStrategy[list[str]]) -> list[str]:
    """Each request given to `kind` and to a decorated run(), and what became of the request itself."""
    steps = ["@input_schema('data', kind)\ndef run(data):\n    return data"]
    for value in draw(requests):
        form = draw(st.sampled_from(["run(value)", "run(data=value)", "run(data=value)"]))
        steps += [f"value = {value}", "kind.deserialize_input(value)", "value", f"value = {value}", form, "value"]
    return steps
