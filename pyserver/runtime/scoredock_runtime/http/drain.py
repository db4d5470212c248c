"""The orderly end of a worker. Called by the loop's holder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scoredock_runtime.http.server import Server

_LOOK = 0.02


class Drain:
    """What is under way has `grace` seconds; idle connections stay up to `linger` seconds for a request on its way.

    A request of which a part has come is under way."""

    def __init__(self, server: Server, grace: float, linger: float) -> None:
        self._server = server
        self._ends_at = server.loop.now + grace
        self._lingers_until = server.loop.now + min(grace, linger)

    def begin(self) -> None:
        """Harmless when it has begun."""
        server = self._server
        if server.draining:
            return
        server.draining = True
        server.acceptor.pause()
        server.acceptor.close()
        server.on_closed()
        self._check()

    def _check(self) -> None:
        server = self._server
        # First: nothing that goes wrong below may be the last look.
        server.loop.call_later(_LOOK, self._check)
        if server.loop.now >= self._lingers_until:
            for connection in list(server.connections):
                if connection.request is None and not connection.sending and not connection.receiving:
                    connection.close()
        if (server.connections and server.loop.now < self._ends_at) or server.admission.running is not None:
            return
        server.threads.end()
