"""Answers of each route, and the headers that all answers share. No sockets here and no script."""

from __future__ import annotations

import os
import random
import time
from typing import Any, Callable, Dict, Optional, Protocol, Tuple
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from scoredock_runtime import __version__
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.contract import CHALLENGE_HEADER, CODE_HEADER, LOG_IDS, LOG_OFF, PROOF_HEADER, ServiceSpec, proof
from scoredock_runtime.http.access_log import AccessLog
from scoredock_runtime.http.authentication import Authenticator
from scoredock_runtime.http.head_cache import CHUNK_LIMIT, HeadCache
from scoredock_runtime.http.messages import (
    HTML_TYPE,
    JSON_TYPE,
    NOT_ALLOWED,
    NOT_FAILED,
    Answer,
    Headers,
    Request,
    error_answer,
    header_lines,
)
from scoredock_runtime.http.origin_policy import OriginPolicy

CHALLENGE_LIMIT = 200

_NOT_FOUND = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
_OLD_ID = (
    "x-ms-request-id header has been deprecated and will be removed from future versions of the server. "
    "Please use x-ms-client-request-id."
)
_METHODS: Dict[str, Tuple[bytes, ...]] = {
    "/": (b"GET", b"HEAD", b"OPTIONS"),
    "/score": (b"GET", b"POST", b"OPTIONS", b"HEAD"),
    "/swagger.json": (b"GET", b"HEAD", b"OPTIONS"),
}
_OPERATIONS: Tuple[bytes, ...] = (b"GET", b"HEAD")
_BESIDE = frozenset(("/", "/ready", "/metrics", "/swagger.json"))
"""Whoever asks for these asks about the service, as Scoredock itself does."""
_CHALLENGE = CHALLENGE_HEADER.encode()
_ONCE = frozenset((b"host", b"content-length", b"transfer-encoding"))
"""Headers that two readers could understand in two ways when they come twice."""
_JOINED = frozenset((b"x-request-id", b"x-ms-request-id", b"x-ms-client-request-id", b"traceid"))
_WANTED = frozenset(
    (
        b"host",
        b"origin",
        b"sec-fetch-site",
        b"sec-fetch-mode",
        b"x-request-id",
        b"x-ms-request-id",
        b"x-ms-client-request-id",
        b"traceid",
        b"traceparent",
        b"content-length",
        b"transfer-encoding",
        b"access-control-request-method",
        b"access-control-request-headers",
        b"authorization",
        b"connection",
        b"content-type",
        _CHALLENGE,
    )
)
_ID_LIMIT = 100
_random = random.Random(os.urandom(32))  # noqa: S311 (names requests, opens nothing)
if hasattr(os, "register_at_fork"):
    # Workers that were forked from one process must not number their requests alike.
    os.register_at_fork(after_in_child=lambda: _random.seed(os.urandom(32)))
_CLEAR = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION = 0x4000 << 64 | 0x8000 << 48


class SwaggerMissing(Exception):
    """There is no description of that version; the text is the message of the 404 answer."""


class Description(Protocol):
    """The service's own description, which is made of the script."""

    def text(self, version: str) -> bytes:
        """The description as JSON. Raises SwaggerMissing."""


class Application:
    """Answers for one worker."""

    def __init__(
        self,
        spec: ServiceSpec,
        origins: OriginPolicy,
        authenticator: Authenticator,
        *,
        metrics: Optional[Any] = None,
        collector: Optional[Any] = None,
        telemetry: Optional[Any] = None,
    ) -> None:
        self._origins = origins
        self._authenticator = authenticator
        self._open = spec.authentication is None
        self._nonce = spec.nonce
        self._strict = spec.strict
        self.body_limit = spec.body_limit
        self.metrics = metrics
        self.collector = collector
        self.telemetry = telemetry
        self.swagger: Optional[Description] = None
        """There once the script is imported."""
        self.raw = False
        self.heads = HeadCache()
        self.reuses_heads = False
        self.ready = False
        self.access = AccessLog(with_ids=spec.request_log == LOG_IDS)
        self._logs = spec.request_log != LOG_OFF
        self.flush_later: Callable[[Callable[[], object]], object] = lambda call: call()
        self.load: Callable[[], Tuple[int, int]] = lambda: (0, 0)
        """Requests that run() works on, and those that wait."""
        self.version = b""
        if os.environ.get("SERVER_VERSION_LOG_RESPONSE_ENABLED", "true").lower() == "true":
            self.version = b"x-ms-server-version: scoredock/%b\r\n" % __version__.encode()
        elif os.environ.get("HTTP_X_MS_SERVER_VERSION"):
            # What v1 keeps its own in, and anyone may set.
            self.version = header_lines([("x-ms-server-version", os.environ["HTTP_X_MS_SERVER_VERSION"])])
        if spec.code:
            self.version += header_lines([(CODE_HEADER, spec.code)])
        self._methods = dict(_METHODS)
        if spec.metrics:
            self._methods["/metrics"] = self._methods["/ready"] = _OPERATIONS

    def reuse_heads(self, *, script_sees_headers: bool) -> None:
        """Known once the script is there: it must not see headers of another request, and web pages are looked at
        anew."""
        self.reuses_heads = not script_sees_headers and not self._origins.opens and self.body_limit >= CHUNK_LIMIT

    def use(self, authenticator: Authenticator, *, open_to_all: bool) -> None:
        """Other callers from now on."""
        self._authenticator = authenticator
        self._open = open_to_all

    # Before run()

    def begin(self, request: Request) -> Optional[Answer]:
        """The answer, or None when the script is to give it, or is still to come so that it can be described. Fills in
        what the request is about."""
        if request.head_is_cached:
            return self._begin_cached(request)
        headers = request.given
        for name, value in request.headers:
            if name in _WANTED:
                if name not in headers:
                    headers[name] = value
                elif name in _ONCE:
                    return self._bare(request, 400, f"The request has more than one {name.decode()} header.")
                elif name == b"authorization":
                    headers[name] += b", " + value
                elif name in _JOINED:
                    headers[name] += b"," + value
        refusal = self._origins.refusal(
            headers.get(b"host"), headers.get(b"origin"), headers.get(b"sec-fetch-site"), headers.get(b"sec-fetch-mode")
        )
        if refusal is not None:
            self._count("origin" if headers.get(b"origin") else "host")
            return self._bare(request, 403, refusal)
        if b"transfer-encoding" in headers and b"content-length" in headers:
            # Two lengths are how requests are smuggled past a proxy; not every HTTP parser refuses them.
            return self._bare(request, 400, "A request has either Content-Length or Transfer-Encoding.")
        if request.target == b"/score":
            request.path = "/score"
        elif not self._locate(request):
            return self._bare(request, 400, "The request's target is not a path.")
        methods = self._methods.get(request.path)
        if methods is None:
            return self._plain(request, 404, _NOT_FOUND)
        if request.method not in methods:
            answer = self._plain(request, 405, NOT_ALLOWED)
            if not self._strict:
                return answer
            return answer._replace(headers=answer.headers + b"Allow: %b\r\n" % b", ".join(methods))
        answer_now = self._identify(request)
        if answer_now is not None:
            return answer_now
        if (
            not self._open
            and request.path not in ("/", "/ready")
            # OPTIONS says nothing that is not known, unless the script itself is to answer it.
            and (request.method != b"OPTIONS" or (self.raw and request.path == "/score"))
        ):
            sentence = self._authenticator.refusal(headers.get(b"authorization"))
            if sentence is not None:
                return self._unauthorised(request, sentence)
        if request.path == "/score":
            if request.method == b"OPTIONS" and not self.raw:
                return Answer(200, HTML_TYPE + NOT_FAILED, b"")
            if request.method == b"HEAD" and not self.raw:
                return error_answer(405, "Method not allowed")
            if request.chunk and self.reuses_heads:
                self.heads.learn(request.chunk, request)
            return None
        return self._route(request)

    def _begin_cached(self, request: Request) -> Optional[Answer]:
        """A request to be scored that has passed with the same headers before; only its key may have changed since."""
        request.path = "/score"
        request.id, ids = _answer_ids(None, None, None)
        request.common = self.version + ids
        if not self._open:
            sentence = self._authenticator.refusal(request.given.get(b"authorization"))
            if sentence is not None:
                return self._unauthorised(request, sentence)
        return None

    def _unauthorised(self, request: Request, sentence: str) -> Answer:
        self._count("authentication")
        request.target = request.target.partition(b"?")[0]  # a key in the address must not come into the log
        refused = error_answer(401, sentence)
        return refused._replace(headers=refused.headers + b"WWW-Authenticate: Bearer\r\n")

    def lines_for(self, headers: Headers) -> bytes:
        """The header lines for a request that came no further than its headers."""
        request = Request(b"", b"", headers, b"")
        request.given = {name: value for name, value in headers if name in _WANTED}
        self._identify(request)
        return request.common

    def _locate(self, request: Request) -> bool:
        """Path and query of the target, which may be a whole URL (to a proxy) or `*` (of OPTIONS)."""
        path, _, request.query = request.target.partition(b"#")[0].partition(b"?")
        if path.startswith(b"//"):
            path = b"/" + path.lstrip(b"/")
        elif not path.startswith(b"/"):
            try:
                parts = urlsplit(request.target)
            except ValueError:
                return False
            if parts.scheme.lower() not in (b"http", b"https"):
                return request.target == b"*"
            path, request.query = parts.path or b"/", parts.query
        if b"%" in path:
            path = unquote_to_bytes(path)
        request.path = path.decode("utf-8", "replace")
        return True

    def _identify(self, request: Request) -> Optional[Answer]:
        """Sets the header lines that say which request this answers; an answer when an id is too long."""
        headers = request.given
        lines = self.version
        answer = None
        try:
            if headers.get(b"x-ms-request-id"):
                logger.warning(_OLD_ID)
            request.id, ids = _answer_ids(
                headers.get(b"x-request-id"), headers.get(b"x-ms-request-id"), headers.get(b"x-ms-client-request-id")
            )
            lines += ids
        except _IdTooLong as fault:
            lines += fault.lines
            answer = error_answer(431, str(fault))
        trace = headers.get(b"traceid")
        if trace is not None:
            lines += b"TraceId: %b\r\n" % trace
        if self._origins.opens:
            lines += self._cors(request)
        request.common = lines
        return answer

    def _cors(self, request: Request) -> bytes:
        given = request.given
        pairs = self._origins.cors_headers(
            given.get(b"origin"),
            preflight=given.get(b"access-control-request-method") if request.method == b"OPTIONS" else None,
            request_headers=given.get(b"access-control-request-headers"),
        )
        return b"".join(b"%b: %b\r\n" % pair for pair in pairs)

    def _route(self, request: Request) -> Optional[Answer]:
        if request.method == b"OPTIONS":
            return Answer(200, HTML_TYPE + b"Allow: HEAD, GET, OPTIONS\r\n", b"")
        if request.path == "/":
            return self._health(request)
        if request.path == "/ready":
            if self.ready:
                return Answer(200, HTML_TYPE, b"Ready")
            return Answer(503, HTML_TYPE + b"Retry-After: 1\r\n", b"init() has not come to its end yet.")
        if request.path == "/metrics":
            return self._metrics()
        return None if self.swagger is None else self.described(self.swagger, request)

    def described(self, swagger: Description, request: Request) -> Answer:
        """Answer of `/swagger.json`."""
        query = request.query.decode("latin-1")
        version = parse_qs(query, keep_blank_values=True).get("version", ["2"])[0]
        try:
            text = swagger.text(version)
        except SwaggerMissing as fault:
            return error_answer(404, str(fault))
        return Answer(200, JSON_TYPE + NOT_FAILED, text)

    def _health(self, request: Request) -> Answer:
        headers = HTML_TYPE
        challenge = request.given.get(_CHALLENGE)
        if challenge is not None and len(challenge) <= CHALLENGE_LIMIT:
            headers += header_lines([(PROOF_HEADER, proof(self._nonce, challenge.decode("latin-1")))])
        return Answer(200, headers, b"Healthy")

    def _metrics(self) -> Answer:
        if self.metrics is None:
            return error_answer(404, _NOT_FOUND)
        self.metrics.load(*self.load())
        return Answer(200, b"Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", self.metrics.text())

    def _plain(self, request: Request, status: int, message: str) -> Answer:
        """Answer that the server itself gives, in v1 without ids."""
        if self._strict:
            self._identify(request)
        return error_answer(status, message)

    def _bare(self, request: Request, status: int, message: str) -> Answer:
        request.keep_alive = request.keep_alive and status != 400
        return self._plain(request, status, message)

    def _count(self, kind: str) -> None:
        if self.metrics is not None:
            self.metrics.count_refusal(kind)

    def timeout_answer(self) -> Answer:
        """A request that took longer than the front end waits."""
        return error_answer(504, "The scoring request took longer than the service allows (scoringTimeoutMs).")

    # After it

    def after_answer(self, request: Request, answer: Answer) -> None:
        """Tells the log, the counters and whoever collects."""
        seconds = time.perf_counter() - request.started
        body = answer.body if isinstance(answer.body, bytes) else None
        path = request.path
        # Health is asked every few seconds, and v1 logs no route that it does not have.
        is_logged = self._logs and (bool(request.common) or answer.status in (400, 403))
        if answer.status == 431 or path in ("/", "/ready") or (request.method == b"OPTIONS" and path != "/score"):
            is_logged = False
        if is_logged and self.access.add(request, answer.status, seconds * 1000.0, body):
            self.flush_later(self.access.flush)
        if self.metrics is not None:
            self.metrics.count_answer(answer.status, seconds)
        if path == "/score":
            if self.collector is not None and answer.status != 401:
                kind = request.given.get(b"content-type", b"").decode("latin-1")
                self.collector.take(request.id.decode("latin-1"), path, answer.status, request.body, body or b"", kind)
            if self.telemetry is not None:
                self._tell(request, answer, seconds)
        elif self.metrics is not None and path in _BESIDE:
            self.metrics.count_beside(answer.status, seconds)

    def _tell(self, request: Request, answer: Answer, seconds: float) -> None:
        if self.telemetry is None:
            return
        self.telemetry.add_request(
            request.method.decode("latin-1"),
            request.path,
            answer.status,
            time.time_ns() - int(seconds * 1e9),
            seconds,
            request.id.decode("latin-1"),
            request.given.get(b"traceparent", b"").decode("latin-1"),
            None,
        )


class _IdTooLong(Exception):
    """The text is the message of the 431 answer; `lines` are the ids that were acceptable."""

    def __init__(self, message: str, lines: bytes) -> None:
        super().__init__(message)
        self.lines = lines


def _answer_ids(
    request_id: Optional[bytes], legacy_id: Optional[bytes], client_id: Optional[bytes]
) -> Tuple[bytes, bytes]:
    """The id of the request, and the header lines of the answer, for x-request-id, the deprecated x-ms-request-id and
    x-ms-client-request-id as the client sends them. Raises _IdTooLong."""
    if request_id is None:
        # A random UUID of version 4. An id names a request and opens nothing, so a system call for each would be waste.
        digits = b"%032x" % (_random.getrandbits(128) & _CLEAR | _VERSION)
        own = b"-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        if legacy_id is None and client_id is None:
            return own, b"x-request-id: %b\r\nx-ms-request-id: %b\r\n" % (own, own)
    else:
        own = request_id
    if len(own) > _ID_LIMIT:
        raise _IdTooLong(f"x-request-id must not exceed {_ID_LIMIT} characters", b"")
    client = client_id or legacy_id or b""
    legacy = legacy_id or client or own
    lines = b"x-request-id: %b\r\n" % own if own else b""
    if len(legacy) > _ID_LIMIT or len(client) > _ID_LIMIT:
        raise _IdTooLong(f"x-ms-request-id and x-ms-client-request-id must not exceed {_ID_LIMIT} characters", lines)
    if legacy:
        lines += b"x-ms-request-id: %b\r\n" % legacy
    if client:
        lines += b"x-ms-client-request-id: %b\r\n" % client
    return own, lines
