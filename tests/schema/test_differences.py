"""The differences that are left, each with its reason: docs/inference-schema.md lists the same, and they are real."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schema.sides import Pair

PAGE = Path(__file__).parents[2] / "docs" / "inference-schema.md"
METHOD = """
class Model:
    @input_schema('a', Standard(1))
    def run(self, a):
        return a
"""


@dataclass(frozen=True)
class Difference:
    """As the page tells it, with the script whose last step shows it."""

    told: str
    steps: list[str]
    library: Any
    runtime: Any


DIFFERENCES = [
    Difference(
        "`type(run)`",
        ["@input_schema('a', Standard(1))\ndef run(a):\n    return a", "type(run).__name__"],
        ["str", "FunctionWrapper"],
        ["str", "Decorated"],
    ),
    Difference(
        "A decorated method, called through its class by position",
        [METHOD, "Model.run(Model(), 1)"],
        ["raised", "builtins.IndexError", "list index out of range", ""],
        ["int", 1],
    ),
    Difference(
        "Private names",
        ["from inference_schema.schema_util import _get_decorators", "'_get_decorators' in globals()"],
        ["bool", True],
        ["bool", False],
    ),
]
TOLD_ONLY = {
    "`python-dateutil` missing": "without it the library cannot be imported, so there is nothing to compare with",
    "The `FutureWarning` of `SQLContext`": "the side leaves out what Spark warns of its own classes",
}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: each.told)
def test_a_listed_difference_is_there(difference: Difference, here: Pair) -> None:
    theirs, ours = here.ask(difference.steps)
    assert theirs[-1][0][: len(difference.library)] == difference.library
    assert ours[-1][0][: len(difference.runtime)] == difference.runtime


def test_the_page_lists_them() -> None:
    rows = [line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    first = rows.index("What") + 1
    listed = rows[first : first + len(DIFFERENCES) + len(TOLD_ONLY)]
    assert sorted(listed) == sorted([*(each.told for each in DIFFERENCES), *TOLD_ONLY])
