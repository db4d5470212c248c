"""Watch of the containers of services: one that is killed from outside is looked at at once.

Looking twice a second goes on beside it; this only shortens the wait, so a daemon that cannot be asked costs nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from scoredock import threads
from scoredock.containers.settings import DockerSettings
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

logger = logging.getLogger(__name__)
_RETRY_SECONDS = 5.0


class ContainerEvents:
    """Follows one workspace at a time, in a thread that exists only while that has services in containers."""

    def __init__(self, happened: Callable[[], None]) -> None:
        """`happened` is called from that thread after each event; it must not block."""
        self._happened = happened
        self._lock = threading.Lock()
        self._owner = ""
        self._cancel = CancelToken()

    def follow(self, owner: str, settings: DockerSettings) -> None:
        """Events of the workspace folder `owner` from now on; of none when it is empty. Never blocks."""
        with self._lock:
            if owner == self._owner:
                return
            self._cancel.cancel()
            self._owner, self._cancel = owner, CancelToken()
            if owner:
                cancel = self._cancel
                threads.start(self._run, owner, settings, cancel, name="scoredock-containers", at_fault=threads.again)

    def stop(self) -> None:
        """Follows nothing any more."""
        self.follow("", DockerSettings())

    def _run(self, owner: str, settings: DockerSettings, cancel: CancelToken) -> None:
        from scoredock.containers.connection import connect
        from scoredock.containers.events import events

        while not cancel.cancelled:
            try:
                for _ in events(connect(settings), owner, cancel):
                    self._happened()
            except ScoredockError as error:
                logger.debug("containers are not followed: %s", error)
                self._happened()
            cancel.wait(_RETRY_SECONDS)
