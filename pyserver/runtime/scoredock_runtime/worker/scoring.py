"""One request to /score: from its bytes to the bytes of the answer, by the rules of Azure's inference server.

Everything here runs in the worker's main thread, where the script was imported and init() ran: scripts keep what is
bound to a thread (database connections, signal handlers, event loops), as they could in v1."""

from __future__ import annotations

import codecs
import contextlib
import inspect
import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple
from urllib.parse import parse_qsl

from scoredock_runtime.base import current_request
from scoredock_runtime.base.faults import in_words
from scoredock_runtime.base.foreign_values import unserialised
from scoredock_runtime.base.signal_handlers import handler_of
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.fast_json.json_text import to_json
from scoredock_runtime.http.messages import (
    FAILED,
    HTML_TYPE,
    JSON_TYPE,
    NOT_FAILED,
    Answer,
    Headers,
    Request,
    error_answer,
    header_lines,
)
from scoredock_runtime.script_process.entry_script import ScoringTimeout
from scoredock_runtime.script_process.json_answers import (
    NAN_WARNING,
    NESTED_TOO_DEEPLY,
    BadInput,
    body_text,
    json_object,
    named_arguments,
    strict_json,
)
from scoredock_runtime.script_process.raw_http import (
    RawResponse,
    flask_context,
    header_dict,
    is_response,
    multipart_fault,
    raw_request,
    raw_response,
)
from scoredock_runtime.worker.script import OBJECT, RAW, TEXT, Script, traceback_text

if TYPE_CHECKING:
    from scoredock_runtime.worker.observer import Observer

SCRIPT_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."
INTERNAL_ERROR = "An unexpected internal error occurred. Check the logs for more info."


LARGE = 1 << 20

_ALARM: int = getattr(signal, "SIGALRM", 0)
"""0 where threads cannot be signalled."""

JSON_OK = JSON_TYPE + NOT_FAILED


class ScoringRules:
    """Answers to requests that run() has not answered, wherever run() is."""

    def __init__(
        self,
        app_root: str,
        timeout_ms: float,
        *,
        strict: bool,
        keep_bodies: bool,
        observer: Optional[Observer] = None,
    ) -> None:
        self._app_root = app_root
        self._timeout_ms = timeout_ms
        self._strict = strict
        self._keep_bodies = keep_bodies
        """Somebody wants to see what came once it is answered."""
        self._observer = observer
        self.on_fault: Optional[Callable[[str, BaseException], object]] = None
        """Called with the request's id and what run() raised."""
        self._warned_of_form = False

    def stream_failed(self, fault: BaseException) -> None:
        """A streamed answer broke off, or something of the script's raised between two requests. Never raises."""
        with contextlib.suppress(Exception):  # the log may be what the script has broken
            logger.error("Encountered Exception: %s", traceback_text(fault, self._app_root))

    def _timed_out(self, fault: BaseException) -> Answer:
        self._report(fault)
        message = f"Scoring timeout after {int(self._timeout_ms)} ms"
        return error_answer(504 if self._strict else 500, message, failed=True)

    def _failed(self, fault: BaseException) -> Answer:
        misfit = self._misfit(fault)
        self._report(fault, misfit=misfit)
        if self._strict and misfit:
            return error_answer(400, misfit)
        return error_answer(500, SCRIPT_FAILED, failed=True)

    def _not_serialised(self, fault: BaseException, value: object = None) -> Answer:
        self._report(fault, serialising=True, value=value)
        return error_answer(500, SCRIPT_FAILED if self._strict else INTERNAL_ERROR, failed=self._strict)

    def _misfit(self, fault: BaseException) -> str:
        """Sentence about an argument that does not fit its schema; empty where the fault says something else."""
        raise NotImplementedError

    def _report(
        self, fault: BaseException, *, serialising: bool = False, value: object = None, misfit: str = ""
    ) -> None:
        if misfit:
            fault = in_words(fault, misfit, self._app_root)
        if self._observer is not None:
            self._observer.raised(fault, serialising=serialising, value=value, converting=bool(misfit))
        if self.on_fault is not None:
            self.on_fault(current_request.request_id, fault)
        current_request.request_id = current_request.NO_REQUEST
        last = f"\n{unserialised(fault, value)}" if serialising else ""
        logger.error("Encountered Exception: %s", (traceback_text(fault, self._app_root) + last).rstrip())

    @staticmethod
    def _warn_of_parts(request: Request) -> None:
        """Warn of a form that Flask reads as an empty one, and says nothing."""
        kind = request.given.get(b"content-type", b"")
        fault = multipart_fault(kind.decode("latin-1"), request.body) if kind[:1] in b"mM" else ""
        if fault:
            logger.warning("%s", fault)

    def _is_form(self, request: Request) -> bool:
        """True if the body is lost: v1 reads the fields of a form and then has nothing left for run()."""
        kind = request.given.get(b"content-type", b"")
        if kind == b"application/json" or kind[:1] not in b"aAmM" or self._strict or not request.body:
            return False
        name, _, parameters = kind.lower().partition(b";")
        name = name.strip()
        if name != b"application/x-www-form-urlencoded" and (
            name != b"multipart/form-data" or b"boundary=" not in parameters
        ):
            return False
        if not self._warned_of_form:
            self._warned_of_form = True
            logger.warning(
                "A request came as %s: as from Azure's own server, run() gets an empty string then. Send "
                "application/json, or let the service be strict.",
                name.decode("latin-1"),
            )
        return True


class Scorer(ScoringRules):
    """Calls run() for one request at a time."""

    def __init__(
        self,
        script: Script,
        timeout_ms: float,
        observer: Optional[Observer] = None,
        *,
        strict: bool = False,
        keep_bodies: bool = False,
    ) -> None:
        super().__init__(script.app_root, timeout_ms, strict=strict, keep_bodies=keep_bodies, observer=observer)
        self._script = script
        self._inside = False
        self._interrupted = False
        self._forked = False
        self.answer: Callable[[Request], Answer] = self._answer
        """Never raises; what cannot be answered is an answer with the status that v1 gives."""
        if "flask" in sys.modules:
            # What a script imports from it (jsonify, request, current_app) works within a request only.
            self.answer = self._answer_in_flask
        self._thread = threading.get_ident()
        self._warned_of_nan = False
        self._first = script.parameters[0].name
        self._run = script.run
        by_place = script.parameters[0].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        self._direct = script.kind == TEXT and by_place and not script.wants_headers and observer is None
        """Whether run() takes the text of the body and nothing else, as most do."""
        self._alarm = self._on_alarm
        if _ALARM:
            signal.signal(_ALARM, self._alarm)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._on_fork)

    def _answer_in_flask(self, request: Request) -> Answer:
        with flask_context(request):
            return self._answer(request)

    def _answer(self, request: Request) -> Answer:
        current_request.request_id = request.id.decode("latin-1")
        arguments: Optional[Dict[str, Any]] = None
        text = ""
        direct = self._direct and request.method == b"POST"
        try:
            if direct:
                text = self._text(request)
            else:
                arguments = self._arguments(request)
        except BadInput as fault:
            return error_answer(fault.status, str(fault))
        except RecursionError:
            return error_answer(400, NESTED_TOO_DEEPLY)
        if arguments is None and not direct:
            return Answer(200, HTML_TYPE + NOT_FAILED, b"")
        if arguments is not None and self._script.wants_headers:
            arguments["request_headers"] = header_dict(request.headers)
        started = time.perf_counter()
        try:
            self._interrupted = False
            self._inside = True
            value = self._run(text) if arguments is None else self._run(**arguments)
            self._inside = False
        except (ScoringTimeout, TimeoutError) as fault:
            if self._strict and isinstance(fault, TimeoutError):
                return self._failed(fault)  # the script's own; v1 cannot tell it from the server's
            return self._timed_out(fault)
        except BaseException as fault:
            # SystemExit too: a script that calls exit() in run() costs this request, not the service.
            self._inside = False
            return self._failed(fault)
        finally:
            if _ALARM and handler_of(_ALARM) is not self._alarm:
                # As in v1 the script's own ends with run(): left behind, it would raise where none of its code runs.
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(_ALARM, self._alarm)
        elapsed = (time.perf_counter() - started) * 1000.0
        if self._forked:
            os._exit(0)  # a child that run() forked and that came back: the connections are its parent's
        try:
            answer = self._serialised(value, request)
        except ScoringTimeout as fault:
            return self._timed_out(fault)
        except BaseException as fault:
            # What is made into an answer may have methods of the person's, which raise whatever they like.
            return self._not_serialised(fault, value)
        finally:
            current_request.request_id = current_request.NO_REQUEST
        return Answer(answer.status, answer.headers + b"x-ms-run-fn-exec-ms: %.3f\r\n" % elapsed, answer.body)

    def interrupt(self) -> None:
        """Makes the run() under way raise ScoringTimeout, as soon as it is in Python code; from any thread."""
        # Another handler would not raise what is wanted, or end the process; then the worker is taken for stuck.
        if self._inside and _ALARM and handler_of(_ALARM) is self._alarm:
            self._interrupted = True
            signal.pthread_kill(self._thread, signal.SIGALRM)

    def broken(self, fault: BaseException) -> Answer:
        """Answer to what came through all else, such as an exception of a signal handler that the script has set."""
        if self._forked:
            os._exit(1)
        self._inside = self._interrupted = False
        self.stream_failed(fault)
        return error_answer(500, INTERNAL_ERROR)

    def _on_alarm(self, *_: Any) -> None:
        if self._inside and self._interrupted:
            self._inside = self._interrupted = False
            # v1 raises what `except Exception` of a script catches.
            raise ScoringTimeout if self._strict else TimeoutError

    def _on_fork(self) -> None:
        self._forked = True

    def _timed_out(self, fault: BaseException) -> Answer:
        self._inside = self._interrupted = False
        return super()._timed_out(fault)

    def _failed(self, fault: BaseException) -> Answer:
        if self._forked:
            os._exit(1)
        return super()._failed(fault)

    def _misfit(self, fault: BaseException) -> str:
        if self._script.kind != OBJECT:
            return ""
        from scoredock_runtime.schema.mismatch import misfit

        return misfit(fault, self._script.run)

    def _text(self, request: Request) -> str:
        if self._is_form(request):
            return ""
        text = body_text(request.body)
        if len(text) > LARGE and not self._keep_bodies:
            request.body = b""  # not twice in memory while run() works
        return text

    def _arguments(self, request: Request) -> Optional[Dict[str, Any]]:
        """Keyword arguments for run(); None when the method needs no call."""
        script = self._script
        if script.kind == RAW:
            self._warn_of_parts(request)
            return {self._first: raw_request()}
        if request.method == b"GET":
            query = query_values(request.query)
            return (
                named_arguments(script.parameters, query) if script.kind == OBJECT else {self._first: json.dumps(query)}
            )
        if request.method != b"POST":
            return None
        if script.kind == OBJECT:
            demand_json(request)
            return named_arguments(script.parameters, json_object(request.body))
        return {self._first: self._text(request)}

    def _serialised(self, value: Any, request: Request) -> Answer:
        if isinstance(value, (dict, list, str, int, float, bool)):
            return Answer(200, JSON_OK, self._strict_json(value) if self._strict else to_json(value))
        if is_response(value):
            logger.info("run() output is HTTP Response")
            return response_answer(raw_response(value, request), request)
        if self._strict:
            return Answer(200, JSON_OK, self._strict_json(value))
        # As in v1 None becomes an empty object.
        return Answer(200, JSON_OK, to_json({} if value is None else value))

    def _strict_json(self, value: Any) -> bytes:
        return strict_json(value, to_json, self._warn_of_nan)

    def _warn_of_nan(self) -> None:
        if not self._warned_of_nan:
            self._warned_of_nan = True
            logger.warning(NAN_WARNING)


def _keep_escaped(fault: UnicodeError) -> Tuple[str, int]:
    """An error handler for decoding: bytes that are not UTF-8 stay as they were escaped."""
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return "".join(f"%{byte:02X}" for byte in fault.object[fault.start : fault.end]), fault.end


_KEPT = "scoredock.keep_escaped"
codecs.register_error(_KEPT, _keep_escaped)


def query_values(query: bytes) -> Dict[str, Any]:
    """Query parameters: each value as JSON where it is JSON, a list where the name repeats."""
    lists: Dict[str, List[Any]] = {}
    for name, text in parse_qsl(query.decode("utf-8", _KEPT), keep_blank_values=True, errors=_KEPT):
        try:
            value: Any = json.loads(text)
        except (ValueError, RecursionError):
            value = text
        lists.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in lists.items()}


def media_type(headers: Headers) -> str:
    """The content type without its parameters, in lower case; empty when there is none."""
    for name, value in headers:
        if name == b"content-type":
            return value.decode("latin-1").partition(";")[0].strip().lower()
    return ""


def demand_json(request: Request) -> None:
    """Raises BadInput for a request that does not say that its body is JSON."""
    kind = media_type(request.headers)
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise BadInput(415, "Expects Content-Type to be application/json")


_REPLACED = ("content-length", "transfer-encoding", "connection", "date", "x-request-id", "x-ms-request-id")


def response_answer(response: RawResponse, request: Request) -> Answer:
    """The answer that a response of the script's own is. Raises ValueError for headers that would end their lines."""
    failed = response.status >= 500
    headers = header_lines(
        (name, value)
        for name, value in response.headers
        if name.lower() not in _REPLACED and not (failed and name.lower() == "x-ms-run-function-failed")
    )
    if failed:
        headers += FAILED
    if b"access-control-allow-origin" in headers.lower():
        # The script has seen to it.
        lines = request.common.splitlines(keepends=True)
        request.common = b"".join(line for line in lines if not line.startswith((b"Access-Control-", b"Vary: Origin")))
    return Answer(response.status, headers, response.body)
