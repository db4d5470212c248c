"""One request to /score whose run() is in another process: the body's bytes go there, the answer's bytes come back."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Callable, Dict, Iterator, Optional

from scoredock_runtime.base import current_request
from scoredock_runtime.base.faults import ForeignFault
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.http.messages import HTML_TYPE, NOT_FAILED, Answer, Request, error_answer, no_capacity
from scoredock_runtime.script_process import channel as channels
from scoredock_runtime.script_process.channel import ProtocolFault, ScriptMessage
from scoredock_runtime.script_process.json_answers import BadInput
from scoredock_runtime.script_process.raw_http import RawResponse, header_dict
from scoredock_runtime.worker.remote_script import RemoteScript, ScriptLost, end_alike, foreign_fault
from scoredock_runtime.worker.scoring import (
    INTERNAL_ERROR,
    JSON_OK,
    LARGE,
    ScoringRules,
    demand_json,
    query_values,
    response_answer,
)
from scoredock_runtime.worker.script import OBJECT, RAW


class RemoteScorer(ScoringRules):
    """Has run() called for one request at a time."""

    def __init__(
        self, script: RemoteScript, timeout_ms: float, *, strict: bool = False, keep_bodies: bool = False
    ) -> None:
        super().__init__(script.app_root, timeout_ms, strict=strict, keep_bodies=keep_bodies)
        self._script = script
        self._process = script.process
        self._sees_requests = script.sees_requests
        self.on_lost: Callable[[str], object] = lambda _: None
        """Called with the reason when this worker is of no use any more."""
        self._is_lost = False
        self._is_asking = False

    def answer(self, request: Request) -> Answer:
        """Answer to a request. Never raises; what cannot be answered is an answer with the status that v1 gives."""
        if self._is_lost:
            return no_capacity()
        current_request.request_id = request.id.decode("latin-1")
        try:
            body = self._body(request)
            if body is None:
                return Answer(200, HTML_TYPE + NOT_FAILED, b"")
            return self._answer_of(self._call(request, body), request)
        except BadInput as fault:
            return error_answer(fault.status, str(fault))
        except ScriptLost as fault:
            if fault.code is not None:
                logger.error("%s", fault)
                end_alike(fault.code)
            self._give_up(str(fault))
            return error_answer(500, INTERNAL_ERROR)
        finally:
            self._is_asking = False
            current_request.request_id = current_request.NO_REQUEST

    def interrupt(self) -> None:
        """Makes the run() under way raise what a time-out raises, as soon as it is in Python code; from any thread."""
        self._process.interrupt()

    def broken(self, fault: BaseException) -> Answer:
        """Answer to what came through all else, such as memory that is short."""
        self.stream_failed(fault)
        if self._is_asking:
            # Whatever is under way in the channel is of an answer that nobody waits for.
            self._is_asking = False
            self._give_up(f"The process of the script was given up: {type(fault).__name__}.")
        return error_answer(500, INTERNAL_ERROR)

    def _give_up(self, why: str) -> None:
        self._is_lost = True
        logger.error("%s", why)
        with contextlib.suppress(OSError):
            self._process.kill()
        self.on_lost(why.rstrip("."))

    def _body(self, request: Request) -> Optional[bytes]:
        """Argument of run() for a request; None when the method needs no call. Raises BadInput."""
        kind = self._script.kind
        if kind == RAW:
            self._warn_of_parts(request)
            return request.body
        if request.method == b"GET":
            return json.dumps(query_values(request.query)).encode()
        if request.method != b"POST":
            return None
        if kind == OBJECT:
            demand_json(request)
            return request.body
        return b"" if self._is_form(request) else request.body

    def _call(self, request: Request, body: bytes) -> ScriptMessage:
        text, flags = request.id, channels.ONLY_ID
        if self._sees_requests:
            text, flags = json.dumps(self._fields(request)).encode(), 0
        if len(body) > LARGE and not self._keep_bodies:
            request.body = b""  # not twice in memory while run() works
        self._is_asking = True
        try:
            return self._process.call(text, body, flags)
        except ProtocolFault:
            raise BadInput(413, f"The request has more than {channels.LARGEST_BODY} bytes.") from None

    def _fields(self, request: Request) -> Dict[str, Any]:
        fields: Dict[str, Any] = {"id": current_request.request_id}
        if self._script.wants_headers:
            fields["headers"] = header_dict(request.headers)
        if self._script.in_flask:
            fields.update(
                method=request.method.decode("latin-1"),
                path=request.path,
                query=request.query.decode("latin-1"),
                pairs=[[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers],
                scheme=request.scheme,
                server=list(request.server),
                client=list(request.client),
            )
        return fields

    def _answer_of(self, message: ScriptMessage, request: Request) -> Answer:
        kind, _, seconds, fields, body = message
        if kind == channels.ANSWER:
            return Answer(200, JSON_OK + _elapsed(seconds), bytes(body))
        try:
            if kind == channels.RAISED:
                return self._raised(str(fields["what"]), foreign_fault(fields))
            if kind == channels.BAD_INPUT:
                return error_answer(int(fields["status"]), str(fields["message"]))
            if kind == channels.RESPONSE:
                return self._responded(message, request)
        except (KeyError, TypeError, ValueError) as fault:
            raise self._process.lost(f"sent fields that say nothing ({type(fault).__name__}: {fault})") from None
        raise self._process.lost(f"answered with a message of kind {kind}, which is not due")

    def _raised(self, what: str, fault: ForeignFault) -> Answer:
        if what == "timeout":
            return self._timed_out(fault)
        if what == "serialising":
            return self._not_serialised(fault)
        return self._failed(fault)

    def _misfit(self, fault: BaseException) -> str:
        return fault.misfit if isinstance(fault, ForeignFault) else ""

    def _responded(self, message: ScriptMessage, request: Request) -> Answer:
        fields = message.fields
        headers = [(str(name), str(value)) for name, value in fields["headers"]]
        is_streamed = bool(message.flags & channels.STREAMED)
        parts = _StreamParts(self._process) if is_streamed else bytes(message.body)
        try:
            answer = response_answer(RawResponse(int(fields["status"]), headers, parts), request)
        except ValueError as fault:
            if isinstance(parts, _StreamParts):
                parts.close()
            return self._not_serialised(fault)
        return answer._replace(headers=answer.headers + _elapsed(message.seconds))

    def stream_failed(self, fault: BaseException) -> None:
        """A streamed answer broke off. Never raises."""
        if isinstance(fault, ScriptLost):
            if fault.code is not None:
                end_alike(fault.code)
            self._give_up(str(fault))
            return
        super().stream_failed(fault)


class _StreamParts(Iterator[bytes]):
    """The parts of a streamed response, each fetched when the client has room for it."""

    def __init__(self, process: Any) -> None:
        self._process = process
        self._open = True

    def __next__(self) -> bytes:
        if not self._open:
            raise StopIteration
        self._open = False
        message = self._process.expect(channels.NEXT, channels.PART, channels.ENDED, channels.RAISED)
        if message.kind == channels.RAISED:
            raise foreign_fault(message.fields)
        if message.kind == channels.ENDED:
            raise StopIteration
        self._open = True
        return bytes(message.body)

    def close(self) -> None:
        """Also runs the `call_on_close` functions of the response."""
        if self._open:
            self._open = False
            message = self._process.expect(channels.CLOSE, channels.ENDED, channels.RAISED)
            if message.kind == channels.RAISED:
                raise foreign_fault(message.fields)


def _elapsed(seconds: float) -> bytes:
    return b"x-ms-run-fn-exec-ms: %.3f\r\n" % (seconds * 1000.0)
