"""Compares the answers of two models: each number of each answer, to one millionth. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from scoredock.late_dataclass import dataclass

TOLERANCE = 1e-6
"""Of what is relatively different."""
_FLOOR = 1e-6
"""Numbers smaller than this part of the largest in their column count as that large: what is left of a sum that is
nearly zero says nothing."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ResponseDifference:
    """Difference in one number of one answer, or one text."""

    method: str
    """`predict`, `predict_proba`, …"""
    sample: int
    """Counted from 0."""
    column: int
    before: str
    after: str
    relative: float
    """Infinite for texts, and where only one of them is a number."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Result of a comparison."""

    samples: int
    numbers: int
    largest: float
    """The largest relative difference."""
    differences: tuple[ResponseDifference, ...]
    """The largest, at most ten; those that are equal to the last bit are none."""
    methods: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """True if something was compared, and all of it is within the tolerance."""
        return self.numbers > 0 and self.largest <= TOLERANCE


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Compared:
    """Answers as `carry_process.answers` writes them. What only one side answers is left out, unless it is the first
    thing that the old one answers, which is what a service is for."""
    first = next(iter(before), "")
    methods = [name for name in before if name in after or name == first]
    differences: list[ResponseDifference] = []
    numbers = samples = 0
    for name in methods:
        old, new = before[name], after.get(name)
        shape = list(old["shape"])
        samples = max(samples, shape[0] if shape else 1)
        if new is None or _flat(shape) != _flat(new["shape"]):
            shape_now = str(new["shape"]) if new is not None else "-"
            differences.append(ResponseDifference(name, 0, 0, str(shape), shape_now, math.inf))
            numbers += 1
            continue
        numbers += len(old["values"])
        differences += _of_values(name, shape, old["values"], new["values"])
    differences.sort(key=lambda each: -each.relative)
    largest = differences[0].relative if differences else 0.0
    return Compared(samples, numbers, largest, tuple(differences[:_SHOWN]), tuple(methods))


def _flat(shape: Sequence[int]) -> tuple[int, ...]:
    """A column of one is a list."""
    return tuple(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape)


def _of_values(method: str, shape: Sequence[int], old: Sequence[Any], new: Sequence[Any]) -> list[ResponseDifference]:
    width = max(1, math.prod(shape[1:]))
    scales = [0.0] * width
    for place, value in enumerate(old):
        if isinstance(value, float) and math.isfinite(value):
            scales[place % width] = max(scales[place % width], abs(value))
    differences = []
    for place, (before, after) in enumerate(zip(old, new, strict=True)):
        relative = _relative(before, after, scales[place % width])
        if relative > 0.0:
            differences.append(
                ResponseDifference(method, place // width, place % width, str(before), str(after), relative)
            )
    return differences


def _relative(before: object, after: object, scale: float) -> float:
    """0 for what is the same, not-a-number in the same place included."""
    if before == after:
        return 0.0
    if not isinstance(before, float) or not isinstance(after, float):
        return math.inf
    if math.isnan(before) and math.isnan(after):
        return 0.0
    if not math.isfinite(before) or not math.isfinite(after):
        return math.inf
    return abs(before - after) / max(abs(before), abs(after), scale * _FLOOR)
