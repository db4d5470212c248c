"""What is asked of every server: the same numbers, in the form that each takes."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

COLUMNS = 10


@dataclass(frozen=True)
class Workload:
    """Requests of one kind at one number of connections."""

    key: str
    title: str
    script: str
    """File of `applications` that serves it."""
    row_count: int
    connections: int

    @property
    def rows(self) -> list[list[float]]:
        """Numbers with all their digits, as a program writes them; the same in every run."""
        if self.row_count == 1:
            return [[0.1 * column for column in range(COLUMNS)]]
        chance = random.Random(7)
        return [[chance.random() for _ in range(COLUMNS)] for _ in range(self.row_count)]


SMALL = [Workload(f"small-{n}", f"small JSON, {n} connection{'s'[: n > 1]}", "score.py", 1, n) for n in (1, 8, 32)]
ROWS = Workload("rows-8", "1,000 rows of JSON, 8 connections", "score.py", 1000, 8)
EMPTY = Workload("empty-32", "empty run(), 32 connections", "empty.py", 1, 32)
WORKLOADS = [*SMALL, ROWS, EMPTY]


def plain_body(rows: list[list[float]]) -> bytes:
    """What score.py takes."""
    return json.dumps({"data": rows}).encode()


def v2_body(rows: list[list[float]]) -> bytes:
    """The inference protocol of KServe and MLServer."""
    flat = [value for row in rows for value in row]
    given = {"name": "data", "shape": [len(rows), len(rows[0])], "datatype": "FP64", "data": flat}
    return json.dumps({"inputs": [given]}).encode()


def mlflow_body(rows: list[list[float]]) -> bytes:
    """What MLflow's scoring server takes."""
    return json.dumps({"inputs": rows}).encode()
