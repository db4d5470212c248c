"""Services in containers: deploy, update and reload beside processes; images beside others' images; environments.

    --rounds N     of deployments (default 7); images are built in a third as many
    --only PART    services, reload, environments or images; may be given several times
    --report       writes docs/performance-docker.md from the newest result, and measures nothing

Figures go to dist/bench/docker.json; parts that were not measured keep those of an earlier run.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scoredock.workspace import Workspaces

import reload
from deploy import EXAMPLE, ROOT, environment_of
from in_containers import environments, peers, report, services

sys.path.insert(0, str(ROOT / "tests"))

import docker_daemon

RESULT = ROOT / "dist" / "bench" / "docker.json"
SAVES = 8
"""In each of the two turns of an engine."""


class Measuring:
    """The parts, in a home of their own; each returns what the JSON file holds of it."""

    def __init__(self, home: Path, rounds: int) -> None:
        self.home, self.rounds = home, rounds
        self.docker = docker_daemon.docker()
        self.base = docker_daemon.base_image(self.docker)
        os.environ.update(
            SCOREDOCK_HOME=str(home),
            SCOREDOCK_BASE_IMAGE=self.base,
            DOCKER_HOST=self.docker.endpoint,
        )
        python = environment_of(home)
        subprocess.run(
            [str(python), str(EXAMPLE / "train.py"), "--output", str(home)],
            check=True,
            capture_output=True,
        )
        self.model = home / "sklearn_regression_model.pkl"
        workspaces = Workspaces(home)
        self.registry = workspaces.open(workspaces.resolve(None).id)
        self.registered = self.registry.register([self.model], self.model.stem)

    def services(self) -> dict[str, Any]:
        measured = services.Services(
            self.registry,
            self.registered.id,
            self.home / "services",
            self.docker.endpoint,
            self.base,
        )
        for number in range(self.rounds + 1):
            measured.round(number)
        return {"seconds": measured.figures, "own": measured.own}

    def reload(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            engine: {"ms": [], "init": [], "answers": 0, "failures": 0} for engine in services.ENGINES
        }
        for engine in (*services.ENGINES, *reversed(services.ENGINES)):
            own, inits, seen = reload.measure(self.home, None, engine, SAVES)
            found[engine]["ms"] += own
            found[engine]["init"] += inits
            found[engine]["answers"] += seen.answers
            found[engine]["failures"] += seen.failures
        return found

    def environments(self) -> dict[str, Any]:
        found: dict[str, list[float]] = {}
        for number in range(max(2, self.rounds // 2)):
            folder = self.home / f"environments-{number}"
            for way, seconds in environments.once(folder).items():
                found.setdefault(way, []).append(seconds)
            shutil.rmtree(folder, ignore_errors=True)
        return found

    def images(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(max(1, self.rounds // 3)):
            for which in (peers.OURS, *peers.PACKAGES):
                told = found.setdefault(which, {"seconds": [], "bytes": 0, "cached": [], "missing": ""})
                try:
                    image = peers.build(self.docker, self.base, which, self.model, self.home)
                except RuntimeError as error:  # what pip said of a peer
                    told["missing"] = str(error)
                    continue
                told["seconds"].append(image.seconds)
                told["bytes"] = image.beyond_base
                if image.cached:
                    told["cached"].append(image.cached)
                print(
                    f"{which} {image.seconds:.1f} s, {image.beyond_base / 1e6:.0f} MB",
                    flush=True,
                )
        return found


PARTS: dict[str, Callable[[Measuring], dict[str, Any]]] = {
    "services": Measuring.services,
    "reload": Measuring.reload,
    "environments": Measuring.environments,
    "images": Measuring.images,
}


def machine(docker: str) -> dict[str, Any]:
    """Where and when it was measured."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "docker": docker,
        "commit": commit.stdout.strip(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", action="append", choices=list(PARTS), default=[])
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args()
    result: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.is_file() else {}
    if options.report:
        report.write(ROOT / "docs" / "performance-docker.md", report.page(result))
        return 0
    home = Path(tempfile.mkdtemp(prefix="sd-bench-"))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    try:
        measuring = Measuring(home, options.rounds)
        for part in options.only or PARTS:
            before, began = os.getloadavg()[0], time.monotonic()
            figures = PARTS[part](measuring)
            result[part] = {
                "figures": figures,
                "load": [before, os.getloadavg()[0]],
                "took": time.monotonic() - began,
                "machine": machine(measuring.docker.described),
            }
            RESULT.write_text(json.dumps(result, indent=1))
            print(f"{part}: {time.monotonic() - began:.0f} s", flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    for measurement in report.measurements(result):
        measurement.emit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
