"""The loop of a router: one thread over all sockets. What goes wrong on one connection costs no other one."""

from __future__ import annotations

from typing import Callable, Optional

from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.http.event_loop import EventLoop


class RouterLoop(EventLoop):
    """No script runs here, so unlike a worker's its faults are never somebody else's to raise."""

    def __init__(self) -> None:
        super().__init__(self._log)
        self.ended = False

    @staticmethod
    def _log(fault: BaseException) -> None:
        logger.error("A fault inside the router: %r", fault, exc_info=fault)

    def run(self) -> None:
        """Until it has ended. Waits without a time limit where nothing is due: the timer that the system would set and
        take back for each wait is a tenth of what a request costs (see `Pulse`)."""
        poll, clock, find = self.poller.poll, self.clock, self._handlers.get
        while not self.ended:
            try:
                events = poll(self._patience() if self.calls or self.later else None)
            except OSError as fault:
                self.on_poll_fault(fault)
                continue
            self.now = clock()
            for descriptor, mask in events:
                handler = find(descriptor)
                if handler is None:
                    continue  # closed by what came before it in this turn
                try:
                    handler(mask)
                except Exception as fault:
                    self._log(fault)
                    self._give_up(handler)
            if self.calls:
                self.run_calls()
            if self.later:
                self.run_later()

    def _patience(self) -> Optional[float]:
        """Seconds until something is due."""
        return 0.0 if self.calls else max(0.0, self.later[0][0] - self.clock())

    def _give_up(self, handler: Callable[[int], None]) -> None:
        close = getattr(getattr(handler, "__self__", None), "break_off", None)
        if close is not None:
            try:
                close()
            except Exception as fault:
                self._log(fault)
