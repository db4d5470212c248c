"""Whether two models answer alike: each number of each answer, to one millionth. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOLERANCE = 1e-6
"""Of what is relatively different."""
_FLOOR = 1e-6
"""Numbers smaller than this part of the largest in their column count as that large: what is left of a sum that is
nearly zero says nothing."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ResponseDifference:
    """One number of one answer, or one text."""

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
    """All that was compared."""

    samples: int
    numbers: int
    largest: float
    """The largest relative difference."""
    differences: tuple[ResponseDifference, ...]
    """The largest, at most ten; those that are equal to the last bit are none."""
    methods: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether something was compared, and all of it is within the tolerance."""
        return self.numbers > 0 and self.largest <= TOLERANCE


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Compared:
    """Answers as `carry_process.answers` writes them. What only one side answers is left out, unless it is the first
    thing that the old one answers, which is what is asked of a service."""
    first = next(iter(before), "")
    methods = [name for name in before if name in after or name == first]
    found: list[ResponseDifference] = []
    numbers = samples = 0
    for name in methods:
        old, new = before[name], after.get(name)
        shape = list(old["shape"])
        samples = max(samples, shape[0] if shape else 1)
        if new is None or _flat(shape) != _flat(new["shape"]):
            told = str(new["shape"]) if new is not None else "-"
            found.append(ResponseDifference(name, 0, 0, str(shape), told, math.inf))
            numbers += 1
            continue
        numbers += len(old["values"])
        found += _of_values(name, shape, old["values"], new["values"])
    found.sort(key=lambda each: -each.relative)
    largest = found[0].relative if found else 0.0
    return Compared(samples, numbers, largest, tuple(found[:_SHOWN]), tuple(methods))


def _flat(shape: Sequence[int]) -> tuple[int, ...]:
    """A column of one is a list."""
    return tuple(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape)


def _of_values(method: str, shape: Sequence[int], old: Sequence[Any], new: Sequence[Any]) -> list[ResponseDifference]:
    width = max(1, math.prod(shape[1:]))
    scales = [0.0] * width
    for place, value in enumerate(old):
        if isinstance(value, float) and math.isfinite(value):
            scales[place % width] = max(scales[place % width], abs(value))
    found = []
    for place, (left, right) in enumerate(zip(old, new, strict=True)):
        relative = _relative(left, right, scales[place % width])
        if relative > 0.0:
            found.append(ResponseDifference(method, place // width, place % width, str(left), str(right), relative))
    return found


def _relative(left: object, right: object, scale: float) -> float:
    """0 for what is the same, not-a-number in the same place included."""
    if left == right:
        return 0.0
    if not isinstance(left, float) or not isinstance(right, float):
        return math.inf
    if math.isnan(left) and math.isnan(right):
        return 0.0
    if not math.isfinite(left) or not math.isfinite(right):
        return math.inf
    return abs(left - right) / max(abs(left), abs(right), scale * _FLOOR)
