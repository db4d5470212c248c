"""A worker's HTTP side put together: routes, limits, counters and the loop, from what the spec says."""

from __future__ import annotations

import os
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, TypeVar, Union

from scoredock_runtime import contract
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.http.admission import Admission
from scoredock_runtime.http.application import Application
from scoredock_runtime.http.authentication import Authenticator
from scoredock_runtime.http.origin_policy import OriginPolicy
from scoredock_runtime.http.server import Server
from scoredock_runtime.worker.request_tally import RequestTally
from scoredock_runtime.worker.scoring import Scorer
from scoredock_runtime.worker.swagger import BadSwaggerFile, Swagger

if TYPE_CHECKING:
    import ssl

    from scoredock_runtime.http.messages import Request
    from scoredock_runtime.script_process.channel import ScriptMessage
    from scoredock_runtime.worker.remote_scoring import RemoteScorer
    from scoredock_runtime.worker.remote_script import RemoteScript, ScriptProcess
    from scoredock_runtime.worker.script import Script
    from scoredock_runtime.worker.worker import ParentChannel

    _AnyScorer = TypeVar("_AnyScorer", Scorer, RemoteScorer)

DEFAULT_TIMEOUT_MS = 3_600_000.0

_FLUSH_DELAY = 0.05
"""Seconds in which lines of the log are gathered for one write."""


class HttpService:
    """Serves from the first moment on: health answers while the script is still being imported."""

    def __init__(self, spec: contract.ServiceSpec, listeners: List[socket.socket], folder: str, number: int) -> None:
        origins = os.environ.get("AML_CORS_ORIGINS", "")
        if origins:
            logger.info(
                "Enabling CORS for the following origins: %s", ", ".join(each.strip() for each in origins.split(","))
            )
        self._spec = spec
        self._origins = _origin_policy(spec, origins)
        self._scorer: Union[Scorer, RemoteScorer, None] = None
        self._recent: Optional[RequestTally] = None
        self._answered = 0
        self.application = Application(
            spec,
            self._origins,
            Authenticator(spec.authentication),
            metrics=_metrics(spec, folder, number),
            collector=_collector(spec, folder),
            telemetry=_telemetry(),
        )
        self._count_losses()
        debugged = bool(os.environ.get(contract.DEBUG_PORT_VARIABLE))
        self.timeout_ms = 0.0 if debugged else _timeout_ms()
        admission = Admission(
            self._put,
            self._interrupt,
            limit=spec.max_concurrent_requests,
            max_wait=0.0 if debugged else spec.max_queue_wait,
            timeout=0.0 if debugged else spec.scoring_timeout,
            run_timeout=self.timeout_ms / 1000.0,
        )
        self.server = Server(listeners, self.application, admission, shared=spec.worker_count > 1)
        self.application.flush_later = partial(self.server.loop.call_later, _FLUSH_DELAY)
        self.application.load = admission.counts
        admission.on_removed = self._tell_load
        if spec.tls_certificate:
            self.server.acceptor.tls = _tls(spec)
        self.server.start()

    def connect(self, parent: ParentChannel) -> None:
        """Tells the parent what it must know, and does what it says."""
        tell = parent.tell
        self.server.on_closed = lambda: tell({"event": "closed"})
        self.server.on_stuck = lambda why: tell({"event": "stuck", "why": why})
        self._recent = recent = RequestTally(self._spec.app_root, tell, self._spec.limit_names)
        recent.later = self.server.loop.call_later
        self.server.on_answered = self._count_to_recycling(tell, recent)

        def act(message: Dict[str, Any]) -> None:
            if "stop" in message:
                if not self.application.ready:
                    tell({"event": "unready"})
                self.server.drain(float(message["stop"]), float(message.get("linger", 0.0)))
            elif message.get("listen") is False:
                self.server.loop.call_soon(self.server.acceptor.withhold)
            elif "listen" in message:
                try:
                    self.server.listen()
                except OSError as fault:
                    tell({"event": "stuck", "why": f"its sockets are gone: {fault}"})
            elif "ping" in message:
                # By the loop, not by this thread: what is asked is whether requests would be answered.
                self.server.loop.call_soon(lambda: tell({"event": "pong", "n": message["ping"]}))
            elif "watch" in message:
                self.server.loop.call_soon(lambda: recent.watch(float(message["watch"])))
            elif "authentication" in message:
                self._authenticate(message["authentication"])
                tell({"event": "authenticates", "n": message["n"]})

        parent.on_message(act)

    def prepare(self) -> None:
        """Raises OSError when the script has closed the sockets."""
        self.server.acceptor.prepare()

    def listen(self) -> None:
        """Takes connections. Raises OSError when the script has closed the sockets."""
        self.server.listen()

    def script_is_there(self, script: Script, observer: Any) -> Scorer:
        """Scores requests from now on. Raises ScriptFailed when a swagger file cannot be used."""
        self._describe(script)
        collects = self.application.collector is not None
        return self._serve(Scorer(script, self.timeout_ms, observer, strict=self._spec.strict, keep_bodies=collects))

    def script_is_remote(self, script: RemoteScript) -> RemoteScorer:
        """The same for one that runs in another process."""
        from scoredock_runtime.worker.remote_scoring import RemoteScorer

        self._describe(script)
        collects = self.application.collector is not None
        scorer = RemoteScorer(script, self.timeout_ms, strict=self._spec.strict, keep_bodies=collects)
        scorer.on_lost = self.server.on_stuck
        return self._serve(scorer)

    def serve_log_of(self, process: ScriptProcess) -> None:
        """Lines of requests come before those that the script's process writes after them; its rows are collected."""
        access = self.application.access
        process.flush_lines = access.flush
        process.lines_wait = access.has_lines
        process.take_rows = _collect_rows
        if self.application.metrics is not None:
            self.application.metrics.has_script_process(process.pid)

    def data_place(self) -> Optional[List[str]]:
        """Workspace and service of what the script collects; None where nothing is collected."""
        if self.application.collector is None:
            return None
        place = self.application.collector.place
        return [place.workspace, place.service]

    def _describe(self, script: Union[Script, RemoteScript]) -> None:
        self._origins.let_script_answer(script.answers_cors())
        self.application.raw = script.kind == "raw"
        self.application.reuse_heads(script_sees_headers=script.sees_requests)
        self.server.loop.call_soon(partial(self.server.describe, _swagger(self._spec, script)))

    def _serve(self, scorer: _AnyScorer) -> _AnyScorer:
        self._scorer = scorer
        scorer.on_fault = self._on_fault
        self.application.ready = True
        return scorer

    def _on_fault(self, request_id: str, fault: BaseException) -> None:
        if self._recent is not None:
            self._recent.fault(request_id, fault)
        if self.application.telemetry is not None:
            self.application.telemetry.add_fault(request_id, fault)

    def end(self) -> None:
        """Write what was gathered."""
        self.application.access.flush()
        # The script may have made one that the application does not know; it ends with the process, however that ends.
        collection = sys.modules.get("scoredock_runtime.observability.collection")
        if collection is not None:
            collection.finish()
        if self.application.telemetry is not None:
            self.application.telemetry.close()

    def _count_losses(self) -> None:
        application = self.application
        metrics, collector, telemetry = application.metrics, application.collector, application.telemetry
        if metrics is not None and collector is not None:
            collector.on_dropped = lambda number: metrics.count_drops("collection", number)
        if metrics is not None and telemetry is not None:
            telemetry.on_dropped = lambda number: metrics.count_drops("telemetry", number)

    def _put(self, request: Any) -> None:
        self.server.threads.put(request)
        self._tell_load()

    def _tell_load(self) -> None:
        """Another worker may be asked for the metrics, and the parent writes down the load of workers with nothing to
        do."""
        metrics = self.application.metrics
        if metrics is not None:
            metrics.load(*self.application.load())

    def _interrupt(self) -> None:
        if self._scorer is not None:
            self._scorer.interrupt()

    def _authenticate(self, raw: Any) -> None:
        authentication = None if raw is None else contract.authentication_from(raw)
        self.application.use(Authenticator(authentication), open_to_all=authentication is None)

    def _count_to_recycling(
        self, tell: Callable[[Dict[str, Any]], bool], recent: RequestTally
    ) -> Callable[[Request, int], None]:
        limit = self._spec.recycle_requests

        def answered(request: Request, status: int) -> None:
            recent.add(request, status, self.server.loop.now)
            self._answered += 1
            if self._answered == 1:
                tell({"event": "answered"})
            if self._answered == limit:
                tell({"event": "recycle", "why": f"it has answered {limit} requests"})

        return answered


def _origin_policy(spec: contract.ServiceSpec, origins: str) -> OriginPolicy:
    """Raises ScriptFailed for origins that are not a regular expression but look like one."""
    from scoredock_runtime.worker.script import ScriptFailed

    try:
        hosts = os.environ.get(contract.ALLOWED_HOSTS, "").split(",")
        return OriginPolicy("localhost" if spec.loopback_only else spec.host, origins.split(","), hosts=hosts)
    except ValueError as fault:
        raise ScriptFailed(contract.Failure(contract.SCRIPT_INVALID, str(fault))) from None


def _collect_rows(message: ScriptMessage) -> None:
    """Rows that a ModelDataCollector in the script's process has sent."""
    from scoredock_runtime.observability import collection

    fields, head = message.fields, int(message.fields["header"])
    model, version, designation, file = (str(fields[name]) for name in ("model", "version", "designation", "file"))
    header, rows = bytes(message.body[:head]), bytes(message.body[head:])
    collection.for_script().add(model, version, designation, file, header, [rows])


def _swagger(spec: contract.ServiceSpec, script: Union[Script, RemoteScript]) -> Swagger:
    from scoredock_runtime.worker.script import ScriptFailed

    try:
        return Swagger(spec.root, script)
    except BadSwaggerFile as fault:
        raise ScriptFailed(contract.Failure(contract.SCRIPT_INVALID, str(fault))) from None


def _tls(spec: contract.ServiceSpec) -> ssl.SSLContext:
    """Raises ScriptFailed for files that cannot be used."""
    from scoredock_runtime.http.tls import TlsFault, server_context
    from scoredock_runtime.worker.script import ScriptFailed

    try:
        return server_context(spec.tls_certificate, spec.tls_key)
    except TlsFault as fault:
        raise ScriptFailed(contract.Failure(contract.TLS_INVALID, str(fault))) from None


def _timeout_ms() -> float:
    try:
        return float(os.environ.get("SCORING_TIMEOUT_MS", DEFAULT_TIMEOUT_MS))
    except ValueError:
        return DEFAULT_TIMEOUT_MS


def _metrics(spec: contract.ServiceSpec, folder: str, number: int) -> Any:
    if not spec.metrics or not folder:
        return None
    from scoredock_runtime.observability.metrics import Metrics

    return Metrics(folder, number)


def _collector(spec: contract.ServiceSpec, folder: str) -> Any:
    # The variable alone is for scripts that collect by themselves; they do it at the same place.
    if not folder or (not spec.collect_data and os.environ.get("AML_MODEL_DC_STORAGE_ENABLED", "").lower() != "true"):
        return None
    from scoredock_runtime.observability.collection import begin

    return begin(spec, folder, os.environ)


def _telemetry() -> Any:
    if os.environ.get("AML_APP_INSIGHTS_ENABLED", "").lower() != "true":
        return None
    from scoredock_runtime.observability.telemetry import begin

    return begin(os.environ)
