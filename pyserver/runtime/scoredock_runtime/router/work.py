"""The life of a router: directed by its parent as every worker is, without any script."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any, Callable, Dict, List, Protocol

from scoredock_runtime import contract
from scoredock_runtime.base import threads, worker_log
from scoredock_runtime.base.worker_log import logger
from scoredock_runtime.router.router import Router

_GRACE = 60.0


class Parent(Protocol):
    """The worker's end of the channel to its parent."""

    def tell(self, message: Dict[str, Any]) -> bool:
        """True if the message could be sent."""

    def on_message(self, act: Callable[[Dict[str, Any]], object]) -> None:
        """`act` is called with each message, in a thread of the channel's."""


def route(parent: Parent, spec: contract.ServiceSpec, first: Dict[str, Any], listeners: List[socket.socket]) -> int:
    """The whole life of a router, given the first message of its parent; its exit code."""
    routes = spec.routes
    if routes is None:
        return 1
    worker_log.log_to_stdout()
    threads.report_to(logger.error)
    parent.tell({"event": "hello"})
    router = Router(listeners, spec, routes, str(first.get("folder", "")))
    router.on_closed = lambda: parent.tell({"event": "closed"})

    def first_answer() -> None:
        router.answered = True
        parent.tell({"event": "answered"})

    router.on_first_answer = first_answer
    parent.on_message(lambda message: router.loop.call_soon(partial(_act, parent, router, message)))
    if not first.get("late"):
        router.listen()
    if not parent.tell({"event": "ready", "modules": []}):
        return 1
    logger.info("The router passes requests on to %s", ", ".join(each.name for each in routes.versions))
    router.run()
    parent.tell({"event": "drained"})
    return 0


def _act(parent: Parent, router: Router, message: Dict[str, Any]) -> None:
    """Act on a message of the parent. In the thread of the router's loop: what is asked is whether requests are passed
    on."""
    if "stop" in message:
        router.drain(float(message["stop"]), float(message.get("linger", 0.0)))
    elif "listen" in message:
        router.listen()
    elif "ping" in message:
        parent.tell({"event": "pong", "n": message["ping"]})
    elif "routes" in message:
        routes = contract.routes_from(message["routes"])
        done = partial(parent.tell, {"event": "routes", "n": message["n"]})
        router.use(routes, float(message.get("grace", _GRACE)), done)
