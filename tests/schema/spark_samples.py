"""Generated Spark frames and requests for them, as the source text of small scripts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from schema.plain_samples import JSON, MOMENTS

TYPES: dict[str, tuple[list[str], st.SearchStrategy[Any]]] = {
    # The type: values of a sample, and what comes for it.
    "T.ByteType()": (["1", "-128"], st.integers(-3, 3)),
    "T.ShortType()": (["1"], st.integers(-3, 3)),
    "T.IntegerType()": (["1", "70000"], st.integers(-3, 3)),
    "T.LongType()": (["1", "2**40"], st.integers(-3, 2**50)),
    "T.BooleanType()": (["True", "False"], st.booleans()),
    "T.FloatType()": (["0.5"], st.floats(-9, 9, width=16)),
    "T.DoubleType()": (["0.5", "1e300"], st.floats(allow_nan=False)),
    "T.DecimalType(10, 2)": (["decimal.Decimal('1.50')"], st.sampled_from(["2.25", 3, 1.5, "x", "1e3"])),
    "T.StringType()": (["'x'", "'é'"], st.text("ab", max_size=3)),
    "T.BinaryType()": (["bytearray(b'hi')"], st.sampled_from(["aGk=", "a", 3])),
    "T.DateType()": (["datetime.date(2020, 1, 2)"], MOMENTS),
    "T.TimestampType()": (["datetime.datetime(2020, 1, 2, 3, 4, 5)"], MOMENTS),
    "T.NullType()": (["None"], st.none()),
    "T.ArrayType(T.LongType())": (["[1, 2]", "[]"], st.lists(st.integers(0, 9), max_size=2)),
    "T.ArrayType(T.BinaryType())": (["[bytearray(b'x')]"], st.just(["aGk="])),
    "T.MapType(T.StringType(), T.DoubleType())": (["{'k': 1.5}"], st.dictionaries(st.sampled_from("kl"), st.just(2.5))),
    "T.MapType(T.StringType(), T.DecimalType(5, 1))": (["{}"], st.just({"k": "1.5"})),
    "T.StructType([T.StructField('in', T.LongType())])": (["(1,)"], st.just({"in": 4}) | st.just({"out": 4})),
    "T.DayTimeIntervalType()": (["datetime.timedelta(1)"], st.just(1)),
}
USUAL = [name for name in TYPES if not any(word in name for word in ("Date", "Timestamp", "Null", "DayTime"))]
"""Those that the library can describe."""


@st.composite
def spark_cases(draw: st.DrawFn) -> list[str]:
    """A frame, its description, and requests for it."""
    kinds = draw(
        st.lists(st.sampled_from(draw(st.sampled_from([USUAL, USUAL, USUAL, sorted(TYPES)]))), min_size=1, max_size=3)
    )
    names = ["a", "b", "x y"][: len(kinds)]
    fields = ", ".join(f"T.StructField({name!r}, {kind})" for name, kind in zip(names, kinds, strict=True))
    row = f"({', '.join(draw(st.sampled_from([*TYPES[kind][0]] * 4 + ['None'])) for kind in kinds)},)"
    frame = f"spark.createDataFrame([{', '.join([row] * draw(st.integers(0, 2)))}], T.StructType([{fields}]))"
    frame = draw(st.sampled_from([frame] * 15 + ["3", "[{'a': 1}]"]))
    flag = draw(st.sampled_from(["", "", "", ", apply_sample_schema=False"]))
    steps = [
        f"kind = Spark({frame}{flag})",
        "json.dumps(kind.input_to_swagger())",
        "kind.supported_versions()",
        "@input_schema('data', kind)\ndef run(data):\n    return data",
    ]
    for _ in range(2):
        records = draw(
            st.lists(st.fixed_dictionaries({n: TYPES[k][1] for n, k in zip(names, kinds, strict=True)}), max_size=2)
        )
        value = draw(
            st.sampled_from([repr(records)] * 6 + [f"[{{**row, 'more': 1}} for row in {records!r}]", repr(draw(JSON))])
        )
        steps += [
            f"value = {value}",
            draw(st.sampled_from(["kind.deserialize_input(value)", "run(data=value)"])),
            "value",
        ]
    return steps
