"""Generated data frames and requests for them, as the source text of small scripts."""

from __future__ import annotations

from hypothesis import strategies as st

from schema.plain_samples import JSON, calls

ORIENTS = ["split", "records", "index", "columns", "values", "table"]
COLUMNS: dict[str, list[str]] = {
    # The dtype: items of which a column is made.
    "int64": ["0", "1", "-7", "2**60"],
    "uint8": ["0", "255"],
    "float64": ["0.5", "nan", "-1.0", "1e300", "3.0"],
    "float32": ["0.5", "nan"],
    "bool": ["True", "False"],
    "object": ["'x'", "1", "None", "1.5", "[1, 2]", "{'k': 1}", "True", "datetime.date(2020, 1, 2)", "'2020-01-02'"],
    "str": ["'x'", "''", "'é'", "'2020-01-02'", "'1'"],
    "string": ["'x'", "None", "'y'"],
    "Int64": ["1", "None", "3"],
    "boolean": ["True", "None"],
    "category": ["'x'", "'y'", "1"],
    "datetime64[ns]": ["'2020-01-02'", "'2021-03-04 05:06:07.000123'", "None"],
    "datetime64[s]": ["'2020-01-02'", "'2021-03-04 05:06:07'"],
    "datetime64[ns, UTC]": ["'2020-01-02'", "'2021-03-04 05:06:07'"],
    "datetime64[ns, Europe/Paris]": ["'2020-07-02'", "None"],
    "timedelta64[ns]": ["'1 days'", "'00:00:03'", "None"],
    "timedelta64[s]": ["'1 days'"],
    "period[M]": ["'2020-01'"],
}
NAMES = [
    "'a'",
    "'b'",
    "'date'",
    "'datetime_x'",
    "'modified'",
    "'x y'",
    "0",
    "1",
    "1.5",
    "None",
    "True",
    "('a', 'b')",
    "'2020-01-02'",
    "pd.Timestamp('2020-01-02')",
    "'index'",
    "'é'",
    "''",
]
INDEXES = [
    "",
    "",
    "",
    "",
    ".set_index([{count}])",
    ".set_axis(list('pqr')[:{rows}])",
    ".set_axis([5, 5, 5][:{rows}])",
    ".set_axis(pd.date_range('2020', periods={rows}))",
    ".rename_axis('i')",
    ".iloc[::-1]",
    ".T",
]
REQUESTS = [
    "sent",
    "sent",
    "sent",
    "sent",
    "{**sent, 'extra': 1}",
    "sent[:1]",
    "[{**row, 'extra': 2} for row in sent]",
    "[dict(list(row.items())[1:]) for row in sent]",
    "[dict(reversed(list(row.items()))) for row in sent]",
    "dict(list(sent.items())[1:])",
    "[row[:-1] for row in sent]",
    "[row + [1] for row in sent]",
    "list(sent)",
    "{}",
    "[]",
    "[{}]",
    "3",
    "'x'",
    "None",
    "json.dumps(sent)",
    "kind.sample_input",
    "[{k: None for k in row} for row in sent]",
    "[{k: str(v) for k, v in row.items()} for row in sent]",
    "[{k: 1 for k in row} for row in sent]",
    "[{k: '2021-05-06T07:08:09Z' for k in row} for row in sent]",
    "[{k: 'x' for k in row} for row in sent]",
    "{**sent, 'data': []}",
    "{**sent, 'columns': sent['columns'][::-1]}",
    "{k: [1, 2] for k in sent}",
    "{k: {'0': 1, '1': 'y'} for k in sent}",
    "sent + sent",
    "[sent]",
    "[[v] for row in sent for v in row]",
]


@st.composite
def frames(draw: st.DrawFn) -> str:
    """An expression of a data frame."""
    names = draw(st.lists(st.sampled_from(NAMES[:5]) | st.sampled_from(NAMES), unique=True, max_size=3))
    rows = draw(st.integers(0, 3))
    parts = []
    for name in names:
        dtype = draw(st.sampled_from(sorted(COLUMNS)))
        values = draw(st.lists(st.sampled_from(COLUMNS[dtype]), min_size=rows, max_size=rows))
        parts.append(f"{name}: pd.Series([{', '.join(values)}], dtype={dtype!r})")
    index = draw(st.sampled_from(INDEXES)).format(count=", ".join(map(str, range(rows))), rows=rows)
    frame = f"pd.DataFrame({{{', '.join(parts)}}}){index}"
    odd = [
        "3",
        "[1]",
        "pd.Series([1])",
        f"pd.concat([{frame}, {frame}], axis=1)",
        f"{frame}.assign(n=1).set_axis([('a', 1)] * 1)",
    ]
    return draw(st.sampled_from([frame] * 40 + odd))


@st.composite
def pandas_cases(draw: st.DrawFn) -> list[str]:
    """A sample frame, its description in one orientation, and requests for it."""
    orient = draw(st.sampled_from([*ORIENTS, "records", "records"]))
    flags = draw(
        st.sampled_from(
            ["", "", "", "", ", enforce_shape=False", ", enforce_column_type=False", ", apply_column_names=True"]
        )
    )
    wrong = draw(st.sampled_from([False] * 30 + [True]))
    steps = [
        f"frame = {draw(frames())}",
        f"kind = Pandas(frame, orient={'nothing' if wrong else orient!r}{flags})",
        "json.dumps(kind.input_to_swagger())",
        "kind.supported_versions()",
        "[kind.enforce_column_type, kind.enforce_shape, kind.apply_column_names, kind.orient]",
        f"sent = json.loads(frame.to_json(orient={orient!r}, date_format='iso'))",
    ]
    return [*steps, *draw(calls(st.lists(st.sampled_from(REQUESTS) | JSON.map(repr), min_size=1, max_size=2)))]
