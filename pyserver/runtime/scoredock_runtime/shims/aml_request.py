"""`azureml.contrib.services.aml_request`: marks a script that takes the HTTP request itself."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

_Run = TypeVar("_Run", bound=Callable[..., Any])

# The name is read by whoever hosts the script, in Azure's server as in this one.
_rawHttpRequested = False


def rawhttp(func: _Run) -> _Run:
    """The script's run() gets the request and answers with a response; it is returned unchanged."""
    global _rawHttpRequested
    _rawHttpRequested = True
    return func


try:
    from flask import Request as _Request
except ImportError:
    from scoredock_runtime.shims.http_messages import HttpRequest as _Request  # type: ignore[assignment]


class AMLRequest(_Request):
    """A name for annotations; as in v1, what run() receives is the plain request."""


__all__ = ["AMLRequest", "rawhttp"]
