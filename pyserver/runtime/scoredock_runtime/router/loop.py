"""The loop of a router: one thread over all sockets. What goes wrong on one connection costs no other one."""

from __future__ import annotations

from typing import Callable, List, Tuple

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

    def dispatch(self, events: List[Tuple[int, int]]) -> None:
        handlers = self._handlers
        for descriptor, mask in events:
            handler = handlers.get(descriptor)
            if handler is None:
                continue  # closed by what came before it in this turn
            try:
                handler(mask)
            except Exception as fault:
                self._log(fault)
                self._give_up(handler)

    def _give_up(self, handler: Callable[[int], None]) -> None:
        close = getattr(getattr(handler, "__self__", None), "break_off", None)
        if close is not None:
            try:
                close()
            except Exception as fault:
                self._log(fault)
