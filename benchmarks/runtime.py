"""Our scoring runtime beside other servers of models, all in one run: `npm run bench:runtime`.

    --quick        two rounds of a few servers, for development
    --rounds N     so many rounds (7)
    --scikit-learn VERSION   another one for the script than the newest; 1.9 made predict() three times as slow
    --report       writes docs/performance.md and its pictures from the last full result, and measures nothing

The environments of the servers are kept under ~/.cache/scoredock-bench, as are the results. CPU time of a request is
the figure to trust: rates swing with whatever else the machine does.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from measurement import Measurement
from serving import goals, peers, report
from serving.peers import AZURE, CACHE, FASTAPI, FASTAPI_QUIET, OURS, PEERS, ROOT, Peer, interpreter
from serving.rounds import Rounds
from serving.size import beyond

ROUNDS, SECONDS = 7, 1.5
QUICK_ROUNDS, QUICK_SECONDS = 2, 1.0
RESULT, QUICK_RESULT = CACHE / "runtime.json", CACHE / "runtime-quick.json"


def say(text: str) -> None:
    print(text, flush=True)


def environments(wanted: list[Peer]) -> tuple[dict[Peer, Path], dict[str, str]]:
    """Interpreters of those that can be had, and why the others cannot."""
    pythons, missing = {}, {}
    for peer in wanted:
        try:
            pythons[peer] = interpreter(peer.name, peer.packages)
        except (OSError, subprocess.CalledProcessError) as fault:
            missing[peer.name] = f"could not be installed: {fault}"
            say(f"{peer.name} could not be installed and is not measured: {fault}")
    return pythons, missing


def machine() -> dict[str, Any]:
    """Where and of what."""
    model = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "script": ", ".join(each.replace("==", " ") for each in peers.scripts_own()),
        "commit": commit.stdout.strip(),
    }


def version(python: Path, name: str) -> str:
    """Of a distribution in that environment."""
    packages = next(python.parent.parent.glob("**/site-packages"))
    found = metadata.distributions(name=name, path=[str(packages)])
    return next((each.version for each in found), "")


def measure(quick: bool, rounds: int) -> dict[str, Any]:
    """Everything, as the JSON file holds it."""
    chosen = [peer for peer in PEERS if not quick or peer.name in (OURS, AZURE, FASTAPI, FASTAPI_QUIET)]
    pythons, missing = environments(chosen)
    base = interpreter("script", ())
    sizes = {peer.name: beyond(python, base) for peer, python in pythons.items()}
    begun = time.time()
    where = machine()
    measuring = Rounds(pythons, QUICK_SECONDS if quick else SECONDS, int(begun), say)
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}, {time.time() - begun:.0f} s")
        measuring.round(number)
    figures = asdict(measuring.figures)
    figures["missing"] = {**missing, **figures["missing"]}
    packages = {peer.name: [text.partition(" @")[0] for text in peer.packages] for peer in pythons}
    took = time.time() - begun
    return {
        "machine": where,
        "rounds": rounds,
        "quick": quick,
        "took": took,
        "packages": packages,
        "sizes": sizes,
        **figures,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--scikit-learn", default="")
    options = parser.parse_args()
    if options.report:
        newest = RESULT if RESULT.exists() else QUICK_RESULT
        if not newest.exists():
            parser.error(f"nothing has been measured yet, {RESULT} is missing: run it without --report first")
        report.write(json.loads(newest.read_text()), ROOT / "docs")
        return 0
    if options.scikit_learn:
        peers.use_scikit_learn(options.scikit_learn)
    result = measure(options.quick, options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS))
    place = QUICK_RESULT if options.quick else RESULT
    place.write_text(json.dumps(result, indent=1))
    for line in report.tables(result):
        say(line)
    for measurement in goals.measurements(result):
        measurement.emit()
    loaded = statistics.median(result["others"]) if result["others"] else 0.0
    Measurement("other programs' share of the machine meanwhile", "<= 10 %", f"{loaded:.0%}", loaded <= 0.1).emit()
    say(f"{place}, {result['took']:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
