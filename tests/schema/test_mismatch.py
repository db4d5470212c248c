"""A request that does not fit is told from a fault of the script where the library itself is installed, too."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

from schema.conftest import HERE
from schema.sides import RUNTIME, Pair

SCRIPT = """
@logged
@input_schema('a', Numpy(np.array([[1.5]])))
@input_schema('b', Standard({'x': Standard(1)}), optional=True)
@output_schema(Standard(1))
def run(a, b=None):
    return 1 / int(a[0][0])

def outcome(**named):
    try:
        return run(**named)
    except Exception as fault:
        return [misfit(fault, run), type(fault).__name__]
"""
TABLE = "a does not fit its schema: it takes a list such as [[1.5]], "
CALLS = {
    "outcome(a=[[1]])": ["logged", 1.0],
    "outcome(a=7)": [f"{TABLE}not a number (", "ValueError"],
    "outcome(a=[1])": [f"{TABLE}and what came is not like it (", "ValueError"],
    "outcome(a=[['x']])": [f"{TABLE}and what came is not like it (", "ValueError"],
    "outcome(a=[[1]], b=[7])": [
        'b does not fit its schema: it takes an object such as {"x": 1}, not a list (',
        "ValueError",
    ],
    "outcome(a=[[1]], b={'x': 'y'})": [
        'b does not fit its schema: it takes an object such as {"x": 1}, and what came is not like it (',
        "ValueError",
    ],
    "outcome(a=[[0]])": ["", "ZeroDivisionError"],
    "outcome(wrong=[[0]])": ["", "IndexError"],
}


def test_both_libraries_are_known(begin: Callable[[str, str], contextlib.AbstractContextManager[Pair]]) -> None:
    steps = [
        f"import sys; sys.path.append({str(RUNTIME)!r})",
        "from scoredock_runtime.schema.mismatch import misfit",
    ]
    with begin(HERE, "frames") as pair:
        answers = pair.compare([*steps, SCRIPT, *(f"json.dumps({call})" for call in CALLS)])
    for (call, (start, kind)), (answer, _) in zip(CALLS.items(), answers[3:], strict=True):
        sentence, fault = json.loads(answer[1])
        assert (sentence[: len(start)] if start else sentence, fault) == (start, kind), call
