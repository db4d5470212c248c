"""A raw-HTTP script that describes every public attribute of what it is given; the header X-Inspect says of what,
and X-Answer what to answer with."""

import inspect
import re

import flask  # noqa: F401 (named in what is asked)

from azureml.contrib.services.aml_request import AMLRequest, rawhttp  # noqa: F401
from azureml.contrib.services.aml_response import AMLResponse  # noqa: F401


def init():
    pass


def stream():
    yield b"first,"
    yield "second"


def described(value):
    if callable(value) and not isinstance(value, type):
        try:
            return f"{value.__name__}{inspect.signature(value)}"
        except (AttributeError, TypeError, ValueError):
            return type(value).__name__
    if hasattr(value, "methods"):  # a rule of routing, whose text has them in any order
        return [type(value).__name__, value.rule, sorted(value.methods), value.endpoint]
    text = re.sub(r"0x[0-9a-f]+|'/[^']*/site-packages", "", repr(value))
    return f"{type(value).__module__}.{type(value).__qualname__}: {text}"


def attributes(subject):
    found = {}
    for name in sorted(name for name in dir(subject) if not name.startswith("_")):
        try:
            found[name] = described(getattr(subject, name))
        except Exception as fault:
            found[name] = f"raises {type(fault).__name__}: {fault}"
    found["bases"] = [f"{each.__module__}.{each.__qualname__}" for each in type(subject).__mro__]
    return found


def of_environ(environ):
    """Without what the web server adds of its own."""
    own = ("gunicorn.", "werkzeug.", "wsgi.", "SERVER_", "RAW_URI", "REMOTE_PORT")
    return {name: str(value) for name, value in sorted(environ.items()) if not name.startswith(own)}


@rawhttp
def run(request):
    if "X-Answer" in request.headers:
        return eval(request.headers["X-Answer"])
    subject = request.headers["X-Inspect"]
    if subject == "environ":
        return of_environ(request.environ)
    found = attributes(eval(subject))
    for name in ("environ", "input_stream", "stream", "server"):  # of the web server
        found.pop(name, None)
    return found
