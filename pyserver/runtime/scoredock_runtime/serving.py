"""Runs uvicorn in a thread of its own, so that the main thread belongs to the script and health answers meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Callable, Deque, Optional, Tuple

from scoredock_runtime import light_uvicorn
from scoredock_runtime.app import Application
from scoredock_runtime.scoring import Answer, Request

if TYPE_CHECKING:
    import uvicorn
else:
    uvicorn = light_uvicorn.load()

Job = Optional[Tuple[Request, "asyncio.Future[Answer]"]]
"""A request and what waits for its answer; None ends the main thread's loop."""

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than the pools of common clients keep theirs."""

_FLUSH_DELAY = 0.05


class _Server(uvicorn.Server):
    on_started: Callable[[], None]

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        self.on_started()


class Serving:
    """Takes requests from the socket and puts them in `jobs`, which the main thread works off one at a time."""

    def __init__(self, listener: socket.socket) -> None:
        self.jobs: SimpleQueue[Job] = SimpleQueue()
        self.on_closed: Callable[[], object] = lambda: None
        """Called in the loop's thread once no new connections are taken any more."""
        self._answers: Deque[Tuple[asyncio.Future[Answer], Answer]] = deque()
        self._waking = False
        self._listener = listener
        self._loop = _new_loop()
        self._started = threading.Event()
        self._app: Optional[Application] = None
        self._server: Optional[_Server] = None

    def start(self, app: Application) -> bool:
        """Whether the socket is being served now."""
        self._app = app
        app.schedule_flush = lambda: self._loop.call_later(_FLUSH_DELAY, app.access.flush)
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
        )
        server = self._server = _Server(config)
        server.on_started = self._started.set
        thread = threading.Thread(target=self._run, args=(server, app), name="http", daemon=True)
        thread.start()
        while not self._started.wait(0.05):
            if not thread.is_alive():
                return False
        return bool(server.started)

    async def score(self, request: Request) -> Answer:
        """Runs in the loop's thread; the answer comes from the main thread."""
        future: asyncio.Future[Answer] = self._loop.create_future()
        self.jobs.put((request, future))
        return await future

    def give(self, future: asyncio.Future[Answer], answer: Answer) -> None:
        """From the main thread: the answer to a job. One wake-up of the loop serves all answers that wait by then."""
        self._answers.append((future, answer))
        if not self._waking:
            self._waking = True
            _threadsafe(self._loop, self._deliver, None)

    def _deliver(self, _: None) -> None:
        # Lowered before the look at the answers: one that comes after it wakes the loop again.
        self._waking = False
        while self._answers:
            future, answer = self._answers.popleft()
            if not future.done():
                future.set_result(answer)

    def drain(self, grace: float, linger: float) -> None:
        """From any thread: takes no new connections, finishes what is under way, then ends the main thread's loop."""
        _threadsafe(self._loop, lambda _: self._loop.create_task(self._drain(grace, linger)), None)

    async def _drain(self, grace: float, linger: float) -> None:
        server, app = self._server, self._app
        if server is None or app is None:
            self.jobs.put(None)
            return
        for each in getattr(server, "servers", []):
            each.close()
        self.on_closed()
        app.draining = True
        # Connections that were accepted just now, or kept alive by a busy client, get their answer first: closing
        # them at once would cost requests that are on their way.
        until = self._loop.time() + min(grace, linger)
        while self._loop.time() < until and server.server_state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # uvicorn tells the end of a connection to nobody
        server.config.timeout_graceful_shutdown = max(1, int(grace))
        server.should_exit = True

    def _run(self, server: _Server, app: Application) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(server.serve(sockets=[self._listener]))
        finally:
            app.access.flush()
            self.jobs.put(None)


def _threadsafe(loop: asyncio.AbstractEventLoop, call: Callable[[Any], Any], argument: Any) -> None:
    try:
        loop.call_soon_threadsafe(call, argument)
    except RuntimeError:
        return  # the loop has ended: nobody waits for the answer any more


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
