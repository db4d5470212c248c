"""Leases for changes of a service: one change at a time, across threads and processes."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator

from scoredock.errors import ScoredockError, ServiceBusy
from scoredock.progress import CancelToken
from scoredock.services.ledger import Ledger
from scoredock.services.lifecycle.recovery import Recovery

_log = logging.getLogger(__name__)
RELOAD, LOOK = "reload", "endpoint-look"
"""What nobody asked for: a reload of a saved file, and a router that a look brings in line."""
_BRIEF = (RELOAD, LOOK)
_PATIENCE = 15.0
"""Seconds that a change waits for one of these in another process before it says that the service is busy."""


class Leases:
    """The leases of the services of one workspace."""

    def __init__(self, ledger: Ledger, recovery: Recovery) -> None:
        self._ledger = ledger
        self._recovery = recovery
        self._reloads: dict[str, CancelToken] = {}
        self.on_released: Callable[[str], object] = lambda _: None
        """Called with the verb of a change that has come to its end, whatever came of it."""

    def take_up(self, name: str) -> None:
        """Notes that a service runs which was restored as stopped, and which another home of the workspace has
        deployed. Never raises for an engine that does not answer."""
        self._recovery.take_up_elsewhere(name)

    @contextlib.contextmanager
    def reload(self, name: str, cancel: CancelToken) -> Iterator[None]:
        """A lease for a reload, which is cancelled by whoever wants to change the service. Raises what `hold`
        raises."""
        with self.hold(name, RELOAD):
            self._reloads[name] = cancel
            try:
                yield
            finally:
                del self._reloads[name]

    @contextlib.contextmanager
    def hold(self, name: str, verb: str, *, force: bool = False) -> Iterator[None]:
        """One change at a time. Raises ScoredockError `service-busy`; a lease left by a killed writer is cleared first.

        What a person asks for goes before a reload and a look: the reload is cancelled, or waited for when another
        process does it, and a look is waited for.
        With `force` a service that a killed writer left half changed is removed at that.
        """
        self.take_up(name)
        deadline = time.monotonic() + _PATIENCE
        while True:
            for intent in self._ledger.intents():
                if intent.service == name:
                    self._recovery.stale(intent, remove=force)
            try:
                claimed = self._ledger.claim(name, verb)
                break
            except ServiceBusy as error:
                if verb in _BRIEF or error.details.get("verb") not in _BRIEF or time.monotonic() > deadline:
                    raise
            if under_way := self._reloads.get(name):
                under_way.cancel()
            time.sleep(0.02)
        try:
            yield
        finally:
            try:
                self._ledger.release(claimed)
            except ScoredockError as error:
                # The lease then ends with this process, as that of a killed one does.
                _log.warning("service %s: the lease could not be given back: %s", name, error)
            self.on_released(verb)
