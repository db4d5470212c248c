"""Flask's request and response, of whose kind those of raw HTTP are, as in v1; with a clear word where Flask is
missing."""

try:
    from flask import Request, Response
except ModuleNotFoundError as fault:
    if fault.name != "flask":
        raise
    raise ModuleNotFoundError(
        "Requests and responses of raw HTTP are Flask's, and this environment has no Flask: add flask to its packages. "
        "In Azure azureml-defaults brings it.",
        name="flask",
    ) from None

__all__ = ["Request", "Response"]
