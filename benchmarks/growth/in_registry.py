"""Models and services of one workspace: rows are written as the registry writes them, and a server lists them."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scoredock.workspace import Workspaces

from lists import fill
from lsp.client import COMMAND, Client

MODELS = (1_000, 10_000, 100_000)
SERVICES = (10, 100, 1_000, 10_000)
LISTINGS = 7
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return 1\n"


def models(folder: Path) -> Iterator[dict[str, float]]:
    """A hundred versions a name. The first page is what the view shows; a search goes over all."""
    for size in MODELS:
        home = folder / f"models-{size}"
        workspaces = Workspaces(home)
        registry = workspaces.open(workspaces.resolve(None).id)
        fill(registry, size, size // 100)
        registry.store.close()
        with Client(home, command=COMMAND) as client:
            client.initialize()
            first = _milliseconds(client, "model/groups", {}, 1)
            yield {
                "size": size,
                "first page, first": first,
                "first page": _milliseconds(client, "model/groups", {}),
                "search": _milliseconds(client, "model/groups", {"query": {"search": "diabetes 7"}}),
                "memory": memory(client),
                "store": _store(home).stat().st_size / 1e6,
            }


def services(folder: Path) -> Iterator[dict[str, float]]:
    """One that is deployed and stopped, and copies of its rows under other names."""
    home = folder / "services"
    script = folder / "score.py"
    script.write_text(SCRIPT)
    with Client(home, command=COMMAND) as client:
        client.initialize()
        client.ask("scoredock/service/deploy", {"name": "first", "entryScript": str(script)}, 300)
        client.ask("scoredock/service/stop", {"name": "first"}, 60)
    for size in SERVICES:
        _copy(_store(home), size)
        with Client(home, command=COMMAND) as client:
            client.initialize()
            first = _milliseconds(client, "service/list", {}, 1)
            listed = client.ask("scoredock/service/list", {}, 120)["services"]
            assert len(listed) == size, len(listed)
            yield {
                "size": size,
                "list, first": first,
                "list": _milliseconds(client, "service/list", {}),
                "memory": memory(client),
                "store": _store(home).stat().st_size / 1e6,
            }


def _copy(store: Path, size: int) -> None:
    """Until there are as many."""
    with sqlite3.connect(store) as connection:
        for table, column in (("services", "name"), ("revisions", "service")):
            cursor = connection.execute(f"SELECT * FROM {table} WHERE {column} = 'first'")
            names = [each[0] for each in cursor.description]
            row = dict(zip(names, cursor.fetchone(), strict=True))
            words = ", ".join("?" * len(names))
            connection.executemany(
                f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({words})",
                [tuple({**row, column: f"copy-{number}"}.values()) for number in range(1, size)],
            )


def _store(home: Path) -> Path:
    (found,) = home.glob("workspaces/*/store.sqlite3")
    return found


def _milliseconds(client: Client, method: str, params: dict[str, Any], turns: int = LISTINGS) -> float:
    """Median, from the request to the answer over a pipe."""
    taken = []
    for _ in range(turns):
        begin = time.perf_counter()
        client.ask(f"scoredock/{method}", params, 120)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1000


def memory(client: Client) -> float:
    """Megabytes of memory of the server that no other process shares."""
    lines = Path(f"/proc/{client.process.pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1000
