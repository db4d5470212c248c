"""The request of raw-HTTP scripts: Flask's, as in v1, within Flask's context of a request."""

from __future__ import annotations

import io
from typing import Any, Dict

from scoredock_runtime.http.messages import Request
from scoredock_runtime.worker.scoring import header_dict


def raw_request() -> Any:
    """What a @rawhttp run() receives: as in v1 Flask's stand-in for the request of the context that it is called in."""
    import flask

    return flask.request


def flask_context(request: Request) -> Any:
    """Flask's context of one request, for scripts that have imported it. Raises nothing that a request could cause."""
    global _application
    if _application is None:
        _application = _make_application()
    return _application.request_context(environ_of(request))


_application: Any = None


def _make_application() -> Any:
    """With the one route whose names a request tells (`endpoint`, `blueprint`, `url_rule`), as Azure's server has
    them."""
    from flask import Blueprint, Flask

    application = Flask("scoredock_runtime")
    main = Blueprint("main", "scoredock_runtime")
    main.add_url_rule("/score", "handle_score", lambda: "", methods=["GET", "POST", "OPTIONS"])
    application.register_blueprint(main)
    return application


def environ_of(request: Request) -> Dict[str, Any]:
    """What a WSGI server tells of a request."""
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
    return environ
