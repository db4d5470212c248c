"""Both servers' answers, service by service, a few services ahead of the tests."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from filelock import FileLock

from conformance.check import Check
from conformance.servers import CACHE, Command, Ended, Running, Service, make_folder, started

AT_ONCE = 2
"""Services that are asked at one time, each on both servers."""

Observations = dict[str, tuple[Any, Any]]


class Observer:
    """Asks both servers all that the tests of a service need, a few services ahead of the tests."""

    def __init__(self, real: Command, own: Command, folder: Path, checks: list[Check]) -> None:
        self._real, self._own, self._folder = real, own, folder
        self._by_service: dict[str, list[Check]] = {}
        for check in checks:
            self._by_service.setdefault(check.service.name, []).append(check)
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._alone = threading.Lock()
        self._coming = {
            name: self._pool.submit(self._observe, asked[0].service, asked) for name, asked in self._by_service.items()
        }

    def of(self, check: Check) -> tuple[Any, Any]:
        """What the real server did, and ours."""
        return self._coming[check.service.name].result()[check.identity]

    def close(self) -> None:
        """Ends what is still to come."""
        self._pool.shutdown(cancel_futures=True)

    def _observe(self, service: Service, checks: list[Check]) -> Observations:
        folder = make_folder(service, self._folder / service.name.replace(" ", "-") / "app")

        def ask(command: Command, side: str) -> list[Any]:
            with started(command, service, folder, folder.parent / side) as server:
                return [_attempt(check, server) for check in checks]

        if service.one_at_a_time:
            with self._alone, FileLock(CACHE / "port-5001.lock", timeout=100):
                pairs = [ask(self._real, "real"), ask(self._own, "own")]
        else:
            with ThreadPoolExecutor(2) as pool:
                asked: list[Future[list[Any]]] = [
                    pool.submit(ask, self._real, "real"),
                    pool.submit(ask, self._own, "own"),
                ]
                pairs = [each.result() for each in asked]
        return {check.identity: (theirs, mine) for check, theirs, mine in zip(checks, *pairs, strict=True)}


class Broken(str):
    """A probe that failed on a server; never equal to anything."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


def _attempt(check: Check, server: Running | Ended) -> Any:
    try:
        return check.probe(server)  # type: ignore[arg-type]
    except Exception as fault:
        told = f"{type(fault).__name__}: {fault}"
        return Broken(f"it ended with {server.code}:\n{server.log[-2000:]}" if isinstance(server, Ended) else told)
