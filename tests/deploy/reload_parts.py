"""What the tests of reloads share: scripts that answer one value, facts about a service, clients that never pause."""

from __future__ import annotations

import http.client
import json
import select
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from scoredock.engines.parent_control import read_status

from deploy.conftest import Place
from pace import patience

NAME = "svc-one"


def answering(value: object, *, top: str = "", init: str = "pass") -> str:
    return f"{top}\n\ndef init():\n    {init}\n\n\ndef run(data):\n    return {value!r}\n"


def wait_for(fact: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + patience(seconds)
    while not fact():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)


def begun(place: Place) -> int:
    """Revisions that were begun so far, also those that were refused."""
    with place.registry.store.read() as connection:
        return int(connection.execute("SELECT last_revision FROM services WHERE name = ?", (NAME,)).fetchone()[0])


def workers(place: Place) -> int:
    told = read_status(place.workspace / "services" / NAME)
    return len(told.worker_pids) if told is not None else 0


def _is_closed(connection: http.client.HTTPConnection) -> bool:
    """Whether the server has closed a kept connection, as the pools of clients look before they use one again: a worker
    that leaves keeps idle ones for seconds only, and a busy machine may let a client stand still for longer."""
    return connection.sock is not None and bool(select.select([connection.sock], [], [], 0)[0])


class Load:
    """Clients that never pause: some keep their connection, some make a new one each time. Every failure counts."""

    def __init__(self, uri: str, clients: int = 4) -> None:
        self.failures: list[str] = []
        self.answers = 0
        self.last: Any = None
        self._place = urlsplit(uri)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number % 2 == 0,)) for number in range(clients)]

    def __enter__(self) -> Load:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for each in self._threads:
            each.join()

    def _work(self, keeps: bool) -> None:
        connection: http.client.HTTPConnection | None = None
        while not self._ended.is_set():
            try:
                if connection is not None and _is_closed(connection):
                    connection.close()
                    connection = None
                connection = connection or http.client.HTTPConnection(str(self._place.netloc), timeout=30)
                connection.request("POST", self._place.path, b"[1]", {"Content-Type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    self.failures.append(f"{answer.status} {body[:100]!r}")
                else:
                    self.last = json.loads(body)
                    self.answers += 1
            except (OSError, http.client.HTTPException) as fault:
                self.failures.append(repr(fault))
                connection = None
            if connection is not None and not keeps:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()
