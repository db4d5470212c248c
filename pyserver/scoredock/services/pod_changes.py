"""Watch of the pods of services: one that is deleted from outside is looked at at once.

Looking goes on beside it, less often; this only shortens the wait, so a cluster that cannot be watched costs nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import threads
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

if TYPE_CHECKING:
    from scoredock.clusters.target import ClusterPlace

logger = logging.getLogger(__name__)
_RETRY_SECONDS = 5.0
_APART_SECONDS = 0.2
"""Between two calls: pods of a rollout change many times a second."""


class PodChanges:
    """Watches the pods of one workspace, in a thread for each place in which it has services, and only then."""

    def __init__(self, happened: Callable[[], None]) -> None:
        """`happened` is called from those threads; it must not block."""
        self._happened = happened
        self._lock = threading.Lock()
        self._owner = Path()
        self._watches: dict[ClusterPlace, CancelToken] = {}

    def follow(self, owner: Path, services: Sequence[str]) -> None:
        """The pods of these services of the workspace folder `owner` from now on. Never blocks."""
        if not services and not self._watches:
            return  # whoever has no cluster imports nothing of one
        from scoredock.engines.kubernetes.identity import record_of

        records = [record_of(owner / "services" / name) for name in services]
        places = {each.place for each in records if each is not None}
        with self._lock:
            kept = places if owner == self._owner else set()
            for place in [each for each in self._watches if each not in kept]:
                # It cuts a connection, which may take a moment.
                threads.start(self._watches.pop(place).cancel, name="scoredock-pods-end", at_fault=threads.logged)
            self._owner = owner
            for place in places - self._watches.keys():
                cancel = self._watches[place] = CancelToken()
                threads.start(self._run, owner, place, cancel, name="scoredock-pods", at_fault=threads.again)

    def stop(self) -> None:
        """Follows nothing any more."""
        self.follow(self._owner, ())

    def _run(self, owner: Path, place: ClusterPlace, cancel: CancelToken) -> None:
        from scoredock.clusters.connection import connect
        from scoredock.engines.kubernetes.identity import selector

        before = 0.0
        while not cancel.cancelled:
            try:
                for _ in connect(place).watch("Pod", selector(owner), cancel):
                    cancel.wait(max(0.0, before + _APART_SECONDS - time.monotonic()))
                    before = time.monotonic()
                    self._happened()
            except ScoredockError as error:
                logger.debug("pods are not watched: %s", error)
            cancel.wait(_RETRY_SECONDS)
