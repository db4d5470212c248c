"""The request object of raw-HTTP scripts: Flask's where Flask is installed, as in v1, otherwise one of our own."""

from __future__ import annotations

import io
from typing import Any, Dict

from scoredock_runtime.messages import Request
from scoredock_runtime.scoring import header_dict


def raw_request(request: Request) -> Any:
    """What a @rawhttp run() receives; where Flask is installed its context is that of the request."""
    try:
        # Known to be cheap: the script's own import of AMLRequest has brought it in where it is installed.
        import flask
    except ImportError:
        from scoredock_runtime.shims.http_messages import Headers, HttpRequest

        headers = Headers((name.decode("latin-1").title(), value.decode("latin-1")) for name, value in request.headers)
        query = request.query.decode("latin-1")
        return HttpRequest(
            request.method.decode("latin-1"), request.path, query, headers, request.body, request.client[0]
        )
    proxy: Any = flask.request
    return proxy._get_current_object()


def flask_context(request: Request) -> Any:
    """Flask's context of one request, for scripts that have imported it. Raises nothing that a request could cause."""
    global _application
    from flask import Flask

    if _application is None:
        _application = Flask("scoredock_runtime")
    return _application.request_context(_environ(request))


_application: Any = None


def _environ(request: Request) -> Dict[str, Any]:
    environ: Dict[str, Any] = {
        "REQUEST_METHOD": request.method.decode("latin-1"),
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query.decode("latin-1"),
        "SERVER_NAME": request.server[0],
        "SERVER_PORT": str(request.server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client[0],
        "REMOTE_PORT": str(request.client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in header_dict(request.headers).items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ
