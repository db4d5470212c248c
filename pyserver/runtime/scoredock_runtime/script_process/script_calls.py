"""Calls of run() in the process of a script: from the bytes of a request to the bytes of its answer."""

import inspect
import os
import signal
import struct
import sys
import threading
import time
from typing import Any, Callable, Dict, NamedTuple, Optional

from scoredock_runtime import schema
from scoredock_runtime.base import current_request, script_data, worker_log
from scoredock_runtime.base.faults import one_line, places_of, traceback_text
from scoredock_runtime.base.foreign_values import unserialised
from scoredock_runtime.base.signal_handlers import handler_of
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.fast_json.json_text import to_json
from scoredock_runtime.schema.mismatch import misfit
from scoredock_runtime.script_process import channel as channels
from scoredock_runtime.script_process.channel import ProtocolFault, ScriptChannel, ScriptMessage
from scoredock_runtime.script_process.entry_script import OBJECT, RAW, TEXT, EntryScript, ScoringTimeout
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
    PlainRequest,
    flask_context,
    is_response,
    raw_request,
    raw_response,
)
from scoredock_runtime.script_process.script_rows import RowQueue

RUN, TIMEOUT, SERIALISING, STREAMING = "run", "timeout", "serialising", "streaming"
"""What raised, in a RAISED message."""
_TEXT_LIMIT = 1024 * 1024
_NUMBER = struct.Struct("<Q")
_clock = time.perf_counter


class _Outcome(NamedTuple):
    """A message to send, and the parts that come after it."""

    kind: int
    fields: Optional[Dict[str, Any]] = None
    body: bytes = b""
    flags: int = 0
    seconds: float = 0.0
    parts: Any = None


class ScriptCalls:
    """This process's end of the channel, and who calls run(). Made in the main thread."""

    def __init__(self, channel: ScriptChannel, interrupts: int) -> None:
        self._channel = channel
        self._interrupts = interrupts
        """A pipe with the numbers of calls that are to be interrupted."""
        self._pid = os.getpid()
        self._thread = threading.get_ident()
        self.app_root = ""
        self._number = 0
        """Of the call, counted as the worker counts them."""
        self._inside = False
        """run() runs, and may be interrupted."""
        self._is_talking = False
        self._is_overdue = False
        """It was interrupted while it could not be."""
        self._lines_wait = False
        self._warned_of_nan = False
        self._script: Any = None
        self._rows = RowQueue()
        worker_log.before_line = self._before_line

    # Messages

    def receive(self) -> ScriptMessage:
        """The next message of the worker. Raises ChannelEnded, ProtocolFault and OSError."""
        message = self._channel.receive()
        self._lines_wait = bool(message.flags & channels.LINES_WAIT)
        if message.kind == channels.START:
            self.app_root = str(message.fields["app_root"])
            place = message.fields.get("data_place")
            if place is not None:
                self._rows.open_at(*place)
            script_data.collector = self._rows
        return message

    def send(self, kind: int, fields: Optional[Dict[str, Any]] = None) -> None:
        """Raises ProtocolFault and OSError."""
        self._lines_wait = False
        self._channel.send(kind, fields)

    def is_debugged(self) -> None:
        """Has the worker know that this process is held by a debugger. Raises ProtocolFault and OSError."""
        self._ask(channels.DEBUGGING)

    def _before_line(self) -> None:
        """Lines of the worker that wait come before one of the script's."""
        if not self._lines_wait or threading.get_ident() != self._thread or os.getpid() != self._pid:
            return
        self._lines_wait = False
        self._ask(channels.LINE)

    def _ask(self, kind: int, fields: Optional[Dict[str, Any]] = None, body: bytes = b"") -> None:
        """Has the worker do something before this goes on."""
        self._is_talking = True
        try:
            self._channel.send(kind, fields, body)
            if self._channel.receive().kind != channels.GO_ON:
                raise ProtocolFault("answered with another message than the one that is due")
        finally:
            self._is_talking = False
        if self._is_overdue:
            self._is_overdue = False
            self._raise_timeout()

    # Calls

    def serve(self, script: EntryScript) -> None:
        """Answers calls until the worker needs no more. Raises ChannelEnded, ProtocolFault and OSError."""
        self._script = script
        self._handler = self._on_alarm
        signal.signal(signal.SIGALRM, self._handler)
        by_place = script.parameters[0].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        self._direct = script.kind == TEXT and by_place and not script.wants_headers
        in_flask = "flask" in sys.modules
        self.send(channels.READY, {"flask": in_flask})
        while True:
            message = self.receive()
            if message.kind == channels.END:
                self._send_rows()
                self._channel.send(channels.ENDED)
                return
            if message.kind != channels.CALL:
                raise ProtocolFault("sent another message than the one that is due")
            self._number += 1
            self._is_overdue = False
            current_request.request_id = message.fields.get("id", current_request.NO_REQUEST)
            if in_flask:
                request = _request_of(message)
                with flask_context(request):
                    outcome = self._outcome(message, request)
            else:
                outcome = self._outcome(message, None)
            current_request.request_id = current_request.NO_REQUEST
            del message  # a body may be large, and the next one may be long in coming
            if self._rows.waits:
                self._send_rows()
            self._answer(outcome)

    def _answer(self, outcome: _Outcome) -> None:
        kind, fields, body, flags, seconds, parts = outcome
        try:
            self._channel.send(kind, fields, body, flags=flags, seconds=seconds)
        except ProtocolFault as fault:  # nothing of it was sent
            self._channel.send(channels.RAISED, self._facts(ValueError(f"The answer {fault}."), SERIALISING))
            return
        if parts is not None:
            self._stream(parts)

    def _outcome(self, message: ScriptMessage, request: Any) -> _Outcome:
        text = ""
        arguments: Optional[Dict[str, Any]] = None
        try:
            if self._direct:
                text = body_text(message.body)
            else:
                arguments = self._arguments(message)
        except BadInput as fault:
            return _Outcome(channels.BAD_INPUT, {"status": fault.status, "message": str(fault)})
        except RecursionError:
            return _Outcome(channels.BAD_INPUT, {"status": 400, "message": NESTED_TOO_DEEPLY})
        run = self._script.run
        began = _clock()
        try:
            self._inside = True
            value = run(text) if arguments is None else run(**arguments)
            self._inside = False
        except (ScoringTimeout, TimeoutError) as fault:
            self._inside = False
            own = schema.strict and isinstance(fault, TimeoutError)  # v1 cannot tell it from the server's
            return _Outcome(channels.RAISED, self._facts(fault, RUN if own else TIMEOUT))
        except BaseException as fault:  # SystemExit too: it costs this request, not the service
            self._inside = False
            if os.getpid() != self._pid:
                os._exit(1)
            return _Outcome(channels.RAISED, self._facts(fault, RUN))
        finally:
            if handler_of(signal.SIGALRM) is not self._handler:
                # As in v1 the script's own ends with run(): left behind, it would raise where none of its code runs.
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, self._handler)
        seconds = _clock() - began
        if os.getpid() != self._pid:
            os._exit(0)  # a child that run() forked and that came back: the channel is its parent's
        try:
            return self._serialised(value, request, seconds)
        except BaseException as fault:
            # What is made into an answer may have methods of the person's, which raise whatever they like.
            facts = self._facts(fault, SERIALISING)
            facts["text"] = f"{facts['text']}\n{unserialised(fault, value)}".rstrip()
            return _Outcome(channels.RAISED, facts)

    def _arguments(self, message: ScriptMessage) -> Dict[str, Any]:
        script = self._script
        if script.kind == RAW:
            arguments = {script.parameters[0].name: raw_request()}
        elif script.kind == OBJECT:
            arguments = named_arguments(script.parameters, json_object(bytes(message.body)))
        else:
            arguments = {script.parameters[0].name: body_text(message.body)}
        if script.wants_headers:
            arguments["request_headers"] = message.fields.get("headers", {})
        return arguments

    def _serialised(self, value: Any, request: Any, seconds: float) -> _Outcome:
        if isinstance(value, (dict, list, str, int, float, bool)):
            return _Outcome(channels.ANSWER, None, self._json(value), 0, seconds)
        if is_response(value):
            logger.info("run() output is HTTP Response")
            response = raw_response(value, request if request is not None else PlainRequest(b"POST", [], b""))
            fields = {"status": response.status, "headers": response.headers}
            if isinstance(response.body, bytes):
                return _Outcome(channels.RESPONSE, fields, response.body, 0, seconds)
            return _Outcome(channels.RESPONSE, fields, b"", channels.STREAMED, seconds, response.body)
        # As in v1 None becomes an empty object.
        text = self._json({} if value is None and not schema.strict else value)
        return _Outcome(channels.ANSWER, None, text, 0, seconds)

    def _json(self, value: Any) -> bytes:
        return strict_json(value, to_json, self._warn_of_nan) if schema.strict else to_json(value)

    def _warn_of_nan(self) -> None:
        if not self._warned_of_nan:
            self._warned_of_nan = True
            logger.warning(NAN_WARNING)

    def _facts(self, fault: BaseException, what: str) -> Dict[str, Any]:
        """Fields that tell the worker of an exception."""
        kind = type(fault)
        converts = what == RUN and self._script.kind == OBJECT
        try:
            message = str(fault)
        except BaseException:  # it is the person's __str__
            message = ""
        return {
            "what": what,
            "line": one_line(fault),
            "places": [list(each) for each in places_of(fault, self.app_root)],
            "text": traceback_text(fault, self.app_root)[-_TEXT_LIMIT:],
            "kind": f"{kind.__module__}.{kind.__qualname__}",
            "message": message[:_TEXT_LIMIT],
            "misfit": misfit(fault, self._script.run) if converts else "",
        }

    # Streamed answers

    def _stream(self, parts: Any) -> None:
        """Each part is made when the worker has room for it."""
        outcome = _Outcome(channels.PART)
        while outcome.kind == channels.PART:
            outcome = self._next_part(parts) if self.receive().kind == channels.NEXT else _closed(parts, self._facts)
            self._answer(outcome)

    def _next_part(self, parts: Any) -> _Outcome:
        try:
            for part in parts:
                if part:
                    return _Outcome(channels.PART, None, part)
        except BaseException as fault:  # the script's generator may raise anything, also SystemExit
            facts = self._facts(fault, STREAMING)
            _closed(parts, self._facts)
            return _Outcome(channels.RAISED, facts)
        return _closed(parts, self._facts)

    # Rows of a ModelDataCollector

    def _send_rows(self) -> None:
        for record in self._rows.take():
            self._ask(channels.ROWS, record.fields, record.body)

    # Interrupts

    def _on_alarm(self, *_: Any) -> None:
        if not self._inside or self._last_interrupt() != self._number:
            return
        if self._is_talking:
            self._is_overdue = True
        else:
            self._raise_timeout()

    def _raise_timeout(self) -> None:
        self._inside = False
        # v1 raises what `except Exception` of a script catches.
        raise ScoringTimeout if schema.strict else TimeoutError

    def _last_interrupt(self) -> int:
        """The number of the call that the worker has interrupted last; 0 when there is none."""
        try:
            data = os.read(self._interrupts, 64 * _NUMBER.size)
        except OSError:
            return 0
        return int(_NUMBER.unpack(data[-_NUMBER.size :])[0]) if len(data) >= _NUMBER.size else 0


def _closed(parts: Any, facts: Callable[[BaseException, str], Dict[str, Any]]) -> _Outcome:
    """The end of a streamed answer; runs code of the script, too."""
    try:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    except BaseException as fault:  # the script's close() may raise anything, also SystemExit
        return _Outcome(channels.RAISED, facts(fault, STREAMING))
    return _Outcome(channels.ENDED)


def _request_of(message: ScriptMessage) -> PlainRequest:
    fields = message.fields
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields["pairs"]]
    body = bytes(message.body) if isinstance(message.body, memoryview) else message.body  # what the script may keep
    request = PlainRequest(fields["method"].encode("latin-1"), headers, body)
    request.path = fields["path"]
    request.query = fields["query"].encode("latin-1")
    request.scheme = fields["scheme"]
    request.server = (fields["server"][0], fields["server"][1])
    request.client = (fields["client"][0], fields["client"][1])
    return request
