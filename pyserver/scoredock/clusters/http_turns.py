"""Requests of a connection of HTTP/1.1, read beside those who speak: where one is over, and the next one begins."""

from __future__ import annotations

import h11


class HttpTurns:
    """One request and its answer after the other. Where the two speak something else, TLS for example, or a client
    does not wait for an answer before its next request, no beginning is seen any more."""

    def __init__(self) -> None:
        self._is_readable = True
        self._begin()

    def _begin(self) -> None:
        self._client, self._pod = h11.Connection(h11.SERVER), h11.Connection(h11.CLIENT)

    def from_client(self, part: bytes) -> bool:
        """True if another request begins with it, after one that is over."""
        begins = self._client.their_state is h11.DONE and self._pod.their_state is h11.DONE
        if begins:
            self._begin()
        self._read(self._client, part)
        return begins and self._is_readable

    def from_pod(self, part: bytes) -> None:
        self._read(self._pod, part)

    def _read(self, half: h11.Connection, part: bytes) -> None:
        if not self._is_readable:
            return
        try:
            half.receive_data(part)
            while (event := half.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.Request):
                    self._pod.send(event)  # an answer to HEAD has no body, whatever it says of one
        except h11.ProtocolError:
            self._is_readable = False
        else:
            self._is_readable = event is h11.NEED_DATA
