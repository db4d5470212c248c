"""The request of raw-HTTP scripts: Flask's, as in v1, within Flask's context of a request; and what they answer."""

import functools
import io
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple, Union


class PlainRequest:
    """Request to /score, as far as a script can look at it. A worker's own request has the same fields."""

    def __init__(self, method: bytes, headers: List[Tuple[bytes, bytes]], body: Union[bytes, bytearray]) -> None:
        self.method = method
        self.headers = headers
        self.body = body
        self.path = ""
        self.query = b""
        self.scheme = "http"
        self.server: Tuple[str, int] = ("127.0.0.1", 80)
        self.client: Tuple[str, int] = ("127.0.0.1", 0)


def raw_request() -> Any:
    """Request that a @rawhttp run() receives: as in v1 Flask's stand-in for the one of the context that it is called
    in."""
    import flask

    return flask.request


def flask_context(request: Any) -> Any:
    """Flask's context of one request, for scripts that have imported it. Raises nothing that a request could cause."""
    return _application().request_context(environ_of(request))


@functools.lru_cache(maxsize=1)
def _application() -> Any:
    """Application with the one route whose names a request tells (`endpoint`, `blueprint`, `url_rule`), as Azure's
    server has them."""
    from flask import Blueprint, Flask

    application = Flask("scoredock_runtime")
    main = Blueprint("main", "scoredock_runtime")
    main.add_url_rule("/score", "handle_score", lambda: "", methods=["GET", "POST", "OPTIONS"])
    application.register_blueprint(main)
    return application


def environ_of(request: Any) -> Dict[str, Any]:
    """WSGI environment of a request."""
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


def multipart_fault(content_type: str, body: Union[bytes, bytearray]) -> str:
    """Reason why nothing of a form is read; empty for one that is whole, and for other types."""
    from email.message import Message

    message = Message()
    message["content-type"] = content_type
    if message.get_content_type() != "multipart/form-data" or not body:
        return ""
    boundary = message.get_boundary()
    if not boundary:
        return "The request is multipart/form-data, and its Content-Type names no boundary: no field of it is read."
    delimiter = b"--" + boundary.encode("latin-1")
    if delimiter + b"--" in body:
        return ""
    if delimiter in body:
        return f"The multipart body of the request does not end with “--{boundary}--”: no field of it is read."
    start = bytes(body[:80]).split(b"\r\n")[0].decode("latin-1")
    return (
        f"The Content-Type of the request names the boundary “{boundary}”, and its body begins with “{start}”, not "
        f"with “--{boundary}”: no field of it is read."
    )


def header_dict(headers: List[Tuple[bytes, bytes]]) -> Dict[str, str]:
    """Headers with Capitalised-Names; repeated ones are joined by commas."""
    values: Dict[str, str] = {}
    for raw_name, raw_value in headers:
        if b"_" in raw_name:
            continue  # could pass for the name with a hyphen; v1's front end drops them, too
        name, value = raw_name.decode("latin-1").title(), raw_value.decode("latin-1")
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


class RawResponse(NamedTuple):
    """Status, headers and body of a response of Flask's kind."""

    status: int
    headers: List[Tuple[str, str]]
    body: Union[bytes, Iterator[bytes]]
    """All of it, or parts that are sent as they are made."""


def is_response(value: Any) -> bool:
    """True if it is one of Flask's kind."""
    return hasattr(value, "status_code") and hasattr(value, "headers") and hasattr(value, "get_data")


def raw_response(response: Any, request: Any) -> RawResponse:
    """A response of Flask's kind; a body that is made bit by bit comes so.

    Raises ValueError for a status that is none, and what methods of the response raise."""
    status = int(response.status_code)
    if not 200 <= status <= 999:
        raise ValueError(f"{status} is not a status of an answer.")
    headers = [(str(name), str(value)) for name, value in _headers_of(response, request, status).items()]
    if getattr(response, "is_streamed", False) and hasattr(response, "iter_encoded"):
        iter(response.response)  # raises TypeError while there still is an answer to give
        return RawResponse(status, headers, _Parts(response))
    if getattr(response, "direct_passthrough", False):
        response.direct_passthrough = False
    body = response.get_data()
    close = getattr(response, "close", None)
    if close is not None:
        close()  # runs the script's `call_on_close` functions
    return RawResponse(status, headers, body if isinstance(body, bytes) else str(body).encode())


def _headers_of(response: Any, request: Any, status: int) -> Any:
    """Those of the response as Werkzeug sends them: without those of a body where the client has that already, and with
    addresses whose letters are escaped. Else they are sent as they stand."""
    finish = getattr(response, "get_wsgi_headers", None)
    if finish is None or not (
        status == 304 or "location" in response.headers or "content-location" in response.headers
    ):
        return response.headers
    environ = {}
    if getattr(response, "autocorrect_location_header", False):
        environ = environ_of(request)
    return finish(environ)


class _Parts(Iterator[bytes]):
    """The parts of a streamed response; what it holds open is closed with it."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._parts = iter(response.iter_encoded())

    def __next__(self) -> bytes:
        part = next(self._parts)
        return part if isinstance(part, bytes) else str(part).encode()

    def close(self) -> None:
        """Also runs the `call_on_close` functions of the response."""
        self._response.close()
