"""Waiting for facts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(fact: Callable[[], T], what: str, *, timeout: float = 15.0, every: float = 0.1) -> T:
    """The first true value of `fact`; fails with `what` and the last value after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {timeout:g} s: {what}; the last value was {value!r}")
        time.sleep(every)
