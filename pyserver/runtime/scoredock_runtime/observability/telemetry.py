"""Requests as OpenTelemetry spans, in place of Application Insights: to wherever the OTEL_* variables say.

A request only puts what is known of it into a bounded queue. A thread makes the spans, and OpenTelemetry's own batch
processor sends them. Without AML_APP_INSIGHTS_ENABLED=true nothing of this is imported.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
import uuid
import warnings
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Mapping, NamedTuple, Optional

from scoredock_runtime.base import threads
from scoredock_runtime.base.faults import ForeignFault

logger = logging.getLogger("azmlinfsrv")

INSTALL = "add opentelemetry-sdk and opentelemetry-exporter-otlp-proto-%s to the environment"
QUEUE_LIMIT = 20_000
GATHER = 0.2
_SLICE, _PAUSE = 16, 0.0005
# A span takes some 30 µs to make: after a few the thread gives way to requests.
_TEXT_LIMIT = 16 * 1024
_FAULTS = 256
"""Exceptions that wait for the answer of their request."""
_TELL_EVERY = 60.0


class Fault(NamedTuple):
    """An exception of the script as text, so that nothing it refers to is kept alive."""

    type: str
    message: str
    stack: str


class _FinishedRequest(NamedTuple):
    method: str
    path: str
    status: int
    began_ns: int
    ended_ns: int
    request_id: str
    traceparent: str
    fault: Optional[Fault]


class Telemetry:
    """Takes what happened from any thread without waiting; `span` is called for each in a thread of its own."""

    def __init__(self, span: Callable[[_FinishedRequest], None], end: Callable[[int], None]) -> None:
        self._span = span
        self._end = end
        self._waiting: Deque[_FinishedRequest] = deque()
        self._faults: Dict[str, Fault] = {}
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._lost = 0
        self.dropped = 0
        """Spans that were lost because the queue was full."""
        self.on_dropped: Callable[[int], None] = lambda _: None
        self._thread = threads.start(self._make_all, name="telemetry", at_fault=threads.again)

    def add_fault(self, request_id: str, fault: BaseException) -> None:
        """The script raised while it worked on a request that is not answered yet."""
        if len(self._faults) >= _FAULTS:
            # Of a request that was answered before its script was done, as after a time-out.
            self._faults.pop(next(iter(self._faults)), None)
        self._faults[request_id] = describe_fault(fault)

    def add_request(
        self,
        method: str,
        path: str,
        status: int,
        began_ns: int,
        seconds: float,
        request_id: str,
        traceparent: Optional[str],
        fault: Optional[BaseException],
    ) -> None:
        """A request was answered. `began_ns` is the wall clock's time in nanoseconds."""
        if len(self._waiting) >= QUEUE_LIMIT:
            self._lost += 1
            return
        description = describe_fault(fault) if fault is not None else None
        if self._faults:
            description = self._faults.pop(request_id, None) or description
        ended = began_ns + int(seconds * 1e9)
        self._waiting.append(
            _FinishedRequest(method, path, status, began_ns, ended, request_id, traceparent or "", description)
        )
        if not self._wake.is_set():
            self._wake.set()

    def close(self, timeout: float = 5.0) -> None:
        """Sends what waits, for at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout)
        rest = max(0.1, deadline - time.monotonic())
        # In a thread: a receiver that does not answer must not hold up the end of the worker.
        ending = threads.start(self._end, int(rest * 1000), name="end of telemetry", at_fault=lambda _: None)
        ending.join(rest)

    def _make_all(self) -> None:
        while True:
            self._wake.wait()
            self._closing.wait(GATHER)
            self._wake.clear()
            ended = self._closing.is_set()
            while self._waiting:
                for _ in range(min(_SLICE, len(self._waiting))):
                    try:
                        self._span(self._waiting.popleft())
                    except Exception as fault:
                        self._lost += 1
                        logger.debug("A span could not be made: %r", fault)
                if not self._closing.is_set():
                    time.sleep(_PAUSE)
            lost, self._lost = self._lost, 0
            if lost:
                self.dropped += lost
                self.on_dropped(lost)
            if ended:
                return


def begin(environment: Mapping[str, str]) -> Optional[Telemetry]:
    """Telemetry of a worker; None where it is off, not to be had, or has nowhere to go; a line in the log says
    which."""
    if environment.get("AML_APP_INSIGHTS_ENABLED", "").lower() != "true":
        return None
    key = environment.get("AML_APP_INSIGHTS_KEY", "")
    if key and not _is_uuid(key):
        logger.warning("AML_APP_INSIGHTS_KEY is not a UUID, so telemetry is off.")
        return None
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    exporter = environment.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower()
    if exporter == "none":
        return None
    if exporter != "console" and not _endpoint(environment, "TRACES"):
        logger.warning(
            "AML_APP_INSIGHTS_ENABLED is true, but there is no Application Insights here: set "
            "OTEL_EXPORTER_OTLP_ENDPOINT to the address of an OpenTelemetry receiver."
        )
        return None
    try:
        telemetry = _opened(environment, console=exporter == "console")
    except ImportError as fault:
        missing = fault.name or str(fault)
        kind = "grpc" if ".grpc" in missing else _kind(environment, "TRACES")
        logger.warning("Telemetry is off, as %s is not installed: %s.", missing, INSTALL % kind)
        return None
    except Exception as fault:  # OpenTelemetry refuses settings with exceptions of many kinds
        logger.warning("Telemetry is off: %s", " ".join(str(fault).split())[:500] or type(fault).__name__)
        return None
    logger.info("Telemetry goes to %s.", "the console" if exporter == "console" else _endpoint(environment, "TRACES"))
    return telemetry


def _opened(environment: Mapping[str, str], *, console: bool) -> Telemetry:
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    from scoredock_runtime import __version__

    _quieten()
    about = {"service.version": environment.get("SERVICE_VERSION", "1.0")}
    if not environment.get("OTEL_SERVICE_NAME"):
        about["service.name"] = environment.get("SERVICE_NAME", "ML service")
    resource = Resource.create(about)
    # Not the process's provider: a script may set up its own.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = ConsoleSpanExporter() if console else _exporter(environment, "TRACES")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("scoredock_runtime", __version__)
    propagator = TraceContextTextMapPropagator()
    server, failed = trace.SpanKind.SERVER, trace.Status(trace.StatusCode.ERROR)

    def span(request: _FinishedRequest) -> None:
        carrier = {"traceparent": request.traceparent} if request.traceparent else {}
        request_span = tracer.start_span(
            f"{request.method} {request.path}",
            context=propagator.extract(carrier),
            kind=server,
            attributes={
                "http.request.method": request.method,
                "url.path": request.path,
                "http.response.status_code": request.status,
                "scoredock.request_id": request.request_id,
            },
            start_time=request.began_ns,
        )
        if request.fault is not None:
            event = {
                "exception.type": request.fault.type,
                "exception.message": request.fault.message,
                "exception.stacktrace": request.fault.stack,
            }
            request_span.add_event("exception", event, request.ended_ns)
        if request.status >= 500:
            request_span.set_status(failed)
        request_span.end(request.ended_ns)

    ends: List[Any] = [provider]
    if environment.get("OTEL_LOGS_EXPORTER", "").strip().lower() == "otlp":
        ends.append(_export_logs(environment, resource))

    def end(milliseconds: int) -> None:
        for each in ends:
            each.force_flush(milliseconds)
            each.shutdown()

    return Telemetry(span, end)


def _kind(environment: Mapping[str, str], signal: str) -> str:
    """`grpc` or `http`, for `TRACES` or `LOGS`: the protocol that the variables name."""
    protocol = environment.get(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL") or environment.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL"
    )
    return "grpc" if protocol == "grpc" else "http"


def _exporter(environment: Mapping[str, str], signal: str) -> Any:
    """For `TRACES` or `LOGS`."""
    kind = _kind(environment, signal)
    if signal == "LOGS":
        if kind == "grpc":
            from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs

            return GrpcLogs()
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs

        return HttpLogs()
    if kind == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans

        return GrpcSpans()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans

    return HttpSpans()


def _export_logs(environment: Mapping[str, str], resource: Any) -> Any:
    """Provider that sends what the server logs and the script prints as log records as well."""
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(_exporter(environment, "LOGS")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        logger.addHandler(LoggingHandler(logging.INFO, provider))
    return provider


class _RateLimitedHandler(logging.Handler):
    """Handler that tells complaints of OpenTelemetry, such as a receiver that is not there, at most once a minute."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._next = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _TELL_EVERY
            logger.warning("Telemetry: %s", " ".join(record.getMessage().split())[:500])


def _quieten() -> None:
    theirs = logging.getLogger("opentelemetry")
    if not any(isinstance(each, _RateLimitedHandler) for each in theirs.handlers):
        theirs.addHandler(_RateLimitedHandler())
        theirs.propagate = False


def describe_fault(fault: BaseException) -> Fault:
    """Kind, message and traceback of an exception. Never raises, whatever the exception's own methods do."""
    if isinstance(fault, ForeignFault):
        return Fault(fault.kind, fault.message[:_TEXT_LIMIT], fault.text[-_TEXT_LIMIT:])
    try:
        message = str(fault)
    except BaseException:  # it is the person's __str__
        message = ""
    try:
        stack = "".join(traceback.format_exception(type(fault), fault, fault.__traceback__))
    except BaseException:  # and their __cause__ and __notes__
        stack = ""
    return Fault(f"{type(fault).__module__}.{type(fault).__qualname__}", message[:_TEXT_LIMIT], stack[-_TEXT_LIMIT:])


def _endpoint(environment: Mapping[str, str], signal: str) -> str:
    return (
        environment.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT") or ""
    )


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
