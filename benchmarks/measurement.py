"""One measured line beside its goal: what every benchmark prints and run.py puts into one table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measurement:
    """A figure and the goal of it; `goal` and `measured` are for people, units included."""

    what: str
    goal: str
    measured: str
    met: bool | None
    """None where there is no goal to compare with."""

    def emit(self) -> None:
        """Prints it as one JSON line, which run.py recognises among other output."""
        print(json.dumps({"measurement": asdict(self)}), flush=True)


def read(line: str) -> Measurement | None:
    """The measurement of an output line, or None for any other line."""
    if not line.startswith('{"measurement"'):
        return None
    return Measurement(**json.loads(line)["measurement"])
