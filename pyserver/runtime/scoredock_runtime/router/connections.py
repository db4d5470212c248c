"""How many connections to versions there are: for each client one at most, and a few more that wait or carry copies.

Each connection is a descriptor here and one in its version. Clients come and go by the thousand, and one version may
have had all of them a moment ago; so what is free is closed when there are fewer clients, and when another version
needs the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection

if TYPE_CHECKING:
    from scoredock_runtime.router.version import Version

SPARE = 8
"""Connections beside those of the clients: free ones that wait for the next client, and copies under way."""


class OutOfDescriptors(Exception):
    """The system gives this process no further connection, and none can be closed for it."""


class Connections:
    """To all versions of an endpoint."""

    def __init__(self, clients: Collection[object]) -> None:
        self.open = 0
        """Free ones and those that are in use."""
        self.versions: Collection[Version] = ()
        self._clients = clients

    def fit(self, more: int = 0) -> None:
        """Closes free ones until `more` have room beside what is open."""
        while self.open + more > len(self._clients) + SPARE and self.close_one():
            continue

    def close_one(self) -> bool:
        """Closes the one that has been free for longest where most are free; False when none is free."""
        most = max(self.versions, key=lambda version: len(version.idle), default=None)
        if most is None or not most.idle:
            return False
        most.idle[0].end()
        return True
