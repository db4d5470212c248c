"""The comparison of responses sees what differs, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scoredock.contrib.carry_over.domain.comparison import compared

NAN = math.nan


def answers(*values: Any, width: int = 0, text: bool = False, method: str = "predict") -> dict[str, Any]:
    shape = [len(values) // width, width] if width else [len(values)]
    return {method: {"shape": shape, "values": list(values), "text": text}}


def test_equal_responses() -> None:
    found = compared(answers(1.0, 2.0, NAN), answers(1.0, 2.0, NAN))
    assert found.equal
    assert (found.samples, found.numbers, found.largest, found.differences) == (3, 3, 0.0, ())


def test_what_is_within_a_millionth() -> None:
    found = compared(answers(100.0), answers(100.00005))
    assert found.equal
    assert found.largest == pytest.approx(5e-7)
    assert [each.after for each in found.differences] == ["100.00005"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (answers(1.0, 2.0), answers(1.0, 2.00001)),
        (answers(1.0, 2.0), answers(1.0, NAN)),
        (answers(NAN, 2.0), answers(1.0, 2.0)),
        (answers(1.0, math.inf), answers(1.0, 2.0)),
        (answers(1.0, 2.0), answers(1.0)),
        (answers(1.0, 2.0), answers(1.0, 2.0, method="transform")),
        (answers("a", "b", text=True), answers("a", "c", text=True)),
        (answers(1.0, 2.0, 3.0, 4.0, width=2), answers(1.0, 2.0, 4.0, 3.0, width=2)),
        (answers(), answers()),
    ],
    ids=["number", "lost", "found", "infinite", "fewer", "another", "text", "columns", "nothing"],
)
def test_a_planted_difference_is_seen(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert not compared(before, after).equal


def test_where_the_difference_is() -> None:
    (first, *_) = compared(answers(1.0, 2.0, 3.0, 4.0, width=2), answers(1.0, 2.0, 3.0, 5.0, width=2)).differences
    assert (first.method, first.sample, first.column, first.before, first.after) == ("predict", 1, 1, "4.0", "5.0")
    assert first.relative == pytest.approx(0.2)


def test_what_is_left_of_a_sum_says_nothing() -> None:
    assert compared(answers(1.0, 1e-17), answers(1.0, 3e-17)).equal
    assert not compared(answers(1.0, 1e-5), answers(1.0, 3e-5)).equal


def test_a_column_of_one_is_a_list() -> None:
    assert compared(answers(1.0, 2.0), answers(1.0, 2.0, width=1)).equal


def test_ten_differences_are_shown() -> None:
    found = compared(answers(*map(float, range(1, 30))), answers(*(each * 2.0 for each in range(1, 30))))
    assert len(found.differences) == 10
