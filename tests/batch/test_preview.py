"""The first lines of an output in columns, where they have any."""

from __future__ import annotations

import pytest
from scoredock.contrib.batch.domain.work.preview import columns_of


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        (["1 2.5 a", "2 3.5 b"], [["1", "2.5", "a"], ["2", "3.5", "b"]]),
        (['1 "of two words"', '2 "with ""quotes"""'], [["1", "of two words"], ["2", 'with "quotes"']]),
        (["1,a b", "2,c d e"], [["1", "a b"], ["2", "c d e"]]),
        (["1, a, x", "2, b, y"], [["1", "a", "x"], ["2", "b", "y"]]),
        (["1\ta b", "2\tc"], [["1", "a b"], ["2", "c"]]),
        (["0.5", "0.7"], []),
        (["one word", "and two more words"], []),
        (["{'a': 1, 'b': 2}", "{'a': 3, 'b': 4}"], []),
        (['1 "never closed', "2 b"], []),
        (["1 a", ""], []),
    ],
)
def test_columns(lines: list[str], expected: list[list[str]]) -> None:
    assert columns_of(lines) == expected
