"""One request to /score: from its bytes to the bytes of the answer, by the rules of Azure's inference server.

Everything here runs in the worker's main thread, where the script was imported and init() ran: scripts keep what is
bound to a thread (database connections, signal handlers, event loops), as they could in v1."""

from __future__ import annotations

import inspect
import json
import signal
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import parse_qsl

from scoredock_runtime.script import OBJECT, RAW, Script, traceback_text
from scoredock_runtime.worker_log import logger

if TYPE_CHECKING:
    from scoredock_runtime.observing import Observer

Headers = List[Tuple[bytes, bytes]]

JSON_TYPE = (b"content-type", b"application/json")
HTML_TYPE = (b"content-type", b"text/html; charset=utf-8")
_NOT_FAILED = (b"x-ms-run-function-failed", b"False")
_FAILED = (b"x-ms-run-function-failed", b"True")

SCRIPT_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."
INTERNAL_ERROR = "An unexpected internal error occurred. Check the logs for more info."


class Request(NamedTuple):
    """A request as it came, its body complete."""

    method: str
    path: str
    query: bytes
    headers: Headers
    body: bytes
    server: Tuple[str, int]
    client: Tuple[str, int]


class Answer(NamedTuple):
    """What goes back, without the headers that every answer has."""

    status: int
    headers: Headers
    body: bytes


class ScoringTimeout(BaseException):
    """Raised inside run() when its time is over; no `except Exception` of the script holds it up."""


class _BadInput(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def json_answer(status: int, value: Any, *, failed: bool = False) -> Answer:
    """Raises TypeError and ValueError as json.dumps does."""
    return Answer(status, [JSON_TYPE, _FAILED if failed else _NOT_FAILED], json.dumps(value).encode())


def error_answer(status: int, message: str, *, failed: bool = False) -> Answer:
    """The JSON object that carries a message."""
    return json_answer(status, {"message": message}, failed=failed)


class Scorer:
    """Calls run() for one request at a time."""

    def __init__(self, script: Script, timeout_ms: float, observer: Optional[Observer] = None) -> None:
        self._observer = observer
        self._script = script
        self._timeout_ms = timeout_ms
        self._armed = False
        self._warned_of_form = False
        self._first = script.parameters[0].name
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._on_alarm)

    def answer(self, request: Request) -> Answer:
        """Never raises; what cannot be answered is an answer with the status that v1 gives."""
        try:
            arguments = self._arguments(request)
        except _BadInput as fault:
            return error_answer(fault.status, str(fault))
        except RecursionError:
            return error_answer(400, "POST body could not be decoded as JSON: it is nested too deeply")
        if arguments is None:
            return Answer(200, [HTML_TYPE, _NOT_FAILED], b"")
        if self._script.wants_headers:
            arguments["request_headers"] = header_dict(request.headers)
        started = time.perf_counter()
        try:
            value = self._timed(self._script.run, arguments)
        except ScoringTimeout as fault:
            if self._observer is not None:
                self._observer.raised(fault)
            logger.error("Encountered Exception: run() exceeded %g ms", self._timeout_ms)
            return error_answer(500, f"Scoring timeout after {self._timeout_ms:g} ms", failed=True)
        except BaseException as fault:
            # SystemExit too: a script that calls exit() in run() costs this request, not the service.
            if self._observer is not None:
                self._observer.raised(fault)
            logger.error("Encountered Exception: %s", traceback_text(fault, self._script.app_root))
            return error_answer(500, SCRIPT_FAILED, failed=True)
        elapsed = (time.perf_counter() - started) * 1000.0
        try:
            answer = _serialised(value)
        except Exception as fault:
            if self._observer is not None:
                self._observer.raised(fault, serialising=True, value=value)
            logger.error("Encountered Exception: %s", traceback_text(fault, self._script.app_root))
            return error_answer(500, INTERNAL_ERROR)
        answer.headers.append((b"x-ms-run-fn-exec-ms", b"%.3f" % elapsed))
        return answer

    def _timed(self, run: Callable[..., Any], arguments: Dict[str, Any]) -> Any:
        if self._timeout_ms <= 0 or not hasattr(signal, "setitimer"):
            return run(**arguments)
        self._armed = True
        signal.setitimer(signal.ITIMER_REAL, self._timeout_ms / 1000.0)
        try:
            return run(**arguments)
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    def _on_alarm(self, *_: Any) -> None:
        if self._armed:
            self._armed = False
            raise ScoringTimeout

    def _arguments(self, request: Request) -> Optional[Dict[str, Any]]:
        """Keyword arguments for run(); None when the method needs no call."""
        script = self._script
        if script.kind == RAW:
            from scoredock_runtime.raw_http import raw_request

            return {self._first: raw_request(request)}
        if request.method == "GET":
            query = query_values(request.query)
            return self._named(query) if script.kind == OBJECT else {self._first: json.dumps(query)}
        if request.method != "POST":
            return None
        if script.kind == OBJECT:
            return self._named(_json_object(request))
        self._warn_of_form(request)
        try:
            return {self._first: request.body.decode("utf-8")}
        except UnicodeDecodeError as fault:
            raise _BadInput(400, f"Input cannot be decoded as UTF-8: {fault}") from None

    def _named(self, values: Dict[str, Any]) -> Dict[str, Any]:
        arguments: Dict[str, Any] = {}
        for parameter in self._script.parameters:
            if parameter.name in values:
                arguments[parameter.name] = values[parameter.name]
            elif parameter.default is inspect.Parameter.empty:
                raise _BadInput(400, f"A value is not provided for the '{parameter.name}' parameter.")
        return arguments

    def _warn_of_form(self, request: Request) -> None:
        if self._warned_of_form or not request.body:
            return
        kind = media_type(request.headers)
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            self._warned_of_form = True
            logger.warning(
                "A request came as %s: Azure's own server hands run() an empty string then. Send application/json.",
                kind,
            )


def query_values(query: bytes) -> Dict[str, Any]:
    """Query parameters: each value as JSON where it is JSON, a list where the name repeats."""
    found: Dict[str, List[Any]] = {}
    for name, text in parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"):
        try:
            value: Any = json.loads(text)
        except (ValueError, RecursionError):
            value = text
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def media_type(headers: Headers) -> str:
    """The content type without its parameters, in lower case; empty when there is none."""
    for name, value in headers:
        if name == b"content-type":
            return value.decode("latin-1").partition(";")[0].strip().lower()
    return ""


def header_dict(headers: Headers) -> Dict[str, str]:
    """Headers with Capitalised-Names; repeated ones are joined by commas."""
    found: Dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").title(), raw_value.decode("latin-1")
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _json_object(request: Request) -> Dict[str, Any]:
    kind = media_type(request.headers)
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise _BadInput(415, "Expects Content-Type to be application/json")
    try:
        value = json.loads(request.body)
    except ValueError as fault:
        if not request.body:
            raise _BadInput(400, "POST body is empty. Expecting a JSON dictionary.") from None
        raise _BadInput(400, f"POST body could not be decoded as JSON: {fault}") from None
    if not isinstance(value, dict):
        raise _BadInput(400, "POST body should be a JSON dictionary.")
    return value


def _serialised(value: Any) -> Answer:
    if isinstance(value, (dict, list, str, int, float, bool)):
        return json_answer(200, value)
    if hasattr(value, "status_code") and hasattr(value, "headers") and hasattr(value, "get_data"):
        logger.info("run() output is HTTP Response")
        return _response(value)
    # As in v1 None becomes an empty object.
    return json_answer(200, {} if value is None else value)


def _response(response: Any) -> Answer:
    status = int(response.status_code)
    headers = [
        (str(name).lower().encode("latin-1"), str(value).encode("latin-1", "replace"))
        for name, value in response.headers.items()
        if str(name).lower() not in ("content-length", "transfer-encoding", "connection")
    ]
    if status >= 500:
        headers = [pair for pair in headers if pair[0] != b"x-ms-run-function-failed"] + [_FAILED]
    if getattr(response, "direct_passthrough", False):
        response.direct_passthrough = False
    body = response.get_data()
    return Answer(status, headers, body if isinstance(body, bytes) else str(body).encode())
