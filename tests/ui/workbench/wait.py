"""Waiting for facts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import Locator

T = TypeVar("T")

STRETCH = 4.0
"""How many times longer a fact is waited for than it takes on a quiet machine at worst: other tests may run beside this
one."""
STEP = 5000.0
"""Milliseconds that one step of a gesture may take before the gesture is made anew."""


def until(fact: Callable[[], T], what: str, *, timeout: float = 15.0, every: float = 0.2) -> T:
    """The first true value of `fact`; fails with `what` and the last value after `timeout` seconds, stretched.

    Bounds only catch what never comes: nothing here says how fast something must be.
    """
    timeout *= STRETCH
    deadline = time.monotonic() + timeout
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {timeout:g} s: {what}; the last value was {value!r}")
        # What takes long is looked at less often: each look costs the browser work that the editor waits for.
        time.sleep(every if deadline - time.monotonic() > timeout - 2 else max(every, 0.5))


def until_equal(read: Callable[[], T], wanted: T, *, timeout: float = 15.0) -> None:
    """Until what is read is this, as what shows may follow a moment after what was waited for; fails with what is
    there."""
    seen: list[T] = []

    def equal() -> bool:
        seen[:] = [read()]
        return seen[0] == wanted

    try:
        until(equal, repr(wanted), timeout=timeout)
    except AssertionError:
        raise AssertionError(f"{seen[0]!r} instead of {wanted!r}") from None


def until_contains(read: Callable[[], str | list[str]], wanted: str, *, timeout: float = 15.0) -> None:
    """Until the text that is read, or one of several, contains this; fails with what is there."""
    seen: list[str] = []

    def contained() -> bool:
        found = read()
        seen[:] = [found] if isinstance(found, str) else found
        return any(wanted in text for text in seen)

    try:
        until(contained, repr(wanted), timeout=timeout)
    except AssertionError:
        raise AssertionError(f"no {wanted!r} in {seen}") from None


def fill(box: Locator, text: str) -> None:
    """Puts a text into a field. The browser writes where the keyboard is, which the editor gives to a web view a moment
    after it shows it: written anew until it stands there."""

    def stands() -> bool:
        box.fill(text)
        return box.input_value() == text

    until(stands, f"{text!r} in the field")
