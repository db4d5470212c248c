"""Generated NumPy samples and requests, as the source text of small scripts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from schema.plain_samples import JSON, calls

MOMENT_TEXTS = st.sampled_from(["2020-01-02", "2020-01-02T03:04", "NaT", "1969-12-31T23:59:59.999", "x", "0001-01-01"])
SPANS = st.sampled_from(
    [
        "3 days",
        "3   Days",
        "1 weeks",
        "-4 hours",
        "3",
        "",
        "3 eons",
        "x days",
        "2 months",
        "1 years",
        "5 nanoseconds",
        "3 days ",
        " 3 days",
        "3\tminutes",
        "9" * 30 + " days",
        "7 attoseconds",
        "1.5 seconds",
        "3 d",
        "two words here",
    ]
)
NUMBERS = st.integers(0, 100) | st.floats(allow_nan=False, allow_infinity=False, width=16)
Pair = tuple[st.SearchStrategy[Any], st.SearchStrategy[Any]]
"""Items of a sample, items of a request."""
FAMILIES: list[tuple[list[str], Pair]] = [
    # Chosen first, so that each is met as often as the others.
    (
        ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", "<u2", "longlong"],
        (st.integers(0, 100), st.integers(0, 100)),
    ),
    (["f2", "f4", "f8", "f8", ">f8", "g", "c8", "c16"], (NUMBERS, NUMBERS)),
    (["?"], (st.booleans(), st.booleans() | st.integers(0, 2))),
    (["O"], (JSON, JSON)),
    (["U", "U3", ">U2"], (st.text(max_size=3), st.text(max_size=5) | NUMBERS)),
    (["S", "S3", "V2", "V"], (st.binary(max_size=3), st.text("abc", max_size=4))),
    (
        [
            f"M8{unit}"
            for unit in ("", "[Y]", "[M]", "[W]", "[D]", "[h]", "[s]", "[ms]", "[us]", "[ns]", "[25s]", "[as]")
        ],
        (MOMENT_TEXTS.filter(lambda text: text != "x"), MOMENT_TEXTS),
    ),
    ([f"m8{unit}" for unit in ("", "[Y]", "[D]", "[h]", "[s]", "[us]", "[ns]", "[7D]")], (st.integers(-5, 99), SPANS)),
]
ELEMENTS = {name: pair for names, pair in FAMILIES for name in names}
SIMPLE = st.sampled_from(FAMILIES).flatmap(lambda family: st.sampled_from(family[0]))


@st.composite
def structures(draw: st.DrawFn, depth: int = 2) -> list[tuple[Any, ...]]:
    """The fields of a structured dtype: name, dtype, and for some a shape."""
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "x y", "é"]), unique=True, max_size=3))
    fields: list[tuple[Any, ...]] = []
    for name in names:
        inner = draw(structures(depth - 1)) if depth > 1 and draw(st.integers(0, 4)) == 0 else draw(SIMPLE)
        shape = draw(st.sampled_from([None, None, None, 2, (1, 2), (0,)]))
        fields.append((name, inner) if shape is None else (name, inner, shape))
    return fields


DTYPES = st.one_of(SIMPLE, SIMPLE, structures())


def items(dtype: Any, side: int) -> st.SearchStrategy[Any]:
    """Values for one item of the dtype: of a sample (side 0) or of a request (side 1)."""
    if isinstance(dtype, str):
        return ELEMENTS[dtype][side]
    parts = [nested(items(field[1], side), _shape(field)) for field in dtype]
    row = st.tuples(*parts)
    if side == 0:
        return row
    names = [field[0] for field in dtype]
    return st.one_of(row.map(list), row.map(lambda values: dict(zip(names, values, strict=True))))


def _shape(field: tuple[Any, ...]) -> tuple[int, ...]:
    if len(field) < 3:
        return ()
    return field[2] if isinstance(field[2], tuple) else (field[2],)


def nested(inner: st.SearchStrategy[Any], shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    for size in reversed(shape):
        inner = st.lists(inner, min_size=size, max_size=size)
    return inner


SHAPES = st.sampled_from(
    [(n,) for n in (1, 2, 3, 0)]
    + [(n, m) for n in (1, 2, 3, 0) for m in (1, 2, 3, 0)]
    + [(2, 1, 2), (1, 2, 1), (1, 0, 2), ()]
)


def numpy_expression(dtype: Any, values: Any) -> str:
    return f"np.array({values!r}, dtype={dtype!r})"


@st.composite
def requests_for(draw: st.DrawFn, dtype: Any, shape: tuple[int, ...]) -> str:
    """Mostly of the sample's shape and kind, else with another length, other items, or any JSON."""
    chance = draw(st.sampled_from([5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 11, 0]))
    if chance == 0:
        return repr(draw(JSON))
    wanted = list(shape) or [1]
    wanted[0] = draw(st.integers(0, 3))
    if chance == 1:
        wanted[-1] += 1
    elif chance == 2:
        wanted.append(1)
    inner = items(dtype, 1) if chance > 3 else st.one_of(items(dtype, 1), JSON)
    return repr(draw(nested(inner, tuple(wanted))))


@st.composite
def numpy_cases(draw: st.DrawFn) -> list[str]:
    """A sample array, its description, and requests for it."""
    dtype, shape = draw(DTYPES), draw(SHAPES)
    sample = numpy_expression(dtype, draw(nested(items(dtype, 0), shape)))
    sample = draw(
        st.sampled_from(
            [sample] * 7 + [f"np.zeros({shape}, {dtype!r})", f"np.asfortranarray({sample})", f"{sample}.tolist()"]
        )
    )
    flags = draw(
        st.sampled_from(["", "", "", ", enforce_shape=False", ", enforce_column_type=False", ", False, False"])
    )
    steps = [
        f"kind = Numpy({sample}{flags})",
        "json.dumps(kind.input_to_swagger())",
        "kind.supported_versions()",
        "[kind.enforce_column_type, kind.enforce_shape, kind.sample_input]",
    ]
    requests = st.lists(requests_for(dtype, shape), min_size=1, max_size=3)
    own = st.just(["json.loads(json.dumps(kind.input_to_swagger()['example']))", "kind.sample_input", "tuple([1])"])
    return [*steps, *draw(calls(st.one_of(requests, requests, own)))]
