"""From a changed script to the first answer of the new text."""

from __future__ import annotations

import dataclasses
import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serving.peers import APPLICATIONS, PEERS, Peer, spec
from serving.processes import NoAnswer, Server, serving

LIMIT = 20.0


@dataclasses.dataclass(frozen=True)
class Reloads:
    """Seconds to the first new answer, each list one entry a reload."""

    asked: list[float]
    """From the order to reload, as the editor and the command line give it."""
    asked_own: list[float]
    """What of it the script's own import and init() took."""
    saved: list[float]
    """From the saved file, by the watch of the service itself, which waits until files have settled."""
    saved_own: list[float]


def _peer(**changes: Any) -> Peer:
    def command(python: Path, folder: Path, port: int) -> list[str]:
        spec(python, folder, port, **changes)
        return [str(python), "-m", "scoredock_runtime", "serve", str(folder)]

    return dataclasses.replace(PEERS[0], command=command)


def measure(python: Path, times: int) -> Reloads:
    """So many reloads of each kind, after a first one that does not count: by then all is there that is kept for
    reloads. Raises NoAnswer when a change is not taken over."""
    asked, saved = [], []
    with serving(_peer(), python, "reloaded.py", b"{}") as server:
        asked = [_reload(server, version, _order) for version in range(1, times + 2)][1:]
    with serving(_peer(reload=True), python, "reloaded.py", b"{}") as server:
        saved = [_reload(server, version, lambda _: None) for version in range(1, times + 2)][1:]
    return Reloads(
        [total for total, _ in asked],
        [own for _, own in asked],
        [total for total, _ in saved],
        [own for _, own in saved],
    )


def _reload(server: Server, version: int, order: Callable[[Server], None]) -> tuple[float, float]:
    """Seconds in all, and those of the script."""
    server.settle()
    script = server.folder / "app" / "score.py"
    fresh = script.with_suffix(".new")
    fresh.write_text((APPLICATIONS / "reloaded.py").read_text().replace("VERSION = 0", f"VERSION = {version}"))
    begun = time.perf_counter()
    fresh.replace(script)
    order(server)
    while True:
        told = json.loads(server.ask(b"{}"))
        taken = time.perf_counter() - begun
        if told["version"] == version:
            return taken, float(told["own"])
        if taken > LIMIT:
            raise NoAnswer(f"the change was not taken over within {LIMIT:.0f} s")
        time.sleep(0.001)


def _order(server: Server) -> None:
    """Tells the parent to replace its workers; it answers when that is done."""
    port = json.loads((server.folder / "status.json").read_text())["control_port"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    try:
        body = json.dumps({"spec": str(server.folder / "spec.json")})
        connection.request("POST", "/replace", body, {"Authorization": "Bearer n"})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise NoAnswer(f"the order to reload was answered with {answer.status}: {told[:200]!r}")
    finally:
        connection.close()
