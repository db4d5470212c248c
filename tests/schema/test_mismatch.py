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

def told(**named):
    try:
        return run(**named)
    except Exception as fault:
        return [is_mismatch(fault, run), type(fault).__name__]
"""
CALLS = {
    "told(a=[[1]])": ["logged", 1.0],
    "told(a=[1])": [True, "ValueError"],
    "told(a=[['x']])": [True, "ValueError"],
    "told(a=[[1]], b={'x': 'y'})": [True, "ValueError"],
    "told(a=[[0]])": [False, "ZeroDivisionError"],
    "told(wrong=[[0]])": [False, "IndexError"],
}


def test_both_libraries_are_known(begin: Callable[[str, str], contextlib.AbstractContextManager[Pair]]) -> None:
    steps = [
        f"import sys; sys.path.append({str(RUNTIME)!r})",
        "from scoredock_runtime.schema.mismatch import is_mismatch",
    ]
    with begin(HERE, "frames") as pair:
        answers = pair.compare([*steps, SCRIPT, *(f"json.dumps({call})" for call in CALLS)])
    assert {call: json.loads(seen[1]) for call, (seen, _) in zip(CALLS, answers[3:], strict=True)} == CALLS
