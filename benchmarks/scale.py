"""What grows with the number of models and services, as far as this machine goes, and the arithmetic beyond.

Usage: `python benchmarks/scale.py [--only PART]`; parts are models, services and cluster. Figures go to
dist/bench/scale.json; parts that were not measured keep those of an earlier run. With `--report` they are written into
docs/scale.md, and nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docker_services import machine
from measurement import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from cluster import programs
from cluster.running import Cluster
from growth import in_registry, on_cluster, page
from on_cluster.project import project

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "dist" / "bench" / "scale.json"
PAGE = ROOT / "docs" / "scale.md"
PARTS = ("models", "services", "cluster")
LIST_GOAL, MEMORY_GOAL = 300.0, 20.0
"""Milliseconds and megabytes, of a hundred services on a cluster."""


def rows(part: str, folder: Path) -> Iterator[dict[str, float]]:
    """Of one part, by size."""
    if part == "models":
        yield from in_registry.models(folder)
    elif part == "services":
        yield from in_registry.services(folder)
    else:
        with (
            Cluster.join(os.environ.get("SCOREDOCK_TEST_CLUSTER", "bench")) as cluster,
            cluster.shared(),
            project(cluster, folder / "made") as made,
        ):
            yield from on_cluster.services(made)


def goals(part: str, measured: list[dict[str, float]]) -> Iterator[Measurement]:
    """What was promised of a size; the newest row is the largest."""
    first, last = measured[0], measured[-1]
    for name, figure in last.items():
        if name != "size" and part != "cluster":
            yield Measurement(f"{part}, {last['size']:,.0f}: {name}", "", f"{figure:,.1f}", None)
    if part == "cluster":
        text = f"{last['list']:.0f} ms (at most {last['list, longest']:.0f} ms)"
        yield Measurement("100 services of a cluster listed", "<= 300 ms", text, last["list"] <= LIST_GOAL)
        grown = last["memory"] - first["memory"]
        what = "memory of the server with 100 services of a cluster watched, beside one"
        yield Measurement(what, "<= 20 MB", f"{grown:.1f} MB", grown <= MEMORY_GOAL)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--only", action="append", choices=PARTS)
    options.add_argument("--report", action="store_true")
    chosen = options.parse_args()
    kept: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.is_file() else {}
    if chosen.report:
        PAGE.write_text("\n".join(page.lines(kept)) + "\n", "utf-8")
        return
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    for part in chosen.only or PARTS:
        if part == "cluster" and not (programs.place() / "kubectl").exists():
            Measurement(part, "", "not measured: tests/cluster/install.sh builds one", None).emit()
            continue
        before = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix="sd-bench-") as held:
            measured = list(rows(part, Path(held)))
        for each in goals(part, measured):
            each.emit()
        kept[part] = {"rows": measured, "machine": machine(""), "load": [before, os.getloadavg()[0]]}
        RESULT.write_text(json.dumps({each: kept[each] for each in PARTS if each in kept}, indent=1))


if __name__ == "__main__":
    main()
