"""A raw-HTTP script; the header X-Expression says what to return of the request."""

import json  # noqa: F401

from azureml.contrib.services.aml_request import AMLRequest, rawhttp  # noqa: F401
from azureml.contrib.services.aml_response import AMLResponse


def init():
    pass


def stream():
    yield b"first,"
    yield b"second"


@rawhttp
def run(request):
    expression = request.headers.get("X-Expression")
    if expression:
        return eval(expression)
    return AMLResponse(request.get_data(), 200)
