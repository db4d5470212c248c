"""Bound on the connections to versions: for each client one at most, and a few more that wait or carry copies.

Each connection is a descriptor here and one in its version. Clients come and go by the thousand, and one version may
have had all of them a moment ago; so what is free is closed when there are fewer clients, and when another version
needs the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection, Set

from scoredock_runtime.base.worker_log import logger

if TYPE_CHECKING:
    from scoredock_runtime.router.client import Client
    from scoredock_runtime.router.version import Version

SPARE = 10
"""Connections beside those of the clients: free ones that wait for the next client, and copies under way. With fewer,
versions that share the requests of many clients take descriptors from one another all the time; with more, a router
has more than twice as many as it has clients."""
_BETWEEN_WARNINGS = 60.0
"""Seconds between two lines about the same shortage."""


class OutOfDescriptors(Exception):
    """The system gives this process no further connection, and none can be closed for it."""


class Connections:
    """Connections of the clients, and those to all versions of an endpoint."""

    def __init__(self) -> None:
        self.clients: Set[Client] = set()
        self.versions: Collection[Version] = ()
        self.open = 0
        """To versions: free ones and those that are in use."""
        self._next_warning = 0.0

    def forget(self, client: Client) -> None:
        """Forgets a client that has gone, and closes what is free for it now."""
        if client in self.clients:
            self.clients.discard(client)
            self.fit()

    def fit(self, more: int = 0) -> None:
        """Closes free ones until `more` have room beside what is open."""
        while self.open + more > len(self.clients) + SPARE and self.close_one():
            continue

    @property
    def full(self) -> bool:
        """True if one more takes the place of another."""
        return self.open >= len(self.clients) + SPARE

    def close_one(self) -> bool:
        """Closes the one that has been free for longest where most are free; False when none is free."""
        most = max(self.versions, key=lambda version: len(version.idle), default=None)
        if most is None or not most.idle:
            return False
        most.idle[0].end()
        return True

    def on_shortage(self, now: float) -> None:
        """A request found no descriptor for a connection to a version."""
        if now >= self._next_warning:
            self._next_warning = now + _BETWEEN_WARNINGS
            logger.warning(
                "The router has no file descriptors left beside those of its %d clients, and answers requests with"
                " status 503. Raise the limit of open files (ulimit -n) and start the endpoint again.",
                len(self.clients),
            )
