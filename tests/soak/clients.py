"""Clients that ask at a steady rate and look at every answer: each request carries its own words and id."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

BATCH = [[0.1 * column + row for column in range(10)] for row in range(1000)]
"""A body of a thousand rows."""


@dataclass
class Tally:
    """What the clients saw. Each client has its own; `+` adds them up."""

    answered: int = 0
    wrong: list[str] = field(default_factory=list)
    """Answers that do not belong to their request, and errors of connections."""
    seconds: list[float] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.answered + other.answered, self.wrong + other.wrong, self.seconds + other.seconds)


class Client:
    """One connection at a time; asks the kinds of request that services see, in turn."""

    def __init__(self, port: int, number: int) -> None:
        self.port = port
        self.number = number
        self.tally = Tally()
        self._asked = 0
        self._connection: http.client.HTTPConnection | None = None

    def ask(self) -> None:
        """One request and a look at its answer."""
        self._asked += 1
        if self._asked % 500 == 0:
            self.close()  # clients come and go
        name = f"{self.number}-{self._asked}"
        begun = time.perf_counter()
        try:
            told = self._one(name)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            self.tally.wrong.append(f"{name}: {fault!r}")
            self.close()
            return
        if told:
            self.tally.wrong.append(f"{name}: {told}")
        self.tally.answered += 1
        if self._asked % 10 == 0:
            self.tally.seconds.append(time.perf_counter() - begun)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _one(self, name: str) -> str:
        kind = self._asked % 100
        if kind == 0:
            return self._expect(name, "GET", "/", None, 200, b"Healthy")
        if kind == 1:
            return self._expect(name, "GET", "/swagger.json", None, 200, None)
        if kind == 2:
            return self._expect(name, "GET", "/metrics", None, 200, None)
        if kind == 3:
            return self._expect(name, "POST", "/score", json.dumps({"fail": name}), 500, None)
        if kind == 4:
            return self._expect(name, "GET", "/nothing", None, 404, None)
        if kind == 5:
            body = json.dumps({"name": name, "rows": BATCH})
            return self._expect(name, "POST", "/score", body, 200, json.dumps([name, sum(map(sum, BATCH))]).encode())
        body = json.dumps({"name": name, "rows": [[1.5, 2.5]]})
        return self._expect(name, "POST", "/score", body, 200, json.dumps([name, 4.0]).encode())

    def _expect(self, name: str, method: str, path: str, body: str | None, status: int, answer: bytes | None) -> str:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._connection.request(method, path, body, {"x-request-id": name, "Content-Type": "application/json"})
        response = self._connection.getresponse()
        told = response.read()
        if response.status != status:
            return f"{response.status} instead of {status}: {told[:200]!r}"
        if answer is not None and told != answer:
            return f"{told[:200]!r} instead of {answer[:200]!r}"
        if status != 404 and response.headers["x-request-id"] != name:
            return f"carries the id {response.headers['x-request-id']}"
        return ""


def load(
    port: int, count: int, seconds: float, rate: float | None = None, after: Callable[[], Any] | None = None
) -> Tally:
    """`count` clients for so long, together at `rate` requests a second, or as fast as they can; calls `after` each
    second."""
    clients = [Client(port, number) for number in range(count)]
    until = time.monotonic() + seconds

    def run(client: Client) -> None:
        due = time.monotonic()
        while time.monotonic() < until:
            client.ask()
            if rate is not None:
                due += count / rate
                wait = due - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
                else:
                    due = time.monotonic()
        client.close()

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for each in threads:
        each.start()
    while any(each.is_alive() for each in threads):
        if after is not None:
            after()
        time.sleep(1.0)
    tally = Tally()
    for client in clients:
        tally = tally + client.tally
    return tally
