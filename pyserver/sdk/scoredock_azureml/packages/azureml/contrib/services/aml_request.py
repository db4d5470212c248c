"""`rawhttp` and `AMLRequest`: a script that takes the HTTP request itself."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

try:
    from flask import Request as _Request  # type: ignore[import-not-found, unused-ignore]
except ImportError:

    class _Request:  # type: ignore[no-redef, unused-ignore]
        """Base of requests if Flask is not installed."""


__all__ = ["AMLRequest", "rawhttp"]

_Run = TypeVar("_Run", bound=Callable[..., Any])


def rawhttp(func: _Run) -> _Run:
    """The function as it is: who calls it by hand gives it the request."""
    return func


class AMLRequest(_Request):  # type: ignore[misc, valid-type, unused-ignore]
    """A name for annotations, as in v1."""
