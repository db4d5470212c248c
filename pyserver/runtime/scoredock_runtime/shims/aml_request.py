"""`azureml.contrib.services.aml_request`: marks a script that takes the HTTP request itself."""

from typing import Any, Callable, TypeVar

from scoredock_runtime.shims.flask_classes import Request

_Run = TypeVar("_Run", bound=Callable[..., Any])

# The name is read by whoever hosts the script, in Azure's server as in this one.
_rawHttpRequested = False


def rawhttp(func: _Run) -> _Run:
    """The script's run() gets the request and answers with a response; it is returned unchanged."""
    global _rawHttpRequested
    _rawHttpRequested = True
    return func


class AMLRequest(Request):
    """A name for annotations; as in v1, what run() receives is the plain request."""


AMLRequest.__module__ = "azureml_inference_server_http.api.aml_request"

__all__ = ["AMLRequest", "rawhttp"]
