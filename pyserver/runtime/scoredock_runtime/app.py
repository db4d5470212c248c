"""The HTTP face of a worker: a bare ASGI application, as a framework would cost more than the request itself."""

from __future__ import annotations

import os
import time
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Tuple
from urllib.parse import parse_qs

from scoredock_runtime import __version__
from scoredock_runtime.contract import CHALLENGE_HEADER, PROOF_HEADER, proof
from scoredock_runtime.loopback import Gate
from scoredock_runtime.request_ids import IdTooLong, answer_ids
from scoredock_runtime.scoring import HTML_TYPE, Answer, Request, error_answer
from scoredock_runtime.swagger import Swagger, SwaggerMissing
from scoredock_runtime.worker_log import AccessLog

BODY_LIMIT = 100 * 1024 * 1024
CHALLENGE_LIMIT = 200

_NOT_FOUND = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
_NOT_ALLOWED = "The method is not allowed for the requested URL."
_METHODS = {
    "/": ("GET", "HEAD", "OPTIONS"),
    "/score": ("GET", "POST", "OPTIONS"),
    "/swagger.json": ("GET", "HEAD", "OPTIONS"),
}
_CHALLENGE = CHALLENGE_HEADER.encode()
_WANTED = frozenset(
    (
        b"host", b"origin", b"sec-fetch-site", b"x-request-id", b"x-ms-request-id", b"x-ms-client-request-id",
        b"traceid", b"content-length", b"transfer-encoding", b"access-control-request-method", b"access-control-request-headers", _CHALLENGE,
    )
)  # fmt: skip

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Dict[str, Any]]]
Send = Callable[[Dict[str, Any]], Awaitable[None]]
Score = Callable[[Request], Awaitable[Answer]]


class Application:
    """Answers for one worker. `score` hands a request to the thread of the script."""

    def __init__(self, score: Score, gate: Gate, swagger: Swagger, nonce: str, *, raw: bool) -> None:
        self._score = score
        self._gate = gate
        self._swagger = swagger
        self._nonce = nonce
        self._raw = raw
        self.access = AccessLog()
        self.schedule_flush: Callable[[], object] = self.access.flush
        self.draining = False
        self.under_way = 0
        self._version = []
        if os.environ.get("SERVER_VERSION_LOG_RESPONSE_ENABLED", "true").lower() == "true":
            self._version = [(b"x-ms-server-version", f"scoredock/{__version__}".encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        self.under_way += 1
        try:
            given: Dict[bytes, bytes] = {}
            for name, value in scope["headers"]:
                if name in _WANTED:
                    given.setdefault(name, value)
            answer, logged = await self._answer(scope, given, receive)
            await self._send(scope, answer, send)
        finally:
            self.under_way -= 1
        if logged and self.access.enabled:
            # As it was sent: a decoded path could hold line ends and so forge lines of the log.
            path = scope["raw_path"].decode("latin-1")
            if scope["query_string"]:
                path += "?" + scope["query_string"].decode("latin-1")
            milliseconds = (time.perf_counter() - started) * 1000.0
            if self.access.add(scope["method"], path, answer.status, milliseconds, len(answer.body)):
                self.schedule_flush()

    async def _answer(self, scope: Scope, given: Dict[bytes, bytes], receive: Receive) -> Tuple[Answer, bool]:
        """The answer with all its headers, and whether it goes to the request log."""
        path, method = scope["path"], scope["method"]
        refusal = self._gate.refusal(given.get(b"host"), given.get(b"origin"), given.get(b"sec-fetch-site"))
        if refusal is not None:
            return error_answer(403, refusal), True
        if b"transfer-encoding" in given and b"content-length" in given:
            # Two lengths are how requests are smuggled past a proxy; not every HTTP parser refuses them.
            return error_answer(400, "A request has either Content-Length or Transfer-Encoding."), True
        methods = _METHODS.get(path)
        if methods is None:
            return error_answer(404, _NOT_FOUND), False
        if method not in methods:
            answer = error_answer(405, _NOT_ALLOWED)
            answer.headers.append((b"allow", ", ".join(methods).encode()))
            return answer, False
        try:
            ids = answer_ids(
                given.get(b"x-request-id"), given.get(b"x-ms-request-id"), given.get(b"x-ms-client-request-id")
            )
            answer = await self._route(path, scope, given, receive)
        except IdTooLong as fault:
            ids, answer = fault.headers, error_answer(431, str(fault))
        headers = answer.headers
        headers += self._version
        headers += ids
        trace = given.get(b"traceid")
        if trace is not None:
            headers.append((b"traceid", trace))
        preflight = method == "OPTIONS" and b"access-control-request-method" in given
        headers += self._gate.cors_headers(
            given.get(b"origin"), preflight=preflight, wanted=given.get(b"access-control-request-headers")
        )
        return answer, path != "/"

    async def _route(self, path: str, scope: Scope, given: Dict[bytes, bytes], receive: Receive) -> Answer:
        method = scope["method"]
        if path == "/score":
            if method == "OPTIONS" and not self._raw:
                return Answer(200, [HTML_TYPE, (b"x-ms-run-function-failed", b"False")], b"")
            body = await _read_body(given.get(b"content-length"), receive)
            if body is None:
                return error_answer(413, "The data value transmitted exceeds the capacity limit.")
            server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("127.0.0.1", 0)
            return await self._score(
                Request(method, path, scope["query_string"], scope["headers"], body, server, client)
            )
        if method == "OPTIONS":
            return Answer(200, [HTML_TYPE, (b"allow", b"HEAD, GET, OPTIONS")], b"")
        if path == "/":
            answer = Answer(200, [HTML_TYPE], b"Healthy")
            challenge = given.get(_CHALLENGE)
            if challenge is not None and len(challenge) <= CHALLENGE_LIMIT:
                told = proof(self._nonce, challenge.decode("latin-1"))
                answer.headers.append((PROOF_HEADER.encode(), told.encode()))
            return answer
        version = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get("version", ["2"])[0]
        try:
            text = self._swagger.text(version)
        except SwaggerMissing as fault:
            return error_answer(404, str(fault))
        return Answer(200, [(b"content-type", b"application/json"), (b"x-ms-run-function-failed", b"False")], text)

    async def _send(self, scope: Scope, answer: Answer, send: Send) -> None:
        headers: List[Tuple[bytes, bytes]] = answer.headers
        headers.append((b"content-length", b"%d" % len(answer.body)))
        if self.draining or answer.status in (400, 413):
            # So that the client's next request reaches the worker that follows.
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})


async def _read_body(announced: Optional[bytes], receive: Receive) -> Optional[bytes]:
    """The whole body, or None when it is larger than the limit or its sender has gone."""
    if announced is not None and announced.isdigit() and int(announced) > BODY_LIMIT:
        return None
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body"):
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT or message["type"] == "http.disconnect":
            return None
        parts.append(part)
    return b"".join(parts)
