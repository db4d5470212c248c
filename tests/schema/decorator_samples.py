"""Generated decorated functions and calls of them, as the source text of small scripts."""

from __future__ import annotations

from hypothesis import strategies as st

TYPES = [
    "Standard(1)",
    "Standard(1.5)",
    "Standard('x')",
    "Standard([1])",
    "Standard([1, 'x'])",
    "Standard({'a': 1})",
    "Standard({'a': Standard(1)})",
    "Standard([Standard(b'x')])",
    "Standard(True)",
    "Standard({})",
    "Standard(datetime.datetime(2020, 1, 2))",
    "Numpy(np.array([1.5]))",
    "Numpy(np.array([[1]]))",
    "Pandas(pd.DataFrame({'a': [1]}))",
    "own",
    "unversioned",
    "Standard(b'x')",
]
NO_TYPES = ["3", "int", "None", "Standard", "Abstract", "lambda: 1", "Bare()", "NoExample(1)"]
"""What no decorator takes."""
SIGNATURES = [
    "a",
    "a, b",
    "a, b",
    "a, b",
    "a, b, c=3",
    "a, b, c=3",
    "a, b=2, *, c=4",
    "a=1",
    "*args",
    "**kwargs",
    "a, *args, **kwargs",
    "",
    "a, /, b=5",
    "a: int, b: 'str' = 'x'",
]
VALUES = [
    "1",
    "2.5",
    "'x'",
    "[1]",
    "['y', 2]",
    "{'a': 2}",
    "{'a': 'z'}",
    "None",
    "[]",
    "'aGk='",
    "['aGk=']",
    "True",
    "(1, 2)",
    "{'input_string': 1, 'parameters': 2}",
    "{'input_string': 1}",
    "[{'a': 5}]",
    "'2021-03-04'",
    "[[4]]",
    "0",
]
SEEN = [
    "schema_util.is_schema_decorated(run)",
    "json.dumps(schema_util.get_input_schema(run))",
    "json.dumps(schema_util.get_output_schema(run))",
    "schema_util.get_supported_versions(run)",
    "json.dumps(schema_util.get_schemas_dict())",
    "[run.__name__, run.__qualname__, run.__module__, run.__doc__, callable(run)]",
    "[inspect.isfunction(run), isinstance(run, type(logged)), inspect.iscoroutinefunction(run)]",
    "str(inspect.signature(run))",
    "inspect.getfullargspec(run).args",
    "run.__annotations__",
    "run.__defaults__",
    "inspect.unwrap(run).__name__",
    "[str(run), run == run, hash(run) == hash(run), bool(run)]",
    "run.note = 5",
    "run.note",
    "inspect.unwrap(run).note",
    "run.__doc__ = 'new'",
    "run.__doc__",
    "del run.note",
    "run.note",
    "schema_util.get_input_schema(run)['properties'].clear()",
    "json.dumps(schema_util.get_input_schema(run))",
    "schema_util.is_schema_decorated(logged)",
    "schema_util.get_input_schema(logged)",
    "schema_util.get_output_schema(3)",
    "schema_util.get_supported_versions(logged)",
    "sorted(run.__dict__)",
    "inspect.getdoc(run)",
    "inspect.getsource(run)",
    "run.__nothing__",
    "run.__code__.co_name",
]
METHODS = """
class Model:
    {decorators}
    def run(self, a, b=7):
        return (a, b)
"""


@st.composite
def decorators(draw: st.DrawFn) -> str:
    """One decorator line."""
    kind = draw(st.sampled_from(TYPES * 5 + NO_TYPES))
    which = draw(st.sampled_from(["input"] * 5 + ["output", "output", "other"]))
    if which == "output":
        return f"@output_schema({kind})"
    if which == "other":
        return draw(st.sampled_from(["@logged", "@named('given')", "@unwrapped"]))
    flags = draw(st.sampled_from(["", "", "", ", optional=True", ", convert_to_provided_type=False", ", True, True"]))
    return f"@input_schema({draw(st.sampled_from(['a'] * 5 + ['b'] * 5 + ['c', 'nothing']))!r}, {kind}{flags})"


@st.composite
def call(draw: st.DrawFn, name: str) -> list[str]:
    """A call with values by position and by name, and what became of a value that is changed in its place."""
    given = draw(st.lists(st.sampled_from(VALUES), max_size=2))
    named = draw(st.dictionaries(st.sampled_from("abc"), st.sampled_from(VALUES), max_size=3))
    words = [*given, *(f"{key}={value}" for key, value in named.items())]
    if words and draw(st.booleans()):
        kept = words[-1].partition("=")
        words[-1] = f"{kept[0]}=kept" if kept[1] else "kept"
        return [f"kept = {kept[2] or kept[0]}", f"{name}({', '.join(words)})", "kept"]
    return [f"{name}({', '.join(words)})"]


@st.composite
def decorator_cases(draw: st.DrawFn) -> list[str]:
    """A function with decorators, what is known of it, and calls."""
    lines = draw(st.lists(decorators(), min_size=1, max_size=4))
    shape = draw(st.sampled_from([3, 4, 5, 6, 7, 8, 9, 0, 1, 2]))
    name = "run"
    if shape == 0:
        text, name = METHODS.format(decorators="\n    ".join(lines)), "Model().run"
    elif shape == 1:
        body = "".join(f"    {line}\n" for line in [*lines, "def run(a, b=2):", "    return (a, b, held)"])
        text = f"def make(held):\n{body}    return run\nrun = make(3)"
    else:
        start = "async def" if shape == 2 else "def"
        text = "\n".join(
            [*lines, f"{start} run({draw(st.sampled_from(SIGNATURES))}):", "    'Doc.'", "    return locals()"]
        )
    steps = [text, *draw(st.lists(st.sampled_from(SEEN), max_size=6))]
    for _ in range(draw(st.integers(1, 3))):
        steps += draw(call(name))
    if draw(st.integers(0, 3)) == 0:
        again = "\n".join([draw(decorators()), "def run(a):", "    return a"])
        steps += [again, *draw(call("run")), "json.dumps(schema_util.get_schemas_dict())"]
    return [*steps, "schema_util.get_supported_versions(run)", "json.dumps(schema_util.get_schemas_dict())"]
